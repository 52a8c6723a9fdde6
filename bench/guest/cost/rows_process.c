// SPDX-License-Identifier: MIT
/*
 * Rows: making processes and running programs in them.
 *
 * Idea. fork, vfork, execve, exit_group and wait4 by `syscall`, so that libc's part of a fork is
 *   not measured. The parent is this program, freshly executed: about 100 KB static, a handful of
 *   mappings.  The programs executed do nothing: exec_target is a static one that exits at once,
 *   exec_target_dynamic the same source with musl's loader; the shell is /bin/sh -c true.
 * fork_exit_wait, vfork_exec_wait, fork_exec_wait, fork_exec_wait_dynamic, shell
 */
#include "cost.h"
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXEC_FAILED = 127 };

static const char *program;
static char *arguments[4], *environment[1];

static inline long reap(long child)
{
	int status = -1;
	long reaped = cost_call4(SYS_wait4, child, (long)&status, 0, 0);

	if (reaped != child)
		return -ECHILD;
	return status == 0 ? 0 : status == EXEC_FAILED << 8 ? -ENOENT : -EIO;
}

static inline __attribute__((noreturn)) void leave(long status)
{
	for (;;)
		cost_call3(SYS_exit_group, status, 0, 0);
}

static int64_t round_fork(long ops, long arg)
{
	long error = 0;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops && !error; i++) {
		long child = cost_call0(SYS_fork);

		if (child == 0)
			leave(0);
		error = child < 0 ? child : reap(child);
	}
	return error ? error : cost_end(begin);
}

static int setup_program(long arg)
{
	static const char *const names[] = {"exec_target", "exec_target_dynamic"};

	program = cost_helper_path(names[arg]);
	if (!program)
		return -ENOENT;
	arguments[0] = (char *)program;
	return 0;
}

static int setup_shell(long arg)
{
	static char name[] = "sh", option[] = "-c", command[] = "true";

	program = "/bin/sh";
	arguments[0] = name;
	arguments[1] = option;
	arguments[2] = command;
	return access(program, X_OK) < 0 ? -errno : 0;
}

/* One program run to its end; @call is SYS_fork or SYS_vfork. */
static inline __attribute__((always_inline)) long run_program(long call)
{
	long child = cost_call0(call);

	if (child == 0) {
		cost_call3(SYS_execve, (long)program, (long)arguments, (long)environment);
		leave(EXEC_FAILED);
	}
	return child < 0 ? child : reap(child);
}

static int64_t round_exec(long ops, long arg)
{
	long error = 0;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops && !error; i++)
		error = run_program(SYS_fork);
	return error ? error : cost_end(begin);
}

static int64_t round_vfork_exec(long ops, long arg)
{
	long error = 0;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops && !error; i++)
		error = run_program(SYS_vfork);
	return error ? error : cost_end(begin);
}

const struct cost_row cost_rows_process[] = {
	{.key = "fork_exit_wait", .ops = 10, .round = round_fork},
	{.key = "vfork_exec_wait", .ops = 10, .setup = setup_program, .round = round_vfork_exec},
	{.key = "fork_exec_wait", .ops = 10, .setup = setup_program, .round = round_exec},
	{.key = "fork_exec_wait_dynamic",
	 .ops = 5,
	 .arg = 1,
	 .setup = setup_program,
	 .round = round_exec},
	{.key = "shell", .ops = 3, .setup = setup_shell, .round = round_exec},
	{},
};
