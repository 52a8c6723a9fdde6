// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <utime.h>

#include "calls/call_types.h"
#include "calls/call_view.h"
#include "trace/fake_log.h"

#define AT 0x10000ull

/* One call of thread 5, and its memory. */
struct one {
	struct trace_log log;
	struct trace_model model;
	struct trace_step step;
	char buffer[TRACE_TEXT_BYTES];
};

static void enter(struct one *o, unsigned number, const uint64_t args[TRACE_ARGS])
{
	*o = (struct one){0};
	fake_event(&o->log, 0, 100, 5, TRACE_syscall_enter, number, args);
}

#define ENTER(o, name, ...) enter(o, SYS_##name, (const uint64_t[TRACE_ARGS]){__VA_ARGS__})

static void give(struct one *o, uint64_t address, const void *bytes, size_t len)
{
	for (size_t done = 0; done < len; done += TRACE_DATA_MAX)
		fake_data(&o->log, 150, 5, address + done, (const char *)bytes + done,
			  len - done < TRACE_DATA_MAX ? len - done : TRACE_DATA_MAX);
}

static void leave(struct one *o, unsigned number, uint64_t result)
{
	FAKE(&o->log, 200, 5, syscall_exit, number, result, 0x400000);
}

#define LEAVE(o, name, result) leave(o, SYS_##name, (uint64_t)(result))

/* What the last step's call is. */
static const struct call_view *view(struct one *o)
{
	assert_int_equal(trace_log_merge(&o->log), 0);
	assert_int_equal(trace_model_init(&o->model, &o->log), 0);
	while (trace_model_next(&o->model, &o->step))
		;
	assert_non_null(o->step.call.call);
	return &o->step.call;
}

static void end(struct one *o)
{
	trace_model_fini(&o->model);
	trace_log_fini(&o->log);
}

static void expect_text(struct one *o, const char *wanted)
{
	struct trace_text text = TRACE_TEXT(o->buffer);

	call_text(&text, view(o));
	assert_string_equal(o->buffer, wanted);
	end(o);
}

static void expect_result(struct one *o, const char *wanted)
{
	struct trace_text text = TRACE_TEXT(o->buffer);

	call_result_text(&text, view(o));
	assert_string_equal(o->buffer, wanted);
	end(o);
}

static struct one o;

static void test_numbers(void **state)
{
	(void)state;
	ENTER(&o, openat, (uint32_t)AT_FDCWD, AT, O_RDONLY | O_CLOEXEC, 0123);
	expect_text(&o, "openat(AT_FDCWD, 0x10000, O_RDONLY|O_CLOEXEC)");
	ENTER(&o, openat, 3, AT, O_WRONLY | O_CREAT, 0600);
	expect_text(&o, "openat(3, 0x10000, O_WRONLY|O_CREAT, 0600)");
	ENTER(&o, mmap, 0, 4096, 3, 0x22, (uint32_t)-1, 0);
	expect_text(&o, "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)");
	ENTER(&o, mmap, 0, 4096, 0, 0x40000001, 3, 0x1000);
	expect_text(&o, "mmap(NULL, 4096, PROT_NONE, MAP_SHARED|0x40000000, 3, 0x1000)");
	ENTER(&o, kill, (uint32_t)-5, 9);
	expect_text(&o, "kill(-5, SIGKILL)");
	ENTER(&o, kill, 7, 0);
	expect_text(&o, "kill(7, 0)");
	ENTER(&o, chown, 0, (uint32_t)-1, 1000);
	expect_text(&o, "chown(NULL, -1, 1000)");
	ENTER(&o, futex, AT, FUTEX_WAKE_PRIVATE, 1, 2, 3, 4);
	expect_text(&o, "futex(0x10000, FUTEX_WAKE_PRIVATE, 1)");
	ENTER(&o, clone, 0x1200011, 0, 0, AT, 0);
	expect_text(&o, "clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|"
			"SIGCHLD, child_tidptr=0x10000)");
	ENTER(&o, lseek, 3, (uint64_t)-10, SEEK_END);
	expect_text(&o, "lseek(3, -10, SEEK_END)");
	ENTER(&o, access, 0, 0);
	expect_text(&o, "access(NULL, F_OK)");
	ENTER(&o, umask, 022);
	expect_text(&o, "umask(022)");
}

