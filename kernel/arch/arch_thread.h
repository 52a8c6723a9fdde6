/* SPDX-License-Identifier: MIT */
/*
 * A thread's registers: the kernel's own (switched by arch_thread_switch), the user's (in the trap
 * frame at the top of its kernel stack), and the FPU's. Portable code sees the trap frame only
 * through accessors.
 */
#pragma once

#include "arch/arch_page.h"
#include "lib/compiler.h"

struct thread;
struct trap_frame;

/*
 * struct arch_thread (kernel stack pointer, FPU area, thread-local-storage bases); frame accessors.
 */
#include <arch_inline/thread_inline.h>

#define KERNEL_STACK_PAGES 4
#define KERNEL_STACK_SIZE (KERNEL_STACK_PAGES * PAGE_SIZE)

/*
 * Prepare @t (its kernel_stack set) to begin at @entry(@arg) in kernel mode when first switched to.
 */
void arch_thread_init_kernel(struct thread *t, void (*entry)(void *arg), void *arg);
/*
 * Prepare @t to begin by returning to user mode with the registers of @frame (copied to its stack
 * top), result 0, @user_sp replacing the stack pointer unless 0, FPU and TLS state copied from
 * @parent. Returns 0, -ENOMEM.
 */
int arch_thread_init_user(struct thread *t, const struct thread *parent,
			  const struct trap_frame *frame, u64 user_sp) __must_check;
/* Set the thread-local-storage base of a user thread that is not running yet. */
void arch_thread_set_tls(struct thread *t, u64 tls);
/* Free the FPU area. */
void arch_thread_fini(struct thread *t);
/*
 * Save the kernel registers of @prev, restore those of @next, and switch to its stack; also switch
 * FPU registers and TLS bases. The caller switches the address space. When @prev runs again,
 * returns the thread that ran before it. Context: interrupts off.
 */
struct thread *arch_thread_switch(struct thread *prev, struct thread *next);
/* The trap frame with the user registers of @t (at the top of its kernel stack). */
struct trap_frame *arch_thread_user_frame(const struct thread *t);
/*
 * Set the user registers of the current thread @t for a new program: ip, sp, all others zero, FPU
 * reset, TLS bases 0. Context: task.
 */
void arch_thread_start_user(struct thread *t, u64 ip, u64 sp);
/*
 * Read the thread-local-storage bases that the current program may have changed by itself into @t.
 */
void arch_thread_save_bases(struct thread *t);
/* @t is dead: no CPU may treat its registers as loaded any more. Before arch_thread_fini. */
void arch_thread_forget_registers(struct thread *t);
/* Make the running code, on the boot stack, thread @t (the idle thread). Boot. */
void arch_thread_adopt_boot(struct thread *t);
/* Give the current kernel thread what a user thread needs (for process 1). 0, -ENOMEM. */
int arch_thread_become_user(struct thread *t) __must_check;
/*
 * Enter user mode from a kernel thread that has become a process (process 1). Does not return.
 */
_Noreturn void arch_thread_enter_user(struct trap_frame *frame);

/*
 * Build the frame of a signal handler on the user stack, and make the trap frame enter the handler.
 * Returns 0, -EFAULT (the caller sends SIGSEGV). Context: task.
 */
struct signal_delivery;
int arch_signal_frame_push(const struct signal_delivery *delivery) __must_check;
/*
 * rt_sigreturn: restore the registers, sanitised, from the user stack; the signal mask and the
 * three words of the alternate stack come back through pointers. Returns 0, -EFAULT. Context: task.
 */
int arch_signal_frame_pop(struct trap_frame *frame, u64 *blocked_mask, void *altstack_out)
	__must_check;
/*
 * Make the interrupted system call of @frame run again on return to user mode: the same call, or
 * restart_syscall in its place.
 */
void arch_syscall_rewind(struct trap_frame *frame);
void arch_syscall_restart_block(struct trap_frame *frame);
/* arch_prctl(2) for the current thread: 0, -EINVAL, -EPERM, -EFAULT. */
long arch_prctl(int code, u64 address);
/*
 * Set the function that handles thread->work before a return to user mode (signals): it is called
 * with interrupts on, until no work is left. Boot.
 */
void arch_set_return_work_handler(void (*handler)(struct trap_frame *frame));
struct trap_info;
/*
 * Remember the trap of @info for the signal frame of the current thread, which is about to get a
 * signal for it.
 */
void arch_thread_note_fault(const struct trap_info *info);
/* Print the registers of @frame, for panics. */
void arch_frame_dump(const struct trap_frame *frame,
		     void (*print)(const char *fmt, ...) __printf(1, 2));
