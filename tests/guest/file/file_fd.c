// SPDX-License-Identifier: MIT
/* file_fd.c -- descriptors: dup, fcntl, close, close_range, EBADF everywhere. */
#include "tap.h"
#include "tap_thread.h"
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

TEST(dups, "dup, dup2, dup3 and F_DUPFD give the numbers they should")
{
	int fd = tap_file("f", "abc"), a = (int)MUST(dup(fd));

	CHECK_EQ(a, fd + 1);
	CHECK_EQ(dup2(fd, 50), 50);
	CHECK_EQ(dup2(fd, fd), fd);
	CHECK_EQ(fcntl(fd, F_DUPFD, 40), 40);
	CHECK_EQ(fcntl(fd, F_DUPFD, 40), 41);
	CHECK_EQ(fcntl(fd, F_DUPFD_CLOEXEC, 50), 51);
	CHECK_EQ(fcntl(51, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(dup3(fd, 60, O_CLOEXEC), 60);
	CHECK_EQ(fcntl(60, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(dup(60), F_GETFD), 0);
	CHECK_EQ(dup2(60, 61), 61);
	CHECK_EQ(fcntl(61, F_GETFD), 0);
}

TEST(dup_errors, "EBADF and EINVAL of the dup family")
{
	int fd = tap_file("f", "abc");

	CHECK_ERR(dup(-1), EBADF);
	CHECK_ERR(dup(99), EBADF);
	CHECK_ERR(syscall(SYS_dup2, 99, 5), EBADF);
	CHECK_ERR(syscall(SYS_dup2, 99, 99), EBADF);
	CHECK_ERR(syscall(SYS_dup2, fd, -1), EBADF);
	CHECK_ERR(syscall(SYS_dup3, fd, fd, 0), EINVAL);
	CHECK_ERR(syscall(SYS_dup3, fd, 50, O_APPEND), EINVAL);
	CHECK_ERR(syscall(SYS_dup3, 99, 50, 0), EBADF);
	CHECK_ERR(fcntl(fd, F_DUPFD, -1), EINVAL);
}

TEST(dup2_replaces, "dup2 closes what it replaces")
{
	int ends[2];
	char c;

	MUST(pipe(ends));
	MUST(dup2(tap_file("f", "x"), ends[1]));
	CHECK_EQ(read(ends[0], &c, 1), 0);
}

TEST(shared_state, "duplicates share offset and status flags, not the descriptor flags")
{
	int fd = tap_file("f", "abcdef"), d = (int)MUST(dup(fd));

	MUST(lseek(fd, 4, SEEK_SET));
	CHECK_EQ(lseek(d, 0, SEEK_CUR), 4);
	MUST(fcntl(d, F_SETFL, O_APPEND));
	CHECK(fcntl(fd, F_GETFL) & O_APPEND);
	MUST(fcntl(d, F_SETFD, FD_CLOEXEC));
	CHECK_EQ(fcntl(fd, F_GETFD), 0);
	MUST(close(fd));
	CHECK_EQ(lseek(d, 0, SEEK_CUR), 4);
}

TEST(setfl, "F_SETFL changes APPEND and NONBLOCK and leaves the access mode alone")
{
	int fd = tap_file("f", "x");

	MUST(fcntl(fd, F_SETFL, O_NONBLOCK | O_RDONLY | O_CREAT | O_TRUNC));
	CHECK_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
	CHECK_EQ(fcntl(fd, F_GETFL) & (O_CREAT | O_TRUNC), 0);
	MUST(fcntl(fd, F_SETFL, 0));
	CHECK_EQ(fcntl(fd, F_GETFL) & (O_NONBLOCK | O_APPEND), 0);
}

TEST(ioctl_flags, "FIONBIO, FIOCLEX, FIONCLEX and FIONREAD")
{
	int ends[2], on = 1, off = 0, n = -1;

	MUST(pipe(ends));
	MUST(ioctl(ends[0], FIONBIO, &on));
	CHECK(fcntl(ends[0], F_GETFL) & O_NONBLOCK);
	MUST(ioctl(ends[0], FIONBIO, &off));
	CHECK_EQ(fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
	MUST(ioctl(ends[0], FIOCLEX));
	CHECK_EQ(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	MUST(ioctl(ends[0], FIONCLEX));
	CHECK_EQ(fcntl(ends[0], F_GETFD), 0);
	MUST(write(ends[1], "12345", 5));
	MUST(ioctl(ends[0], FIONREAD, &n));
	CHECK_EQ(n, 5);
	n = tap_file("f", "0123456789");
	MUST(lseek(n, 3, SEEK_SET));
	CHECK_OK(ioctl(n, FIONREAD, &off));
	CHECK_EQ(off, 7);
	CHECK_ERR(ioctl(n, 0x5401, &off), ENOTTY);
	CHECK_ERR(ioctl(n, 0xdeadbeef, &off), ENOTTY);
	CHECK_ERR(ioctl(99, FIONREAD, &off), EBADF);
}

TEST(fcntl_errors, "EINVAL for unknown commands, EBADF for no descriptor")
{
	int fd = tap_file("f", "x");

	CHECK_ERR(syscall(SYS_fcntl, fd, 9999, 0), EINVAL);
	CHECK_ERR(syscall(SYS_fcntl, 99, F_GETFD, 0), EBADF);
	CHECK_ERR(syscall(SYS_fcntl, -1, F_GETFL, 0), EBADF);
}

TEST(owner, "F_SETOWN keeps a process or a group, and refuses what is neither")
{
	int fd = tap_file("f", "x"), me = getpid(), group = getpgrp();
	struct f_owner_ex owner = {F_OWNER_PGRP, group};

	CHECK_OK(fcntl(fd, F_SETOWN, me));
	CHECK_EQ(fcntl(fd, F_GETOWN), me);
	CHECK_OK(fcntl(fd, F_SETOWN_EX, &owner));
	CHECK_EQ(syscall(SYS_fcntl, fd, F_GETOWN_EX, &owner), 0);
	CHECK_EQ(owner.type, F_OWNER_PGRP);
	CHECK_EQ(owner.pid, group);
	CHECK_ERR(syscall(SYS_fcntl, fd, F_SETOWN, INT32_MIN), EINVAL);
	for (int type = F_OWNER_TID; type <= F_OWNER_PGRP; type++) {
		owner = (struct f_owner_ex){type, INT32_MIN};
		CHECK_ERR(fcntl(fd, F_SETOWN_EX, &owner), ESRCH);
	}
	CHECK_EQ(syscall(SYS_fcntl, fd, F_GETOWN_EX, &owner), 0);
	CHECK_EQ(owner.pid, group);
}

TEST(closing, "close frees the number; closing twice is EBADF")
{
	int fd = tap_file("f", "x");

	MUST(close(fd));
	CHECK_ERR(close(fd), EBADF);
	CHECK_ERR(close(-1), EBADF);
	CHECK_ERR(close(100000), EBADF);
	CHECK_EQ(open("f", O_RDONLY), fd);
}

TEST(range, "close_range closes a range, or marks it close-on-exec")
{
	for (int i = 50; i < 60; i++)
		MUST(dup2(1, i));
	SKIP_IF(syscall(SYS_close_range, 52, 54, 0) < 0 && errno == ENOSYS, "no close_range");
	for (int i = 50; i < 60; i++)
		CHECK_EQ(fcntl(i, F_GETFD), i >= 52 && i <= 54 ? -1 : 0);
	CHECK_OK(syscall(SYS_close_range, 57, ~0U, 4));
	CHECK_EQ(fcntl(56, F_GETFD), 0);
	CHECK_EQ(fcntl(58, F_GETFD), FD_CLOEXEC);
	CHECK_OK(syscall(SYS_close_range, 55, ~0U, 0));
	CHECK_ERR(fcntl(58, F_GETFD), EBADF);
	CHECK_OK(fcntl(51, F_GETFD));
	CHECK_ERR(syscall(SYS_close_range, 10, 5, 0), EINVAL);
	CHECK_ERR(syscall(SYS_close_range, 5, 10, 0x80), EINVAL);
}

TEST(bad_everywhere, "every call that takes a descriptor says EBADF for one that is not open")
{
	static const struct {
		int number;
		long b, c, d;
	} calls[] = {
		{SYS_read, 0, 0, 0},	   {SYS_write, 0, 0, 0},      {SYS_pread64, 0, 0, 0},
		{SYS_pwrite64, 0, 0, 0},   {SYS_readv, 0, 0, 0},      {SYS_writev, 0, 0, 0},
		{SYS_lseek, 0, 0, 0},	   {SYS_close, 0, 0, 0},      {SYS_dup, 0, 0, 0},
		{SYS_fsync, 0, 0, 0},	   {SYS_fdatasync, 0, 0, 0},  {SYS_ftruncate, 0, 0, 0},
		{SYS_fchdir, 0, 0, 0},	   {SYS_fchmod, 0, 0, 0},     {SYS_fchown, 0, 0, 0},
		{SYS_flock, 1, 0, 0},	   {SYS_ioctl, 0x5401, 0, 0}, {SYS_fcntl, F_GETFD, 0, 0},
		{SYS_getdents64, 0, 0, 0}, {SYS_fadvise64, 0, 0, 0},
	};
	int path = (int)MUST(open(".", O_PATH));

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		for (int j = 0; j < 3; j++) {
			int fd = (int[]){-1, 99, 1 << 30}[j];

			errno = 0;
			if (syscall(calls[i].number, fd, calls[i].b, calls[i].c, calls[i].d) !=
				    -1 ||
			    errno != EBADF)
				FAIL("call %d of %d: %s", calls[i].number, fd,
				     tap_errno_name(errno));
		}
	CHECK_ERR(read(path, NULL, 0), EBADF);
}

TEST(many, "a thousand descriptors at once; the lowest hole is filled first")
{
	struct rlimit limit;
	int first = (int)MUST(open("/dev/null", O_RDONLY));

	MUST(getrlimit(RLIMIT_NOFILE, &limit));
	SKIP_IF(limit.rlim_max < 1100, "hard limit too low");
	limit.rlim_cur = 1100;
	MUST(setrlimit(RLIMIT_NOFILE, &limit));
	for (int i = 1; i < 1000; i++)
		if (!CHECK_EQ(dup(first), first + i))
			return;
	close(first + 700);
	close(first + 300);
	CHECK_EQ(dup(first), first + 300);
	CHECK_EQ(dup(first), first + 700);
	CHECK_EQ(dup(first), first + 1000);
	CHECK_EXITED(IN_CHILD(CHECK_OK(fcntl(first + 999, F_GETFD))), 0);
}

#define GROWN 9000

static volatile int churning;

/* Opens and closes low numbers while the table grows; ends with those open that it says. */
static int churn(void *unused)
{
	(void)unused;
	while (churning) {
		for (int fd = 100; fd < 200; fd++)
			tap_raw(SYS_dup3, 0, fd, fd & 1 ? O_CLOEXEC : 0, 0, 0, 0);
		for (int fd = 100; fd < 200; fd++)
			tap_raw(SYS_close, fd, 0, 0, 0, 0, 0);
	}
	for (int fd = 100; fd < 200; fd += 2)
		tap_raw(SYS_dup3, 0, fd, O_CLOEXEC, 0, 0, 0);
	return 0;
}

TEST(growing, "while a thread makes the table grow, what others open and close stays so")
{
	struct rlimit limit;
	struct tap_thread thread;

	MUST(getrlimit(RLIMIT_NOFILE, &limit));
	SKIP_IF(limit.rlim_max < GROWN, "too few descriptors allowed");
	limit.rlim_cur = limit.rlim_max;
	MUST(setrlimit(RLIMIT_NOFILE, &limit));
	for (int round = 0; round < 5; round++) {
		CHECK_EXITED(
			IN_CHILD(churning = 1; MUST(tap_thread_start(&thread, churn, NULL));
				 for (int fd = 300; fd < GROWN; fd = 2 * fd - 1) {
					 MUST(dup2(0, fd));
					 sched_yield();
				 } churning = 0;
				 tap_thread_join(&thread); for (int fd = 100; fd < 200; fd++)
					 CHECK_EQ(fcntl(fd, F_GETFD), fd & 1 ? -1 : FD_CLOEXEC);
				 for (int fd = 300; fd < GROWN; fd = 2 * fd - 1)
					 CHECK_EQ(fcntl(fd, F_GETFD), 0)),
			0);
	}
}

TEST(proc_fd, "/proc/self/fd names the open files")
{
	char path[64], text[512] = "", want[512];
	int fd = tap_file("f", "x");
	ssize_t got;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	got = readlink(path, text, sizeof(text) - 1);
	SKIP_IF(got < 0 && errno == ENOENT && access("/proc/self/fd", F_OK) < 0,
		"no /proc/self/fd");
	CHECK_GE(got, 1);
	getcwd(want, sizeof(want) - 3);
	strcat(want, "/f");
	CHECK_STR(text, want);
	int again = (int)CHECK_OK(open(path, O_RDONLY));

	CHECK_EQ(read(again, text, 1), 1);
	CHECK_EQ(text[0], 'x');
	MUST(close(fd));
	CHECK_ERR(readlink(path, text, sizeof(text)), ENOENT);
}
