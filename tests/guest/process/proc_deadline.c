// SPDX-License-Identifier: MIT
/* proc_deadline.c -- SCHED_DEADLINE: parameters, admission, budgets, children. sched(7). */
#include "sched_attributes.h"
#include "tap.h"
#include <sched.h>
#include <sys/resource.h>

enum { POLICY = 6, RESET_ON_FORK = 1, RECLAIM = 2, OVERRUN = 4 };

#define US 1000UL
#define MS 1000000UL

/* 0, or the error. */
static int set(pid_t pid, unsigned long runtime, unsigned long deadline, unsigned long period,
	       unsigned long flags)
{
	struct attributes attributes = {.size = sizeof(attributes),
					.policy = POLICY,
					.flags = flags,
					.runtime = runtime,
					.deadline = deadline,
					.period = period};

	return syscall(SYS_sched_setattr, pid, &attributes, 0) < 0 ? errno : 0;
}

/* For this thread. */
static void must_set(unsigned long runtime, unsigned long period, unsigned long flags)
{
	int err = set(0, runtime, period, period, flags);

	if (err == EPERM)
		tap_skip("no SCHED_DEADLINE for us here");
	CHECK_EQ(err, 0);
}

static void leave_class(void)
{
	struct sched_param param = {0};

	CHECK_OK(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param));
}

static long long used_ns(void)
{
	return tap_now_ns(CLOCK_PROCESS_CPUTIME_ID);
}

TEST(parameters, "sched_getattr returns what sched_setattr was given; the period is the deadline's")
{
	struct attributes seen = {0};
	struct sched_param param = {.sched_priority = 9};
	struct timespec slice = {9, 9};

	must_set(2 * MS, 20 * MS, 0);
	CHECK_EQ(set(0, 1234567, 10000001, 20000003, 0), 0);
	CHECK_OK(syscall(SYS_sched_getattr, 0, &seen, sizeof(seen), 0));
	CHECK_EQ(seen.policy, POLICY);
	CHECK_EQ(seen.flags, 0);
	CHECK_EQ(seen.nice, 0);
	CHECK_EQ(seen.priority, 0);
	CHECK_EQ(seen.runtime, 1234567);
	CHECK_EQ(seen.deadline, 10000001);
	CHECK_EQ(seen.period, 20000003);
	CHECK_EQ(set(0, 2 * MS, 20 * MS, 0, RECLAIM), 0);
	CHECK_OK(syscall(SYS_sched_getattr, 0, &seen, sizeof(seen), 0));
	CHECK_EQ(seen.flags, RECLAIM);
	CHECK_EQ(seen.period, 20 * MS);
	CHECK_EQ(syscall(SYS_sched_getscheduler, 0), POLICY);
	CHECK_OK(syscall(SYS_sched_getparam, 0, &param));
	CHECK_EQ(param.sched_priority, 0);
	CHECK_OK(syscall(SYS_sched_rr_get_interval, 0, &slice));
	CHECK(slice.tv_sec == 0 && slice.tv_nsec == 0);
	CHECK_EQ(syscall(SYS_sched_get_priority_max, POLICY), 0);
	CHECK_EQ(syscall(SYS_sched_get_priority_min, POLICY), 0);
	leave_class();
	CHECK_OK(syscall(SYS_sched_getattr, 0, &seen, sizeof(seen), 0));
	CHECK_EQ(seen.policy, SCHED_OTHER);
}

TEST(refused, "impossible parameters are EINVAL")
{
	static const struct {
		unsigned long runtime, deadline, period;
	} wrong[] = {
		{0, 0, 0},
		{1023, 10 * MS, 10 * MS},
		{5 * MS, 4 * MS, 10 * MS},
		{MS, 11 * MS, 10 * MS},
		{5 * US, 50 * US, 50 * US},
		{MS, 5000 * MS, 5000 * MS},
		{MS, 10 * MS, 1UL << 63},
		{MS, 1UL << 63, 0},
	};
	struct attributes prior = {.size = sizeof(prior),
				   .policy = POLICY,
				   .priority = 1,
				   .runtime = MS,
				   .deadline = 10 * MS};
	struct sched_param param = {0};

	must_set(MS, 100 * MS, 0);
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		CHECK_EQ(set(0, wrong[i].runtime, wrong[i].deadline, wrong[i].period, 0), EINVAL);
	CHECK_ERR(syscall(SYS_sched_setattr, 0, &prior, 0), EINVAL);
	CHECK_ERR(syscall(SYS_sched_setparam, 0, &param), EINVAL);
	leave_class();
	CHECK_ERR(syscall(SYS_sched_setscheduler, 0, POLICY, &param), EINVAL);
	CHECK_EQ(set(0, 1024, 100 * US, 100 * US, 0), 0);
	CHECK_EQ(syscall(SYS_sched_getscheduler, 0), POLICY);
}

