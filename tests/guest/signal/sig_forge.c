// SPDX-License-Identifier: MIT
/*
 * sig_forge.c -- signal frames that a program forged: rt_sigreturn must give it nothing it did not
 * have.
 *
 * Each case runs a handler that changes its own frame. What a Linux kernel does with it is checked
 * where Linux is definite; where it depends on the version, either way of containing the forgery is
 * right.
 */
#include "tap.h"
#include <setjmp.h>
#include <ucontext.h>

static void (*forgery)(ucontext_t *frame);
static volatile int count;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	count++;
	forgery(context);
}

static unsigned long flags_now(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; pop %0" : "=r"(flags));
	return flags;
}

static unsigned selector_cs(void)
{
	unsigned cs;

	__asm__ volatile("mov %%cs, %0" : "=r"(cs));
	return cs;
}

/*
 * Takes one signal whose frame is changed by `change`. Returns the wait status of the child that
 * did; it exits 0 if it goes on as a plain user program.
 */
static int forged(void (*change)(ucontext_t *frame))
{
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};

	forgery = change;
	return IN_CHILD(sigaction(SIGUSR1, &action, NULL); raise(SIGUSR1);
			CHECK_EQ(flags_now() & 0x23200, 0x200); CHECK_EQ(selector_cs() & 3, 3));
}

static bool contained(int status)
{
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#define REG(frame, r) ((frame)->uc_mcontext.gregs[r])

static void harmless(ucontext_t *frame)
{
	(void)frame;
}

TEST(unchanged, "an unchanged frame returns")
{
	CHECK_EXITED(forged(harmless), 0);
}

static void iopl(ucontext_t *frame)
{
	REG(frame, REG_EFL) |= 0x3000;
}

TEST(iopl_bits, "IOPL bits are dropped")
{
	CHECK_EXITED(forged(iopl), 0);
}

static void no_interrupts(ucontext_t *frame)
{
	REG(frame, REG_EFL) &= ~0x200LL;
}

TEST(interrupt_flag, "interrupts stay on")
{
	CHECK_EXITED(forged(no_interrupts), 0);
}

static void odd_flags(ucontext_t *frame)
{
	REG(frame, REG_EFL) |= 0x20000 | 0x80000 | 0x100000 | (1LL << 40);
}

TEST(vm_flags, "VM, VIF, VIP and reserved flag bits are dropped")
{
	CHECK_EXITED(forged(odd_flags), 0);
}

static void nested_task(ucontext_t *frame)
{
	REG(frame, REG_EFL) |= 0x4000;
}

TEST(nested_task_flag, "the NT flag does not break the return")
{
	CHECK(contained(forged(nested_task)));
}

static void allowed_flags(ucontext_t *frame)
{
	REG(frame, REG_EFL) |= 0x8d5;
}

TEST(user_flags, "arithmetic flags may be changed")
{
	CHECK_EXITED(forged(allowed_flags), 0);
}

static unsigned short new_cs;

static void change_cs(ucontext_t *frame)
{
	REG(frame, REG_CSGSFS) = (REG(frame, REG_CSGSFS) & ~0xffffLL) | new_cs;
}

TEST(kernel_cs, "every kernel, null and absurd code selector is contained")
{
	static const unsigned short selectors[] = {0,	 0x08, 0x10,   0x18,  0x20, 0x28,
						   0x30, 0x38, 0x40,   0x50,  0x60, 0x80,
						   0x2b, 0xf8, 0xfff8, 0xffff};

	for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++) {
		int status;

		new_cs = selectors[i];
		status = forged(change_cs);
		if (!contained(status))
			FAIL("cs %#x: status %#x", new_cs, status);
	}
}

static unsigned short new_ss;

static void change_ss(ucontext_t *frame)
{
	REG(frame, REG_CSGSFS) = (REG(frame, REG_CSGSFS) & 0xffffffffffffLL) | (long long)new_ss
										       << 48;
}

TEST(kernel_ss, "every kernel, null and absurd stack selector is contained")
{
	static const unsigned short selectors[] = {0,	 0x08, 0x10, 0x18, 0x20, 0x28,	 0x30,
						   0x40, 0x80, 0x33, 0x3b, 0xf8, 0xfff8, 0xffff};

	for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++) {
		int status;

		new_ss = selectors[i];
		status = forged(change_ss);
		if (!contained(status))
			FAIL("ss %#x: status %#x", new_ss, status);
	}
}

static unsigned long new_value;

static void change_rip(ucontext_t *frame)
{
	REG(frame, REG_RIP) = (greg_t)new_value;
}

static void change_rsp(ucontext_t *frame)
{
	REG(frame, REG_RSP) = (greg_t)new_value;
}

static const unsigned long wild_values[] = {
	0,
	8,
	0x7ffffffff000,
	0x800000000000,
	0x8000000000000000,
	0xffff7fffffffffff,
	0xffff800000000000,
	0xffffffff80000000,
	0xffffffff80100000,
	0xfffffffffffffff0,
	0xffffffffffffffff,
};

TEST(wild_rip, "a wild instruction pointer, canonical or not, ends in SIGSEGV")
{
	for (size_t i = 0; i < sizeof(wild_values) / sizeof(wild_values[0]); i++) {
		int status;

		new_value = wild_values[i];
		status = forged(change_rip);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV)
			FAIL("rip %#lx: status %#x", new_value, status);
	}
}

TEST(wild_rsp, "a wild stack pointer ends in SIGSEGV or SIGBUS at its first use")
{
	for (size_t i = 0; i < sizeof(wild_values) / sizeof(wild_values[0]); i++) {
		int status;

		new_value = wild_values[i];
		status = forged(change_rsp);
		if (!WIFSIGNALED(status) || !contained(status))
			FAIL("rsp %#lx: status %#x", new_value, status);
	}
}

