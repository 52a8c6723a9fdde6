// SPDX-License-Identifier: MIT
/*
 * signal_frame.c -- what a handler finds on its stack, and the way back from it.
 *
 * Idea. The layout is the kernel ABI's struct rt_sigframe for x86-64: return address, ucontext,
 * siginfo, and the FPU state that
 *   uc_mcontext.fpstate points to (64-byte aligned). The handler returns to the restorer, which
 *   calls rt_sigreturn.
 * Invariants.
 *   S1 Nothing from the user's frame reaches a register that matters to the kernel: selectors are
 *   ours, flags are masked, the FPU
 *       image is sanitised. ip may be anything: it is entered in user mode, or refused by iretq
 *       (entry_vectors.S).
 */
#include "arch/arch_thread.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/cpu/fpu.h"
#include "arch/x86/inline/control_inline.h"
#include "core/errno.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "proc/signal.h"
#include "sched/thread.h"
#include "vm/user_copy.h"

#include <asm/sigcontext.h>
#include <asm/ucontext.h>

struct rt_signal_frame {
	u64 return_address;
	struct ucontext context;
	siginfo_t info;
};

#define RED_ZONE 128
#define FPU_ALIGN 64

/* Linux's extension of the FXSAVE area's software-reserved bytes (asm/sigcontext.h). */
static void describe_fpu(u8 *area)
{
	struct _fpx_sw_bytes words = {
		.magic1 = FP_XSTATE_MAGIC1,
		.extended_size = (u32)fpu_area_size() + FP_XSTATE_MAGIC2_SIZE,
		.xfeatures = cpu_features.xsave_mask,
		.xstate_size = (u32)fpu_area_size(),
	};
	u32 end = FP_XSTATE_MAGIC2;

	if (!cpu_features.xsave)
		memset(&words, 0, sizeof(words));
	memcpy(area + offsetof(struct _fpstate_64, sw_reserved), &words, sizeof(words));
	if (cpu_features.xsave)
		memcpy(area + fpu_area_size(), &end, sizeof(end));
}

static void fill_context(struct ucontext *context, const struct signal_delivery *d, u64 fpu_address)
{
	const struct trap_frame *f = d->frame;
	struct sigcontext *m = &context->uc_mcontext;

	context->uc_flags =
		UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS | (cpu_features.xsave ? UC_FP_XSTATE : 0);
	context->uc_stack.ss_sp = (void *)d->altstack_base;
	context->uc_stack.ss_size = d->altstack_size;
	context->uc_stack.ss_flags = (int)d->altstack_flags;
	memcpy(&context->uc_sigmask, &d->blocked_before, sizeof(u64));
	m->r8 = f->r8;
	m->r9 = f->r9;
	m->r10 = f->r10;
	m->r11 = f->r11;
	m->r12 = f->r12;
	m->r13 = f->r13;
	m->r14 = f->r14;
	m->r15 = f->r15;
	m->rdi = f->di;
	m->rsi = f->si;
	m->rbp = f->bp;
	m->rbx = f->bx;
	m->rdx = f->dx;
	m->rax = f->ax;
	m->rcx = f->cx;
	m->rsp = f->sp;
	m->rip = f->ip;
	m->eflags = f->flags;
	m->cs = (u16)f->cs;
	m->ss = (u16)f->ss;
	m->trapno = current_thread()->arch.fault_vector;
	m->err = current_thread()->arch.fault_error;
	m->cr2 = d->fault_address;
	memcpy(&m->oldmask, &d->blocked_before, sizeof(u64));
	m->fpstate = (void *)fpu_address;
}

/* Registers as of now into @area_size bytes, with room for the end marker. */
static int save_fpu_to_user(u64 address)
{
	size_t size = fpu_area_size() + (cpu_features.xsave ? FP_XSTATE_MAGIC2_SIZE : 0);
	struct thread *t = current_thread();
	u8 *copy = kmalloc(size, 0);
	int err;

	if (!copy)
		return -ENOMEM;
	preempt_disable();
	fpu_save(t->arch.fpu);
	memcpy(copy, t->arch.fpu, fpu_area_size());
	preempt_enable();
	describe_fpu(copy);
	err = copy_to_user((void __user *)address, copy, size);
	kfree(copy);
	return err;
}

