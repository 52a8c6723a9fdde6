// SPDX-License-Identifier: MIT
/*
 * socket_flight.c -- thousands of sockets in flight, which end with the last process that knows
 * them.
 */
#include "socket_test.h"
#include <sys/resource.h>

enum { PAIRS = 4000, ROUNDS = 2 };

/* As many descriptors as there may be, up to those that the pairs need. */
static void raise_limit(void)
{
	struct rlimit limit;

	MUST(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = limit.rlim_max < 2 * PAIRS + 20 ? limit.rlim_max : 2 * PAIRS + 20;
	MUST(setrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = limit.rlim_max = 2 * PAIRS + 20;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * Pairs of which each end is in the other's queue: when they are closed, nothing refers to them.
 */
static void make_cycles(void)
{
	int ends[2];

	for (int i = 0; i < PAIRS && !socketpair(AF_UNIX, SOCK_DGRAM, 0, ends); i++)
		if (send_fds(ends[0], "", 1, &ends[0], 1) != 1 ||
		    send_fds(ends[1], "", 1, &ends[1], 1) != 1)
			break;
}

TEST(killed, "a process with thousands of sockets that hold each other is killed, and they end")
{
	int ends[2];
	char c;

	raise_limit();
	for (int i = 0; i < ROUNDS; i++) {
		MUST(pipe(ends));
		pid_t pid = SPAWN(close(ends[0]); make_cycles(); close(ends[1]); pause());

		close(ends[1]);
		CHECK_EQ(read(ends[0], &c, 1), 0);
		close(ends[0]);
		kill(pid, SIGKILL);
		CHECK_SIGNALED(tap_wait(pid), SIGKILL);
	}
}

TEST(closed, "close_range ends thousands of sockets that hold each other")
{
	raise_limit();
	for (int i = 0; i < ROUNDS; i++) {
		make_cycles();
		MUST(syscall(SYS_close_range, 3, ~0U, 0));
	}
}