TEST(privilege, "the class is for CAP_SYS_NICE only, whatever the limits; anyone may leave it")
{
	struct rlimit limit = {99, 99};

	must_set(MS, 100 * MS, 0);
	if (setrlimit(RLIMIT_RTPRIO, &limit) < 0)
		tap_diag("the limit stays as it is");
	tap_become(1000);
	CHECK_EQ(set(0, MS, 100 * MS, 100 * MS, 0), EPERM);
	leave_class();
	CHECK_EQ(set(0, MS, 100 * MS, 100 * MS, 0), EPERM);
}

/*
 * A new process, with a half of a CPU. False: there is not so much. If there @must be, it waits:
 * what has ended may keep its bandwidth for a while, on Linux until its period ends.
 */
static int let_one_in(pid_t *pid, int must)
{
	*pid = SPAWN(for (;;) pause());
	for (unsigned i = 0; set(*pid, 50 * MS, 100 * MS, 100 * MS, 0); i++) {
		CHECK_EQ(errno, EBUSY);
		if (!must || i == 500) {
			kill(*pid, SIGKILL);
			tap_wait(*pid);
			return 0;
		}
		tap_sleep_ms(20);
	}
	return 1;
}

TEST(admission, "more bandwidth than the CPUs have is EBUSY; what ends or leaves gives its own back")
{
	int nr = 0, nr_again = 0;
	pid_t pids[600];

	must_set(MS, 100 * MS, 0);
	leave_class();
	for (int pass = 0; pass < 2; pass++) {
		int *count = pass ? &nr_again : &nr;

		while (*count < (pass ? nr : 600) && let_one_in(&pids[*count], pass))
			++*count;
		/* One that is in may change, but not to more. */
		CHECK_EQ(set(pids[0], 40 * MS, 100 * MS, 100 * MS, 0), 0);
		CHECK_EQ(set(pids[0], 100 * MS, 100 * MS, 100 * MS, 0), EBUSY);
		for (int i = 0; i < *count; i++) {
			kill(pids[i], SIGKILL);
			tap_wait(pids[i]);
		}
	}
	CHECK(nr >= 1 && nr < 600);
	CHECK_EQ(nr_again, nr);
}

/* Has this thread had about a tenth of a second? */
static int had_its_share(void)
{
	long long start, used, elapsed;

	sched_yield(); /* a period begins */
	start = tap_now_ns(CLOCK_MONOTONIC);
	used = used_ns();
	do
		elapsed = tap_now_ns(CLOCK_MONOTONIC) - start;
	while (elapsed < (long long)(1000 * MS));
	used = used_ns() - used;
	tap_diag("used %lld us of %lld", used / 1000, elapsed / 1000);
	return used * 100 <= elapsed * 15 && used * 100 >= elapsed * 5;
}

/*
 * Again if the machine was not given its CPU meanwhile: that counts as used, or is a period that
 * begins late.
 */
TEST(budget, "a thread gets its runtime in each period, and no more")
{
	int good = 0;

	must_set(10 * MS, 100 * MS, 0);
	for (unsigned i = 0; i < 15 && !good; i++)
		good = had_its_share();
	leave_class();
	CHECK(good);
}

static volatile sig_atomic_t nr_overruns, overrun_code;

static void count_overrun(int signal, siginfo_t *info, void *context)
{
	nr_overruns++;
	overrun_code = info->si_code;
}

