// SPDX-License-Identifier: MIT
/* proc_sched.c -- yield, affinity, nice, scheduling classes, names, used time. */
#include "sched_attributes.h"
#include "tap.h"
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/times.h>

TEST(yield, "sched_yield returns 0; two yielding processes both make progress")
{
	pid_t pid = SPAWN(for (int i = 0; i < 200; i++) CHECK_EQ(sched_yield(), 0));

	for (int i = 0; i < 200; i++)
		CHECK_EQ(sched_yield(), 0);
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(preempted, "an endless loop does not keep others from running")
{
	pid_t loop = SPAWN(for (;;) __asm__ volatile("")),
	      other = SPAWN(for (;;) __asm__ volatile(""));

	for (int i = 0; i < 5; i++)
		tap_sleep_ms(1);
	CHECK_EXITED(IN_CHILD(_exit(4)), 4);
	kill(loop, SIGKILL);
	kill(other, SIGKILL);
	CHECK_SIGNALED(tap_wait(loop), SIGKILL);
	CHECK_SIGNALED(tap_wait(other), SIGKILL);
}

TEST(affinity, "sched_getaffinity shows CPUs, sched_setaffinity takes a subset of them")
{
	unsigned long mask[16] = {0}, one[16] = {0}, none[16] = {0};
	long size = syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
	int first = -1;

	CHECK_GE(size, 8);
	CHECK_EQ(size % 8, 0);
	for (int i = 1023; i >= 0; i--)
		if (mask[i / 64] >> (i % 64) & 1)
			first = i;
	CHECK_GE(first, 0);
	one[first / 64] = 1UL << (first % 64);
	CHECK_OK(syscall(SYS_sched_setaffinity, 0, sizeof(one), one));
	CHECK_GE(syscall(SYS_sched_getaffinity, getpid(), sizeof(mask), mask), 8);
	CHECK_EQ(memcmp(mask, one, (size_t)size), 0);
	CHECK_ERR(syscall(SYS_sched_setaffinity, 0, sizeof(none), none), EINVAL);
	CHECK_ERR(syscall(SYS_sched_getaffinity, 0, 1, mask), EINVAL);
	CHECK_ERR(syscall(SYS_sched_getaffinity, 0, sizeof(mask), wild(8)), EFAULT);
	CHECK_ERR(syscall(SYS_sched_getaffinity, 999999, sizeof(mask), mask), ESRCH);
	CHECK_EXITED(IN_CHILD(syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
			      CHECK_EQ(memcmp(mask, one, (size_t)size), 0)),
		     0);
}

TEST(priority, "getpriority and setpriority; the raw call gives 20 minus nice")
{
	int start = getpriority(PRIO_PROCESS, 0); /* the tests may run under nice(1) */
	int lower = start < 5 ? 5 : start;

	CHECK(start == 0 || !tap_on_creance());
	CHECK_EQ(syscall(SYS_getpriority, PRIO_PROCESS, 0), 20 - start);
	CHECK_OK(setpriority(PRIO_PROCESS, 0, lower));
	CHECK_EQ(syscall(SYS_getpriority, PRIO_PROCESS, 0), 20 - lower);
	CHECK_EQ(syscall(SYS_getpriority, PRIO_PROCESS, getpid()), 20 - lower);
	CHECK_OK(setpriority(PRIO_PROCESS, 0, 100));
	CHECK_EQ(syscall(SYS_getpriority, PRIO_PROCESS, 0), 1);
	CHECK_EXITED(IN_CHILD(CHECK_EQ(syscall(SYS_getpriority, PRIO_PROCESS, 0), 1)), 0);
	CHECK_EXITED(IN_CHILD(tap_become(1000); CHECK_ERR(setpriority(PRIO_PROCESS, 0, 0), EACCES);
			      CHECK_ERR(setpriority(PRIO_PROCESS, 1, 5), EPERM)),
		     0);
	CHECK_ERR(setpriority(PRIO_PROCESS, 999999, 5), ESRCH);
	CHECK_ERR(syscall(SYS_getpriority, 9, 0), EINVAL);
	CHECK_EQ(syscall(SYS_getpriority, PRIO_PGRP, 0), 1);
}

TEST(classes, "scheduling class and its parameter range")
{
	struct sched_param param = {0};

	CHECK_EQ(syscall(SYS_sched_getscheduler, 0), SCHED_OTHER);
	CHECK_OK(syscall(SYS_sched_getparam, 0, &param));
	CHECK_EQ(param.sched_priority, 0);
	CHECK_EQ(syscall(SYS_sched_get_priority_min, SCHED_FIFO), 1);
	CHECK_EQ(syscall(SYS_sched_get_priority_max, SCHED_FIFO), 99);
	CHECK_EQ(syscall(SYS_sched_get_priority_max, SCHED_OTHER), 0);
	CHECK_ERR(syscall(SYS_sched_get_priority_max, 77), EINVAL);
	CHECK_ERR(syscall(SYS_sched_getscheduler, 999999), ESRCH);
	CHECK_ERR(syscall(SYS_sched_getscheduler, -1), EINVAL);
	CHECK_OK(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param));
	param.sched_priority = 5;
	CHECK_ERR(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param), EINVAL);
	CHECK_ERR(syscall(SYS_sched_setscheduler, 0, 77, &param), EINVAL);
	CHECK_ERR(syscall(SYS_sched_setscheduler, 0x3fffffff, 77, &param), ESRCH);
}

