// SPDX-License-Identifier: MIT
/* event_epoll.c -- epoll: interest, level and edge, one-shot, ends of files, signals. */
#include "tap.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static int ep, ends[2];

static void watch(int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.u64 = 1000u + (unsigned)fd};

	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event));
}

static void change(int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.u64 = 2000u + (unsigned)fd};

	MUST(epoll_ctl(ep, EPOLL_CTL_MOD, fd, &event));
}

/* The events of the one file that is ready; 0 when none is. */
static uint32_t ready(int timeout)
{
	struct epoll_event event = {0};
	int got = (int)MUST(epoll_wait(ep, &event, 1, timeout));

	return got ? event.events : 0;
}

static void begin(uint32_t events)
{
	ep = (int)MUST(epoll_create1(0));
	MUST(pipe2(ends, O_NONBLOCK));
	watch(ends[0], events);
}

static void put(void)
{
	MUST(write(ends[1], "x", 1));
}

static void get(void)
{
	char c;

	MUST(read(ends[0], &c, 1));
}

TEST(level, "level-triggered: reported as long as it is true")
{
	begin(EPOLLIN);
	CHECK_EQ(ready(0), 0);
	put();
	CHECK_EQ(ready(0), EPOLLIN);
	CHECK_EQ(ready(0), EPOLLIN);
	get();
	CHECK_EQ(ready(0), 0);
}

TEST(edge, "edge-triggered: reported once for each arrival")
{
	begin(EPOLLIN | EPOLLET);
	put();
	CHECK_EQ(ready(0), EPOLLIN);
	CHECK_EQ(ready(0), 0);
	put();
	CHECK_EQ(ready(0), EPOLLIN);
	CHECK_EQ(ready(0), 0);
}

TEST(one_shot, "one-shot: silent after one report until changed")
{
	begin(EPOLLIN | EPOLLONESHOT);
	put();
	CHECK_EQ(ready(0), EPOLLIN);
	put();
	CHECK_EQ(ready(0), 0);
	change(ends[0], EPOLLIN | EPOLLONESHOT);
	CHECK_EQ(ready(0), EPOLLIN);
}

TEST(data, "the caller's data comes back, and MOD replaces it")
{
	struct epoll_event event;

	begin(EPOLLIN);
	put();
	MUST(epoll_wait(ep, &event, 1, 0));
	CHECK_EQ(event.data.u64, 1000u + (unsigned)ends[0]);
	change(ends[0], EPOLLIN);
	MUST(epoll_wait(ep, &event, 1, 0));
	CHECK_EQ(event.data.u64, 2000u + (unsigned)ends[0]);
}

TEST(hangup, "EPOLLHUP and EPOLLERR need not be asked for")
{
	begin(0);
	CHECK_EQ(ready(0), 0);
	close(ends[1]);
	CHECK_EQ(ready(0), EPOLLHUP);
	MUST(pipe(ends));
	watch(ends[1], 0);
	close(ends[0]);
}

TEST(errors, "EEXIST, ENOENT, EBADF, EINVAL, EPERM")
{
	struct epoll_event event = {.events = EPOLLIN};
	int file;

	begin(EPOLLIN);
	CHECK_ERR(epoll_ctl(ep, EPOLL_CTL_ADD, ends[0], &event), EEXIST);
	CHECK_ERR(epoll_ctl(ep, EPOLL_CTL_MOD, ends[1], &event), ENOENT);
	CHECK_ERR(epoll_ctl(ep, EPOLL_CTL_DEL, ends[1], &event), ENOENT);
	CHECK_ERR(epoll_ctl(ep, EPOLL_CTL_ADD, 999, &event), EBADF);
	CHECK_ERR(epoll_ctl(999, EPOLL_CTL_ADD, ends[1], &event), EBADF);
	CHECK_ERR(epoll_ctl(ends[0], EPOLL_CTL_ADD, ends[1], &event), EINVAL);
	CHECK_ERR(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &event), EINVAL);
	CHECK_ERR(epoll_ctl(ep, 77, ends[0], &event), EINVAL);
	CHECK_ERR(epoll_wait(ep, &event, 0, 0), EINVAL);
	CHECK_ERR(epoll_wait(ends[0], &event, 1, 0), EINVAL);
	file = (int)MUST(open("f", O_CREAT | O_RDWR, 0600));
	CHECK_ERR(epoll_ctl(ep, EPOLL_CTL_ADD, file, &event), EPERM);
	CHECK_ERR(syscall(SYS_epoll_create, 0), EINVAL);
}

TEST(closing, "a file that ends leaves the set; a duplicate keeps it there")
{
	int copy;

	begin(EPOLLIN);
	put();
	copy = (int)MUST(dup(ends[0]));
	close(ends[0]);
	CHECK_EQ(ready(0), EPOLLIN);
	close(copy);
	CHECK_EQ(ready(0), 0);
}

TEST(many, "of many ready files each is reported in turn")
{
	enum { COUNT = 100 };
	static int fds[COUNT];
	bool seen[1024] = {false};
	struct epoll_event events[7];
	int total = 0;

	ep = (int)MUST(epoll_create1(0));
	for (int i = 0; i < COUNT; i++) {
		fds[i] = (int)MUST(eventfd(1, 0));
		watch(fds[i], EPOLLIN);
	}
	for (int round = 0; round < 40 && total < COUNT; round++) {
		int got = (int)MUST(epoll_wait(ep, events, 7, 0));

		CHECK_EQ(got, 7);
		for (int i = 0; i < got; i++) {
			total += !seen[events[i].data.u64 - 1000];
			seen[events[i].data.u64 - 1000] = true;
		}
	}
	CHECK_EQ(total, COUNT);
}

TEST(waiting, "a waiter sleeps until an event, or until its time is over")
{
	struct timespec start, end;
	pid_t pid;

	begin(EPOLLIN);
	pid = SPAWN(CHECK_EQ(ready(-1), EPOLLIN));
	tap_wait_asleep(pid);
	put();
	CHECK_EXITED(tap_wait(pid), 0);
	get();
	clock_gettime(CLOCK_MONOTONIC, &start);
	CHECK_EQ(ready(50), 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	CHECK((end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000 >= 49);
}

static void nothing(int sig)
{
	(void)sig;
}

TEST(signals, "a handled signal ends the wait with EINTR; epoll_pwait's mask holds meanwhile")
{
	struct sigaction action = {.sa_handler = nothing, .sa_flags = SA_RESTART};
	struct epoll_event event;
	sigset_t empty, usr1;
	pid_t pid;

	begin(EPOLLIN);
	sigemptyset(&empty);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	MUST(sigaction(SIGUSR1, &action, NULL));
	pid = SPAWN(CHECK_ERR(epoll_wait(ep, &event, 1, -1), EINTR));
	tap_wait_asleep(pid);
	MUST(kill(pid, SIGUSR1));
	CHECK_EXITED(tap_wait(pid), 0);
	MUST(sigprocmask(SIG_BLOCK, &usr1, NULL));
	raise(SIGUSR1);
	CHECK_ERR(epoll_pwait(ep, &event, 1, -1, &empty), EINTR);
	CHECK_EQ(epoll_pwait(ep, &event, 1, 0, &usr1), 0);
}

TEST(pollable, "an epoll descriptor can be polled itself")
{
	struct pollfd one;

	begin(EPOLLIN);
	one = (struct pollfd){.fd = ep, .events = POLLIN};
	CHECK_EQ(poll(&one, 1, 0), 0);
	put();
	CHECK_EQ(poll(&one, 1, 0), 1);
	CHECK_EQ(one.revents, POLLIN);
}
