// SPDX-License-Identifier: MIT
/*
 * signal_frame.c -- the frame of a signal handler on the user stack, and the return from it.
 *
 * Idea. The layout is the kernel ABI's struct rt_sigframe for x86-64: return address, ucontext,
 *   siginfo, and the FPU state that uc_mcontext.fpstate points to (64-byte aligned). The handler
 *   returns to the restorer, which calls rt_sigreturn. Registers are copied in both directions
 *   field by field between the trap frame and user memory, in a user window. The CPU itself saves
 *   the FPU registers to user memory and restores them (fpu.c): they hold the program's values also
 *   while the kernel runs.
 * Invariants.
 *   S1 Nothing from the user's frame reaches a register that matters to the kernel: selectors are
 *      fixed, flags are masked, and the CPU refuses a bad FPU image. ip may be anything: it is
 *      entered in user mode, or refused by iretq (entry_vectors.S).
 *   S2 A frame that cannot be read leaves the trap frame as it is. (Unless another thread unmaps
 *      it meanwhile: then the program loses its registers, and still gets SIGSEGV.)
 * Tests. tests/guest/signal/sig_context.c, sig_forge.c, sig_altstack.c.
 */
#include "arch/arch_thread.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/cpu/fpu.h"
#include "core/errno.h"
#include "sched/thread.h"
#include "signal/signal.h"
#include "vm/user_copy.h"

#include <asm/sigcontext.h>
#include <asm/ucontext.h>

struct rt_signal_frame {
	u64 return_address;
	struct ucontext context;
	siginfo_t info;
};
static_assert(sizeof(struct rt_signal_frame) % sizeof(u64) == 0, "it is written by words");

#define RED_ZONE 128
#define FPU_ALIGN 64
#define WORD(pointer, i) ((u64)(pointer) + (i) * sizeof(u64))

/* The registers, by their names in struct sigcontext and in struct trap_frame. */
/* clang-format off */
#define EACH_REGISTER(X)								\
	X(r8, r8) X(r9, r9) X(r10, r10) X(r11, r11) X(r12, r12) X(r13, r13)		\
	X(r14, r14) X(r15, r15) X(rdi, di) X(rsi, si) X(rbp, bp) X(rbx, bx)		\
	X(rdx, dx) X(rax, ax) X(rcx, cx) X(rsp, sp) X(rip, ip)
/* clang-format on */

/* Write the registers to @at, in user memory. The window is open. 0, -EFAULT. */
static int write_context(const struct signal_delivery *d, struct ucontext *at, u64 fpu_address)
{
	const struct trap_frame *f = d->frame;
	const struct arch_thread *own = &current_thread()->arch;
	struct sigcontext *m = &at->uc_mcontext;
	u64 flags =
		UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS | (cpu_features.xsave ? UC_FP_XSTATE : 0);

	arch_user_window_store(&at->uc_flags, flags, fault);
	arch_user_window_store(&at->uc_link, 0, fault);
	arch_user_window_store(&at->uc_stack.ss_sp, d->altstack_base, fault);
	arch_user_window_store(&at->uc_stack.ss_flags, (u64)d->altstack_flags, fault);
	arch_user_window_store(&at->uc_stack.ss_size, d->altstack_size, fault);
#define WRITE(to, from) arch_user_window_store(&m->to, f->from, fault);
	EACH_REGISTER(WRITE)
#undef WRITE
	arch_user_window_store(&m->eflags, f->flags, fault);
	/* cs, gs, fs, ss: four halves of a word */
	arch_user_window_store(&m->cs, (u64)(u16)f->cs | (u64)(u16)f->ss << 48, fault);
	arch_user_window_store(&m->err, own->fault_error, fault);
	arch_user_window_store(&m->trapno, own->fault_vector, fault);
	arch_user_window_store(&m->oldmask, d->blocked_before, fault);
	arch_user_window_store(&m->cr2, d->fault_address, fault);
	arch_user_window_store(&m->fpstate, fpu_address, fault);
	arch_user_window_store(&at->uc_sigmask, d->blocked_before, fault);
	return 0;
fault:
	return -EFAULT;
}

/* The part of siginfo beyond SIGINFO_WORDS is zero. */
static int write_info(const siginfo_t *info, siginfo_t *at)
{
	const u64 *words = (const u64 *)info;

	UNROLL(16)
	for (unsigned i = 0; i < SIGINFO_WORDS; i++)
		arch_user_window_store(WORD(at, i), words[i], fault);
	UNROLL(16)
	for (unsigned i = SIGINFO_WORDS; i < sizeof(*at) / sizeof(u64); i++)
		arch_user_window_store(WORD(at, i), 0, fault);
	return 0;
fault:
	return -EFAULT;
}