TEST(name, "PR_SET_NAME keeps 15 characters and shows in /proc/self/comm")
{
	char name[17] = "xxxxxxxxxxxxxxxx", text[64] = "";
	int fd;

	CHECK_OK(prctl(PR_SET_NAME, "a-name-that-is-too-long"));
	CHECK_OK(prctl(PR_GET_NAME, name));
	CHECK_STR(name, "a-name-that-is-");
	CHECK_EXITED(IN_CHILD(CHECK_OK(prctl(PR_GET_NAME, name));
			      CHECK_STR(name, "a-name-that-is-")),
		     0);
	fd = open("/proc/self/comm", O_RDONLY);
	if (fd >= 0) {
		CHECK_GE(read(fd, text, sizeof(text) - 1), 1);
		CHECK_STR(text, "a-name-that-is-\n");
	}
	CHECK_ERR(prctl(PR_SET_NAME, wild(8)), EFAULT);
	CHECK_ERR(prctl(9999), EINVAL);
}

TEST(dumpable, "PR_SET_DUMPABLE and PR_SET_NO_NEW_PRIVS keep what they are given")
{
	SKIP_IF(prctl(PR_GET_DUMPABLE) < 0, "no PR_GET_DUMPABLE");
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 1);
	CHECK_OK(prctl(PR_SET_DUMPABLE, 0));
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 0);
	CHECK_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	CHECK_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	CHECK_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	CHECK_ERR(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
}

static long long used_ns(void)
{
	return tap_now_ns(CLOCK_PROCESS_CPUTIME_ID);
}

TEST(usage, "getrusage and times grow with work and not with sleep")
{
	struct rusage usage;
	struct tms spent;
	long long start = used_ns(), slept;

	tap_sleep_ms(50);
	slept = used_ns() - start;
	CHECK_LE(slept, 45000000);
	while (used_ns() - start < 60000000)
		__asm__ volatile("");
	CHECK_OK(getrusage(RUSAGE_SELF, &usage));
	CHECK_GE(usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec +
			 usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec,
		 30000);
	CHECK_GE(times(&spent), 1);
	CHECK_GE(spent.tms_utime + spent.tms_stime, 3);
	CHECK_EQ(spent.tms_cutime + spent.tms_cstime, 0);
	CHECK_ERR(getrusage(5, &usage), EINVAL);
	CHECK_ERR(syscall(SYS_getrusage, RUSAGE_SELF, wild(8)), EFAULT);
	CHECK_ERR(syscall(SYS_times, wild(8)), EFAULT);
}

/* Microseconds. */
struct used {
	long user, system;
};

