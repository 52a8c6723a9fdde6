/* SPDX-License-Identifier: MIT */
/*
 * struct thread *switch_registers(struct thread *prev, struct thread *next);
 *
 * The context switch proper. Save the callee-saved registers (the return address is already on the
 * stack) and keep the stack pointer in the thread; then do the reverse for the next thread. It
 * returns on the next thread's stack: "a save returns twice".
 */
#include "arch/x86/entry/entry_macros.h"

	.text
FUNC(switch_registers)
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, THREAD_KERNEL_SP(%rdi)
	mov THREAD_KERNEL_SP(%rsi), %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	mov %rdi, %rax		/* the result: the thread that ran before */
	ret
END_FUNC(switch_registers)

/*
 * First steps of a new kernel thread. r12: its function; r13: the argument; rax: the previous
 * thread.
 */
FUNC(thread_begin_kernel)
	mov %rax, %rdi
	mov %r12, %rsi
	mov %r13, %rdx
	xor %ebp, %ebp
	call thread_first_kernel
	ud2
END_FUNC(thread_begin_kernel)

/* First steps of a new user thread: its trap frame is already at the top of its stack. */
FUNC(thread_begin_user)
	mov %rax, %rdi
	call thread_first_user
	mov %gs:PERCPU_KERNEL_STACK_TOP, %rsp
	sub $TRAP_FRAME_SIZE, %rsp
	jmp syscall_return_full
END_FUNC(thread_begin_user)

/*
 * void thread_enter_user(struct trap_frame *frame): return-from-trap with a frame that no trap
 * made.
 */
FUNC(thread_enter_user)
	mov %rdi, %rsp
	jmp syscall_return_full
END_FUNC(thread_enter_user)
	.section .note.GNU-stack, "", @progbits
