// SPDX-License-Identifier: MIT
/*
 * others_hoard.c -- what one user has in flight must not make another user's closes dear.
 *
 * The cases tell what a close costs: of a socket in flight, without and beside another user's
 * hoard, and of a socket that another user has filled; the thread's own time, and the time that
 * passes. tests/system/others_hoard.t, which counts instructions, holds them against bounds.
 */
#include "../socket/socket_test.h"
#include <sys/resource.h>

enum { HOARD = 4250, AT_ONCE = 170, ROUNDS = 4000 };

/* One that has nothing in flight yet. */
static void become_new_user(void)
{
	tap_become(10000 + getpid());
}

/* Send thousands of sockets that only the messages refer to. */
static void send_many(int to)
{
	int sent[AT_ONCE];

	for (int n = 0; n < HOARD; n += AT_ONCE) {
		for (int i = 0; i < AT_ONCE; i++)
			sent[i] = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
		CHECK_EQ(send_fds(to, "x", 1, sent, AT_ONCE), 1);
		MUST(syscall(SYS_close_range, sent[0], sent[AT_ONCE - 1], 0));
	}
}

static void hoard(int ready)
{
	int anchor[2];

	make_pair(SOCK_STREAM, anchor);
	send_many(anchor[0]);
	MUST(write(ready, "x", 1));
	for (;;)
		pause();
}

/* A socket is closed that a message carries; then the one is closed that has the message. */
static void make_and_close(void)
{
	int ends[2];

	make_pair(SOCK_DGRAM, ends);
	CHECK_EQ(send_fds(ends[0], "x", 1, &ends[0], 1), 1);
	MUST(close(ends[0]));
	MUST(close(ends[1]));
}

static void measure(const char *what)
{
	long long own = tap_now_ns(CLOCK_THREAD_CPUTIME_ID), all = tap_now_ns(CLOCK_MONOTONIC);

	for (int i = 0; i < ROUNDS; i++)
		make_and_close();
	own = tap_now_ns(CLOCK_THREAD_CPUTIME_ID) - own;
	all = tap_now_ns(CLOCK_MONOTONIC) - all;
	tap_diag("round: %s: own %lld all %lld", what, own / ROUNDS, all / ROUNDS);
}

TEST(flights, "a socket in flight is closed beside thousands that another user has in flight")
{
	struct rlimit many = {2L * HOARD, 2L * HOARD};
	int ready[2], begin[2];
	pid_t hoarder, other;
	char c;

	SKIP_IF(geteuid() != 0, "needs root to become two other users");
	MUST(pipe(ready));
	MUST(pipe(begin));
	other = SPAWN(become_new_user(); measure("warm"); measure("alone");
		      MUST(write(ready[1], "x", 1)); CHECK_EQ(read(begin[0], &c, 1), 1);
		      measure("beside"));
	CHECK_EQ(read(ready[0], &c, 1), 1);
	hoarder = SPAWN(MUST(setrlimit(RLIMIT_NOFILE, &many)); become_new_user(); hoard(ready[1]));
	CHECK_EQ(read(ready[0], &c, 1), 1);
	tap_sleep_ms(100);
	MUST(write(begin[1], "x", 1));
	CHECK_EXITED(tap_wait(other), 0);
	MUST(kill(hoarder, SIGKILL));
	CHECK_SIGNALED(tap_wait(hoarder), SIGKILL);
}

static void send_full_one(int to)
{
	int full[2];

	make_pair(SOCK_STREAM, full);
	send_many(full[0]);
	CHECK_EQ(send_fds(to, "x", 1, &full[1], 1), 1);
}

TEST(gift, "a socket is closed that came from another user, full of thousands of sockets")
{
	struct rlimit many = {2L * HOARD, 2L * HOARD};
	static struct received received;
	long long own;
	int ends[2];
	pid_t giver;

	SKIP_IF(geteuid() != 0, "needs root to become another user");
	make_pair(SOCK_STREAM, ends);
	giver = SPAWN(MUST(setrlimit(RLIMIT_NOFILE, &many)); become_new_user();
		      send_full_one(ends[0]));
	CHECK_EXITED(tap_wait(giver), 0);
	CHECK_EQ(receive_all(ends[1], &received, 1, CMSG_SPACE(sizeof(int)), 0), 1);
	CHECK_EQ(received.nr_fds, 1);
	own = tap_now_ns(CLOCK_THREAD_CPUTIME_ID);
	MUST(close(received.fds[0]));
	tap_diag("gift: own %lld", tap_now_ns(CLOCK_THREAD_CPUTIME_ID) - own);
}