static void check_not_less(struct used *before, int who)
{
	struct rusage now;

	CHECK_OK(getrusage(who, &now));
	CHECK_GE(now.ru_utime.tv_sec * 1000000 + now.ru_utime.tv_usec, before->user);
	CHECK_GE(now.ru_stime.tv_sec * 1000000 + now.ru_stime.tv_usec, before->system);
	before->user = now.ru_utime.tv_sec * 1000000 + now.ru_utime.tv_usec;
	before->system = now.ru_stime.tv_sec * 1000000 + now.ru_stime.tv_usec;
}

static void check_both(struct used *process, struct used *thread)
{
	check_not_less(process, RUSAGE_SELF);
	check_not_less(thread, RUSAGE_THREAD);
}

TEST(usage_grows, "neither user nor system time is ever less than before")
{
	struct used process = {0}, thread = {0};
	static char buffer[1 << 20];
	int zero = open("/dev/zero", O_RDONLY);

	for (int round = 0; round < 3; round++) {
		long system = process.system, user = process.user;

		while (process.system < system + 60000) {
			CHECK_EQ(read(zero, buffer, sizeof(buffer)), sizeof(buffer));
			check_both(&process, &thread);
		}
		while (process.user < user + 60000) {
			for (int i = 0; i < 100000; i++)
				__asm__ volatile("");
			check_both(&process, &thread);
		}
	}
	close(zero);
}

TEST(children_time, "times of waited-for children are added to the parent's")
{
	struct tms spent;

	CHECK_EXITED(IN_CHILD(long long start = used_ns();
			      while (used_ns() - start < 60000000) __asm__ volatile("")),
		     0);
	CHECK_GE(times(&spent), 1);
	CHECK_GE(spent.tms_cutime + spent.tms_cstime, 3);
}

TEST(faults, "page faults are counted")
{
	struct rusage before, after;
	volatile char *map =
		mmap(NULL, 64 << 12, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(madvise((void *)map, 64 << 12, MADV_NOHUGEPAGE) & 0);
	MUST(getrusage(RUSAGE_SELF, &before));
	for (int i = 0; i < 64; i++)
		map[i << 12] = 1;
	MUST(getrusage(RUSAGE_SELF, &after));
	CHECK_GE(after.ru_minflt - before.ru_minflt, 1);
	CHECK_GE(after.ru_maxrss, 1);
}

TEST(cpu_number, "getcpu names a CPU of the affinity mask")
{
	unsigned cpu = 9999;
	unsigned long mask[16] = {0};

	CHECK_OK(syscall(SYS_getcpu, &cpu, NULL, NULL));
	CHECK_GE(syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask), 8);
	CHECK(cpu < 1024 && (mask[cpu / 64] >> (cpu % 64) & 1));
}

/* One CPU for this case and its children. */
static void keep_to_one_cpu(void)
{
	unsigned long mask[16] = {0};
	long size = MUST(syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask));

	for (int i = 0, seen = 0; i < (int)(size / 8); i++) {
		mask[i] = seen ? 0 : mask[i] & -mask[i];
		seen |= mask[i] != 0;
	}
	MUST(syscall(SYS_sched_setaffinity, 0, size, mask));
}

static void check_that_spinners_can_be_ended(int policy)
{
	struct sched_param param = {.sched_priority = 50};
	pid_t pids[2];

	keep_to_one_cpu();
	for (int i = 0; i < 2; i++)
		pids[i] =
			SPAWN(if (syscall(SYS_sched_setscheduler, 0, policy, &param) < 0) _exit(9);
			      for (;;) __asm__ volatile(""));
	for (int i = 0; i < 5; i++)
		tap_sleep_ms(1);
	for (int i = 0; i < 2; i++)
		kill(pids[i], SIGKILL);
	for (int i = 0; i < 2; i++) {
		int status = tap_wait(pids[i]);

		if (WIFEXITED(status) && WEXITSTATUS(status) == 9)
			tap_skip("no real-time scheduling for us here");
		CHECK_SIGNALED(status, SIGKILL);
	}
}

TEST(fifo_spins, "SCHED_FIFO threads that never sleep leave the others a share")
{
	check_that_spinners_can_be_ended(SCHED_FIFO);
}

