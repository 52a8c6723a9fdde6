// SPDX-License-Identifier: MIT
/* sig_altstack.c -- the alternate signal stack. */
#include "tap.h"
#include <setjmp.h>
#include <ucontext.h>

enum { AREA = 65536 };

static char *area;
static volatile int count, flags_inside, error_inside;
static volatile uintptr_t outer_sp, inner_sp;

static void install(void)
{
	stack_t alt;

	area = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	alt = (stack_t){.ss_sp = area, .ss_size = AREA};
	MUST(sigaltstack(&alt, NULL));
}

static bool on_area(uintptr_t sp)
{
	return sp > (uintptr_t)area && sp <= (uintptr_t)area + AREA;
}

static void set_action(int sig, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	MUST(sigaction(sig, &action, NULL));
}

TEST(query, "sigaltstack starts disabled, keeps what it is given, and can be disabled")
{
	stack_t now = {0}, off = {.ss_flags = SS_DISABLE};

	CHECK_OK(sigaltstack(NULL, &now));
	CHECK_EQ(now.ss_flags, SS_DISABLE);
	install();
	CHECK_OK(sigaltstack(NULL, &now));
	CHECK(now.ss_sp == area);
	CHECK_EQ(now.ss_size, AREA);
	CHECK_EQ(now.ss_flags, 0);
	CHECK_OK(sigaltstack(&off, &now));
	CHECK(now.ss_sp == area);
	CHECK_OK(sigaltstack(NULL, &now));
	CHECK_EQ(now.ss_flags, SS_DISABLE);
}

TEST(errors, "ENOMEM for a small stack, EINVAL for unknown flags, EFAULT for wild pointers")
{
	stack_t small = {.ss_sp = &small, .ss_size = 1024}, odd = {.ss_flags = 77, .ss_size = AREA};

	CHECK_ERR(syscall(SYS_sigaltstack, &small, NULL), ENOMEM);
	CHECK_ERR(syscall(SYS_sigaltstack, &odd, NULL), EINVAL);
	CHECK_ERR(syscall(SYS_sigaltstack, wild(8), NULL), EFAULT);
	CHECK_ERR(syscall(SYS_sigaltstack, NULL, wild(8)), EFAULT);
}

static void inside(int sig)
{
	stack_t now, other = {.ss_sp = area, .ss_size = AREA};

	(void)sig;
	sigaltstack(NULL, &now);
	flags_inside = now.ss_flags;
	error_inside = sigaltstack(&other, NULL) < 0 ? errno : 0;
	count++;
}

TEST(on_it, "on the stack SS_ONSTACK shows and a change fails with EPERM")
{
	stack_t now;

	install();
	set_action(SIGUSR1, inside, SA_ONSTACK);
	raise(SIGUSR1);
	CHECK_EQ(flags_inside, SS_ONSTACK);
	CHECK_EQ(error_inside, EPERM);
	sigaltstack(NULL, &now);
	CHECK_EQ(now.ss_flags, 0);
}

static void inner(int sig)
{
	char here;

	(void)sig;
	inner_sp = (uintptr_t)&here;
}

static void outer(int sig)
{
	char here;

	(void)sig;
	outer_sp = (uintptr_t)&here;
	raise(SIGUSR2);
}

TEST(nested, "a second signal goes on down the same stack")
{
	install();
	set_action(SIGUSR1, outer, SA_ONSTACK);
	set_action(SIGUSR2, inner, SA_ONSTACK);
	raise(SIGUSR1);
	CHECK(on_area(outer_sp));
	CHECK(on_area(inner_sp));
	CHECK(inner_sp < outer_sp);
}

static sigjmp_buf back;

static void leave(int sig)
{
	char here;

	count++;
	inner_sp = (uintptr_t)&here;
	siglongjmp(back, sig);
}

static int deeper(int depth);
static int (*volatile again)(int) = deeper;

static int deeper(int depth)
{
	volatile char block[1024];

	block[0] = (char)depth;
	return again(depth + 1) + block[0];
}

TEST(overflow, "a stack overflow is handled on the alternate stack, several times")
{
	install();
	set_action(SIGSEGV, leave, SA_ONSTACK);
	for (volatile int i = 0; i < 3; i++)
		if (sigsetjmp(back, 1) == 0)
			deeper(0);
	CHECK_EQ(count, 3);
	CHECK(on_area(inner_sp));
}

TEST(overflow_without, "without an alternate stack an overflow kills, handler or not")
{
	set_action(SIGSEGV, leave, 0);
	CHECK_SIGNALED(IN_CHILD(deeper(0)), SIGSEGV);
}

TEST(unusable, "an unmapped alternate stack ends in SIGSEGV")
{
	install();
	set_action(SIGUSR1, inner, SA_ONSTACK);
	MUST(munmap(area, AREA));
	CHECK_SIGNALED(IN_CHILD(raise(SIGUSR1)), SIGSEGV);
}

TEST(bad_main_stack, "a signal on a wild stack pointer without alternate stack is SIGSEGV")
{
	set_action(SIGUSR1, inner, 0);
	CHECK_SIGNALED(
		IN_CHILD(__asm__ volatile(
			"mov $8, %%rsp; mov %0, %%edi; mov %1, %%esi; mov $62, %%eax; syscall; ud2"
			:
			: "r"(getpid()), "i"(SIGUSR1)
			: "rax", "rdi", "rsi", "rcx", "r11", "memory")),
		SIGSEGV);
}

static void check_context(int sig, siginfo_t *info, void *context)
{
	ucontext_t *frame = context;

	(void)sig;
	(void)info;
	count++;
	CHECK(frame->uc_stack.ss_sp == area);
	CHECK_EQ(frame->uc_stack.ss_size, AREA);
}

TEST(in_context, "the frame's uc_stack names the alternate stack")
{
	struct sigaction action = {.sa_sigaction = check_context,
				   .sa_flags = SA_SIGINFO | SA_ONSTACK};

	install();
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	CHECK_EQ(count, 1);
}

TEST(inherited, "fork keeps the alternate stack, a vfork or CLONE_VM child has none of it")
{
	stack_t now;

	install();
	CHECK_EXITED(IN_CHILD(sigaltstack(NULL, &now); CHECK(now.ss_sp == area);
			      CHECK_EQ(now.ss_flags, 0)),
		     0);
}

TEST(autodisarm, "SS_AUTODISARM switches the stack off while a handler runs on it")
{
	stack_t alt, now;

	install();
	alt = (stack_t){.ss_sp = area, .ss_size = AREA, .ss_flags = (int)(1u << 31)};
	SKIP_IF(sigaltstack(&alt, NULL) < 0, "no SS_AUTODISARM");
	set_action(SIGUSR1, inside, SA_ONSTACK);
	raise(SIGUSR1);
	CHECK_EQ(flags_inside, SS_DISABLE);
	sigaltstack(NULL, &now);
	CHECK(now.ss_sp == area);
}
