// SPDX-License-Identifier: MIT
/*
 * Rows: the bare call, calls that do next to nothing, clocks, signals to oneself.
 *
 * Idea. The loop is the call and a counter: two to six instructions besides the call itself, which
 *   stay in the figure. The arguments are set again for each call, as a program would.
 * null_call            getppid by `syscall`
 * null_call_int80      the same by int 0x80. Linux takes the number from the table of 32-bit
 *                      programs, Creance from the only one it has; both are tried, in a child,
 *                      because a kernel without that gate kills the caller
 * read_zero_0/1        read of no byte, one byte, from /dev/zero;  write_null_1: to /dev/null
 * clock_gettime_vdso   CLOCK_MONOTONIC by libc, which asks the vDSO;  _call: by `syscall`
 * signal_install       rt_sigaction with a handler;  signal_deliver: kill(2) of oneself with an
 *                      empty handler: the call, delivery and return
 */
#include "cost.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GETPPID_I386 = 64 };

static int descriptor;
static long int80_nr;
static volatile unsigned long handled;

static int64_t round_null(long ops, long arg)
{
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops; i++)
		cost_call0(SYS_getppid);
	return cost_end(begin);
}

static inline long int80(long nr)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "0"(nr)
			 : "rcx", "r8", "r9", "r10", "r11", "memory");
	return result;
}

static int int80_answers(long nr)
{
	pid_t parent = getpid(), child = fork();
	int status;

	if (child == 0)
		_exit(int80(nr) == parent ? 0 : 1);
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static int setup_int80(long arg)
{
	int80_nr = SYS_getppid;
	if (int80_answers(int80_nr))
		return 0;
	int80_nr = GETPPID_I386;
	return int80_answers(int80_nr) ? 0 : -ENOSYS;
}

static int64_t round_int80(long ops, long arg)
{
	long nr = int80_nr;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops; i++)
		int80(nr);
	return cost_end(begin);
}

static int setup_zero(long arg)
{
	char byte;

	descriptor = open("/dev/zero", O_RDONLY);
	if (descriptor < 0)
		return -errno;
	return read(descriptor, &byte, (size_t)arg) == arg ? 0 : -EIO;
}

static int64_t round_read(long ops, long arg)
{
	char byte;
	long failed = 0;
	int fd = descriptor;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops; i++)
		failed |= cost_read(fd, &byte, (size_t)arg) ^ arg;
	return failed ? -EIO : cost_end(begin);
}

static int setup_null(long arg)
{
	descriptor = open("/dev/null", O_WRONLY);
	return descriptor < 0 ? -errno : 0;
}

static int64_t round_write(long ops, long arg)
{
	char byte = 0;
	long failed = 0;
	int fd = descriptor;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops; i++)
		failed |= cost_write(fd, &byte, (size_t)arg) ^ arg;
	return failed ? -EIO : cost_end(begin);
}

static int64_t round_clock_vdso(long ops, long arg)
{
	struct timespec now;
	int failed = 0;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops; i++)
		failed |= clock_gettime(CLOCK_MONOTONIC, &now);
	return failed ? -EIO : cost_end(begin);
}

static int64_t round_clock_call(long ops, long arg)
{
	struct timespec now;
	long failed = 0;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops; i++)
		failed |= cost_call3(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0);
	return failed ? -EIO : cost_end(begin);
}

static void handler(int signal)
{
	handled = handled + 1;
}

static int64_t round_install(long ops, long arg)
{
	/* The kernel's form of struct sigaction. */
	struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		unsigned long mask;
	} action = {.handler = handler};
	long failed = 0;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops; i++)
		failed |= cost_call4(SYS_rt_sigaction, SIGUSR1, (long)&action, 0,
				     sizeof(action.mask));
	return failed ? -EIO : cost_end(begin);
}

static int setup_deliver(long arg)
{
	struct sigaction action = {.sa_handler = handler};

	return sigaction(SIGUSR1, &action, NULL) < 0 ? -errno : 0;
}

static int64_t round_deliver(long ops, long arg)
{
	pid_t self = getpid();
	unsigned long before = handled;
	uint64_t begin = cost_begin();
	int64_t ticks;

	for (long i = 0; i < ops; i++)
		cost_call3(SYS_kill, self, SIGUSR1, 0);
	ticks = cost_end(begin);
	return handled - before == (unsigned long)ops ? ticks : -EIO;
}

const struct cost_row cost_rows_call[] = {
	{.key = "null_call", .ops = 4000, .round = round_null},
	{.key = "null_call_int80", .ops = 4000, .setup = setup_int80, .round = round_int80},
	{.key = "read_zero_0", .ops = 2000, .arg = 0, .setup = setup_zero, .round = round_read},
	{.key = "read_zero_1", .ops = 2000, .arg = 1, .setup = setup_zero, .round = round_read},
	{.key = "write_null_1", .ops = 2000, .arg = 1, .setup = setup_null, .round = round_write},
	{.key = "clock_gettime_vdso", .ops = 10000, .round = round_clock_vdso},
	{.key = "clock_gettime_call", .ops = 2000, .round = round_clock_call},
	{.key = "signal_install", .ops = 2000, .round = round_install},
	{.key = "signal_deliver", .ops = 500, .setup = setup_deliver, .round = round_deliver},
	{},
};