static void test_commands(void **state)
{
	const struct winsize size = {24, 80, 0, 0};

	(void)state;
	ENTER(&o, fcntl, 3, F_GETFL, 77);
	expect_text(&o, "fcntl(3, F_GETFL)");
	ENTER(&o, fcntl, 3, F_SETFD, FD_CLOEXEC);
	expect_text(&o, "fcntl(3, F_SETFD, FD_CLOEXEC)");
	ENTER(&o, ioctl, 1, 0x9999, 5);
	expect_text(&o, "ioctl(1, _IOC(_IOC_NONE, 0x99, 0x99, 0), 0x5)");
	ENTER(&o, ioctl, 1, TIOCGWINSZ, AT);
	LEAVE(&o, ioctl, 0);
	give(&o, AT, &size, sizeof(size));
	expect_text(&o, "ioctl(1, TIOCGWINSZ, {ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0})");
}

static void test_strings(void **state)
{
	char path[300];

	(void)state;
	ENTER(&o, openat, (uint32_t)AT_FDCWD, AT, 0);
	give(&o, AT, "/etc/passwd", 12);
	expect_text(&o, "openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY)");
	memset(path, 'x', sizeof(path));
	ENTER(&o, chdir, AT);
	give(&o, AT, path, 60);
	expect_text(&o,
		    "chdir(\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"...)");
	ENTER(&o, write, 1, AT, 6);
	give(&o, AT, "hello\n", 6);
	expect_text(&o, "write(1, \"hello\\n\", 6)");
	ENTER(&o, write, 1, AT, 0);
	expect_text(&o, "write(1, \"\", 0)");
	ENTER(&o, write, 1, AT, 100);
	give(&o, AT, "\x1b[2J\"\\\0001\0\xff\xe2\x80\xae", 13);
	expect_text(&o, "write(1, \"\\33[2J\\\"\\\\\\0001\\0\\377\\342\\200\\256\"..., 100)");
}

/* What a call writes is shown when it has returned, and only as much as it has written. */
static void test_outputs(void **state)
{
	struct stat st = {.st_mode = S_IFREG | 0644, .st_size = 1234};
	uint32_t status = 3 << 8, len = 16;

	(void)state;
	ENTER(&o, read, 0, AT, 4096);
	expect_text(&o, "read(0, 0x10000, 4096)");
	ENTER(&o, read, 0, AT, 4096);
	LEAVE(&o, read, 3);
	give(&o, AT, "abcdef", 6);
	expect_text(&o, "read(0, \"abc\", 4096)");
	ENTER(&o, read, 0, AT, 4096);
	LEAVE(&o, read, -EINTR);
	give(&o, AT, "abcdef", 6);
	expect_text(&o, "read(0, 0x10000, 4096)");
	ENTER(&o, fstat, 3, AT);
	LEAVE(&o, fstat, 0);
	give(&o, AT + 24, (char *)&st + 24, 40); /* as the kernel does */
	expect_text(&o, "fstat(3, {st_mode=S_IFREG|0644, st_size=1234, ...})");
	ENTER(&o, wait4, (uint32_t)-1, AT, 0, 0);
	LEAVE(&o, wait4, 7);
	give(&o, AT, &status, 4);
	expect_text(&o, "wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], 0, NULL)");
	ENTER(&o, wait4, (uint32_t)-1, AT, 1, 0);
	LEAVE(&o, wait4, 0);
	give(&o, AT, &status, 4);
	expect_text(&o, "wait4(-1, 0x10000, WNOHANG, NULL)");
	ENTER(&o, getsockname, 3, AT, AT + 200);
	give(&o, AT + 200, &(uint32_t){128}, 4);
	LEAVE(&o, getsockname, 0);
	give(&o, AT, "\1\0/run/sock\0\0\0\0", 16);
	give(&o, AT + 200, &len, 4);
	expect_text(&o, "getsockname(3, {sa_family=AF_UNIX, sun_path=\"/run/sock\"}, [128 => 16])");
}

