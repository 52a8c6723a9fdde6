// SPDX-License-Identifier: MIT
/*
 * event_races.c -- many threads that wait for one thing, and watched files that come and go in
 * other threads.
 *
 * All are woken, and nothing is used after its end. How long a wake-up of many takes,
 * tests/system/latency.t measures with this program.
 */
#include "tap.h"
#include "tap_thread.h"
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#define WAITERS 40
#define RACE_NS 600000000LL
#define FIRST_FD 40
#define NR_FDS 6

static void watch(int ep, int op, int fd, unsigned events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	epoll_ctl(ep, op, fd, &event);
}

TEST(all_return, "what stays ready brings back each process that waits for the instance")
{
	int ends[2], ep = (int)MUST(epoll_create1(0));
	struct epoll_event event;
	pid_t waiters[8];

	MUST(pipe(ends));
	watch(ep, EPOLL_CTL_ADD, ends[0], EPOLLIN);
	for (int i = 0; i < 8; i++)
		waiters[i] = SPAWN(CHECK_EQ(epoll_wait(ep, &event, 1, -1), 1));
	for (int i = 0; i < 8; i++)
		tap_wait_asleep(waiters[i]);
	MUST(write(ends[1], "x", 1));
	for (int i = 0; i < 8; i++)
		CHECK_EXITED(tap_wait(waiters[i]), 0);
}

TEST(one_each, "of two events that are reported once each of two waiters gets one")
{
	int ep = (int)MUST(epoll_create1(0)), fds[2];
	struct epoll_event event;
	pid_t waiters[2];

	for (int i = 0; i < 2; i++) {
		fds[i] = (int)MUST(eventfd(0, 0));
		watch(ep, EPOLL_CTL_ADD, fds[i], EPOLLIN | EPOLLONESHOT);
		waiters[i] = SPAWN(CHECK_EQ(epoll_wait(ep, &event, 1, -1), 1));
	}
	for (int i = 0; i < 2; i++)
		tap_wait_asleep(waiters[i]);
	for (int i = 0; i < 2; i++)
		MUST(write(fds[i], &(uint64_t){1}, 8));
	for (int i = 0; i < 2; i++)
		CHECK_EXITED(tap_wait(waiters[i]), 0);
}

TEST(crowd, "the end of a pipe wakes many readers, and a poll that names it often")
{
	struct pollfd often[100];
	pid_t waiters[WAITERS];
	int ends[2];
	char c;

	MUST(pipe(ends));
	for (int i = 0; i < 100; i++)
		often[i] = (struct pollfd){.fd = ends[0], .events = POLLIN};
	for (int i = 0; i < WAITERS; i++)
		waiters[i] = SPAWN(close(ends[1]); if (i % 4) CHECK_EQ(read(ends[0], &c, 1), 0);
				   else CHECK_EQ(poll(often, 100, -1), 100));
	for (int i = 0; i < WAITERS; i++)
		tap_wait_asleep(waiters[i]);
	close(ends[1]);
	for (int i = 0; i < WAITERS; i++)
		CHECK_EXITED(tap_wait(waiters[i]), 0);
}

static unsigned next_random(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

/* Puts @fd's file at one of the numbers that all know, and closes the others. */
static void place(int fd, unsigned which)
{
	if (fd < 0)
		return;
	dup2(fd, FIRST_FD + (int)(which % NR_FDS));
	close(fd);
}

static int mix(void *data)
{
	long long end = tap_now_ns(CLOCK_MONOTONIC) + RACE_NS;
	unsigned seed = (unsigned)(uintptr_t)data;
	struct epoll_event events[4];
	int pair[2];

	while (tap_now_ns(CLOCK_MONOTONIC) < end) {
		unsigned what = next_random(&seed) % 9, at = next_random(&seed);
		int fd = FIRST_FD + (int)(at % NR_FDS), other = FIRST_FD + (int)(at / 8 % NR_FDS);

		if (what == 0)
			place(epoll_create1(0), at);
		else if (what == 1)
			place(eventfd(1, EFD_NONBLOCK), at);
		else if (what == 2 && !socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
			place(pair[0], at), place(pair[1], at + 1);
		else if (what == 3)
			close(fd);
		else if (what == 4)
			watch(fd, EPOLL_CTL_DEL, other, 0);
		else if (what == 5)
			watch(fd, EPOLL_CTL_MOD, other, EPOLLIN | EPOLLOUT | EPOLLET);
		else if (what == 6)
			epoll_wait(fd, events, 4, 0);
		else
			watch(fd, EPOLL_CTL_ADD, other, EPOLLIN | EPOLLOUT);
	}
	return 0;
}

TEST(come_and_go, "files and instances are closed while others watch, forget and wait")
{
	pid_t mixers[3];

	for (int i = 0; i < 3; i++)
		mixers[i] = (pid_t)tap_clone(CLONE_FILES | SIGCHLD, mix, (void *)(long)(i + 1),
					     NULL, NULL, NULL);
	for (int i = 0; i < 3; i++)
		CHECK_EXITED(tap_wait(mixers[i]), 0);
}

TEST(long_chain, "a pipe wakes all that poll an instance which watches it, however many")
{
	struct epoll_event event;
	struct pollfd often[900];
	pid_t waiters[WAITERS];
	int ends[2], ep = (int)MUST(epoll_create1(0));
	uint64_t got;

	MUST(pipe(ends));
	watch(ep, EPOLL_CTL_ADD, ends[0], EPOLLIN);
	for (int i = 0; i < 900; i++)
		often[i] = (struct pollfd){.fd = ep, .events = POLLIN};
	for (int i = 0; i < WAITERS; i++)
		waiters[i] = SPAWN(if (i % 4) CHECK_EQ(epoll_wait(ep, &event, 1, -1), 1);
				   else CHECK_EQ(poll(often, 900, -1), 900));
	for (int i = 0; i < WAITERS; i++)
		tap_wait_asleep(waiters[i]);
	MUST(write(ends[1], "x", 1));
	for (int i = 0; i < WAITERS; i++)
		CHECK_EXITED(tap_wait(waiters[i]), 0);
	MUST(read(ends[0], &got, 1));
	CHECK_EQ(epoll_wait(ep, &event, 1, 0), 0);
}
