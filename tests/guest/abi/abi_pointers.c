// SPDX-License-Identifier: MIT
/*
 * abi_pointers.c -- wild pointers to every pointer argument of every call, but for clone and
 * reboot, which a test cannot make for nothing (proc_clone.c has the first).
 *
 * Each row is a call with arguments that would succeed. One at a time its pointer arguments are
 * replaced by addresses of nothing, of the kernel, of no canonical form, and (where the kernel
 * writes) of read-only memory; each must give EFAULT and leave the process alive. Rows marked ANY
 * may answer with any error, or ignore the pointer, since Linux looks at other things first; they
 * must not do harm.
 */
#include "tap.h"
#include "tap_thread.h"
#include <sys/socket.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

/* Arguments that are filled in at run time, in a range no call takes as it is. */
enum {
	IN = 0x7e570001, /* a pointer under test: the kernel reads 4096 bytes of zeros */
	OUT,		 /* a pointer under test: the kernel writes */
	PATH,		 /* a pointer under test: the name of a file */
	NAME,		 /* the name of a file, not under test */
	NEW,		 /* a name that does not exist */
	FD,		 /* an open file */
	DIRFD,		 /* an open directory */
	RD,		 /* a pipe with data in it */
	WR,		 /* its other end */
	SOCK,		 /* a connected socket with data in it */
	SELF,		 /* the caller's pid */
	TIMER,		 /* a timer of the caller */
};

enum { ANY = 1, MAY_BE_ABSENT = 2 };

struct row {
	const char *name;
	int number, flags;
	long args[6];
};