static void test_structures(void **state)
{
	const uint64_t words[] = {1, 500}, action[] = {0x401000, 0x14000000, 0x402000, 1 << 16};
	const struct pollfd fds[] = {{3, POLLIN, 0}, {4, POLLIN | POLLOUT, 0}};
	const uint64_t set = ~0ull, strings[] = {AT + 100, AT + 200, 0};
	const uint64_t vectors[] = {AT + 100, 2, AT + 200, 3};

	(void)state;
	ENTER(&o, nanosleep, AT, 0);
	give(&o, AT, words, sizeof(words));
	expect_text(&o, "nanosleep({tv_sec=1, tv_nsec=500}, NULL)");
	ENTER(&o, nanosleep, AT, 0);
	give(&o, AT, words, 12);
	expect_text(&o, "nanosleep(0x10000, NULL)"); /* half of it is not known */
	ENTER(&o, rt_sigaction, 17, AT, 0, 8);
	give(&o, AT, action, sizeof(action));
	expect_text(&o, "rt_sigaction(SIGCHLD, {sa_handler=0x401000, sa_mask=[CHLD], "
			"sa_flags=SA_RESTORER|SA_RESTART, sa_restorer=0x402000}, NULL, 8)");
	ENTER(&o, rt_sigprocmask, 0, AT, 0, 8);
	give(&o, AT, &set, 8);
	expect_text(&o, "rt_sigprocmask(SIG_BLOCK, ~[], NULL, 8)");
	ENTER(&o, poll, AT, 2, (uint32_t)-1);
	give(&o, AT, fds, sizeof(fds));
	expect_text(&o, "poll([{fd=3, events=POLLIN}, {fd=4, events=POLLIN|POLLOUT}], 2, -1)");
	ENTER(&o, execve, AT, AT + 8, AT + 16);
	give(&o, AT + 8, strings, sizeof(strings));
	give(&o, AT + 100, "ls", 3);
	expect_text(&o, "execve(0x10000, [\"ls\", 0x100c8], 0x10010)");
	ENTER(&o, writev, 1, AT, 2);
	give(&o, AT, vectors, sizeof(vectors));
	give(&o, AT + 100, "ab", 2);
	give(&o, AT + 200, "cd\n", 3);
	expect_text(
		&o,
		"writev(1, [{iov_base=\"ab\", iov_len=2}, {iov_base=\"cd\\n\", iov_len=3}], 2)");
	ENTER(&o, readv, 0, AT, 2);
	give(&o, AT, vectors, sizeof(vectors));
	LEAVE(&o, readv, 3);
	give(&o, AT + 100, "ab", 2);
	give(&o, AT + 200, "c", 1);
	expect_text(&o, "readv(0, [{iov_base=\"ab\", iov_len=2}, {iov_base=\"c\", iov_len=3}], 2)");
}

static void test_results(void **state)
{
	const struct pollfd fds[] = {{3, POLLIN, 0}, {4, POLLIN, POLLIN | POLLHUP}};

	(void)state;
	ENTER(&o, openat);
	LEAVE(&o, openat, -ENOENT);
	expect_result(&o, "-1 ENOENT (No such file or directory)");
	ENTER(&o, brk);
	LEAVE(&o, brk, 0x5000);
	expect_result(&o, "0x5000");
	ENTER(&o, umask);
	LEAVE(&o, umask, 022);
	expect_result(&o, "022");
	ENTER(&o, read);
	LEAVE(&o, read, -512);
	expect_result(&o, "? ERESTARTSYS (To be restarted if SA_RESTART is set)");
	ENTER(&o, fcntl, 3, F_GETFL);
	LEAVE(&o, fcntl, O_RDWR | O_APPEND);
	expect_result(&o, "0x402 (flags O_RDWR|O_APPEND)");
	ENTER(&o, poll, AT, 2, 100);
	LEAVE(&o, poll, 1);
	give(&o, AT, fds, sizeof(fds));
	expect_result(&o, "1 ([{fd=4, revents=POLLIN|POLLHUP}])");
	ENTER(&o, poll, AT, 2, 100);
	LEAVE(&o, poll, 0);
	expect_result(&o, "0 (Timeout)");
	ENTER(&o, poll, AT, 2, 100);
	LEAVE(&o, poll, 1); /* the memory is not known */
	expect_result(&o, "1");
	ENTER(&o, select, 5, AT, AT + 128, 0, 0);
	LEAVE(&o, select, 1);
	give(&o, AT, &(uint64_t){0x18}, 8);
	give(&o, AT + 128, &(uint64_t){0}, 8);
	expect_result(&o, "1 (in [3 4])");
	ENTER(&o, getpid);
	LEAVE(&o, getpid, -4000);
	expect_result(&o, "-1 (errno 4000)");
}

