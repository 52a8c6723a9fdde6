// SPDX-License-Identifier: MIT
// EXPECT: exit 0
/*
 * Returns from a signal handler through frames forged in every way that could give a process more
 * than it has. Each forgery runs in a child, which must die of SIGSEGV (or SIGBUS for a bad stack
 * selector), or continue with the privileged bits cleared (exit 0).
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum forgery {
	KERNEL_CS,
	KERNEL_SS,
	NULL_SELECTORS,
	IOPL,
	INTERRUPTS_OFF,
	NONCANONICAL_RIP,
	NONCANONICAL_RSP,
	KERNEL_RIP,
	KERNEL_RSP,
	BAD_FPU_POINTER,
	KERNEL_FPU_POINTER,
	BAD_MXCSR,
	VM86_FLAG,
	FORGERIES
};

static enum forgery forgery;

static void forge(int sig, siginfo_t *info, void *context)
{
	ucontext_t *frame = context;
	greg_t *regs = frame->uc_mcontext.gregs;

	(void)sig;
	(void)info;
	switch (forgery) {
	case KERNEL_CS:
		regs[REG_CSGSFS] = (regs[REG_CSGSFS] & ~0xffffLL) | 0x08;
		break;
	case KERNEL_SS:
		regs[REG_CSGSFS] = (regs[REG_CSGSFS] & 0xffffffffffffLL) | 0x10LL << 48;
		break;
	case NULL_SELECTORS:
		regs[REG_CSGSFS] = 0;
		break;
	case IOPL:
		regs[REG_EFL] |= 0x3000;
		break;
	case INTERRUPTS_OFF:
		regs[REG_EFL] &= ~0x200LL;
		break;
	case VM86_FLAG:
		regs[REG_EFL] |= 0x20000 | 0x4000 | 0x100000;
		break;
	case NONCANONICAL_RIP:
		regs[REG_RIP] = (greg_t)0x8000000000000000;
		break;
	case NONCANONICAL_RSP:
		regs[REG_RSP] = (greg_t)0x8000000000000000;
		break;
	case KERNEL_RIP:
		regs[REG_RIP] = (greg_t)0xffffffff80100000;
		break;
	case KERNEL_RSP:
		regs[REG_RSP] = (greg_t)0xffffffff80100000;
		break;
	case BAD_FPU_POINTER:
		frame->uc_mcontext.fpregs = (void *)64;
		break;
	case KERNEL_FPU_POINTER:
		frame->uc_mcontext.fpregs = (void *)0xffffffff80100000;
		break;
	case BAD_MXCSR:
		frame->uc_mcontext.fpregs->mxcsr = 0xffffffff;
		break;
	default:
		break;
	}
}

/* Ends in 0 when user code runs on with no privilege gained. */
static int still_confined(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq; pop %0" : "=r"(flags));
	return (flags & 0x3000) == 0 && (flags & 0x200) != 0 && (flags & 0x20000) == 0 ? 0 : 1;
}

static void child(void)
{
	struct sigaction action = {.sa_sigaction = forge, .sa_flags = SA_SIGINFO};

	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	_exit(still_confined());
}

/* rt_sigreturn out of the blue, with the stack pointer wherever it is. */
static void unasked(uintptr_t stack)
{
	__asm__ volatile("mov %0, %%rsp; mov $15, %%eax; syscall; hlt" : : "r"(stack));
}

static int contained(int status)
{
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(void)
{
	static const uintptr_t stacks[] = {8, 0x7ffffffff000, 0x8000000000000000,
					   0xffff800000000000, 0xffffffff80100000};
	static unsigned char garbage[8192];
	int status;

	memset(garbage, 0xff, sizeof(garbage));
	for (forgery = 0; forgery < FORGERIES; forgery++) {
		pid_t pid = fork();

		if (pid == 0)
			child();
		if (pid < 0 || waitpid(pid, &status, 0) != pid || !contained(status))
			return 10 + (int)forgery;
	}
	for (unsigned i = 0; i < 6; i++) {
		pid_t pid = fork();

		if (pid == 0)
			unasked(i < 5 ? stacks[i] : (uintptr_t)garbage);
		if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
			return 50 + (int)i;
	}
	return 0;
}
