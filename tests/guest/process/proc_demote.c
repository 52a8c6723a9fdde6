// SPDX-License-Identifier: MIT
// proc_demote.c -- a thread that loses its rank does not get it back by asking for it at the
// moment.
#include "tap.h"

#include <sched.h>
#include <sys/resource.h>

#define NR_ROUNDS 400

static struct shared {
	volatile unsigned nr_kept, nr_refused;
} * shared;

/* Asks for what it has: that needs no privilege. */
static void insist(void)
{
	struct sched_param mine = {.sched_priority = 1};
	struct rlimit none = {0, 0};

	CHECK_OK(setrlimit(RLIMIT_RTPRIO, &none));
	tap_become(1000);
	for (;;)
		if (syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &mine))
			shared->nr_refused++;
		else
			shared->nr_kept++;
}

static int is_ordinary(pid_t pid)
{
	return syscall(SYS_sched_getscheduler, pid) == SCHED_OTHER;
}

/* Has @pid this rank while @count rises by some? */
static int stays(pid_t pid, int ordinary, const volatile unsigned *count)
{
	unsigned before = *count;

	while (*count - before < 3) {
		if (is_ordinary(pid) != ordinary)
			return 0;
		tap_sleep_ms(1);
	}
	return is_ordinary(pid) == ordinary;
}

TEST(demoted, "a real-time thread that asks for its priority again and again can be demoted")
{
	struct sched_param one = {.sched_priority = 1}, two = {.sched_priority = 2}, none = {0};
	int nr_undone = 0;
	pid_t pid;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (!CHECK(shared != MAP_FAILED))
		tap_abort();
	CHECK_OK(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &two));
	pid = SPAWN(insist());
	for (int i = 0; i < NR_ROUNDS; i++) {
		CHECK_OK(syscall(SYS_sched_setscheduler, pid, SCHED_FIFO, &one));
		CHECK(stays(pid, 0, &shared->nr_kept));
		CHECK_OK(syscall(SYS_sched_setscheduler, pid, SCHED_OTHER, &none));
		nr_undone += !stays(pid, 1, &shared->nr_refused);
	}
	if (tap_on_creance()) /* Linux checks, and changes later: there it may come back */
		CHECK_EQ(nr_undone, 0);
	kill(pid, SIGKILL);
	CHECK_SIGNALED(tap_wait(pid), SIGKILL);
}
