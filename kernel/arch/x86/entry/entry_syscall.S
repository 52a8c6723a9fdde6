/* SPDX-License-Identifier: MIT */
/*
 * System calls by the `syscall` instruction (SDM 2B; psABI A.2): number in %rax, arguments in
 * %rdi %rsi %rdx %r10 %r8 %r9, result in %rax; %rcx and %r11 are lost to the caller.
 *
 *   1  (hardware) ip is in %rcx, flags in %r11, interrupts are off, the stack is still the user's
 *   2  swapgs: %gs is this CPU's data; change to the thread's kernel stack
 *   3  build the same struct trap_frame that a trap would have
 *   4  interrupts on; check the number; call its function through the table. The argument
 *      registers are the C
 *      convention's but for the fourth
 *   5  interrupts off; if there is work before user mode, take the long way
 *   6  restore what the caller may rely on; swapgs; sysretq
 *
 * C functions preserve bx bp r12-r15, so the short way back skips them. It returns to exactly
 * where the call came
 * from (canonical, because user memory ends below the last user page): nothing changed the frame.
 */
#include "arch/x86/entry/entry_macros.h"

	.section .entry.text, "ax"

FUNC(syscall_entry)
	swapgs					/* 2 */
	mov %rsp, %gs:PERCPU_SCRATCH_USER_SP
	mov %gs:PERCPU_KERNEL_STACK_TOP, %rsp
	push $USER_DS				/* 3 */
	push %gs:PERCPU_SCRATCH_USER_SP
	push %r11
	push $USER_CS
	push %rcx
	push %rax
	push %rdi
	PUSH_REGISTERS_AFTER_DI
	sti					/* 4 */
#ifdef DEBUG
	mov %rsp, %rdi
	call kernel_syscall_checked
#else
	mov %eax, %eax				/* only the lower half counts */
	cmp $SYSCALL_TABLE_SIZE, %rax
	jae 2f
	mov %r10, %rcx
	call *syscall_table(, %rax, 8)
1:
#endif
	mov %rax, TRAP_FRAME_AX(%rsp)
	cli					/* 5 */
	mov %gs:PERCPU_CURRENT, %rdx
	cmpl $0, THREAD_WORK(%rdx)
	jne 3f

	add $TRAP_FRAME_R10, %rsp		/* 6 */
	pop %r10
	pop %r9
	pop %r8
	pop %rax
	pop %rcx
	pop %rdx
	pop %rsi
	pop %rdi
	mov 8(%rsp), %rcx
	mov 24(%rsp), %r11
	mov 32(%rsp), %rsp
	swapgs
	sysretq

#ifndef DEBUG
2:	mov %rax, %rdi
	call kernel_syscall_absent
	jmp 1b
#endif
3:	mov %rsp, %rdi
	call trap_return_work
	/*
	 * The frame may be another by now (a signal handler's, a new program's): all of it
	 * counts.
	 */
	jmp entry_return
END_FUNC(syscall_entry)

/* execve, rt_sigreturn and a new thread come back this way: every register from the frame. */
FUNC(syscall_return_full)
	cli
	jmp entry_return
END_FUNC(syscall_return_full)
	.section .note.GNU-stack, "", @progbits
