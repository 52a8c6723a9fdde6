// SPDX-License-Identifier: MIT
/*
 * misbehaviour.c -- starts each rogue program and checks how it ends.
 *
 * The rogues are in argv[1], else in ../rogues beside this program, else in /tests/rogues. After
 * each one the system must still start a process and hand back its exit code. The two that take all
 * they can get (fork_bomb, memory_hog) run without bounds on Creance alone, and under limits
 * elsewhere.
 */
#include "tap.h"
#include <sys/resource.h>

static const char *rogue_path(const char *name)
{
	static char path[4500];
	char *slash;

	if (tap_argv[1]) {
		snprintf(path, sizeof(path), "%s/%s", tap_argv[1], name);
		return path;
	}
	snprintf(path, sizeof(path), "%s", tap_self);
	slash = strrchr(path, '/');
	snprintf(slash, sizeof(path) - (size_t)(slash - path), "/../rogues/%s", name);
	if (access(path, X_OK) < 0)
		snprintf(path, sizeof(path), "/rogues/%s", name);
	return path;
}

static void start(const char *name, const char *argument)
{
	int null = open("/dev/null", O_WRONLY);

	if (tap_argv[1] && tap_argv[1][0] != '/') {
		tap_diag("give the rogues' folder as an absolute path");
		_exit(126);
	}
	dup2(null, 1);
	dup2(null, 2);
	execl(rogue_path(name), name, argument, NULL);
	_exit(127);
}

static void bound(int which, rlim_t value)
{
	struct rlimit limit = {value, value};

	setrlimit(which, &limit);
}

static int run(const char *name, const char *argument)
{
	int status = IN_CHILD(start(name, argument));

	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		FAIL("%s is not there", rogue_path(name));
	CHECK_EXITED(IN_CHILD(_exit(42)), 42);
	return status;
}

#define ENDS_BY(name, sig, what)                                                                   \
	TEST(name##_rogue, what)                                                                   \
	{                                                                                          \
		CHECK_SIGNALED(run(#name, NULL), sig);                                             \
	}
#define ENDS_WELL(name, what)                                                                      \
	TEST(name##_rogue, what)                                                                   \
	{                                                                                          \
		CHECK_EXITED(run(#name, NULL), 0);                                                 \
	}

ENDS_BY(div0, SIGFPE, "dividing by zero ends in SIGFPE")
ENDS_BY(kernel_read, SIGSEGV, "reading kernel memory ends in SIGSEGV")
ENDS_BY(kernel_write, SIGSEGV, "writing kernel memory ends in SIGSEGV")
ENDS_BY(kernel_jump, SIGSEGV, "jumping into the kernel ends in SIGSEGV")
ENDS_BY(noncanonical, SIGSEGV, "a non-canonical address ends in SIGSEGV")
ENDS_BY(null_deref, SIGSEGV, "reading address 0 ends in SIGSEGV")
ENDS_BY(cli, SIGSEGV, "cli ends in SIGSEGV")
ENDS_BY(hlt, SIGSEGV, "hlt ends in SIGSEGV")
ENDS_BY(in_out, SIGSEGV, "port input and output end in SIGSEGV")
ENDS_BY(lidt, SIGSEGV, "lidt ends in SIGSEGV")
ENDS_BY(lgdt, SIGSEGV, "lgdt ends in SIGSEGV")
ENDS_BY(mov_cr0, SIGSEGV, "mov cr0 ends in SIGSEGV")
ENDS_BY(mov_cr3, SIGSEGV, "mov cr3 ends in SIGSEGV")
ENDS_BY(wrmsr, SIGSEGV, "wrmsr ends in SIGSEGV")
ENDS_BY(invlpg, SIGSEGV, "invlpg ends in SIGSEGV")
ENDS_BY(bad_opcode, SIGILL, "an undefined instruction ends in SIGILL")
ENDS_BY(breakpoint, SIGTRAP, "int3 ends in SIGTRAP")
ENDS_BY(int_gate, SIGSEGV, "int of a hardware vector ends in SIGSEGV")
ENDS_BY(exec_data, SIGSEGV, "executing data ends in SIGSEGV")
ENDS_BY(exec_on_stack, SIGSEGV, "executing the stack ends in SIGSEGV")
ENDS_BY(write_code, SIGSEGV, "writing code ends in SIGSEGV")
ENDS_BY(stack_overflow, SIGSEGV, "overflowing the stack ends in SIGSEGV")
ENDS_BY(stack_smash, SIGSEGV, "returning to where nothing is ends in SIGSEGV")
ENDS_BY(cli_hlt, SIGSEGV, "cli and hlt end in SIGSEGV")
ENDS_BY(timer_off, SIGSEGV, "turning the interrupt controller off ends in SIGSEGV")
ENDS_BY(port_console, SIGSEGV, "writing to the serial port ends in SIGSEGV")
ENDS_BY(kernel_overwrite, SIGSEGV, "writing over the kernel ends in SIGSEGV")
ENDS_BY(steal_memory, SIGSEGV, "reading all memory ends in SIGSEGV")
ENDS_WELL(long_work, "long work without a call is no harm")
ENDS_WELL(wild_syscalls, "absent and wild system calls get an errno")
ENDS_WELL(wild_pointers, "wild pointers get an errno")
ENDS_WELL(forge_sigframe, "forged signal frames give nothing away")

TEST(loop_rogue, "an endless loop does not stop the rest, and can be killed")
{
	pid_t pid = SPAWN(start("loop", NULL));

	tap_sleep_ms(50);
	CHECK_EXITED(IN_CHILD(_exit(42)), 42);
	CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
	MUST(kill(pid, SIGKILL));
	CHECK_SIGNALED(tap_wait(pid), SIGKILL);
}

TEST(fork_bomb_bounded, "a fork bomb within RLIMIT_NPROC is held and killed")
{
	SKIP_IF(geteuid() != 0, "not root");
	CHECK_EXITED(run("fork_bomb", "25"), 0);
}

TEST(fork_bomb_free, "a fork bomb without a limit is survived")
{
	SKIP_IF(!tap_on_creance(), "kept off a machine that others use");
	CHECK_EXITED(run("fork_bomb", NULL), 0);
}

TEST(memory_hog_bounded, "a memory hog within RLIMIT_AS gets ENOMEM")
{
	CHECK_EXITED(IN_CHILD(bound(RLIMIT_AS, 6 << 20); start("memory_hog", NULL)), ENOMEM);
}

TEST(memory_hog_free, "a memory hog without a limit is killed, and nothing else is")
{
	int gate[2];
	pid_t bystander;

	SKIP_IF(!tap_on_creance(), "kept off a machine that others use");
	MUST(pipe(gate));
	bystander = SPAWN(char c; close(gate[1]); (void)!read(gate[0], &c, 1); _exit(9));
	CHECK_SIGNALED(run("memory_hog", NULL), SIGKILL);
	close(gate[1]);
	CHECK_EXITED(tap_wait(bystander), 9);
}
