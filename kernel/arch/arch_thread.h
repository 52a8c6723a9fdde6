/* SPDX-License-Identifier: MIT */
/*
 * A thread's registers: the kernel's own (switched by arch_thread_switch), the user's (in the trap
 * frame at the top of its kernel stack), and the FPU's; and what programs find of the architecture.
 *
 * The body defines struct arch_thread and struct trap_frame, which portable code sees only through
 * frame_ip, _sp, _from_user, _irqs_enabled, _return, _syscall_number (negative: none)
 * and _syscall_arg(frame, n); frame_set_return(frame, value), frame_forget_syscall(frame),
 * frame_begin_syscall(frame): the frame of a system call that came as a trap becomes one; and
 * ARCH_ELF_MACHINE, e_machine of programs.
 */
#pragma once

#include "arch/arch_page.h"
#include "lib/compiler.h"

struct thread;
struct trap_frame;
struct trap_info;
struct signal_delivery;

#include <arch_inline/thread_inline.h>

#define KERNEL_STACK_PAGES 4
#define KERNEL_STACK_SIZE (KERNEL_STACK_PAGES * PAGE_SIZE)

/* Prepare @t (its kernel_stack set) to begin at @entry(@arg) in kernel mode. */
void arch_thread_init_kernel(struct thread *t, void (*entry)(void *arg), void *arg);
/*
 * Prepare @t to begin by returning to user mode with the registers of @frame (copied to its stack
 * top), result 0, @user_sp replacing the stack pointer unless 0, FPU state copied from @parent, and
 * the thread-local storage at *@tls (NULL: @parent's). Returns 0, -ENOMEM.
 */
int arch_thread_init_user(struct thread *t, const struct thread *parent,
			  const struct trap_frame *frame, u64 user_sp, const u64 *tls) __must_check;
/* @t is dead, or never ran: free its FPU area; no CPU treats its registers as loaded any more. */
void arch_thread_fini(struct thread *t);
/*
 * Save the kernel registers of @prev, restore those of @next, and switch to its stack; also switch
 * FPU registers and TLS bases. The caller switches the address space. When @prev runs again,
 * returns the thread that ran before it. Context: interrupts off.
 */
struct thread *arch_thread_switch(struct thread *prev, struct thread *next);
/* The trap frame with the user registers of @t (at the top of its kernel stack). */
struct trap_frame *arch_thread_user_frame(const struct thread *t);
/* Set the current thread @t's user registers for a new program: @ip, @sp, all others reset. */
void arch_thread_start_user(struct thread *t, u64 ip, u64 sp);
/* Make the code that brings up this CPU, on its boot stack, thread @t: the idle thread. Boot. */
void arch_thread_adopt_boot(struct thread *t);
/* Give the current kernel thread what a user thread needs (for process 1). 0, -ENOMEM. */
int arch_thread_become_user(struct thread *t) __must_check;
/* Enter user mode from a kernel thread that has become a process (process 1). */
_Noreturn void arch_thread_enter_user(struct trap_frame *frame);

/*
 * Build a handler's frame on the user stack and make the trap frame enter the handler. 0, -EFAULT.
 */
int arch_signal_frame_push(const struct signal_delivery *delivery) __must_check;
/*
 * rt_sigreturn: restore the registers, sanitised, from the user stack; the signal mask and the
 * three words of the alternate stack come back through pointers. Returns 0, -EFAULT. Context: task.
 */
int arch_signal_frame_pop(struct trap_frame *frame, u64 *blocked_mask, void *altstack_out)
	__must_check;
/* Where the mask is that rt_sigreturn with @frame restores; an address of the program. */
u64 arch_signal_frame_mask(const struct trap_frame *frame);
/* For calls that look at the frame: complete it, then continue through syscall_table. */
long arch_syscall_with_frame(u64, u64, u64, u64, u64, u64);
/* Make the interrupted system call of @frame run again: the same call, or restart_syscall. */
void arch_syscall_rewind(struct trap_frame *frame);
void arch_syscall_restart_block(struct trap_frame *frame);
/* arch_prctl(2) for the current thread: 0, -EINVAL (no such code), -EPERM, -EFAULT. */
long arch_prctl(int code, u64 address);
/* Have @handler do thread->work before each return to user mode, with interrupts on. Boot. */
void arch_set_return_work_handler(void (*handler)(struct trap_frame *frame));
/* Remember the trap of @info, for which the current thread gets a signal, for its frame. */
void arch_thread_note_fault(const struct trap_info *info);
/* Print the registers of @frame, for panics. */
void arch_frame_dump(const struct trap_frame *frame,
		     void (*print)(const char *fmt, ...) __printf(1, 2));

/* What exec needs to know of the architecture's programs; [I] after boot. */
struct arch_program_hints {
	u64 hwcap, hwcap2;		   /* AT_HWCAP, AT_HWCAP2                     */
	u64 min_signal_stack;		   /* AT_MINSIGSTKSZ: room for a signal frame */
	const char *platform;		   /* AT_PLATFORM                             */
	vaddr_t position_independent_base; /* where such programs are, before randomisation */
	/* The vDSO, in every program; it expects struct clock_page in the page before it. */
	const void *vdso;
	size_t vdso_size_bytes;
};
void arch_program_hints(struct arch_program_hints *hints);
