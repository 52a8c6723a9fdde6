// SPDX-License-Identifier: MIT
/*
 * abi_layout.c -- sizes and offsets of what the kernel writes: each call fills exactly its
 * structure.
 *
 * The buffer is full of a pattern before the call: the last bytes of the structure must have been
 * written, and nothing beyond it.
 */
#include "tap.h"
#include <sys/ioctl.h>

enum { PATTERN = 0xa5, SLACK = 64 };

static unsigned char buffer[1024 + SLACK] __attribute__((aligned(64)));

struct filled {
	const char *name;
	long number, a, b, c;
	int at;	  /* which argument is the buffer */
	int size; /* how much is written */
};

#define BUFFER 0x5aa5

static long value(long argument)
{
	return argument == BUFFER ? (long)buffer : argument;
}

static void check_filled(const struct filled *f)
{
	long got;
	int over = 0, kept = 0;

	memset(buffer, PATTERN, sizeof(buffer));
	got = syscall(f->number, value(f->a), value(f->b), value(f->c), 0L);
	if (got < 0) {
		FAIL("%s: %s", f->name, tap_errno_name(errno));
		return;
	}
	for (int i = f->size; i < f->size + SLACK; i++)
		over += buffer[i] != PATTERN;
	for (int i = f->size - 2; i < f->size; i++)
		kept += buffer[i] == PATTERN;
	if (over)
		FAIL("%s wrote beyond its %d bytes", f->name, f->size);
	if (kept == 2)
		FAIL("%s left the end of its %d bytes unwritten", f->name, f->size);
}

TEST(exact, "every structure is filled to its last byte and not beyond")
{
	static const struct filled calls[] = {
		{"stat", SYS_stat, (long)"/", BUFFER, 0, 1, 144},
		{"fstat", SYS_fstat, 1, BUFFER, 0, 1, 144},
		{"statfs", SYS_statfs, (long)"/", BUFFER, 0, 1, 120},
		{"uname", SYS_uname, BUFFER, 0, 0, 0, 390},
		{"sysinfo", SYS_sysinfo, BUFFER, 0, 0, 0, 112},
		{"getrusage", SYS_getrusage, 0, BUFFER, 0, 1, 144},
		{"times", SYS_times, BUFFER, 0, 0, 0, 32},
		{"gettimeofday", SYS_gettimeofday, BUFFER, 0, 0, 0, 16},
		{"clock_gettime", SYS_clock_gettime, 1, BUFFER, 0, 1, 16},
		{"clock_getres", SYS_clock_getres, 1, BUFFER, 0, 1, 16},
		{"getrlimit", SYS_getrlimit, 7, BUFFER, 0, 1, 16},
		{"getitimer", SYS_getitimer, 0, BUFFER, 0, 1, 32},
		{"sched_getparam", SYS_sched_getparam, 0, BUFFER, 0, 1, 4},
		{"getresuid", SYS_getresuid, BUFFER, (long)(buffer + 512), (long)(buffer + 768), 0,
		 4},
		{"sigaltstack", SYS_sigaltstack, 0, BUFFER, 0, 1, 24},
		{"time", SYS_time, BUFFER, 0, 0, 0, 8},
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		check_filled(&calls[i]);
}

TEST(statx_exact, "statx fills 256 bytes")
{
	struct filled f = {"statx", SYS_statx, AT_FDCWD, (long)"/", 0, 4, 256};
	int over = 0;

	memset(buffer, PATTERN, sizeof(buffer));
	SKIP_IF(syscall(f.number, f.a, f.b, f.c, 0x7ffL, buffer) < 0 && errno == ENOSYS,
		"no statx");
	for (int i = 256; i < 256 + SLACK; i++)
		over += buffer[i] != PATTERN;
	CHECK_EQ(over, 0);
	CHECK_NE(buffer[255], PATTERN);
}

TEST(signal_structures, "sigaction takes and gives 32 bytes, siginfo has 128, sets have 8")
{
	sigset_t set;
	int over = 0;
	struct timespec zero = {0, 0};

	memset(buffer, PATTERN, sizeof(buffer));
	MUST(syscall(SYS_rt_sigaction, SIGUSR1, NULL, buffer, 8L));
	for (int i = 32; i < 96; i++)
		over += buffer[i] != PATTERN;
	memset(buffer, PATTERN, sizeof(buffer));
	MUST(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, buffer, 8L));
	for (int i = 8; i < 72; i++)
		over += buffer[i] != PATTERN;
	MUST(syscall(SYS_rt_sigpending, buffer, 8L));
	for (int i = 8; i < 72; i++)
		over += buffer[i] != PATTERN;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	memset(buffer, PATTERN, sizeof(buffer));
	CHECK_EQ(syscall(SYS_rt_sigtimedwait, &set, buffer, &zero, 8L), SIGUSR1);
	for (int i = 128; i < 192; i++)
		over += buffer[i] != PATTERN;
	CHECK_NE(buffer[127], PATTERN);
	CHECK_EQ(over, 0);
}

