// SPDX-License-Identifier: MIT
/* sig_flags.c -- the flags of sigaction. */
#include "tap.h"

static volatile int depth, deepest, count;
static volatile int info_code, info_pid, info_sig;

static void recurse(int sig)
{
	count++;
	depth++;
	if (depth > deepest)
		deepest = depth;
	if (depth < 3 && count < 10)
		raise(sig);
	depth--;
}

static void on_info(int sig, siginfo_t *info, void *context)
{
	count++;
	info_sig = sig;
	info_code = info->si_code;
	info_pid = info->si_pid;
	CHECK(context != NULL);
}

static void set_action(int sig, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	MUST(sigaction(sig, &action, NULL));
}

static void set_info(int sig, int flags)
{
	struct sigaction action = {.sa_sigaction = on_info, .sa_flags = flags | SA_SIGINFO};

	MUST(sigaction(sig, &action, NULL));
}

TEST(deferred, "without SA_NODEFER a handler is not entered again until it returns")
{
	set_action(SIGUSR1, recurse, 0);
	raise(SIGUSR1);
	CHECK_EQ(deepest, 1);
	CHECK_EQ(count, 10);
}

TEST(nodefer, "SA_NODEFER lets a handler interrupt itself")
{
	set_action(SIGUSR1, recurse, SA_NODEFER);
	raise(SIGUSR1);
	CHECK_EQ(deepest, 3);
}

TEST(resethand, "SA_RESETHAND restores the default before the handler runs")
{
	struct sigaction now;

	set_action(SIGUSR1, recurse, SA_RESETHAND);
	CHECK_SIGNALED(IN_CHILD(raise(SIGUSR1)), SIGUSR1);
	set_action(SIGUSR2, recurse, SA_RESETHAND | SA_NODEFER);
	depth = 5;
	raise(SIGUSR2);
	sigaction(SIGUSR2, NULL, &now);
	CHECK(now.sa_handler == SIG_DFL);
}

TEST(siginfo_kill, "SA_SIGINFO tells sender and cause: kill, tgkill, sigqueue")
{
	union sigval v = {.sival_int = 1};

	set_info(SIGUSR1, 0);
	kill(getpid(), SIGUSR1);
	CHECK_EQ(info_code, SI_USER);
	CHECK_EQ(info_pid, getpid());
	CHECK_EQ(info_sig, SIGUSR1);
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1);
	CHECK_EQ(info_code, SI_TKILL);
	sigqueue(getpid(), SIGUSR1, v);
	CHECK_EQ(info_code, SI_QUEUE);
	CHECK_EXITED(IN_CHILD(kill(getppid(), SIGUSR1)), 0);
	WAIT_UNTIL(count == 4);
	CHECK_NE(info_pid, getpid());
	CHECK_EQ(info_code, SI_USER);
}

TEST(nocldstop, "SA_NOCLDSTOP keeps stops silent, not deaths")
{
	pid_t pid;
	int status;

	set_info(SIGCHLD, SA_NOCLDSTOP | SA_RESTART);
	pid = SPAWN(for (;;) pause());
	MUST(kill(pid, SIGSTOP));
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK_EQ(count, 0);
	MUST(kill(pid, SIGKILL));
	tap_wait(pid);
	WAIT_UNTIL(count == 1);
	CHECK_EQ(info_code, CLD_KILLED);
}

TEST(cldstop, "without it stop and continue send SIGCHLD")
{
	pid_t pid;

	set_info(SIGCHLD, SA_RESTART);
	pid = SPAWN(for (;;) pause());
	MUST(kill(pid, SIGSTOP));
	WAIT_UNTIL(count == 1);
	CHECK_EQ(info_code, CLD_STOPPED);
	CHECK_EQ(info_pid, pid);
	MUST(kill(pid, SIGCONT));
	WAIT_UNTIL(count == 2);
	CHECK_EQ(info_code, CLD_CONTINUED);
	MUST(kill(pid, SIGKILL));
	tap_wait(pid);
}

TEST(nocldwait, "SA_NOCLDWAIT: no zombies, SIGCHLD still comes")
{
	pid_t pid;

	set_info(SIGCHLD, SA_NOCLDWAIT | SA_RESTART);
	pid = SPAWN(_exit(1));
	CHECK_ERR(waitpid(pid, NULL, 0), ECHILD);
	WAIT_UNTIL(count == 1);
	CHECK_EQ(info_pid, pid);
}

static volatile uintptr_t handler_sp;

static void note_sp(int sig)
{
	char here;

	(void)sig;
	handler_sp = (uintptr_t)&here;
}

TEST(onstack, "SA_ONSTACK uses the alternate stack; without the flag it stays unused")
{
	char *area = malloc(65536);
	stack_t alt = {.ss_sp = area, .ss_size = 65536};

	MUST(sigaltstack(&alt, NULL));
	set_action(SIGUSR1, note_sp, SA_ONSTACK);
	set_action(SIGUSR2, note_sp, 0);
	raise(SIGUSR1);
	CHECK(handler_sp > (uintptr_t)area && handler_sp < (uintptr_t)area + 65536);
	raise(SIGUSR2);
	CHECK(handler_sp < (uintptr_t)area || handler_sp > (uintptr_t)area + 65536);
}

TEST(alignment, "a handler starts with the stack aligned as after a call")
{
	struct sigaction action = {.sa_handler = note_sp};
	extern void aligned_probe(int);

	action.sa_handler = aligned_probe;
	for (int i = 0; i < 8; i++) {
		sigaction(SIGUSR1, &action, NULL);
		__asm__ volatile(
			"sub %0, %%rsp; mov %1, %%edi; mov %2, %%esi; mov $62, %%eax; syscall;"
			"add %0, %%rsp"
			:
			: "r"(i * 8L), "r"(getpid()), "i"(SIGUSR1)
			: "rax", "rcx", "r11", "rdi", "rsi", "memory");
		CHECK_EQ(handler_sp & 15, 8);
	}
}

__asm__(".globl aligned_probe\n"
	"aligned_probe: mov %rsp, handler_sp(%rip)\n"
	"ret\n");

TEST(red_zone, "the 128 bytes below the stack pointer survive a handler")
{
	long result;

	set_action(SIGUSR1, note_sp, 0);
	__asm__ volatile("movq $0x1234567, -8(%%rsp); movq $0x7654321, -128(%%rsp);"
			 "mov %1, %%edi; mov %2, %%esi; mov $62, %%eax; syscall;"
			 "movq -8(%%rsp), %0; subq $0x1234567, %0; movq -128(%%rsp), %%rax;"
			 "subq $0x7654321, %%rax; orq %%rax, %0"
			 : "=&r"(result)
			 : "r"(getpid()), "i"(SIGUSR1)
			 : "rax", "rcx", "r11", "rdi", "rsi", "memory");
	CHECK_EQ(result, 0);
	CHECK_NE(handler_sp, 0);
}