TEST(overrun, "with SCHED_FLAG_DL_OVERRUN a runtime that is used up is a SIGXCPU, else it is not")
{
	struct sigaction action = {.sa_sigaction = count_overrun, .sa_flags = SA_SIGINFO};
	struct attributes seen = {0};
	long long start;

	CHECK_OK(sigaction(SIGXCPU, &action, NULL));
	must_set(5 * MS, 50 * MS, 0);
	start = tap_now_ns(CLOCK_MONOTONIC);
	while (tap_now_ns(CLOCK_MONOTONIC) - start < (long long)(200 * MS))
		;
	CHECK_EQ(nr_overruns, 0);
	CHECK_EQ(set(0, 5 * MS, 50 * MS, 50 * MS, OVERRUN), 0);
	CHECK_OK(syscall(SYS_sched_getattr, 0, &seen, sizeof(seen), 0));
	CHECK_EQ(seen.flags, OVERRUN);
	while (nr_overruns < 3)
		;
	CHECK_EQ(overrun_code, SI_KERNEL);
	leave_class();
}

TEST(yield, "sched_yield gives up the rest of the period")
{
	long long start;

	must_set(10 * MS, 50 * MS, 0);
	sched_yield();
	start = tap_now_ns(CLOCK_MONOTONIC);
	for (int i = 0; i < 4; i++)
		CHECK_OK(sched_yield());
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, (long long)(150 * MS));
}

/* How often there was no thread left; always 0 where no kernel of ours counts that. */
static long shortages(void)
{
	FILE *in = fopen("/proc/creance/shortage", "r");
	long threads = 0;

	if (!in)
		return 0;
	CHECK_EQ(fscanf(in, "disk %*u threads %ld", &threads), 1);
	fclose(in);
	return threads;
}

TEST(fork, "a fork is EAGAIN, unless the child is to start as an ordinary thread")
{
	long before = shortages();

	must_set(10 * MS, 20 * MS, 0);
	CHECK_ERR(fork(), EAGAIN);
	CHECK_EQ(shortages(), before);
	CHECK_EQ(set(0, 10 * MS, 20 * MS, 20 * MS, RESET_ON_FORK), 0);
	CHECK_EXITED(IN_CHILD(CHECK_EQ(syscall(SYS_sched_getscheduler, 0), SCHED_OTHER)), 0);
	CHECK_EQ(syscall(SYS_sched_getscheduler, 0), POLICY | SCHED_RESET_ON_FORK);
	leave_class();
	CHECK_EXITED(IN_CHILD((void)0), 0);
}

TEST(shortage, "too many threads are a shortage also to a thread that reserves")
{
	long before = shortages();
	char limit[32] = "";
	FILE *in = fopen("/proc/sys/kernel/threads-max", "r");

	if (access("/proc/creance/shortage", R_OK) < 0)
		tap_skip("only Creance counts them");
	CHECK(in && fgets(limit, sizeof(limit), in));
	fclose(in);
	must_set(10 * MS, 20 * MS, RESET_ON_FORK);
	CHECK_OK(tap_file("/proc/sys/kernel/threads-max", "1"));
	CHECK_ERR(fork(), EAGAIN);
	CHECK_OK(tap_file("/proc/sys/kernel/threads-max", limit));
	CHECK_EQ(shortages(), before + 1);
	CHECK_EXITED(IN_CHILD((void)0), 0);
}

TEST(before_others, "a thread of the class runs before a SCHED_FIFO thread that never sleeps")
{
	struct sched_param param = {.sched_priority = 99};
	cpu_set_t mine;
	int turns = 0;
	pid_t loops[64];
	int nr_cpus;

	must_set(5 * MS, 50 * MS, RESET_ON_FORK);
	MUST(sched_getaffinity(0, sizeof(mine), &mine));
	nr_cpus = CPU_COUNT(&mine) < 64 ? CPU_COUNT(&mine) : 64;
	for (int i = 0; i < nr_cpus; i++)
		loops[i] = SPAWN(MUST(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param));
				 for (;;) __asm__ volatile(""));
	for (long long start = tap_now_ns(CLOCK_MONOTONIC);
	     tap_now_ns(CLOCK_MONOTONIC) - start < (long long)(200 * MS);) {
		tap_sleep_ms(10);
		turns++;
	}
	for (int i = 0; i < nr_cpus; i++) {
		kill(loops[i], SIGKILL);
		CHECK_SIGNALED(tap_wait(loops[i]), SIGKILL);
	}
	CHECK_GE(turns, 4);
}