int arch_signal_frame_push(const struct signal_delivery *d)
{
	struct trap_frame *f = d->frame;
	struct rt_signal_frame frame;
	size_t fpu_size = fpu_area_size() + (cpu_features.xsave ? FP_XSTATE_MAGIC2_SIZE : 0);
	u64 sp = d->on_altstack ? d->altstack_base + d->altstack_size : f->sp - RED_ZONE;
	u64 fpu_address = align_down(sp - fpu_size, (u64)FPU_ALIGN);
	u64 address = align_down(fpu_address - sizeof(frame), 16UL) - 8;
	bool within_altstack = d->on_altstack || (f->sp - d->altstack_base - 1 < d->altstack_size &&
						  !(d->altstack_flags & SS_DISABLE));

	/* An overflow of the alternate stack must not run on into what lies below it. */
	if (within_altstack && (address < d->altstack_base || fpu_address < d->altstack_base))
		return -EFAULT;
	if (!(d->action.flags & SA_RESTORER) || d->action.handler >= USER_TOP)
		return -EFAULT;
	memset(&frame, 0, sizeof(frame));
	frame.return_address = d->action.restorer;
	frame.info = *d->info;
	fill_context(&frame.context, d, fpu_address);
	if (save_fpu_to_user(fpu_address) ||
	    copy_to_user((void __user *)address, &frame, sizeof(frame)))
		return -EFAULT;

	f->di = (u64)d->info->si_signo;
	f->si = address + offsetof(struct rt_signal_frame, info);
	f->dx = address + offsetof(struct rt_signal_frame, context);
	f->ax = 0;
	f->sp = address;
	f->ip = d->action.handler;
	f->flags &= ~(X86_FLAGS_DF | X86_FLAGS_RF | X86_FLAGS_TF);
	f->cs = SELECTOR_USER_CODE;
	f->ss = SELECTOR_USER_DATA;
	thread_work_set(current_thread(), WORK_FULL_RETURN);
	return 0;
}

static int restore_fpu_from_user(u64 address)
{
	struct thread *t = current_thread();
	size_t size = fpu_area_size();
	struct _fpx_sw_bytes words;
	u8 *copy;
	int err = -EFAULT;

	if (!address || !is_aligned(address, 16UL))
		return address ? -EFAULT : 0;
	copy = kmalloc(size, 0);
	if (!copy)
		return -ENOMEM;
	memset(copy, 0, size);
	if (copy_from_user(copy, (const void __user *)address, 512))
		goto out_free;
	memcpy(&words, copy + offsetof(struct _fpstate_64, sw_reserved), sizeof(words));
	if (cpu_features.xsave && words.magic1 == FP_XSTATE_MAGIC1 && words.xstate_size == size) {
		if (copy_from_user(copy + 512, (const void __user *)(address + 512), size - 512))
			goto out_free;
	} else if (cpu_features.xsave) {
		u64 components = 3; /* only the FXSAVE part was given */

		memcpy(copy + 512, &components, 8);
	}
	if (!fpu_area_sanitise(copy))
		goto out_free;
	preempt_disable();
	memcpy(t->arch.fpu, copy, size);
	fpu_restore(t->arch.fpu);
	preempt_enable();
	err = 0;
out_free:
	kfree(copy);
	return err;
}

int arch_signal_frame_pop(struct trap_frame *f, u64 *blocked_mask, void *altstack_out)
{
	/* The restorer's `ret` has popped the return address. */
	u64 address = f->sp - 8;
	struct ucontext context;
	const struct sigcontext *m = &context.uc_mcontext;

	if (copy_from_user(
		    &context,
		    (const void __user *)(address + offsetof(struct rt_signal_frame, context)),
		    sizeof(context)))
		return -EFAULT;
	if (restore_fpu_from_user((u64)m->fpstate))
		return -EFAULT;
	f->r8 = m->r8;
	f->r9 = m->r9;
	f->r10 = m->r10;
	f->r11 = m->r11;
	f->r12 = m->r12;
	f->r13 = m->r13;
	f->r14 = m->r14;
	f->r15 = m->r15;
	f->di = m->rdi;
	f->si = m->rsi;
	f->bp = m->rbp;
	f->bx = m->rbx;
	f->dx = m->rdx;
	f->ax = m->rax;
	f->cx = m->rcx;
	f->sp = m->rsp;
	f->ip = m->rip;
	f->flags = (m->eflags & X86_FLAGS_USER) | X86_FLAGS_IF | X86_FLAGS_FIXED; /* S1 */
	f->cs = SELECTOR_USER_CODE;
	f->ss = SELECTOR_USER_DATA;
	f->original_ax = SYSCALL_NONE;
	memcpy(blocked_mask, &context.uc_sigmask, sizeof(u64));
	memcpy(altstack_out, &context.uc_stack, sizeof(context.uc_stack));
	thread_work_set(current_thread(), WORK_FULL_RETURN);
	return 0;
}
