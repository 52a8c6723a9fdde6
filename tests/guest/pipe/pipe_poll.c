// SPDX-License-Identifier: MIT
/* pipe_poll.c -- poll, ppoll, select and pselect. */
#include "tap.h"
#include <poll.h>
#include <sys/select.h>

static int ends[2];

static int poll_one(int fd, short events, int timeout)
{
	struct pollfd one = {.fd = fd, .events = events, .revents = 0x7777};
	int got = poll(&one, 1, timeout);

	return got < 0 ? -errno : one.revents;
}

TEST(readable, "POLLIN when there is data, POLLOUT when there is room")
{
	MUST(pipe(ends));
	CHECK_EQ(poll_one(ends[0], POLLIN, 0), 0);
	CHECK_EQ(poll_one(ends[1], POLLOUT, 0), POLLOUT);
	MUST(write(ends[1], "x", 1));
	CHECK_EQ(poll_one(ends[0], POLLIN | POLLRDNORM, 0), POLLIN | POLLRDNORM);
	CHECK_EQ(poll_one(ends[0], POLLOUT, 0), 0);
	CHECK_EQ(poll_one(ends[0], 0, 0), 0);
}

TEST(hangup, "POLLHUP at the reader when writers are gone, POLLERR at the writer when readers are")
{
	MUST(pipe(ends));
	MUST(write(ends[1], "x", 1));
	close(ends[1]);
	CHECK_EQ(poll_one(ends[0], POLLIN, 0), POLLIN | POLLHUP);
	char c;

	MUST(read(ends[0], &c, 1));
	CHECK_EQ(poll_one(ends[0], POLLIN, 0), POLLHUP);
	CHECK_EQ(poll_one(ends[0], 0, 0), POLLHUP);
	MUST(pipe(ends));
	close(ends[0]);
	CHECK_EQ(poll_one(ends[1], POLLOUT, 0), POLLOUT | POLLERR);
	CHECK_EQ(poll_one(ends[1], 0, 0), POLLERR);
}

TEST(full, "a full pipe is not writable until there is room for a page")
{
	static char block[65536];

	MUST(pipe2(ends, O_NONBLOCK));
	while (write(ends[1], block, sizeof(block)) > 0)
		;
	CHECK_EQ(poll_one(ends[1], POLLOUT, 0), 0);
	MUST(read(ends[0], block, 8192));
	CHECK_EQ(poll_one(ends[1], POLLOUT, 0), POLLOUT);
}

TEST(kinds,
     "files and devices are always ready; a bad descriptor is POLLNVAL; a negative one is skipped")
{
	int fd = tap_file("f", "");
	struct pollfd three[3] = {{.fd = -1, .events = POLLIN, .revents = 5},
				  {.fd = 99, .events = POLLIN},
				  {.fd = fd, .events = POLLIN | POLLOUT}};

	CHECK_EQ(poll(three, 3, 0), 2);
	CHECK_EQ(three[0].revents, 0);
	CHECK_EQ(three[1].revents, POLLNVAL);
	CHECK_EQ(three[2].revents, POLLIN | POLLOUT);
	CHECK_EQ(poll_one((int)MUST(open("/dev/null", O_RDWR)), POLLIN | POLLOUT, 0),
		 POLLIN | POLLOUT);
	CHECK_EQ(poll(NULL, 0, 0), 0);
}

TEST(timeout, "a timeout is not cut short, whichever call waits")
{
	struct timespec ts = {0, 30000000};
	struct timeval tv = {0, 30000};
	struct pollfd one;
	fd_set set;
	long long start;

	MUST(pipe(ends));
	one = (struct pollfd){.fd = ends[0], .events = POLLIN};
	start = tap_now_ns(CLOCK_MONOTONIC);
	CHECK_EQ(poll(&one, 1, 30), 0);
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 30000000);
	start = tap_now_ns(CLOCK_MONOTONIC);
	CHECK_EQ(syscall(SYS_ppoll, &one, 1, &ts, NULL, 8), 0);
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 30000000);
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	start = tap_now_ns(CLOCK_MONOTONIC);
	CHECK_EQ(syscall(SYS_select, ends[0] + 1, &set, NULL, NULL, &tv), 0);
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 30000000);
	CHECK(!FD_ISSET(ends[0], &set));
	CHECK_EQ(tv.tv_sec + tv.tv_usec, 0);
	start = tap_now_ns(CLOCK_MONOTONIC);
	tv = (struct timeval){0, 20000};
	CHECK_EQ(syscall(SYS_select, 0, NULL, NULL, NULL, &tv), 0);
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 20000000);
}

