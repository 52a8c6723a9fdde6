// SPDX-License-Identifier: MIT
/* sig_context.c -- what a handler finds and what it must leave as it was. */
#include "tap.h"
#include <asm/prctl.h>
#include <sys/time.h>
#include <ucontext.h>

static volatile int count;

/* Overwrites every register the ABI lets a function overwrite, and SSE and x87 state besides. */
static void spoil(int sig)
{
	unsigned mxcsr = 0x9fc0;

	(void)sig;
	count++;
	__asm__ volatile("pcmpeqd %%xmm0, %%xmm0; movdqa %%xmm0, %%xmm1; movdqa %%xmm0, %%xmm2;"
			 "movdqa %%xmm0, %%xmm3; movdqa %%xmm0, %%xmm7; movdqa %%xmm0, %%xmm8;"
			 "movdqa %%xmm0, %%xmm15; fninit; fldpi; fldpi; fldpi; ldmxcsr %0;"
			 "mov $-1, %%rax; mov %%rax, %%rcx; mov %%rax, %%rdx; mov %%rax, %%rsi;"
			 "mov %%rax, %%rdi; mov %%rax, %%r8; mov %%rax, %%r9; mov %%rax, %%r10;"
			 "mov %%rax, %%r11; std; cld; stc"
			 :
			 : "m"(mxcsr)
			 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory",
			   "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm7", "xmm8", "xmm15");
}

static void handle(int sig)
{
	struct sigaction action = {.sa_handler = spoil, .sa_flags = SA_RESTART};

	MUST(sigaction(sig, &action, NULL));
}

/*
 * Fills 14 registers with known values, sends itself a signal, and sums up what changed. rax, rcx
 * and r11 belong to the call.
 */
static long registers_changed(long pid)
{
	long changed;

	__asm__ volatile(
		"push %%rbp; push %%rbx\n\t"
		"mov $0x2222, %%rbx; mov $0x3333, %%rdx; mov $0x6666, %%rbp; mov $0x8888, %%r8\n\t"
		"mov $0x9999, %%r9; mov $0xaaaa, %%r10; mov $0xcccc, %%r12; mov $0xdddd, %%r13\n\t"
		"mov $0xeeee, %%r14; mov $0xffff, %%r15\n\t"
		"mov $62, %%eax; mov $10, %%esi; syscall\n\t"
		"xor $0x2222, %%rbx; xor $0x3333, %%rdx; xor $0x6666, %%rbp; xor $0x8888, %%r8\n\t"
		"xor $0x9999, %%r9; xor $0xaaaa, %%r10; xor $0xcccc, %%r12; xor $0xdddd, %%r13\n\t"
		"xor $0xeeee, %%r14; xor $0xffff, %%r15; xor $10, %%rsi\n\t"
		"or %%rbx, %%rax; or %%rdx, %%rax; or %%rbp, %%rax; or %%r8, %%rax; or %%r9, %%rax\n\t"
		"or %%r10, %%rax; or %%r12, %%rax; or %%r13, %%rax; or %%r14, %%rax; or %%r15, %%rax\n\t"
		"or %%rsi, %%rax\n\t"
		"pop %%rbx; pop %%rbp"
		: "=a"(changed)
		: "D"(pid)
		: "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
		  "memory", "cc");
	return changed;
}

TEST(general, "general registers survive a handler at a system call")
{
	handle(SIGUSR1);
	for (int i = 0; i < 50; i++)
		if (!CHECK_EQ(registers_changed(getpid()), 0))
			break;
	CHECK_EQ(count, 50);
}

TEST(sse, "SSE registers and MXCSR survive a handler")
{
	static const unsigned pattern[4] __attribute__((aligned(16))) = {1, 2, 3, 4};
	unsigned out[3][4] __attribute__((aligned(16))), mxcsr;
	long result;

	handle(SIGUSR1);
	__asm__ volatile("movdqa %5, %%xmm0; movdqa %%xmm0, %%xmm8; movdqa %%xmm0, %%xmm15;"
			 "mov $62, %%eax; syscall;"
			 "movdqa %%xmm0, %1; movdqa %%xmm8, %2; movdqa %%xmm15, %3; stmxcsr %4"
			 : "=a"(result), "=m"(out[0]), "=m"(out[1]), "=m"(out[2]), "=m"(mxcsr)
			 : "m"(pattern), "D"(getpid()), "S"(SIGUSR1)
			 : "rcx", "r11", "memory", "xmm0", "xmm8", "xmm15");
	CHECK_EQ(result, 0);
	CHECK_EQ(count, 1);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(memcmp(out[i], pattern, 16), 0);
	CHECK_EQ(mxcsr, 0x1f80);
}

