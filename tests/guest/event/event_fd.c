// SPDX-License-Identifier: MIT
/* event_fd.c -- eventfd: counting, semaphores, waiting, polling. */
#include "tap.h"
#include <poll.h>
#include <sys/eventfd.h>

static uint64_t take(int fd)
{
	uint64_t value = 0;

	MUST(read(fd, &value, sizeof(value)));
	return value;
}

static void add(int fd, uint64_t value)
{
	CHECK_EQ(write(fd, &value, sizeof(value)), 8);
}

static short events_of(int fd)
{
	struct pollfd one = {.fd = fd, .events = POLLIN | POLLOUT};

	MUST(poll(&one, 1, 0));
	return one.revents;
}

TEST(counts, "a read takes the sum of the writes")
{
	int fd = (int)MUST(eventfd(3, 0));

	add(fd, 4);
	add(fd, 0);
	CHECK_EQ(take(fd), 7);
}

TEST(semaphore, "with EFD_SEMAPHORE a read takes one")
{
	int fd = (int)MUST(eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK));
	uint64_t value;

	CHECK_EQ(take(fd), 1);
	CHECK_EQ(take(fd), 1);
	CHECK_ERR(read(fd, &value, 8), EAGAIN);
}

TEST(errors, "short buffers, the reserved value, unknown flags")
{
	int fd = (int)MUST(eventfd(0, EFD_NONBLOCK));
	uint64_t value = ~0ull;
	char small[4] = {0};

	CHECK_ERR(read(fd, small, 4), EINVAL);
	CHECK_ERR(write(fd, small, 4), EINVAL);
	CHECK_ERR(write(fd, &value, 8), EINVAL);
	CHECK_ERR(read(fd, &value, 8), EAGAIN);
	CHECK_ERR(eventfd(0, 0x40000000), EINVAL);
	add(fd, ~0ull - 1);
	value = 1;
	CHECK_ERR(write(fd, &value, 8), EAGAIN);
}

TEST(polling, "readable when it counts, writable while one more fits")
{
	int fd = (int)MUST(eventfd(0, 0));

	CHECK_EQ(events_of(fd), POLLOUT);
	add(fd, 1);
	CHECK_EQ(events_of(fd), POLLIN | POLLOUT);
	add(fd, ~0ull - 2);
	CHECK_EQ(events_of(fd), POLLIN);
}

TEST(waiting, "a reader sleeps until the count rises, a writer until it falls")
{
	int fd = (int)MUST(eventfd(0, 0));
	pid_t pid = SPAWN(CHECK_EQ(take(fd), 5));

	tap_wait_asleep(pid);
	add(fd, 5);
	CHECK_EXITED(tap_wait(pid), 0);
	add(fd, ~0ull - 1);
	pid = SPAWN(add(fd, 9));
	tap_wait_asleep(pid);
	CHECK_EQ(take(fd), ~0ull - 1);
	CHECK_EXITED(tap_wait(pid), 0);
	CHECK_EQ(take(fd), 9);
}

TEST(names, "/proc/self/fd shows what it is; EFD_CLOEXEC is kept")
{
	int fd = (int)MUST(eventfd(0, EFD_CLOEXEC));
	char path[40], target[64];
	ssize_t len;

	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	len = MUST(readlink(path, target, sizeof(target) - 1));
	target[len] = '\0';
	CHECK_STR(target, "anon_inode:[eventfd]");
}