static uint64_t field(int offset, int size)
{
	uint64_t v = 0;

	memcpy(&v, buffer + offset, (size_t)size);
	return v;
}

TEST(stat_offsets, "the fields of stat are where the ABI has them")
{
	int fd = tap_file("f", "0123456789");
	struct timespec times[2] = {{1111, 22}, {3333, 44}};

	SKIP_IF(geteuid() != 0, "not root");
	MUST(link("f", "g"));
	MUST(chmod("f", 0604));
	MUST(chown("f", 77, 88));
	MUST(futimens(fd, times));
	MUST(syscall(SYS_fstat, fd, buffer));
	CHECK_NE(field(8, 8), 0);
	CHECK_EQ(field(16, 8), 2);
	CHECK_EQ(field(24, 4), S_IFREG | 0604);
	CHECK_EQ(field(28, 4), 77);
	CHECK_EQ(field(32, 4), 88);
	CHECK_EQ(field(36, 4), 0);
	CHECK_EQ(field(40, 8), 0);
	CHECK_EQ(field(48, 8), 10);
	CHECK_GE(field(56, 8), 512);
	CHECK_EQ(field(72, 8), 1111);
	CHECK_EQ(field(80, 8), 22);
	CHECK_EQ(field(88, 8), 3333);
	CHECK_EQ(field(96, 8), 44);
	CHECK_EQ(field(120, 8) | field(128, 8) | field(136, 8), 0);
}

TEST(utsname_offsets, "uname has six strings of 65 bytes, zero to the end")
{
	memset(buffer, PATTERN, sizeof(buffer));
	MUST(syscall(SYS_uname, buffer));
	CHECK_STR((char *)buffer, "Linux");
	CHECK_STR((char *)buffer + 4 * 65, "x86_64");
	for (int i = 5; i < 65; i++)
		CHECK_EQ(buffer[i], 0);
}

TEST(wait_status, "wait4 writes four bytes of status, waitid no more than 128 of siginfo")
{
	int over = 0;
	pid_t pid = SPAWN(_exit(3));

	memset(buffer, PATTERN, sizeof(buffer));
	CHECK_EQ(syscall(SYS_wait4, pid, buffer, 0, NULL), pid);
	CHECK_EQ(field(0, 4), 0x300);
	over += buffer[4] != PATTERN;
	pid = SPAWN(_exit(3));
	memset(buffer, PATTERN, sizeof(buffer));
	CHECK_OK(syscall(SYS_waitid, P_PID, pid, buffer, WEXITED, NULL));
	CHECK_EQ(field(0, 4), SIGCHLD);
	CHECK_EQ(field(16, 4), (uint64_t)pid);
	CHECK_EQ(field(24, 4), 3);
	for (int i = 128; i < 192; i++)
		over += buffer[i] != PATTERN;
	CHECK_EQ(over, 0);
}

TEST(winsize_bytes, "FIONREAD and pipe2 write whole ints")
{
	int ends[2];

	memset(buffer, PATTERN, sizeof(buffer));
	MUST(syscall(SYS_pipe2, buffer, 0));
	CHECK_EQ(buffer[8], PATTERN);
	memcpy(ends, buffer, sizeof(ends));
	MUST(write(ends[1], "abc", 3));
	memset(buffer, PATTERN, sizeof(buffer));
	MUST(ioctl(ends[0], FIONREAD, buffer));
	CHECK_EQ(field(0, 4), 3);
	CHECK_EQ(buffer[4], PATTERN);
}
