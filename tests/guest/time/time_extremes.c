// SPDX-License-Identifier: MIT
/*
 * Times and positions at the ends of their types: each is refused or taken for far away, and none
 * wraps.
 */
#include "tap.h"
#include "tap_thread.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

static const long ends[] = {LONG_MIN, LONG_MIN + 1,	     -1000000000L, -1,	    0,
			    1,	      LONG_MAX / 1000000000, LONG_MAX - 1, LONG_MAX};
#define NR_ENDS (sizeof(ends) / sizeof(ends[0]))

TEST(file_times, "a file's times may be anything, and keep their sign")
{
	int fd = tap_file("times", "");

	for (unsigned i = 0; i < NR_ENDS; i++) {
		struct timespec times[2] = {{ends[i], 999999999}, {ends[i], 0}};
		struct stat st;

		CHECK_OK(futimens(fd, times));
		CHECK_OK(fstat(fd, &st));
		CHECK_EQ(st.st_mtim.tv_sec < 0, ends[i] < 0);
		CHECK_EQ(st.st_atim.tv_sec < 0, ends[i] < 0);
		CHECK(st.st_mtim.tv_nsec >= 0 && st.st_mtim.tv_nsec < 1000000000);
		if (ends[i] >= -1000000000 && ends[i] <= 1)
			CHECK_EQ(st.st_mtim.tv_sec, ends[i]);
	}
	close(fd);
}

TEST(clock_set, "the clock is not set to where it would run out, nor to before the machine's start")
{
	static const long late[] = {LONG_MAX, LONG_MAX / 1000000000, LONG_MAX / 1000000000 - 1};
	struct timespec start = {0, 0};

	for (unsigned i = 0; i < sizeof(late) / sizeof(late[0]); i++) {
		struct timespec time = {late[i], 999999999};
		struct timeval old = {late[i], 999999};

		CHECK_ERR(clock_settime(CLOCK_REALTIME, &time), EINVAL);
		CHECK_ERR(settimeofday(&old, NULL), EINVAL);
	}
	errno = 0;
	CHECK_EQ(clock_settime(CLOCK_REALTIME, &start), -1);
	CHECK(errno == EINVAL || errno == EPERM);
}

/* Each wait finds what is there, however long it might wait. */
TEST(timeouts, "a timeout of any length is refused or lasts until there is something")
{
	int ends_of_pipe[2], epoll = MUST(epoll_create1(0));
	struct epoll_event event = {.events = EPOLLIN};

	MUST(pipe(ends_of_pipe));
	MUST(write(ends_of_pipe[1], "x", 1));
	MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, ends_of_pipe[0], &event));
	for (unsigned i = 0; i < NR_ENDS; i++)
		for (unsigned j = 0; j < NR_ENDS; j++) {
			struct timespec time = {ends[i], ends[j]};
			struct timeval old = {ends[i], ends[j]};
			struct pollfd fd = {ends_of_pipe[0], POLLIN, 0};
			bool good = ends[i] >= 0 && ends[j] >= 0;
			bool exact = good && ends[j] < 1000000000;
			fd_set set;

			FD_ZERO(&set);
			FD_SET(ends_of_pipe[0], &set);
			/* The raw calls: the C library changes what it is given. */
			if (ends[j] >= 0 &&
			    ends[j] < 1000000) /* else Linux adds them up, and wraps */
				CHECK_EQ(tap_raw(SYS_select, ends_of_pipe[0] + 1, (long)&set, 0, 0,
						 (long)&old, 0),
					 good ? 1 : -EINVAL);
			else
				tap_raw(SYS_select, ends_of_pipe[0] + 1, (long)&set, 0, 0,
					(long)&old, 0);
			CHECK_EQ(tap_raw(SYS_ppoll, (long)&fd, 1, (long)&time, 0, 8, 0),
				 exact ? 1 : -EINVAL);
			time = (struct timespec){ends[i], ends[j]};
			CHECK_EQ(tap_raw(SYS_epoll_pwait2, epoll, (long)&event, 1, (long)&time, 0,
					 8),
				 exact ? 1 : -EINVAL);
		}
	close(epoll);
	close(ends_of_pipe[0]);
	close(ends_of_pipe[1]);
}