static void give_count(struct one *o, uint64_t address, uint64_t count)
{
	fake_event(&o->log, 0, 150, 5, TRACE_syscall_data, TRACE_DATA_COUNT,
		   (const uint64_t[TRACE_ARGS]){address, count});
}

/* What is not shown in full, or not always. */
static void test_parts(void **state)
{
	const struct stat device = {.st_mode = S_IFCHR | 0666, .st_rdev = 0x103};
	const uint64_t times[] = {5, UTIME_NOW, 5, 7}, set = 1 << (SIGUSR1 - 1);

	(void)state;
	ENTER(&o, stat, AT, AT + 100);
	LEAVE(&o, stat, 0);
	give(&o, AT + 100 + 24, (const char *)&device + 24, 40);
	expect_text(&o, "stat(0x10000, {st_mode=S_IFCHR|0666, st_rdev=makedev(0x1, 0x3), ...})");
	ENTER(&o, execve, 0, 0, AT);
	give_count(&o, AT, 1);
	expect_text(&o, "execve(NULL, NULL, 0x10000 /* 1 var */)");
	ENTER(&o, getdents64, 3, AT, 100);
	LEAVE(&o, getdents64, 48);
	give_count(&o, AT, 2);
	expect_text(&o, "getdents64(3, 0x10000 /* 2 entries */, 100)");
	ENTER(&o, getdents64, 3, AT, 100);
	LEAVE(&o, getdents64, -EBADF);
	expect_text(&o, "getdents64(3, 0x10000, 100)");
	ENTER(&o, rt_sigreturn);
	give(&o, AT, &set, sizeof(set));
	expect_text(&o, "rt_sigreturn({mask=[USR1]})");
	ENTER(&o, rt_sigreturn);
	expect_text(&o, "rt_sigreturn()");
	ENTER(&o, utimensat, 3, 0, AT, 0);
	give(&o, AT, times, sizeof(times));
	expect_text(&o, "utimensat(3, NULL, [UTIME_NOW, {tv_sec=5, tv_nsec=7} "
			"/* 1970-01-01T00:00:05.000000007+0000 */], 0)");
	ENTER(&o, mknod, AT, S_IFIFO | 0600, 0x103);
	expect_text(&o, "mknod(0x10000, S_IFIFO|0600)");
	ENTER(&o, mknod, AT, S_IFBLK | 0600, 0x103);
	expect_text(&o, "mknod(0x10000, S_IFBLK|0600, makedev(0x1, 0x3))");
	ENTER(&o, getrandom, AT, 3, 0);
	LEAVE(&o, getrandom, 3);
	give(&o, AT, "abc", 3);
	expect_text(&o, "getrandom(\"\\x61\\x62\\x63\", 3, 0)");
	ENTER(&o, preadv, 3, AT, 0, 5, 77);
	expect_text(&o, "preadv(3, 0x10000, 0, 5)");
}

/* Calls that only Linux has, numbers that no call has, values that have no name. */
static void test_unknown(void **state)
{
	(void)state;
	ENTER(&o, rseq, AT, 32, 0, 0x53053053);
	expect_text(&o, "rseq(0x10000, 0x20, 0, 0x53053053)");
	ENTER(&o, signalfd4, (uint32_t)-1, AT, 8, 02000000);
	give(&o, AT, &(uint64_t){1 << (SIGCHLD - 1)}, 8);
	expect_text(&o, "signalfd4(-1, [CHLD], 8, SFD_CLOEXEC)");
	enter(&o, 460, (const uint64_t[TRACE_ARGS]){1, 2});
	expect_text(&o, "syscall_0x1cc(0x1, 0x2, 0, 0, 0, 0)");
	ENTER(&o, lseek, 3, 0, 77);
	expect_text(&o, "lseek(3, 0, 0x4d /* SEEK_??? */)");
	ENTER(&o, epoll_create1, 5);
	expect_text(&o, "epoll_create1(0x5 /* EPOLL_??? */)");
	ENTER(&o, fcntl, 3, 9999, 5);
	expect_text(&o, "fcntl(3, 0x270f /* F_??? */, 0x5)");
	ENTER(&o, ioctl, 3, 0xc0087805, 0);
	expect_text(&o, "ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x78, 0x5, 0x8), 0)");
}