#define ROW(call, flags, ...)                                                                      \
	{                                                                                          \
#call, SYS_##call, flags,                                                          \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

static const struct row rows[] = {
	ROW(read, 0, RD, OUT, 16),
	ROW(write, 0, WR, IN, 16),
	ROW(open, 0, PATH, O_RDONLY),
	ROW(stat, 0, PATH, OUT),
	ROW(fstat, 0, FD, OUT),
	ROW(lstat, 0, PATH, OUT),
	ROW(poll, 0, IN, 1, 0),
	ROW(rt_sigaction, 0, SIGUSR1, IN, OUT, 8),
	ROW(rt_sigprocmask, 0, SIG_BLOCK, IN, OUT, 8),
	ROW(ioctl, 0, RD, 0x541b, OUT),
	ROW(pread64, 0, FD, OUT, 16, 0),
	ROW(pwrite64, 0, FD, IN, 16, 0),
	ROW(readv, 0, RD, IN, 1),
	ROW(writev, 0, WR, IN, 1),
	ROW(access, 0, PATH, F_OK),
	ROW(pipe, 0, OUT),
	ROW(select, 0, 2, IN, IN, IN, IN),
	ROW(mincore, ANY, 0, 4096, OUT),
	ROW(nanosleep, 0, IN),
	ROW(getitimer, 0, 0, OUT),
	ROW(setitimer, 0, 1, IN, OUT),
	ROW(sendfile, 0, WR, FD, OUT, 4),
	ROW(execve, 0, PATH, 0, 0),
	ROW(wait4, ANY, -1, OUT, WNOHANG, 0),
	ROW(uname, 0, OUT),
	ROW(fcntl, 0, FD, F_GETLK, IN),
	ROW(truncate, 0, PATH, 10),
	ROW(getdents, MAY_BE_ABSENT, DIRFD, OUT, 1024),
	ROW(getdents64, 0, DIRFD, OUT, 1024),
	ROW(getcwd, 0, OUT, 1024),
	ROW(chdir, 0, PATH),
	ROW(rename, 0, PATH, NEW),
	ROW(rename, 0, NAME, PATH),
	ROW(mkdir, 0, PATH, 0700),
	ROW(rmdir, 0, PATH),
	ROW(creat, 0, PATH, 0600),
	ROW(link, 0, PATH, NEW),
	ROW(link, 0, NAME, PATH),
	ROW(unlink, 0, PATH),
	ROW(symlink, 0, PATH, NEW),
	ROW(symlink, 0, NAME, PATH),
	ROW(readlink, ANY, PATH, OUT, 16),
	ROW(chmod, 0, PATH, 0600),
	ROW(chown, 0, PATH, -1, -1),
	ROW(lchown, 0, PATH, -1, -1),
	ROW(gettimeofday, 0, OUT, 0),
	ROW(getrlimit, 0, 7, OUT),
	ROW(setrlimit, 0, 7, IN),
	ROW(getrusage, 0, 0, OUT),
	ROW(sysinfo, 0, OUT),
	ROW(times, 0, OUT),
	ROW(getgroups, ANY, 10, OUT),
	ROW(setgroups, 0, 1, IN),
	ROW(getresuid, 0, OUT, OUT, OUT),
	ROW(getresgid, 0, OUT, OUT, OUT),
	ROW(capget, ANY | MAY_BE_ABSENT, IN, OUT),
	ROW(capset, ANY | MAY_BE_ABSENT, IN, IN),
	ROW(rt_sigpending, 0, OUT, 8),
	ROW(rt_sigtimedwait, 0, IN, 0, 0, 8),
	ROW(rt_sigqueueinfo, 0, SELF, SIGCHLD, IN),
	ROW(rt_sigsuspend, 0, IN, 8),
	ROW(sigaltstack, ANY, IN, OUT),
	ROW(utime, ANY | MAY_BE_ABSENT, PATH, IN),
	ROW(mknod, 0, PATH, S_IFIFO | 0600, 0),
	ROW(statfs, 0, PATH, OUT),
	ROW(fstatfs, 0, FD, OUT),
	ROW(sched_setparam, ANY, 0, IN),
	ROW(sched_getparam, 0, 0, OUT),
	ROW(sched_setscheduler, ANY, 0, 0, IN),
	ROW(sched_rr_get_interval, MAY_BE_ABSENT, 0, OUT),
	ROW(prctl, 0, 15, IN),
	ROW(prctl, 0, 16, OUT),
	ROW(arch_prctl, 0, 0x1003, OUT),
	ROW(chroot, 0, PATH),
	ROW(sethostname, 0, IN, 5),
	ROW(time, 0, OUT),
	ROW(futex, ANY | MAY_BE_ABSENT, IN, 0, 1, 0),
	ROW(sched_getaffinity, 0, 0, 128, OUT),
	ROW(sched_setaffinity, 0, 0, 128, IN),
	ROW(set_tid_address, ANY, OUT),
	ROW(timer_create, ANY | MAY_BE_ABSENT, 1, IN, OUT),
	ROW(clock_gettime, 0, 1, OUT),
	ROW(clock_getres, 0, 1, OUT),
	ROW(clock_nanosleep, 0, 1, 0, IN, 0),
	ROW(epoll_ctl, ANY | MAY_BE_ABSENT, FD, 1, FD, IN),
	ROW(epoll_wait, ANY | MAY_BE_ABSENT, FD, OUT, 1, 0),
	ROW(utimes, ANY | MAY_BE_ABSENT, PATH, IN),
	ROW(waitid, ANY, P_ALL, 0, OUT, WEXITED | WNOHANG, 0),
	ROW(openat, 0, DIRFD, PATH, O_RDONLY),
	ROW(mkdirat, 0, DIRFD, PATH, 0700),
	ROW(mknodat, 0, DIRFD, PATH, S_IFIFO | 0600, 0),
	ROW(fchownat, 0, DIRFD, PATH, -1, -1, 0),
	ROW(newfstatat, 0, DIRFD, PATH, OUT, 0),
	ROW(unlinkat, 0, DIRFD, PATH, 0),
	ROW(renameat, 0, DIRFD, PATH, DIRFD, NEW),
	ROW(linkat, 0, DIRFD, PATH, DIRFD, NEW, 0),
	ROW(symlinkat, 0, PATH, DIRFD, NEW),
	ROW(readlinkat, ANY, DIRFD, PATH, OUT, 16),
	ROW(fchmodat, 0, DIRFD, PATH, 0600),
	ROW(faccessat, 0, DIRFD, PATH, F_OK),
	ROW(pselect6, 0, 2, IN, IN, IN, IN, IN),
	ROW(ppoll, 0, IN, 1, IN, IN, 8),
	ROW(set_robust_list, ANY, IN, 24),
	ROW(splice, ANY | MAY_BE_ABSENT, FD, OUT, WR, 0, 4, 0),
	ROW(utimensat, 0, DIRFD, PATH, IN, 0),
	ROW(pipe2, 0, OUT, 0),
	ROW(preadv, 0, FD, IN, 1, 0, 0),
	ROW(pwritev, 0, FD, IN, 1, 0, 0),
	ROW(prlimit64, 0, 0, 7, IN, OUT),
	ROW(renameat2, 0, DIRFD, PATH, DIRFD, NEW, 0),
	ROW(getrandom, 0, OUT, 16, 0),
	ROW(memfd_create, 0, PATH, 0),
	ROW(copy_file_range, ANY | MAY_BE_ABSENT, FD, OUT, FD, OUT, 4, 0),
	ROW(statx, 0, DIRFD, PATH, 0, 0x7ff, OUT),
	ROW(clone3, ANY | MAY_BE_ABSENT, IN, 88),
	ROW(faccessat2, 0, DIRFD, PATH, F_OK, 0),
	ROW(mount, ANY | MAY_BE_ABSENT, PATH, PATH, PATH, 0, IN),
	ROW(setxattr, ANY | MAY_BE_ABSENT, PATH, PATH, IN, 5, 0),
	ROW(getxattr, ANY | MAY_BE_ABSENT, PATH, PATH, OUT, 5),
	ROW(listxattr, ANY | MAY_BE_ABSENT, PATH, OUT, 100),
	ROW(connect, 0, SOCK, IN, 16),
	ROW(accept, ANY, SOCK, OUT, IN),
	ROW(accept4, ANY, SOCK, OUT, IN, 0),
	ROW(sendto, 0, SOCK, IN, 4, 0, 0, 0),
	ROW(sendto, 0, SOCK, 0, 0, 0, IN, 16),
	ROW(recvfrom, 0, SOCK, OUT, 4, MSG_PEEK, 0, 0),
	ROW(recvfrom, ANY, SOCK, OUT, 4, MSG_PEEK, OUT, IN),
	ROW(sendmsg, 0, SOCK, IN, 0),
	ROW(recvmsg, 0, SOCK, IN, MSG_PEEK | MSG_DONTWAIT),
	ROW(sendmmsg, 0, SOCK, IN, 1, 0),
	ROW(recvmmsg, 0, SOCK, IN, 1, MSG_PEEK | MSG_DONTWAIT, 0),
	ROW(bind, 0, SOCK, IN, 16),
	ROW(getsockname, 0, SOCK, 0, IN),
	ROW(getpeername, 0, SOCK, 0, IN),
	ROW(socketpair, 0, AF_UNIX, SOCK_STREAM, 0, OUT),
	ROW(setsockopt, 0, SOCK, SOL_SOCKET, SO_PASSCRED, IN, 4),
	ROW(getsockopt, 0, SOCK, SOL_SOCKET, SO_PASSCRED, 0, IN),
	ROW(syslog, ANY, 3, OUT, 16),
	ROW(settimeofday, 0, IN, 0),
	ROW(settimeofday, 0, 0, IN),
	ROW(clock_settime, ANY, CLOCK_REALTIME, IN),
	ROW(umount2, ANY, PATH, 0),
	ROW(setdomainname, 0, IN, 5),
	ROW(lsetxattr, ANY | MAY_BE_ABSENT, PATH, PATH, IN, 5, 0),
	ROW(fsetxattr, ANY | MAY_BE_ABSENT, FD, PATH, IN, 5, 0),
	ROW(lgetxattr, ANY | MAY_BE_ABSENT, PATH, PATH, OUT, 5),
	ROW(fgetxattr, ANY | MAY_BE_ABSENT, FD, PATH, OUT, 5),
	ROW(llistxattr, ANY | MAY_BE_ABSENT, PATH, OUT, 100),
	ROW(flistxattr, ANY | MAY_BE_ABSENT, FD, OUT, 100),
	ROW(removexattr, ANY | MAY_BE_ABSENT, PATH, PATH),
	ROW(lremovexattr, ANY | MAY_BE_ABSENT, PATH, PATH),
	ROW(fremovexattr, ANY | MAY_BE_ABSENT, FD, PATH),
	ROW(timer_settime, 0, TIMER, 0, IN, 0),
	ROW(timer_gettime, 0, TIMER, OUT),
	ROW(futimesat, 0, DIRFD, PATH, IN),
	ROW(get_robust_list, 0, 0, OUT, OUT),
	ROW(epoll_pwait, ANY, FD, OUT, 1, 0, IN, 8),
	ROW(epoll_pwait2, ANY | MAY_BE_ABSENT, FD, OUT, 1, IN, IN, 8),
	ROW(getcpu, 0, OUT, OUT, 0),
	ROW(sched_setattr, 0, 0, IN, 0),
	ROW(sched_getattr, 0, 0, OUT, 48, 0),
	ROW(preadv2, 0, FD, IN, 1, 0, 0, 0),
	ROW(pwritev2, 0, FD, IN, 1, 0, 0, 0),
	ROW(fchmodat2, MAY_BE_ABSENT, DIRFD, PATH, 0600, 0),
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static int file, directory, ends[2], sockets[2];
static char *zeros, *space, *read_only;

static void setup(void)
{
	file = tap_file("file", "some content here");
	MUST(lseek(file, 0, SEEK_SET));
	directory = (int)MUST(open(".", O_RDONLY | O_DIRECTORY));
	MUST(pipe(ends));
	MUST(write(ends[1], "0123456789012345678901234567890123456789", 40));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	MUST(write(sockets[1], "01234567", 8));
	zeros = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	space = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	read_only = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Timers are not inherited: each child that tries a row makes its own. */
static long own_timer(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_NONE};
	static int id = -1;

	if (id < 0)
		MUST(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id));
	return id;
}

static long plain_value(long argument)
{
	switch (argument) {
	case IN:
		return (long)zeros;
	case OUT:
		return (long)space;
	case PATH:
	case NAME:
		return (long)"file";
	case NEW:
		return (long)"new";
	case FD:
		return file;
	case DIRFD:
		return directory;
	case RD:
		return ends[0];
	case WR:
		return ends[1];
	case SOCK:
		return sockets[0];
	case SELF:
		return getpid();
	case TIMER:
		return own_timer();
	default:
		return argument;
	}
}

static void try_one(const struct row *row, int which, uintptr_t bad)
{
	long args[6], got;

	for (int i = 0; i < 6; i++)
		args[i] = plain_value(row->args[i]);
	args[which] = (long)bad;
	got = tap_raw(row->number, args[0], args[1], args[2], args[3], args[4], args[5]);
	if (got == -EFAULT || (row->flags & ANY) ||
	    ((row->flags & MAY_BE_ABSENT) && got == -ENOSYS))
		return;
	FAIL("%s, argument %d = %#lx: gave %ld (%s)", row->name, which + 1, bad, got,
	     got < 0 ? tap_errno_name((int)-got) : "no error");
}

static void try_argument(const struct row *row, int which)
{
	static const uintptr_t nowhere[] = {8,
					    4096,
					    0x7ffffffff000,
					    0x800000000000,
					    0x8000000000000000,
					    0xffff800000000000,
					    0xffffffff80100000,
					    0xfffffffffffff000,
					    0xffffffffffffffff};

	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++)
		try_one(row, which, nowhere[i]);
	if (row->args[which] == OUT)
		try_one(row, which, (uintptr_t)read_only);
}