TEST(timers, "a timer of any length is refused or does not go off")
{
	struct sigevent none = {.sigev_notify = SIGEV_NONE};
	timer_t id;

	MUST(timer_create(CLOCK_MONOTONIC, &none, &id));
	for (unsigned i = 0; i < NR_ENDS; i++) {
		struct itimerspec timer = {.it_value = {ends[i], 0}, .it_interval = {ends[i], 0}};
		struct itimerval old = {.it_value = {ends[i], 0}, .it_interval = {ends[i], 0}};
		int want = ends[i] >= 0 ? 0 : -EINVAL;

		CHECK_EQ(tap_raw(SYS_timer_settime, (long)id, 0, (long)&timer, 0, 0, 0), want);
		CHECK_EQ(tap_raw(SYS_setitimer, ITIMER_VIRTUAL, (long)&old, 0, 0, 0, 0), want);
		CHECK_EQ(tap_raw(SYS_setitimer, ITIMER_REAL, (long)&old, 0, 0, 0, 0), want);
		CHECK_OK(setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL));
		if (ends[i] > 1) {
			MUST(timer_gettime(id, &timer));
			CHECK(timer.it_value.tv_sec > 1000000);
		}
	}
	CHECK_OK(setitimer(ITIMER_VIRTUAL, &(struct itimerval){0}, NULL));
	timer_delete(id);
}

TEST(socket_timeouts, "a socket's timeout of any length lets it receive")
{
	int pair[2];
	char byte;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	for (unsigned i = 0; i < NR_ENDS; i++) {
		struct timeval time = {ends[i], 999999};

		CHECK_OK(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)));
		CHECK_EQ(write(pair[1], "x", 1), 1);
		CHECK_EQ(read(pair[0], &byte, 1), 1);
	}
	close(pair[0]);
	close(pair[1]);
}

/* 2^64 nanoseconds are 18446744073.7 seconds: such a limit must not act as one of a fraction. */
TEST(cpu_limit, "a limit of the CPU time that is centuries long ends nobody")
{
	static const rlim_t limits[] = {18446744074, 1UL << 55, RLIM_INFINITY - 1};

	SKIP_IF(!tap_on_creance(), "some kernels count such limits in nanoseconds, which wrap");
	for (unsigned i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		pid_t child = MUST(fork());
		int status;

		if (!child) {
			struct rlimit limit = {limits[i], limits[i]};
			struct timespec now;

			if (setrlimit(RLIMIT_CPU, &limit))
				_exit(1);
			do /* the ticks of 50 ms */
				clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
			while (!now.tv_sec && now.tv_nsec < 50000000);
			_exit(0);
		}
		MUST(waitpid(child, &status, 0));
		CHECK_EXITED(status, 0);
	}
}

TEST(positions, "a position behind the greatest is refused, in any file")
{
	static const char *const names[] = {"/proc/self/status", "/proc/self/maps", "/dev/zero"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int fd = MUST(open(names[i], O_RDONLY));
		char byte;

		CHECK_EQ(read(fd, &byte, 1), 1);
		CHECK(lseek(fd, LONG_MAX, SEEK_CUR) == -1 || i == 2);
		CHECK(lseek(fd, LONG_MIN, SEEK_CUR) == -1 || i == 2);
		CHECK_EQ(read(fd, &byte, 1), 1);
		close(fd);
	}
}

TEST(numbers, "the lowest number of a process, which has no opposite, is none")
{
	CHECK_ERR(kill(INT_MIN, 0), ESRCH);
	CHECK_ERR(waitpid(INT_MIN, NULL, WNOHANG), ESRCH);
}
