// SPDX-License-Identifier: MIT
/*
 * System calls with arguments of all kinds, for tests/system/trace_calls.t, which compares what
 * strace on Linux and `creance trace --format strace` show of them. Between the two lines that say
 * so, there are no other calls. By itself it checks that the calls do what they should.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

static int wrong;

static void wants(int good)
{
	wrong += !good;
}

#define CALL(name, ...) syscall(SYS_##name, ##__VA_ARGS__)

static void files(void)
{
	struct iovec parts[] = {{"ab", 2}, {"c\n", 2}};
	char buffer[64];
	struct stat st;
	long fd;

	wants(CALL(openat, AT_FDCWD, "missing", O_RDONLY | O_CLOEXEC) < 0);
	fd = CALL(openat, AT_FDCWD, "file", O_RDWR | O_CREAT | O_EXCL, 0640);
	wants(fd >= 0);
	wants(CALL(write, fd, "hello, \"world\"\t\\\n", 17) == 17);
	wants(CALL(pwrite64, fd, "the first bytes of a buffer are shown, not all", 46, 100) == 46);
	wants(CALL(lseek, fd, 0L, SEEK_SET) == 0);
	wants(CALL(read, fd, buffer, 5) == 5);
	wants(CALL(pread64, fd, buffer, sizeof(buffer), 1000L) == 0);
	wants(CALL(writev, fd, parts, 2) == 4);
	wants(CALL(ftruncate, fd, 1234L) == 0);
	wants(CALL(fstat, fd, &st) == 0);
	wants(CALL(newfstatat, AT_FDCWD, "file", &st, AT_SYMLINK_NOFOLLOW) == 0);
	wants(CALL(newfstatat, AT_FDCWD, "missing", &st, 0) < 0);
	wants(CALL(fcntl, fd, F_GETFL) >= 0);
	wants(CALL(fcntl, fd, F_SETFL, O_APPEND | O_NONBLOCK) == 0);
	wants(CALL(fcntl, fd, F_SETFD, FD_CLOEXEC) == 0);
	wants(CALL(fcntl, fd, F_GETFD) == 1);
	wants(CALL(ioctl, fd, TIOCGWINSZ, buffer) < 0);
	wants(CALL(dup3, fd, 50, O_CLOEXEC) == 50);
	wants(CALL(close, 50) == 0);
	wants(CALL(close, fd) == 0);
	wants(CALL(close, fd) < 0 && errno == EBADF);
	wants(CALL(access, "file", R_OK | W_OK) == 0);
	wants(CALL(chmod, "file", 0600) == 0);
	wants(CALL(mkdirat, AT_FDCWD, "sub", 0755) == 0);
	wants(CALL(symlinkat, "file", AT_FDCWD, "link") == 0);
	wants(CALL(readlinkat, AT_FDCWD, "link", buffer, sizeof(buffer)) == 4);
	wants(CALL(renameat2, AT_FDCWD, "file", AT_FDCWD, "sub", 1) < 0);
	wants(CALL(unlinkat, AT_FDCWD, "link", 0) == 0);
	wants(CALL(unlinkat, AT_FDCWD, "file", 0) == 0);
	wants(CALL(unlinkat, AT_FDCWD, "sub", AT_REMOVEDIR) == 0);
	wants(CALL(umask, 022) >= 0);
}

static void memory(void)
{
	struct rlimit limit = {4096, 8192};
	void *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	wants(at != MAP_FAILED);
	wants(CALL(mprotect, at, 4096, PROT_NONE) == 0);
	wants(CALL(madvise, at, 8192, MADV_DONTNEED) == 0);
	wants(CALL(munmap, at, 8192) == 0);
	wants(CALL(munmap, (char *)at + 1, 8192) < 0);
	wants(CALL(prlimit64, 0, RLIMIT_CORE, &limit, NULL) == 0);
	wants(CALL(prlimit64, 0, RLIMIT_CORE, NULL, &limit) == 0);
	wants(CALL(openat, AT_FDCWD, (char *)16, O_WRONLY | O_CREAT | O_TRUNC, 0600) < 0);
	wants(CALL(write, 1, (char *)16, 5) < 0);
}

static void processes(void)
{
	struct timespec nap = {0, 1000};
	unsigned long set = 1ul << (SIGUSR1 - 1) | 1ul << (SIGCHLD - 1), old;
	int word = 0;

	wants(CALL(nanosleep, &nap, NULL) == 0);
	wants(CALL(clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &nap, NULL) == 0);
	wants(CALL(rt_sigprocmask, SIG_BLOCK, &set, &old, 8) == 0);
	wants(CALL(rt_sigprocmask, SIG_SETMASK, &old, NULL, 8) == 0);
	wants(CALL(kill, 0, 0) == 0);
	wants(CALL(kill, -2000000, SIGUSR2) < 0);
	wants(CALL(wait4, -1, &word, WNOHANG | WUNTRACED, NULL) < 0);
	wants(CALL(futex, &word, 129, 1) == 0);
	wants(CALL(prctl, PR_SET_NAME, "renamed") == 0);
	wants(CALL(setpriority, PRIO_PROCESS, 0, 19) == 0);
	wants(syscall(SYS_sched_yield) == 0);
	wants(CALL(setresuid, -1, -1, -1) == 0);
}

static void sockets(void)
{
	struct sockaddr_un address = {AF_UNIX, "missing.socket"};
	struct pollfd ready = {0, POLLIN, 0};
	int fds[2] = {-1, -1}, on = 1;

	wants(CALL(socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	wants(CALL(setsockopt, fds[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0);
	wants(CALL(sendto, fds[0], "to you", 6, MSG_NOSIGNAL, NULL, 0) == 6);
	wants(CALL(shutdown, fds[0], SHUT_WR) == 0);
	ready.fd = fds[1];
	wants(CALL(poll, &ready, 1, 0) == 1);
	wants(CALL(close, fds[0]) == 0);
	wants(CALL(close, fds[1]) == 0);
	fds[0] = (int)CALL(socket, AF_UNIX, SOCK_DGRAM, 0);
	wants(CALL(connect, fds[0], &address, 2 + sizeof("missing.socket")) < 0);
	wants(CALL(close, fds[0]) == 0);
	wants(CALL(pipe2, fds, O_NONBLOCK | O_CLOEXEC) == 0);
	wants(CALL(read, fds[0], fds, 1) < 0 && errno == EAGAIN);
	wants(CALL(close, fds[0]) == 0);
	wants(CALL(close, fds[1]) == 0);
	fds[0] = (int)CALL(epoll_create1, EPOLL_CLOEXEC);
	wants(CALL(epoll_ctl, fds[0], EPOLL_CTL_DEL, 77, NULL) < 0);
	wants(CALL(close, fds[0]) == 0);
	wants(CALL(eventfd2, 3, 02000000) >= 0);
}

static void parts_of_files(void)
{
	const struct timespec times[] = {{0, UTIME_NOW}, {5, 7}};
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 5};
	char bytes[] = "\0001\x7f\v\f\x80\xff z\a8\b9\x1b[", buffer[8];
	struct iovec part = {buffer, sizeof(buffer)};
	struct stat st;
	int fd;

	wants(CALL(newfstatat, AT_FDCWD, "/dev/null", &st, 0) == 0);
	wants(CALL(mkdir, "empty", 0700) == 0);
	fd = (int)CALL(openat, AT_FDCWD, "empty", O_RDONLY | O_DIRECTORY);
	wants(CALL(getdents64, fd, bytes, 1) < 0);
	wants(CALL(close, fd) == 0);
	wants(CALL(rmdir, "empty") == 0);
	wants(CALL(mknodat, AT_FDCWD, "fifo", S_IFIFO | 0644, 0) == 0);
	wants(CALL(unlink, "fifo") == 0);
	fd = (int)CALL(openat, AT_FDCWD, "file", O_RDWR | O_CREAT, 0600);
	wants(CALL(fcntl, fd, F_SETLK, &lock) == 0);
	wants(CALL(fcntl, fd, 0x270f, 5) < 0);
	wants(CALL(write, fd, bytes, sizeof(bytes)) == sizeof(bytes));
	wants(CALL(preadv, fd, &part, 1, 2L, 0L) == 8);
	wants(CALL(utimensat, fd, NULL, times, 0) == 0);
	wants(CALL(lseek, fd, 0L, 77) < 0);
	wants(CALL(ioctl, fd, 0xc0087805, NULL) < 0);
	wants(CALL(unlink, "file") == 0);
	wants(CALL(close, fd) == 0);
}

/* A message with two descriptors, which is received, and one that is not there. */
static void messages(void)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = {.head = {.cmsg_len = CMSG_LEN(2 * sizeof(int)),
			      .cmsg_level = SOL_SOCKET,
			      .cmsg_type = SCM_RIGHTS}};
	char buffer[20];
	struct iovec out = {"ab", 2}, in = {buffer, sizeof(buffer)};
	struct sockaddr_un name;
	struct msghdr sent = {.msg_iov = &out,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control)};
	struct msghdr got = {.msg_name = &name,
			     .msg_namelen = sizeof(name),
			     .msg_iov = &in,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	struct mmsghdr many[2] = {{.msg_hdr = {.msg_iov = &out, .msg_iovlen = 1}},
				  {.msg_hdr = {.msg_iov = &out, .msg_iovlen = 1}}};
	struct linger linger = {1, 2};
	int fds[2], *sent_fds = (int *)CMSG_DATA(&control.head);

	wants(CALL(socketpair, AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
	sent_fds[1] = 1;
	wants(CALL(sendmsg, fds[0], &sent, MSG_NOSIGNAL) == 2);
	wants(CALL(recvmsg, fds[1], &got, MSG_CMSG_CLOEXEC) == 2);
	wants(CALL(close, sent_fds[0]) == 0);
	wants(CALL(close, sent_fds[1]) == 0);
	got.msg_namelen = sizeof(name);
	wants(CALL(recvmsg, fds[1], &got, MSG_DONTWAIT) < 0);
	wants(CALL(sendmmsg, fds[0], many, 2, 0) == 2);
	many[0].msg_hdr.msg_iov = many[1].msg_hdr.msg_iov = &in;
	wants(CALL(recvmmsg, fds[1], many, 2, MSG_DONTWAIT, NULL) == 2);
	wants(CALL(setsockopt, fds[0], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) == 0);
	wants(CALL(setsockopt, fds[0], SOL_SOCKET, 999, &linger, 4) < 0);
	wants(CALL(close, fds[0]) == 0);
	wants(CALL(close, fds[1]) == 0);
	wants(CALL(socket, 99, SOCK_STREAM, 0) < 0);
}

static void events(void)
{
	struct pollfd fds[] = {{-1, 0, 0}, {77, POLLIN, 0}};
	struct epoll_event event = {EPOLLIN | EPOLLET, {.u64 = 0x100000005}};
	struct timespec soon = {0, 0};
	unsigned long set = 1ul << (SIGUSR1 - 1);
	const struct {
		const void *set;
		size_t bytes;
	} mask = {&set, 8};
	int pipe_fds[2], epfd;

	wants(CALL(poll, fds, 2, 0) == 1);
	wants(CALL(ppoll, fds, 2, &soon, &set, 8) == 1);
	wants(CALL(pselect6, 0, NULL, NULL, NULL, &soon, &mask) == 0);
	wants(CALL(pipe2, pipe_fds, 0) == 0);
	epfd = (int)CALL(epoll_create1, 0);
	wants(CALL(epoll_ctl, epfd, EPOLL_CTL_ADD, pipe_fds[0], &event) == 0);
	wants(CALL(write, pipe_fds[1], "x", 1) == 1);
	wants(CALL(epoll_wait, epfd, &event, 1, -1) == 1);
	wants(CALL(close, epfd) == 0);
	wants(CALL(close, pipe_fds[0]) == 0);
	wants(CALL(close, pipe_fds[1]) == 0);
	wants(CALL(epoll_create1, 5) < 0);
}

static void times(void)
{
	struct sigevent event = {.sigev_signo = SIGUSR1, .sigev_value = {.sival_int = 5}};
	struct itimerspec value = {{0, 0}, {100, 7}}, old;
	struct timespec soon = {0, 10};
	int timer, word = 5;

	wants(CALL(timer_create, CLOCK_REALTIME, &event, &timer) == 0);
	wants(CALL(timer_settime, timer, 0, &value, &old) == 0);
	wants(CALL(timer_delete, timer) == 0);
	event.sigev_notify = SIGEV_NONE;
	wants(CALL(timer_create, 77, &event, &timer) < 0);
	wants(CALL(futex, &word, FUTEX_WAIT, 4, NULL) < 0);
	wants(CALL(futex, &word, FUTEX_WAIT_BITSET, 5, &soon, NULL, -1) < 0);
	wants(CALL(futex, &word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0xff) == 0);
	wants(CALL(futex, &word, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2, &word, 5) == 0);
}

static void handler(int signal)
{
	(void)signal;
}

static void end_of(pid_t child, int options)
{
	int status;

	wants(CALL(wait4, child, &status, options, NULL) == child);
}

static void signals(void)
{
	struct sigaction action = {.sa_handler = handler};
	unsigned long set = 1ul << (SIGUSR2 - 1);
	siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
	struct timespec soon = {0, 0};
	pid_t child, self = (pid_t)syscall(SYS_getpid);

	sigaction(SIGUSR1, &action, NULL);
	sigaction(40, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGTERM, NULL, &action);
	wants(CALL(rt_sigprocmask, SIG_BLOCK, &set, NULL, 8) == 0);
	wants(CALL(kill, self, SIGUSR2) == 0);
	wants(CALL(rt_sigtimedwait, &set, &info, &soon, 8) == SIGUSR2);
	wants(CALL(kill, self, SIGUSR1) == 0);
	wants(CALL(kill, self, 40) == 0);
	wants(CALL(kill, self, SIGWINCH) == 0); /* ignored by default, and by the program */
	wants(CALL(kill, self, SIGTERM) == 0);
	info.si_code = SI_QUEUE;
	info.si_value.sival_int = 5;
	wants(CALL(rt_sigqueueinfo, self, SIGUSR1, &info) == 0);
	set = ~0ul;
	wants(CALL(rt_sigprocmask, SIG_UNBLOCK, &set, NULL, 8) == 0);
	child = (pid_t)syscall(SYS_fork);
	if (!child) {
		kill(getpid(), SIGSTOP);
		_exit(3);
	}
	wants(child > 0);
	if (child < 0)
		return; /* there was no memory; -1 would be everybody */
	end_of(child, WUNTRACED);
	wants(CALL(kill, child, SIGKILL) == 0);
	end_of(child, 0);
}

static void scheduling(void)
{
	const struct sched_param param = {0};
	unsigned long mask = 1;

	wants(CALL(sched_getscheduler, 0) == 0);
	wants(CALL(sched_setscheduler, 0, 77, &param) < 0);
	wants(CALL(sched_setaffinity, 0, 8, &mask) == 0);
	wants(CALL(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	wants(CALL(prctl, PR_GET_DUMPABLE) >= 0);
	wants(CALL(prctl, 0x270f, 1, 2, 3, 4) < 0);
	wants(CALL(getpriority, 77, 0) < 0);
	wants(CALL(msync, 4096, 4096, MS_SYNC | MS_INVALIDATE) < 0);
	wants(syscall(1000, 1, 2, 3, 4, 5, 6) < 0);
}

TEST(calls, "calls with arguments of all kinds do what they should")
{
	CALL(write, 1, "# begin\n", 8);
	files();
	memory();
	processes();
	sockets();
	parts_of_files();
	messages();
	events();
	times();
	signals();
	scheduling();
	CALL(write, 1, "# end\n", 6);
	CHECK(wrong == 0);
}