static void test_messages(void **state)
{
	struct iovec vector = {(void *)(AT + 300), 2};
	struct msghdr message = {.msg_iov = (void *)(AT + 200),
				 .msg_iovlen = 1,
				 .msg_control = (void *)(AT + 400),
				 .msg_controllen = CMSG_LEN(8)};
	struct {
		struct cmsghdr head;
		int fds[2];
	} control = {{CMSG_LEN(8), SOL_SOCKET, SCM_RIGHTS}, {5, 6}};

	(void)state;
	ENTER(&o, sendmsg, 3, AT, 0);
	give(&o, AT, &message, sizeof(message));
	give(&o, AT + 200, &vector, sizeof(vector));
	give(&o, AT + 300, "ab", 2);
	give(&o, AT + 400, &control, CMSG_LEN(8));
	expect_text(&o, "sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"ab\", "
			"iov_len=2}], msg_iovlen=1, msg_control=[{cmsg_len=24, "
			"cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[5, 6]}], "
			"msg_controllen=24, msg_flags=0}, 0)");
	control.head.cmsg_len = 3; /* it cannot be */
	message.msg_iovlen = 0;
	ENTER(&o, sendmsg, 3, AT, 0);
	give(&o, AT, &message, sizeof(message));
	give(&o, AT + 400, &control, CMSG_LEN(8));
	expect_text(&o, "sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[], msg_iovlen=0, "
			"msg_control=[], msg_controllen=24, msg_flags=0}, 0)");
	ENTER(&o, recvmsg, 3, AT, 0);
	give(&o, AT, (const uint64_t[]){AT, 110}, 16);
	LEAVE(&o, recvmsg, -EAGAIN);
	expect_text(&o, "recvmsg(3, {msg_namelen=110}, 0)");
	ENTER(&o, recvmmsg, 3, AT, 5, 0, 0);
	LEAVE(&o, recvmmsg, 1);
	message.msg_control = NULL;
	message.msg_controllen = 0;
	give(&o, AT, &message, sizeof(message));
	give(&o, AT + sizeof(message), &(uint64_t){7}, 8);
	expect_text(&o, "recvmmsg(3, [{msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[], "
			"msg_iovlen=0, msg_controllen=0, msg_flags=0}, msg_len=7}], 5, 0, NULL)");
}

static void test_credentials(void **state)
{
	struct {
		struct cmsghdr head;
		struct ucred user;
	} credentials = {{CMSG_LEN(sizeof(struct ucred)), SOL_SOCKET, SCM_CREDENTIALS},
			 {7, (uid_t)-1, 1000}};
	struct msghdr message = {.msg_control = (void *)(AT + 400),
				 .msg_controllen = sizeof(credentials)};

	(void)state;
	ENTER(&o, getsockopt, 3, SOL_SOCKET, SO_PEERCRED, AT, AT + 100);
	give(&o, AT + 100, &(uint32_t){12}, 4);
	LEAVE(&o, getsockopt, 0);
	give(&o, AT + 100, &(uint32_t){12}, 4);
	give(&o, AT, &(struct ucred){0, (uid_t)-1, (gid_t)-1}, 12); /* there is no peer */
	expect_text(&o, "getsockopt(3, SOL_SOCKET, SO_PEERCRED, {pid=0, uid=-1, gid=-1}, [12])");
	ENTER(&o, sendmsg, 3, AT, 0);
	give(&o, AT, &message, sizeof(message));
	give(&o, AT + 400, &credentials, sizeof(credentials));
	expect_text(&o, "sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[], msg_iovlen=0, "
			"msg_control=[{cmsg_len=28, cmsg_level=SOL_SOCKET, "
			"cmsg_type=SCM_CREDENTIALS, cmsg_data={pid=7, uid=-1, gid=1000}}], "
			"msg_controllen=32, msg_flags=0}, 0)");
}

static void test_futexes(void **state)
{
	(void)state;
	ENTER(&o, futex, AT, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 1, 0, 0, ~0u);
	expect_text(&o, "futex(0x10000, FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME, 1, NULL, "
			"FUTEX_BITSET_MATCH_ANY)");
	ENTER(&o, futex, AT, FUTEX_CMP_REQUEUE, 1, 2, AT + 4, 3);
	expect_text(&o, "futex(0x10000, FUTEX_CMP_REQUEUE, 1, 2, 0x10004, 3)");
	ENTER(&o, futex, AT, FUTEX_UNLOCK_PI, 7);
	expect_text(&o, "futex(0x10000, FUTEX_UNLOCK_PI)");
}