static int write_frame(const struct signal_delivery *d, struct rt_signal_frame *at, u64 fpu_address)
{
	int err = -EFAULT;

	arch_user_window_open();
	arch_user_window_store(&at->return_address, d->action.restorer, fault);
	err = write_context(d, &at->context, fpu_address);
	if (!err)
		err = write_info(d->info, &at->info);
fault:
	arch_user_window_close();
	return err;
}

int arch_signal_frame_push(const struct signal_delivery *d)
{
	struct trap_frame *f = d->frame;
	size_t fpu_size = fpu_user_area_size();
	u64 sp = d->on_altstack ? d->altstack_base + d->altstack_size : f->sp - RED_ZONE;
	u64 fpu_address = align_down(sp - fpu_size, (u64)FPU_ALIGN);
	u64 address = align_down(fpu_address - sizeof(struct rt_signal_frame), 16UL) - 8;
	struct rt_signal_frame *at = (struct rt_signal_frame *)address;
	bool within_altstack = d->on_altstack || (f->sp - d->altstack_base - 1 < d->altstack_size &&
						  !(d->altstack_flags & SS_DISABLE));

	/* An overflow of the alternate stack must not overwrite the memory below it. */
	if (within_altstack && (address < d->altstack_base || fpu_address < d->altstack_base))
		return -EFAULT;
	if (!(d->action.flags & SA_RESTORER) || d->action.handler >= USER_TOP)
		return -EFAULT;
	if (!user_range_ok((void __user *)address, fpu_address + fpu_size - address))
		return -EFAULT;
	if (fpu_save_to_user(fpu_address) || write_frame(d, at, fpu_address))
		return -EFAULT;

	f->di = (u64)d->info->si_signo;
	f->si = (u64)&at->info;
	f->dx = (u64)&at->context;
	f->ax = 0;
	f->sp = address;
	f->ip = d->action.handler;
	f->flags &= ~(X86_FLAGS_DF | X86_FLAGS_RF | X86_FLAGS_TF);
	f->cs = SELECTOR_USER_CODE;
	f->ss = SELECTOR_USER_DATA;
	thread_work_set(current_thread(), WORK_FULL_RETURN);
	return 0;
}

/* The window is open. */
static int read_context(struct trap_frame *f, const struct ucontext *at, u64 *blocked_mask,
			u64 altstack[3])
{
	const struct sigcontext *m = &at->uc_mcontext;
	u64 value;

	/* First read what may fault and change nothing yet. S2 */
	arch_user_window_load(value, &at->uc_flags, fault);
	arch_user_window_load(*blocked_mask, &at->uc_sigmask, fault);
	for (unsigned i = 0; i < 3; i++)
		arch_user_window_load(altstack[i], WORD(&at->uc_stack, i), fault);
#define READ(from, to)                                                                             \
	arch_user_window_load(value, &m->from, fault);                                             \
	f->to = value;
	EACH_REGISTER(READ)
#undef READ
	arch_user_window_load(value, &m->eflags, fault);
	f->flags = (value & X86_FLAGS_USER) | X86_FLAGS_IF | X86_FLAGS_FIXED; /* S1 */
	f->cs = SELECTOR_USER_CODE;
	f->ss = SELECTOR_USER_DATA;
	f->original_ax = SYSCALL_NONE;
	return 0;
fault:
	return -EFAULT;
}

/* The handler's `ret` has popped the return address. */
static struct rt_signal_frame *frame_to_pop(const struct trap_frame *f)
{
	return (struct rt_signal_frame *)(f->sp - sizeof(u64));
}

u64 arch_signal_frame_mask(const struct trap_frame *f)
{
	return (u64)&frame_to_pop(f)->context.uc_sigmask;
}

int arch_signal_frame_pop(struct trap_frame *f, u64 *blocked_mask, void *altstack_out)
{
	struct rt_signal_frame *at = frame_to_pop(f);
	u64 fpu_address;
	int err = -EFAULT;

	if (!user_range_ok((void __user *)at, sizeof(*at)))
		return -EFAULT;
	arch_user_window_open();
	arch_user_window_load(fpu_address, &at->context.uc_mcontext.fpstate, fault);
	err = read_context(f, &at->context, blocked_mask, altstack_out);
fault:
	arch_user_window_close();
	if (err)
		return err;
	/*
	 * All registers come from the frame now, also for a handler of the SIGSEGV for bad FPU
	 * state.
	 */
	thread_work_set(current_thread(), WORK_FULL_RETURN);
	return fpu_restore_from_user(fpu_address);
}