TEST(rr_spins, "so do SCHED_RR threads")
{
	check_that_spinners_can_be_ended(SCHED_RR);
}

/* Flags of struct attributes. */
enum { KEEP_POLICY = 8, KEEP_PARAMS = 16 };

/* sched_setscheduler on this thread: @err, or 0. */
static void set_class(int policy, int priority, int err)
{
	struct sched_param param = {.sched_priority = priority};
	long result = syscall(SYS_sched_setscheduler, 0, policy, &param);

	CHECK_EQ(result < 0 ? errno : 0, err);
}

static int policy_of_me(void)
{
	return (int)syscall(SYS_sched_getscheduler, 0);
}

TEST(reset_on_fork, "a child of a thread with SCHED_RESET_ON_FORK is an ordinary thread")
{
	struct sched_param param = {.sched_priority = 7};

	if (syscall(SYS_sched_setscheduler, 0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param) < 0)
		tap_skip("no real-time scheduling for us here");
	CHECK_EQ(policy_of_me(), SCHED_FIFO | SCHED_RESET_ON_FORK);
	CHECK_EXITED(IN_CHILD(CHECK_EQ(policy_of_me(), SCHED_OTHER);
			      CHECK_OK(syscall(SYS_sched_getparam, 0, &param));
			      CHECK_EQ(param.sched_priority, 0)),
		     0);
	param.sched_priority = 8;
	CHECK_OK(syscall(SYS_sched_setparam, 0, &param));
	CHECK_EQ(policy_of_me(), SCHED_FIFO | SCHED_RESET_ON_FORK);
	CHECK_OK(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param));
	CHECK_EQ(policy_of_me(), SCHED_FIFO);
	CHECK_EXITED(IN_CHILD(CHECK_EQ(policy_of_me(), SCHED_FIFO)), 0);
}

TEST(reset_nice, "SCHED_RESET_ON_FORK: a negative nice value becomes 0 in children, others stay")
{
	struct sched_param param = {0};
	int flag = SCHED_RESET_ON_FORK;

	CHECK_OK(setpriority(PRIO_PROCESS, 0, 19));
	CHECK_OK(syscall(SYS_sched_setscheduler, 0, SCHED_BATCH | flag, &param));
	CHECK_EXITED(IN_CHILD(CHECK_EQ(getpriority(PRIO_PROCESS, 0), 19);
			      CHECK_EQ(policy_of_me(), SCHED_BATCH)),
		     0);
	if (setpriority(PRIO_PROCESS, 0, -3) < 0)
		tap_skip("no negative nice values for us here");
	CHECK_EXITED(IN_CHILD(CHECK_EQ(getpriority(PRIO_PROCESS, 0), 0)), 0);
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), -3);
}

TEST(reset_attributes, "sched_setattr and sched_getattr know the flag; users may not clear it")
{
	struct attributes attributes = {.size = 48, .flags = 1}, seen = {0};
	struct sched_param param = {0};

	CHECK_OK(syscall(SYS_sched_setattr, 0, &attributes, 0));
	CHECK_OK(syscall(SYS_sched_getattr, 0, &seen, 48, 0));
	CHECK_EQ(seen.flags, 1);
	CHECK_EQ(seen.policy, SCHED_OTHER);
	CHECK_EQ(policy_of_me(), SCHED_RESET_ON_FORK);
	CHECK_EXITED(IN_CHILD(CHECK_OK(syscall(SYS_sched_getattr, 0, &seen, 48, 0));
			      CHECK_EQ(seen.flags, 0)),
		     0);
	attributes.policy = SCHED_RESET_ON_FORK;
	CHECK_ERR(syscall(SYS_sched_setattr, 0, &attributes, 0), EINVAL);
	attributes = (struct attributes){.size = 48, .flags = 1UL << 40};
	CHECK_ERR(syscall(SYS_sched_setattr, 0, &attributes, 0), EINVAL);
	CHECK_OK(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param));
	CHECK_EQ(policy_of_me(), SCHED_OTHER);
	CHECK_OK(syscall(SYS_sched_setscheduler, 0, SCHED_RESET_ON_FORK, &param));
	tap_become(1000);
	CHECK_ERR(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param), EPERM);
	CHECK_OK(syscall(SYS_sched_setscheduler, 0, SCHED_BATCH | SCHED_RESET_ON_FORK, &param));
	CHECK_EQ(policy_of_me(), SCHED_BATCH | SCHED_RESET_ON_FORK);
}