static volatile int caught;

static void on_segv(int sig)
{
	caught = sig;
	_exit(caught == SIGSEGV && (selector_cs() & 3) == 3 ? 21 : 22);
}

TEST(handled_on_altstack, "the SIGSEGV of a wild return address can be handled in user mode")
{
	struct sigaction action = {.sa_handler = on_segv, .sa_flags = SA_ONSTACK};
	stack_t alt = {.ss_sp = malloc(65536), .ss_size = 65536};

	sigaltstack(&alt, NULL);
	sigaction(SIGSEGV, &action, NULL);
	for (size_t i = 0; i < sizeof(wild_values) / sizeof(wild_values[0]); i++) {
		new_value = wild_values[i];
		CHECK_EXITED(forged(change_rip), 21);
	}
}

static void change_fpu_pointer(ucontext_t *frame)
{
	frame->uc_mcontext.fpregs = (void *)new_value;
}

TEST(wild_fpu, "a wild pointer to the FPU state is contained")
{
	for (size_t i = 1; i < sizeof(wild_values) / sizeof(wild_values[0]); i++) {
		int status;

		new_value = wild_values[i];
		status = forged(change_fpu_pointer);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV)
			FAIL("fpu state at %#lx: status %#x", new_value, status);
	}
}

static void spoil_fpu(ucontext_t *frame)
{
	memset(frame->uc_mcontext.fpregs, 0xff, 464);
}

static void spoil_mxcsr(ucontext_t *frame)
{
	frame->uc_mcontext.fpregs->mxcsr = 0xffffffff;
}

static void spoil_all_fpu(ucontext_t *frame)
{
	memset(frame->uc_mcontext.fpregs, 0xff, 512);
}

TEST(bad_fpu, "reserved MXCSR bits and a spoilt FPU state are contained")
{
	CHECK(contained(forged(spoil_mxcsr)));
	CHECK(contained(forged(spoil_fpu)));
	CHECK(contained(forged(spoil_all_fpu)));
}

static void lose_fpu_and_mark(ucontext_t *frame)
{
	REG(frame, REG_RBX) = 0xb;
	REG(frame, REG_R15) = 0xf;
	REG(frame, REG_RCX) = 0xc;
	REG(frame, REG_RDI) = 0xd;
	frame->uc_mcontext.fpregs = wild(0xffff800000000000);
}

static void on_lost_fpu(int sig, siginfo_t *info, void *context)
{
	ucontext_t *frame = context;

	(void)sig;
	CHECK_EQ(info->si_code, SI_KERNEL);
	CHECK_EQ(REG(frame, REG_RBX), 0xb);
	CHECK_EQ(REG(frame, REG_R15), 0xf);
	CHECK_EQ(REG(frame, REG_RCX), 0xc);
	CHECK_EQ(REG(frame, REG_RDI), 0xd);
	_exit(tap_local_failures() ? 1 : 7);
}

static void take_lost_fpu(void)
{
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO},
			 segv = {.sa_sigaction = on_lost_fpu, .sa_flags = SA_SIGINFO};

	forgery = lose_fpu_and_mark;
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGSEGV, &segv, NULL);
	raise(SIGUSR1);
}

TEST(bad_fpu_handled, "the SIGSEGV of an FPU state that is not there finds all other registers restored")
{
	CHECK_EXITED(IN_CHILD(take_lost_fpu()), 7);
}

static void full_mask(ucontext_t *frame)
{
	memset(&frame->uc_sigmask, 0xff, 8);
}

TEST(kill_in_mask, "a mask of everything leaves SIGKILL and SIGSTOP deliverable")
{
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
	pid_t pid;

	forgery = full_mask;
	sigaction(SIGUSR1, &action, NULL);
	pid = SPAWN(raise(SIGUSR1); kill(getpid(), SIGTERM); for (;;) pause());
	tap_wait_asleep(pid);
	MUST(kill(pid, SIGSTOP));
	CHECK_EQ(waitpid(pid, NULL, WUNTRACED), pid);
	MUST(kill(pid, SIGKILL));
	CHECK_SIGNALED(tap_wait(pid), SIGKILL);
}

TEST(unasked, "rt_sigreturn without a frame ends in SIGSEGV, wherever the stack pointer is")
{
	static unsigned char ones[4096], zeros[4096];

	memset(ones, 0xff, sizeof(ones));
	for (size_t i = 0; i < sizeof(wild_values) / sizeof(wild_values[0]) + 2; i++) {
		unsigned long sp = i == 0   ? (unsigned long)ones
				   : i == 1 ? (unsigned long)zeros
					    : wild_values[i - 2];
		int status = IN_CHILD(__asm__ volatile("mov %0, %%rsp; mov $15, %%eax; syscall; ud2"
						       :
						       : "r"(sp)
						       : "memory"));

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV)
			FAIL("rsp %#lx: status %#x", sp, status);
	}
}

static void fill_garbage(ucontext_t *frame)
{
	unsigned seed = (unsigned)new_value;
	unsigned char *bytes = (unsigned char *)&frame->uc_mcontext.gregs;

	for (size_t i = 0; i < sizeof(frame->uc_mcontext.gregs); i++) {
		seed = seed * 1103515245 + 12345;
		bytes[i] = (unsigned char)(seed >> 16);
	}
}

TEST(random_frames, "two hundred random register sets are contained")
{
	for (int i = 0; i < 200; i++) {
		int status;

		new_value = (unsigned long)i * 7919 + 1;
		status = forged(fill_garbage);
		if (!WIFSIGNALED(status))
			FAIL("seed %d: status %#x", i, status);
	}
}
