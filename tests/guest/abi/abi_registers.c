// SPDX-License-Identifier: MIT
/*
 * abi_registers.c -- what a system call, an interrupt and another process leave of the registers.
 */
#include "tap.h"
#include "tap_thread.h"

/*
 * Sets every register the call does not use, makes it, and returns the bits that changed; `rcx_off`
 * is rcx minus the address after the instruction.
 */
static long changed_by(long number, long a, long b, long c, long *rcx_off)
{
	long changed, off;

	__asm__ volatile(
		"push %%rbp; push %%rbx\n\t"
		"mov %5, %%rdx\n\t"
		"mov $0x2222, %%rbx; mov $0x6666, %%rbp; mov $0x8888, %%r8; mov $0x9999, %%r9\n\t"
		"mov $0xaaaa, %%r10; mov $0xcccc, %%r12; mov $0xdddd, %%r13; mov $0xeeee, %%r14\n\t"
		"mov $0xffff, %%r15\n\t"
		"syscall\n\t"
		"1: lea 1b(%%rip), %%rax; sub %%rax, %%rcx; xor %%eax, %%eax\n\t"
		"xor $0x2222, %%rbx; xor $0x6666, %%rbp; xor $0x8888, %%r8; xor $0x9999, %%r9\n\t"
		"xor $0xaaaa, %%r10; xor $0xcccc, %%r12; xor $0xdddd, %%r13; xor $0xeeee, %%r14\n\t"
		"xor $0xffff, %%r15\n\t"
		"or %%rbx, %%rax; or %%rbp, %%rax; or %%r8, %%rax; or %%r9, %%rax; or %%r10, %%rax\n\t"
		"or %%r12, %%rax; or %%r13, %%rax; or %%r14, %%rax; or %%r15, %%rax\n\t"
		"pop %%rbx; pop %%rbp"
		: "=a"(changed), "=c"(off)
		: "a"(number), "D"(a), "S"(b), "c"(c)
		: "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	*rcx_off = off;
	return changed;
}

TEST(system_calls, "a call changes rax, rcx and r11 only: quick ones, sleeping ones, failing ones")
{
	struct timespec nap = {0, 2000000};
	int fd = tap_file("f", "abc");
	long off;
	struct {
		const char *name;
		long number, a, b, c;
	} calls[] = {
		{"getpid", SYS_getpid, 0, 0, 0},
		{"write", SYS_write, fd, (long)"x", 1},
		{"nanosleep", SYS_nanosleep, (long)&nap, 0, 0},
		{"yield", SYS_sched_yield, 0, 0, 0},
		{"bad close", SYS_close, 99, 0, 0},
		{"absent", 5000, 0, 0, 0},
		{"bad read", SYS_read, fd, 8, 10},
		{"brk", SYS_brk, 0, 0, 0},
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		long changed =
			changed_by(calls[i].number, calls[i].a, calls[i].b, calls[i].c, &off);

		if (changed)
			FAIL("%s changed %#lx", calls[i].name, changed);
		if (off)
			FAIL("%s: rcx is off by %ld", calls[i].name, off);
	}
}

TEST(argument_registers, "rdi, rsi and rdx survive too")
{
	long changed;

	__asm__ volatile(
		"mov $0x1111, %%rdi; mov $0x2222, %%rsi; mov $0x3333, %%rdx; mov $39, %%eax; syscall\n\t"
		"xor $0x1111, %%rdi; xor $0x2222, %%rsi; xor $0x3333, %%rdx\n\t"
		"mov %%rdi, %%rax; or %%rsi, %%rax; or %%rdx, %%rax"
		: "=a"(changed)
		:
		: "rdi", "rsi", "rdx", "rcx", "r11", "memory", "cc");
	CHECK_EQ(changed, 0);
}

TEST(flags, "the flags survive a call, the direction flag too")
{
	unsigned long flags, r11;

	__asm__ volatile(
		"push $0xad5; popfq; std; mov $39, %%eax; syscall; mov %%r11, %1; pushfq; cld; pop %0"
		: "=r"(flags), "=r"(r11)
		:
		: "rax", "rcx", "r11", "memory", "cc");
	CHECK_EQ(flags & 0xed5, 0xed5 & (0xad5 | 0x400));
	CHECK_EQ(r11 & 0xed5, flags & 0xed5);
	CHECK(flags & 0x200);
}

TEST(no_leaks, "registers that a call clobbers hold nothing of the kernel")
{
	unsigned long rcx, r11;

	for (int i = 0; i < 20; i++) {
		__asm__ volatile("mov $24, %%eax; syscall"
				 : "=c"(rcx), "=a"(r11)
				 :
				 : "r11", "memory");
		__asm__ volatile("mov $39, %%eax; syscall; mov %%r11, %0"
				 : "=r"(r11)
				 :
				 : "rax", "rcx", "r11");
		CHECK((rcx >> 47) == 0);
		CHECK((r11 >> 32) == 0);
	}
}

/*
 * Keeps patterns of its own in SSE, x87 and general registers while the other processes do the
 * same.
 */
static int keep_patterns(unsigned long seed, long long ns)
{
	unsigned long in[2] __attribute__((aligned(16))) = {seed, ~seed};
	unsigned long out[2] __attribute__((aligned(16)));
	unsigned mxcsr = 0x1f80 | (unsigned)(seed % 4) << 13, mxcsr_out;
	long long start = tap_now_ns(CLOCK_MONOTONIC);

	while (tap_now_ns(CLOCK_MONOTONIC) - start < ns) {
		unsigned long loops = 200000, r12 = seed, r13 = ~seed, st = 0;

		__asm__ volatile(
			"ldmxcsr %7; movdqa %6, %%xmm3; movdqa %6, %%xmm14; fninit; fildq %8\n\t"
			"mov %1, %%r12; mov %2, %%r13\n\t"
			"1: dec %0; jnz 1b\n\t"
			"mov %%r12, %1; mov %%r13, %2; pand %%xmm14, %%xmm3; movdqa %%xmm3, %3\n\t"
			"stmxcsr %4; fistpq %5; movl $0x1f80, -8(%%rsp); ldmxcsr -8(%%rsp)"
			: "+r"(loops), "+r"(r12), "+r"(r13), "=m"(out), "=m"(mxcsr_out), "+m"(st)
			: "m"(in), "m"(mxcsr), "m"(in[0])
			: "r12", "r13", "xmm3", "xmm14", "memory", "cc");
		if (r12 != seed || r13 != ~seed || memcmp(in, out, 16) || mxcsr_out != mxcsr ||
		    st != seed)
			return 1;
	}
	return 0;
}

TEST(preemption, "registers survive being taken off the processor, in four busy processes")
{
	pid_t pids[4];

	for (unsigned long i = 0; i < 4; i++)
		pids[i] = SPAWN(_exit(keep_patterns(0x123456789 * (i + 1), 150000000)));
	for (int i = 0; i < 4; i++)
		CHECK_EXITED(tap_wait(pids[i]), 0);
}

static int thread_patterns(void *arg)
{
	unsigned long in[2] __attribute__((aligned(16))) = {(unsigned long)arg, 5},
			    out[2] __attribute__((aligned(16)));

	for (int i = 0; i < 300; i++) {
		__asm__ volatile("movdqa %1, %%xmm7; mov $24, %%eax; syscall; movdqa %%xmm7, %0"
				 : "=m"(out)
				 : "m"(in)
				 : "xmm7", "rax", "rcx", "r11", "memory");
		if (out[0] != in[0] || out[1] != in[1]) {
			FAIL("xmm7 changed in round %d", i);
			return 1;
		}
	}
	return 0;
}

TEST(threads, "SSE registers belong to the thread, over yields")
{
	struct tap_thread threads[4];

	for (long i = 0; i < 4; i++)
		MUST(tap_thread_start(&threads[i], thread_patterns, (void *)(i + 77)));
	for (int i = 0; i < 4; i++)
		tap_thread_join(&threads[i]);
}

TEST(fork_keeps, "fork gives the child the same SSE and x87 state")
{
	double value = 2.5, one, after;
	unsigned mxcsr = 0x3f80, seen;
	long pid;

	__asm__ volatile("ldmxcsr %5; movsd %4, %%xmm11; fninit; fld1; mov $57, %%eax; syscall\n\t"
			 "movsd %%xmm11, %1; fstpl %2; stmxcsr %3"
			 : "=a"(pid), "=m"(after), "=m"(one), "=m"(seen)
			 : "m"(value), "m"(mxcsr)
			 : "rcx", "r11", "xmm11", "memory");
	CHECK(after == 2.5);
	CHECK(one == 1.0);
	CHECK_EQ(seen, 0x3f80);
	mxcsr = 0x1f80;
	__asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
	if (pid == 0)
		_exit(tap_local_failures() ? 1 : 0);
	CHECK_EXITED(tap_wait((pid_t)pid), 0);
}

static volatile int traps;

static void on_trap(int sig)
{
	(void)sig;
	traps++;
}

TEST(stepped_call, "a system call with the trap flag set is stepped over like any instruction")
{
	long pid;

	signal(SIGTRAP, on_trap);
	__asm__ volatile("mov $39, %%eax; pushfq; orq $0x100, (%%rsp); popfq; syscall; nop\n\t"
			 "pushfq; andq $~0x100, (%%rsp); popfq"
			 : "=a"(pid)
			 :
			 : "rcx", "r11", "memory", "cc");
	CHECK_EQ(pid, getpid());
	CHECK_GE(traps, 2);
	CHECK_LE(traps, 8);
}

TEST(far_stack, "a call made on a tiny stack elsewhere, or with no stack at all, works")
{
	long got;

	__asm__ volatile(
		"mov %%rsp, %%r12; mov $8, %%rsp; mov $39, %%eax; syscall; mov %%r12, %%rsp"
		: "=a"(got)
		:
		: "rcx", "r11", "r12", "memory");
	CHECK_EQ(got, getpid());
	__asm__ volatile(
		"mov %%rsp, %%r12; mov %1, %%rsp; mov $39, %%eax; syscall; mov %%r12, %%rsp"
		: "=a"(got)
		: "r"(0xffffffff80100000)
		: "rcx", "r11", "r12", "memory");
	CHECK_EQ(got, getpid());
}