TEST(x87, "the x87 stack and control word survive a handler")
{
	double out[2];
	unsigned short control = 0x27f, after;
	long result;

	handle(SIGUSR1);
	__asm__ volatile(
		"fninit; fldcw %6; fld1; fldpi; mov $62, %%eax; syscall; fstpl %1; fstpl %2;"
		"fnstcw %3; fninit"
		: "=a"(result), "=m"(out[0]), "=m"(out[1]), "=m"(after)
		: "D"(getpid()), "S"(SIGUSR1), "m"(control)
		: "rcx", "r11", "memory");
	CHECK_EQ(count, 1);
	CHECK(out[0] > 3.14159 && out[0] < 3.1416);
	CHECK(out[1] == 1.0);
	CHECK_EQ(after, 0x27f);
}

TEST(flags, "arithmetic flags and the direction flag survive a handler; it starts with DF clear")
{
	unsigned long flags;

	handle(SIGUSR1);
	__asm__ volatile("push $0x8d5; popfq; std; mov $62, %%eax; syscall; pushfq; cld; pop %0"
			 : "=r"(flags)
			 : "D"(getpid()), "S"(SIGUSR1)
			 : "rax", "rcx", "r11", "memory", "cc");
	CHECK_EQ(flags & 0xcd5, 0xcd5);
	CHECK_EQ(count, 1);
}

static volatile int ticks;

static void on_tick(int sig)
{
	spoil(sig);
	ticks++;
}

/* Counts with registers and SSE until twenty signals came; any change breaks the sums. */
TEST(asynchronous, "registers, flags and SSE survive handlers that come at any instruction")
{
	struct itimerval timer = {{0, 1000}, {0, 1000}};
	struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
	long broken = 0;

	sigaction(SIGALRM, &action, NULL);
	MUST(setitimer(ITIMER_REAL, &timer, NULL));
	while (ticks < 20 && !broken) {
		long a = 0, b = 1000000;
		double sum = 0;

		__asm__ volatile(
			"pxor %%xmm9, %%xmm9; pcmpeqd %%xmm10, %%xmm10; psubq %%xmm10, %%xmm9;"
			"pxor %%xmm11, %%xmm11; mov $20000, %%r12; xor %%r13, %%r13;"
			"1: paddq %%xmm9, %%xmm11; inc %%r13; dec %%r12; jnz 1b;"
			"movq %%xmm11, %0; sub %%r13, %0"
			: "=r"(a)
			:
			: "r12", "r13", "xmm9", "xmm10", "xmm11", "cc");
		for (int i = 0; i < 1000; i++)
			sum += i * 0.5;
		broken = a != 0 || b != 1000000 || sum != 249750.0;
	}
	timer = (struct itimerval){{0, 0}, {0, 0}};
	setitimer(ITIMER_REAL, &timer, NULL);
	CHECK_EQ(broken, 0);
	CHECK_GE(ticks, 20);
}

static volatile unsigned long seen_rip, seen_rsp, seen_rbx, seen_cs, seen_flags, seen_mask;
static volatile double seen_float;
extern char here_ud2[], after_ud2[];

static void look(int sig, siginfo_t *info, void *context)
{
	ucontext_t *frame = context;
	greg_t *regs = frame->uc_mcontext.gregs;

	(void)sig;
	(void)info;
	count++;
	seen_rip = (unsigned long)regs[REG_RIP];
	seen_rsp = (unsigned long)regs[REG_RSP];
	seen_rbx = (unsigned long)regs[REG_RBX];
	seen_cs = (unsigned long)regs[REG_CSGSFS] & 0xffff;
	seen_flags = (unsigned long)regs[REG_EFL];
	memcpy((void *)&seen_mask, &frame->uc_sigmask, 8);
	memcpy((void *)&seen_float, frame->uc_mcontext.fpregs->_xmm[5].element, 8);
	regs[REG_RIP] += 2;
	regs[REG_RBX] = 0x5678;
	regs[REG_R15] = 0x9abc;
	frame->uc_mcontext.fpregs->_xmm[5].element[0] = 0;
	frame->uc_mcontext.fpregs->_xmm[5].element[1] = 0x40000000;
}

