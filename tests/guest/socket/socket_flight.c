// SPDX-License-Identifier: MIT
/*
 * socket_flight.c -- thousands of sockets in flight, which end with the last process that knows
 * them.
 */
#include "socket_test.h"
#include <sys/resource.h>

enum { PAIRS = 4000, ROUNDS = 2, PARCELS = 600, AT_ONCE = 30, DEPTH = 3, CYCLES = 20 };

static int mailbox;

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

/* Sockets in each other's queues, closed, so that the kernel looks for lost ones all the time. */
static void lose_sockets(void)
{
	int ends[2];

	for (;;) {
		for (int i = 0; i < CYCLES; i++) {
			make_pair(SOCK_DGRAM, ends);
			send_fds(ends[0], "", 1, &ends[0], 1);
			send_fds(ends[1], "", 1, &ends[1], 1);
			close(ends[0]);
			close(ends[1]);
		}
		tap_sleep_ms(1);
	}
}

/* The end of a pipe with a byte in it, in the queue of a socket in the queue of a socket. */
static int pack(int type)
{
	int ends[2], inner;

	MUST(pipe(ends));
	MUST(write(ends[1], "!", 1));
	close(ends[1]);
	inner = ends[0];
	for (int i = 0; i < DEPTH; i++) {
		make_pair(type, ends);
		CHECK_EQ(send_fds(ends[0], "x", 1, &inner, 1), 1);
		close(inner);
		close(ends[0]);
		inner = ends[1];
	}
	return inner;
}

/* What @outer carries. It is closed as soon as that has a descriptor. */
static int open_parcel(int outer, bool peeks)
{
	static struct received r;
	size_t room = CMSG_SPACE(sizeof(int));

	CHECK_EQ(receive_all(outer, &r, 1, room, peeks ? MSG_PEEK : 0), 1);
	CHECK_EQ(r.nr_fds, 1);
	if (outer != mailbox)
		close(outer);
	return r.fds[0];
}

/* All parcels are opened a little at a time, so that a search goes on meanwhile. */
static void open_parcels(void)
{
	int parcels[AT_ONCE];
	char c;

	for (int i = 0; i < AT_ONCE; i++)
		parcels[i] = open_parcel(mailbox, false);
	for (int depth = 0; depth < DEPTH; depth++) {
		for (int i = 0; i < AT_ONCE; i++)
			parcels[i] = open_parcel(parcels[i], i % 3 == 0);
		tap_sleep_ms(1);
	}
	for (int i = 0; i < AT_ONCE; i++) {
		CHECK_EQ(read(parcels[i], &c, 1), 1);
		CHECK_EQ(c, '!');
		close(parcels[i]);
	}
}

TEST(parcels, "nothing is lost of what is received while lost sockets are looked for")
{
	pid_t loser, sender;
	int mail[2], outer;

	SKIP_IF(geteuid() != 0, "not root: a user has few descriptors in flight");
	loser = SPAWN(lose_sockets());
	make_pair(SOCK_STREAM, mail);
	mailbox = mail[1];
	sender = SPAWN({
		for (int i = 0; i < PARCELS; i++) {
			outer = pack(i % 2 ? SOCK_STREAM : SOCK_DGRAM);
			while (send_fds(mail[0], "x", 1, &outer, 1) != 1) {
				if (!CHECK_EQ(errno, EAGAIN))
					tap_abort();
				tap_sleep_ms(1);
			}
			close(outer);
		}
	});
	for (int i = 0; i < PARCELS; i += AT_ONCE)
		open_parcels();
	CHECK_EXITED(tap_wait(sender), 0);
	MUST(kill(loser, SIGKILL));
	CHECK_SIGNALED(tap_wait(loser), SIGKILL);
}