static void try_row(const struct row *row)
{
	for (int i = 0; i < 6; i++) {
		int status;

		if (row->args[i] != IN && row->args[i] != OUT && row->args[i] != PATH)
			continue;
		status = IN_CHILD(alarm(20); try_argument(row, i));
		if (!WIFEXITED(status))
			FAIL("%s, argument %d: status %#x", row->name, i + 1, status);
		unlink("new");
		close(open("file", O_RDWR | O_CREAT, 0600));
	}
}

TEST(sweep, "every pointer argument of every call refuses wild addresses with EFAULT")
{
	SKIP_IF(geteuid() != 0, "not root");
	setup();
	for (int i = 0; i < ROWS; i++)
		try_row(&rows[i]);
}

TEST(null, "null pointers where one is needed are EFAULT as well")
{
	setup();
	CHECK_EQ(tap_raw(SYS_read, ends[0], 0, 10, 0, 0, 0), -EFAULT);
	CHECK_EQ(tap_raw(SYS_write, ends[1], 0, 10, 0, 0, 0), -EFAULT);
	CHECK_EQ(tap_raw(SYS_stat, 0, (long)space, 0, 0, 0, 0), -EFAULT);
	CHECK_EQ(tap_raw(SYS_stat, (long)"file", 0, 0, 0, 0, 0), -EFAULT);
	CHECK_EQ(tap_raw(SYS_uname, 0, 0, 0, 0, 0, 0), -EFAULT);
	CHECK_EQ(tap_raw(SYS_pipe2, 0, 0, 0, 0, 0, 0), -EFAULT);
	CHECK_EQ(tap_raw(SYS_clock_gettime, 1, 0, 0, 0, 0, 0), -EFAULT);
	CHECK_EQ(tap_raw(SYS_nanosleep, 0, 0, 0, 0, 0, 0), -EFAULT);
	CHECK_EQ(tap_raw(SYS_execve, 0, 0, 0, 0, 0, 0), -EFAULT);
}