TEST(woken, "a waiting poll is woken by data, by room, and by the other end closing")
{
	static char block[65536];
	pid_t pid;

	MUST(pipe(ends));
	pid = SPAWN(CHECK_EQ(poll_one(ends[0], POLLIN, -1), POLLIN));
	tap_wait_asleep(pid);
	MUST(write(ends[1], "x", 1));
	CHECK_EXITED(tap_wait(pid), 0);
	MUST(read(ends[0], block, 1));
	pid = SPAWN(close(ends[1]); CHECK_EQ(poll_one(ends[0], POLLIN, -1), POLLHUP));
	tap_wait_asleep(pid);
	close(ends[1]);
	CHECK_EXITED(tap_wait(pid), 0);
	MUST(pipe2(ends, O_NONBLOCK));
	while (write(ends[1], block, sizeof(block)) > 0)
		;
	pid = SPAWN(CHECK_EQ(poll_one(ends[1], POLLOUT, -1), POLLOUT));
	tap_wait_asleep(pid);
	MUST(read(ends[0], block, 65536));
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(select_sets, "select tells which of many are ready, in the three sets")
{
	int pipes[20][2], top = 0;
	fd_set in, out;

	FD_ZERO(&in);
	FD_ZERO(&out);
	for (int i = 0; i < 20; i++) {
		MUST(pipe(pipes[i]));
		FD_SET(pipes[i][0], &in);
		FD_SET(pipes[i][1], &out);
		top = pipes[i][1];
		if (i % 3 == 0)
			MUST(write(pipes[i][1], "x", 1));
	}
	CHECK_EQ(select(top + 1, &in, &out, NULL, NULL), 27);
	for (int i = 0; i < 20; i++) {
		CHECK_EQ(!!FD_ISSET(pipes[i][0], &in), i % 3 == 0);
		CHECK(FD_ISSET(pipes[i][1], &out));
	}
}

TEST(select_edges,
     "select: end of file is readable, EBADF for closed ones, EINVAL for bad counts and times")
{
	fd_set set;
	struct timeval bad = {-1, 0};

	MUST(pipe(ends));
	close(ends[1]);
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	CHECK_EQ(select(ends[0] + 1, &set, NULL, NULL, NULL), 1);
	FD_ZERO(&set);
	FD_SET(ends[0] + 10, &set);
	CHECK_ERR(select(ends[0] + 11, &set, NULL, NULL, NULL), EBADF);
	CHECK_ERR(syscall(SYS_select, -1, &set, NULL, NULL, NULL), EINVAL);
	CHECK_ERR(syscall(SYS_select, 0, NULL, NULL, NULL, &bad), EINVAL);
	CHECK_ERR(syscall(SYS_select, 10, wild(8), NULL, NULL, NULL), EFAULT);
}

static volatile int count;

static void on_signal(int sig)
{
	(void)sig;
	count++;
}

TEST(masks, "ppoll and pselect swap the mask for the wait and restore it")
{
	struct pollfd one;
	struct timespec zero = {0, 0}, soon = {5, 0};
	sigset_t block, none, now;
	fd_set set;

	MUST(pipe(ends));
	one = (struct pollfd){.fd = ends[0], .events = POLLIN};
	sigemptyset(&none);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, NULL);
	signal(SIGUSR1, on_signal);
	raise(SIGUSR1);
	CHECK_EQ(ppoll(&one, 1, &zero, NULL), 0);
	CHECK_EQ(count, 0);
	CHECK_ERR(ppoll(&one, 1, &soon, &none), EINTR);
	CHECK_EQ(count, 1);
	sigprocmask(SIG_SETMASK, NULL, &now);
	CHECK_EQ(sigismember(&now, SIGUSR1), 1);
	raise(SIGUSR1);
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	CHECK_ERR(pselect(ends[0] + 1, &set, NULL, NULL, &soon, &none), EINTR);
	CHECK_EQ(count, 2);
	sigprocmask(SIG_SETMASK, NULL, &now);
	CHECK_EQ(sigismember(&now, SIGUSR1), 1);
}

TEST(errors, "EINVAL and EFAULT of poll and ppoll")
{
	struct pollfd one = {.fd = 0, .events = POLLIN};
	struct timespec bad = {0, 1000000000};

	CHECK_ERR(syscall(SYS_poll, wild(8), 1, 0), EFAULT);
	CHECK_ERR(syscall(SYS_poll, &one, 1 << 30, 0), EINVAL);
	CHECK_ERR(syscall(SYS_ppoll, &one, 1, &bad, NULL, 8), EINVAL);
	CHECK_ERR(syscall(SYS_ppoll, &one, 1, wild(8), NULL, 8), EFAULT);
	CHECK_ERR(syscall(SYS_ppoll, &one, 1, NULL, &one, 4), EINVAL);
}

TEST(many, "a poll over five hundred descriptors finds the one that is ready")
{
	static struct pollfd all[500];
	pid_t pid;

	MUST(pipe(ends));
	for (int i = 0; i < 500; i++)
		all[i] = (struct pollfd){.fd = ends[0], .events = 0};
	all[321].events = POLLIN;
	pid = SPAWN(CHECK_EQ(poll(all, 500, -1), 1); CHECK_EQ(all[321].revents, POLLIN));
	tap_wait_asleep(pid);
	MUST(write(ends[1], "x", 1));
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(fifo_states, "a fifo polls like a pipe; POLLHUP only after a writer was there")
{
	int r, w;

	MUST(mkfifo("p", 0600));
	r = (int)MUST(open("p", O_RDONLY | O_NONBLOCK));
	CHECK_EQ(poll_one(r, POLLIN, 0), 0);
	w = (int)MUST(open("p", O_WRONLY));
	CHECK_EQ(poll_one(r, POLLIN, 0), 0);
	CHECK_EQ(poll_one(w, POLLOUT, 0), POLLOUT);
	close(w);
	CHECK_EQ(poll_one(r, POLLIN, 0), POLLHUP);
}