TEST(frame, "the frame shows registers, mask and SSE state, and changes to it take effect")
{
	struct sigaction action = {.sa_sigaction = look, .sa_flags = SA_SIGINFO};
	unsigned long rbx, r15, rsp, ss;
	double value = 1.5, after;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGILL, &action, NULL);
	__asm__ volatile("movsd %5, %%xmm5; mov $0x1234, %%ebx; mov %%rsp, %2; mov %%ss, %3\n\t"
			 ".globl here_ud2\n.globl after_ud2\n\t"
			 "here_ud2: ud2\n after_ud2: mov %%rbx, %0; mov %%r15, %1; movsd %%xmm5, %4"
			 : "=&r"(rbx), "=&r"(r15), "=&r"(rsp), "=&r"(ss), "=m"(after)
			 : "m"(value)
			 : "rbx", "r15", "xmm5", "memory");
	CHECK_EQ(count, 1);
	CHECK_EQ(seen_rip, (unsigned long)here_ud2);
	CHECK_EQ(seen_rsp, rsp);
	CHECK_EQ(seen_rbx, 0x1234);
	CHECK_EQ(seen_cs & 3, 3);
	CHECK_EQ(seen_flags & 0x200, 0x200);
	CHECK_EQ(seen_mask, 1UL << (SIGHUP - 1));
	CHECK(seen_float == 1.5);
	CHECK_EQ(rbx, 0x5678);
	CHECK_EQ(r15, 0x9abc);
	CHECK(after == 2.0);
}

static void change_mask(int sig, siginfo_t *info, void *context)
{
	ucontext_t *frame = context;

	(void)sig;
	(void)info;
	sigaddset(&frame->uc_sigmask, SIGUSR2);
	sigaddset(&frame->uc_sigmask, SIGKILL);
}

TEST(mask_in_frame, "the mask in the frame becomes the mask, without KILL and STOP")
{
	struct sigaction action = {.sa_sigaction = change_mask, .sa_flags = SA_SIGINFO};
	sigset_t now;

	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	sigprocmask(SIG_SETMASK, NULL, &now);
	CHECK_EQ(sigismember(&now, SIGUSR2), 1);
	CHECK_EQ(sigismember(&now, SIGKILL), 0);
}

TEST(return_value, "the handler leaves the result of an interrupted call alone")
{
	struct itimerval timer = {.it_value = {0, 20000}};
	int fd = tap_file("f", "abc");

	signal(SIGALRM, spoil);
	setitimer(ITIMER_REAL, &timer, NULL);
	CHECK_EQ(lseek(fd, 2, SEEK_SET), 2);
	while (count == 0)
		CHECK_EQ(lseek(fd, 1, SEEK_SET), 1);
	CHECK_EQ(count, 1);
}

TEST(avx, "AVX registers survive a handler where the processor and system have them")
{
	unsigned a, d, c = 0;
	unsigned long in[4] = {1, 2, 3, 4}, out[4] = {0};
	long result;

	__asm__ volatile("cpuid" : "=a"(a), "=c"(c), "=d"(d) : "0"(1), "1"(0) : "ebx");
	SKIP_IF((c & (1u << 27)) == 0 || (c & (1u << 28)) == 0, "no AVX");
	__asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	SKIP_IF((a & 6) != 6, "AVX state not enabled");
	handle(SIGUSR1);
	__asm__ volatile(
		"vmovdqu %2, %%ymm6; mov $62, %%eax; syscall; vmovdqu %%ymm6, %1; vzeroupper"
		: "=a"(result), "=m"(out)
		: "m"(in), "D"(getpid()), "S"(SIGUSR1)
		: "rcx", "r11", "memory", "xmm6");
	CHECK_EQ(memcmp(in, out, sizeof(in)), 0);
}