/* The structure begins in mapped memory and ends in nothing. */
TEST(straddling, "a structure that runs off the end of mapped memory is EFAULT")
{
	char *edge;

	setup();
	edge = space + 4096;
	MUST(munmap(edge, 4096));
	CHECK_EQ(tap_raw(SYS_uname, (long)edge - 100, 0, 0, 0, 0, 0), -EFAULT);
	CHECK_EQ(tap_raw(SYS_stat, (long)"file", (long)edge - 143, 0, 0, 0, 0), -EFAULT);
	CHECK_EQ(tap_raw(SYS_stat, (long)"file", (long)edge - 144, 0, 0, 0, 0), 0);
	CHECK_EQ(tap_raw(SYS_clock_gettime, 1, (long)edge - 15, 0, 0, 0, 0), -EFAULT);
	CHECK_EQ(tap_raw(SYS_clock_gettime, 1, (long)edge - 16, 0, 0, 0, 0), 0);
	CHECK_EQ(tap_raw(SYS_nanosleep, (long)edge - 8, 0, 0, 0, 0, 0), -EFAULT);
	CHECK_EQ(tap_raw(SYS_rt_sigaction, SIGUSR1, (long)edge - 31, 0, 8, 0, 0), -EFAULT);
	CHECK_EQ(tap_raw(SYS_poll, (long)edge - 8, 2, 0, 0, 0, 0), -EFAULT);
	CHECK_EQ(tap_raw(SYS_writev, ends[1], (long)edge - 8, 1, 0, 0, 0), -EFAULT);
	CHECK_EQ(tap_raw(SYS_pipe2, (long)edge - 4, 0, 0, 0, 0, 0), -EFAULT);
	CHECK_EQ(tap_raw(SYS_getrusage, 0, (long)edge - 1, 0, 0, 0, 0), -EFAULT);
}

static volatile int stop;

static int flip_protection(void *arg)
{
	while (!stop) {
		tap_raw(SYS_mprotect, (long)arg, 4096, PROT_NONE, 0, 0, 0);
		tap_raw(SYS_mprotect, (long)arg, 4096, PROT_READ | PROT_WRITE, 0, 0, 0);
	}
	return 0;
}

TEST(racing, "a buffer that comes and goes during calls does no harm")
{
	struct tap_thread thread;

	setup();
	MUST(tap_thread_start(&thread, flip_protection, space));
	for (int i = 0; i < 3000; i++) {
		long got = tap_raw(SYS_pread64, file, (long)space, 16, 0, 0, 0);

		if (got != 16 && got != -EFAULT && (got < 0 || got > 16)) {
			FAIL("read gave %ld", got);
			break;
		}
		got = tap_raw(SYS_uname, (long)space, 0, 0, 0, 0, 0);
		if (got != 0 && got != -EFAULT) {
			FAIL("uname gave %ld", got);
			break;
		}
	}
	stop = 1;
	tap_thread_join(&thread);
}
