// SPDX-License-Identifier: MIT
/* mem_stack.c -- growth of the stack, its limit, its guard. */
#include "tap.h"
#include <setjmp.h>
#include <sys/resource.h>

static uintptr_t stack_pointer(void)
{
	uintptr_t sp;

	__asm__ volatile("mov %%rsp, %0" : "=r"(sp));
	return sp;
}

static void limit_stack(rlim_t bytes)
{
	struct rlimit limit = {bytes, RLIM_INFINITY};

	MUST(setrlimit(RLIMIT_STACK, &limit));
}

TEST(grows, "the stack grows far below where it is, page by page and in one leap")
{
	volatile char *sp = (volatile char *)stack_pointer();

	for (long at = 0; at < 1 << 20; at += 4096)
		sp[-at - 256] = 1;
	CHECK_EXITED(IN_CHILD(sp[-(4 << 20)] = 1), 0);
	CHECK_EXITED(IN_CHILD(CHECK_EQ(sp[-(5 << 20)], 0)), 0);
}

TEST(ends, "beyond the limit there is no stack")
{
	volatile char *sp = (volatile char *)stack_pointer();

	limit_stack(1 << 20);
	CHECK_SIGNALED(IN_CHILD(sp[-(2 << 20)] = 1), SIGSEGV);
	CHECK_EXITED(IN_CHILD(sp[-(1 << 19)] = 1), 0);
	limit_stack(4 << 20);
	CHECK_EXITED(IN_CHILD(sp[-(2 << 20)] = 1), 0);
}

TEST(by_the_kernel, "a system call grows the stack too, and gets EFAULT past the limit")
{
	char *sp = (char *)stack_pointer();
	int fd = tap_file("f", "hello");

	limit_stack(1 << 20);
	CHECK_EQ(pread(fd, sp - (1 << 19), 5, 0), 5);
	CHECK_EQ(memcmp(sp - (1 << 19), "hello", 5), 0);
	CHECK_ERR(pread(fd, sp - (2 << 20), 5, 0), EFAULT);
}

TEST(guard, "the stack keeps a distance from a mapping below it")
{
	char *sp = (char *)(stack_pointer() & ~4095UL), *wall;
	volatile char *probe;

	wall = mmap(sp - (2 << 20), 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	SKIP_IF(wall == MAP_FAILED, "the stack reaches there already");
	wall[0] = 1;
	probe = wall + 4096;
	CHECK_SIGNALED(IN_CHILD(probe[0] = 1), SIGSEGV);
	CHECK_EXITED(IN_CHILD(probe[(1 << 20) + 65536] = 1), 0);
}

static sigjmp_buf back;
static volatile uintptr_t fault_at, handler_sp;

static void on_segv(int sig, siginfo_t *info, void *context)
{
	char here;

	(void)sig;
	(void)context;
	fault_at = (uintptr_t)info->si_addr;
	handler_sp = (uintptr_t)&here;
	siglongjmp(back, 1);
}

static int deeper(int depth);
static int (*volatile again)(int) = deeper;

static int deeper(int depth)
{
	volatile char block[2048];

	block[0] = (char)depth;
	return again(depth + 1) + block[0];
}

TEST(overflow, "an overflow is a SIGSEGV on the alternate stack, near the limit")
{
	struct sigaction action = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	stack_t alt = {.ss_sp = malloc(65536), .ss_size = 65536};
	volatile uintptr_t sp = stack_pointer();

	limit_stack(2 << 20);
	MUST(sigaltstack(&alt, NULL));
	sigaction(SIGSEGV, &action, NULL);
	for (int i = 0; i < 3; i++) {
		if (sigsetjmp(back, 1) == 0)
			deeper(0);
		CHECK(fault_at < sp - (1 << 20));
		CHECK(fault_at > sp - (3 << 20));
		CHECK(handler_sp > (uintptr_t)alt.ss_sp &&
		      handler_sp < (uintptr_t)alt.ss_sp + 65536);
	}
}

TEST(not_executable, "the stack is not executable")
{
	volatile unsigned char code[16] = {0xc3};

	CHECK_SIGNALED(IN_CHILD(((void (*volatile)(void))wild((uintptr_t)code))()), SIGSEGV);
}

TEST(zero, "fresh stack is zero")
{
	volatile char *sp = (volatile char *)stack_pointer();
	int sum = 0;

	CHECK_EXITED(IN_CHILD(for (long at = 3 << 20; at < (3 << 20) + 65536; at++) sum |= sp[-at];
			      CHECK_EQ(sum, 0)),
		     0);
}

TEST(in_child, "a forked child grows its own stack")
{
	volatile char *sp = (volatile char *)stack_pointer();

	sp[-300000] = 1;
	CHECK_EXITED(IN_CHILD(CHECK_EQ(sp[-300000], 1); sp[-300000] = 2; sp[-600000] = 3), 0);
	CHECK_EQ(sp[-300000], 1);
	CHECK_EQ(sp[-600000], 0);
}

TEST(grows_down_map, "a MAP_GROWSDOWN mapping grows downwards on access")
{
	char *hole = mmap(NULL, 4 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *m;

	MUST(munmap(hole, 4 << 20));
	m = mmap(hole + (3 << 20), 65536, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0);
	SKIP_IF(m == MAP_FAILED, "no MAP_GROWSDOWN");
	m[0] = 1;
	CHECK_EXITED(IN_CHILD(for (int i = 1; i < 16; i++)((volatile char *)m)[-i * 4096] = 1), 0);
}