TEST(attributes, "sched_setattr clamps nice, keeps what it is told to keep, and says its size")
{
	struct attributes attributes = {.size = 48, .nice = 30}, seen = {0};
	struct {
		struct attributes known;
		char more[80];
	} large = {.known.size = sizeof(large), .more[60] = 1};

	CHECK_OK(syscall(SYS_sched_setattr, 0, &attributes, 0));
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), 19);
	attributes.size = 47;
	CHECK_ERR(syscall(SYS_sched_setattr, 0, &attributes, 0), E2BIG);
	CHECK_GE(attributes.size, 48);
	CHECK_ERR(syscall(SYS_sched_setattr, 0, &large, 0), E2BIG);
	CHECK_EQ(large.known.size, attributes.size);
	if (geteuid() != 0)
		tap_skip("no real-time scheduling for us here");
	set_class(SCHED_FIFO, 50, 0);
	attributes = (struct attributes){.size = 48, .flags = KEEP_POLICY, .priority = 20};
	CHECK_OK(syscall(SYS_sched_setattr, 0, &attributes, 0));
	CHECK_OK(syscall(SYS_sched_getattr, 0, &seen, 48, 0));
	CHECK_EQ(seen.policy, SCHED_FIFO);
	CHECK_EQ(seen.priority, 20);
	attributes = (struct attributes){.size = 48, .policy = SCHED_RR, .flags = KEEP_PARAMS};
	CHECK_OK(syscall(SYS_sched_setattr, 0, &attributes, 0));
	CHECK_OK(syscall(SYS_sched_getattr, 0, &seen, 48, 0));
	CHECK_EQ(seen.policy, SCHED_FIFO);
	CHECK_EQ(seen.priority, 20);
	attributes.policy = 77;
	CHECK_ERR(syscall(SYS_sched_setattr, 0, &attributes, 0), EINVAL);
	attributes =
		(struct attributes){.size = 48, .flags = KEEP_POLICY | KEEP_PARAMS, .policy = 77};
	CHECK_OK(syscall(SYS_sched_setattr, 0, &attributes, 0));
	set_class(SCHED_OTHER, 0, 0);
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), 19);
}

TEST(lower_priority, "a real-time thread may lower its priority without a limit that allows it")
{
	struct rlimit none = {0, 0};

	set_class(SCHED_FIFO, 50, 0);
	CHECK_OK(setrlimit(RLIMIT_RTPRIO, &none));
	tap_become(1000);
	set_class(SCHED_FIFO, 51, EPERM);
	set_class(SCHED_FIFO, 50, 0);
	set_class(SCHED_FIFO, 10, 0);
	set_class(SCHED_FIFO, 11, EPERM);
	set_class(SCHED_RR, 5, EPERM);
	set_class(SCHED_OTHER, 0, 0);
	set_class(SCHED_FIFO, 1, EPERM);
}

TEST(leave_idle, "without RLIMIT_NICE a user neither leaves SCHED_IDLE nor lowers nice")
{
	struct attributes attributes = {.size = 48, .policy = SCHED_BATCH, .nice = -1}, seen = {0};
	struct rlimit none = {0, 0};

	CHECK_OK(setpriority(PRIO_PROCESS, 0, 0));
	CHECK_OK(setrlimit(RLIMIT_NICE, &none));
	tap_become(1000);
	CHECK_ERR(syscall(SYS_sched_setattr, 0, &attributes, 0), EPERM);
	CHECK_OK(syscall(SYS_sched_getattr, 0, &seen, 48, 0));
	CHECK_EQ(seen.policy, SCHED_OTHER);
	set_class(SCHED_IDLE, 0, 0);
	set_class(SCHED_OTHER, 0, EPERM);
	set_class(SCHED_BATCH, 0, EPERM);
	set_class(SCHED_IDLE, 0, 0);
}