/* A hostile log: counts and pieces that cannot be. */
static void test_hostile(void **state)
{
	uint64_t vector[] = {AT, UINT64_MAX};

	(void)state;
	ENTER(&o, poll, AT, UINT32_MAX, 0);
	give(&o, AT, "\0\0\0\0\0\0\0", 8);
	expect_text(&o, "poll([{fd=0, events=0}, ...], 4294967295, 0)");
	ENTER(&o, writev, 1, AT, UINT64_MAX);
	give(&o, AT, vector, sizeof(vector));
	expect_text(&o,
		    "writev(1, [{iov_base=\"\\0\\0\\1\\0\\0\\0\\0\\0\\377\\377\\377\\377\\377\\377"
		    "\\377\\377\"..., iov_len=18446744073709551615}, ...], 18446744073709551615)");
	ENTER(&o, chdir, UINT64_MAX);
	fake_event(&o.log, 0, 150, 5, TRACE_syscall_data, 63,
		   (const uint64_t[TRACE_ARGS]){UINT64_MAX - 8});
	expect_text(&o, "chdir(0xffffffffffffffff)");
	o = (struct one){0};
	leave(&o, SYS_read, 5); /* its beginning is lost */
	give(&o, AT, "abcdef", 6);
	expect_text(&o, "read(...)");
}

/* The table's sizes are the C library's, where it has the structure. */
static void test_sizes(void **state)
{
	static const struct {
		enum call_type type;
		size_t bytes;
	} known[] = {
		{CALL_TYPE_stat, sizeof(struct stat)},
		{CALL_TYPE_statx, sizeof(struct statx)},
		{CALL_TYPE_statfs, sizeof(struct statfs)},
		{CALL_TYPE_timespec, sizeof(struct timespec)},
		{CALL_TYPE_timeval, sizeof(struct timeval)},
		{CALL_TYPE_timezone, sizeof(struct timezone)},
		{CALL_TYPE_itimerval, sizeof(struct itimerval)},
		{CALL_TYPE_itimerspec, sizeof(struct itimerspec)},
		{CALL_TYPE_utimbuf, sizeof(struct utimbuf)},
		{CALL_TYPE_tms, sizeof(struct tms)},
		{CALL_TYPE_rusage, sizeof(struct rusage)},
		{CALL_TYPE_rlimit, sizeof(struct rlimit)},
		{CALL_TYPE_sysinfo, sizeof(struct sysinfo)},
		{CALL_TYPE_utsname, sizeof(struct utsname)},
		{CALL_TYPE_pollfd, sizeof(struct pollfd)},
		{CALL_TYPE_epoll_event, sizeof(struct epoll_event)},
		{CALL_TYPE_iovec, sizeof(struct iovec)},
		{CALL_TYPE_stack, sizeof(stack_t)},
		{CALL_TYPE_siginfo, sizeof(siginfo_t)},
		{CALL_TYPE_sigevent, sizeof(struct sigevent)},
		{CALL_TYPE_linger, sizeof(struct linger)},
		{CALL_TYPE_ucred, sizeof(struct ucred)},
		{CALL_TYPE_flock, sizeof(struct flock)},
		{CALL_TYPE_winsize, sizeof(struct winsize)},
		{CALL_TYPE_fd_set, sizeof(fd_set)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_int_equal(call_structure(known[i].type)->bytes, known[i].bytes);
	for (unsigned type = 0; type < NR_CALL_TYPES; type++) {
		const struct call_structure *s = call_structure(type);

		for (unsigned i = 0; i < s->nr_fields; i++)
			assert_true(s->fields[i].offset + s->fields[i].bytes <= s->bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),	    cmocka_unit_test(test_commands),
		cmocka_unit_test(test_strings),	    cmocka_unit_test(test_outputs),
		cmocka_unit_test(test_structures),  cmocka_unit_test(test_results),
		cmocka_unit_test(test_hostile),	    cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_parts),	    cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_messages),    cmocka_unit_test(test_futexes),
		cmocka_unit_test(test_credentials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
