// SPDX-License-Identifier: MIT
/*
 * Rows: waiting for many descriptors.
 *
 * poll_N   poll(2) of the reading ends of N pipes, without waiting; only the last has a byte
 * epoll_N  epoll_wait(2) of the same, level-triggered, so that the byte, never read, is reported
 *          each time
 */
#include "cost.h"
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { MAX_PIPES = 100 };

static struct pollfd ready_ends[MAX_PIPES];
static int epoll_fd;

static int setup_pipes(long nr)
{
	char byte = 0;
	int ends[2] = {-1, -1};

	for (long i = 0; i < nr; i++) {
		if (pipe(ends) < 0)
			return -errno;
		ready_ends[i] = (struct pollfd){.fd = ends[0], .events = POLLIN};
	}
	return write(ends[1], &byte, 1) == 1 ? 0 : -EIO;
}

static int64_t round_poll(long ops, long nr)
{
	long failed = 0;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops; i++)
		failed |= cost_call3(SYS_poll, (long)ready_ends, nr, 0) ^ 1;
	return failed ? -EIO : cost_end(begin);
}

static int setup_epoll(long nr)
{
	int error = setup_pipes(nr);

	if (error)
		return error;
	epoll_fd = epoll_create1(0);
	if (epoll_fd < 0)
		return -errno;
	for (long i = 0; i < nr; i++) {
		struct epoll_event event = {.events = EPOLLIN};

		if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, ready_ends[i].fd, &event) < 0)
			return -errno;
	}
	return 0;
}

static int64_t round_epoll(long ops, long nr)
{
	struct epoll_event events[8];
	long failed = 0;
	int fd = epoll_fd;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops; i++)
		failed |= cost_call4(SYS_epoll_wait, fd, (long)events, 8, 0) ^ 1;
	return failed ? -EIO : cost_end(begin);
}

const struct cost_row cost_rows_event[] = {
	{.key = "poll_10", .ops = 500, .arg = 10, .setup = setup_pipes, .round = round_poll},
	{.key = "poll_100", .ops = 100, .arg = 100, .setup = setup_pipes, .round = round_poll},
	{.key = "epoll_10", .ops = 500, .arg = 10, .setup = setup_epoll, .round = round_epoll},
	{.key = "epoll_100", .ops = 500, .arg = 100, .setup = setup_epoll, .round = round_epoll},
	{},
};
