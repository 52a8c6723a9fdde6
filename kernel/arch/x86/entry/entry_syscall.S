/* SPDX-License-Identifier: MIT */
/*
 * System calls by the `syscall` instruction (SDM 2B; psABI A.2): number in %rax, arguments in
 * %rdi %rsi %rdx %r10 %r8 %r9, result in %rax; %rcx and %r11 are lost to the caller.
 *
 *   1  (hardware) ip is in %rcx, flags in %r11, interrupts are off, the stack is still the user's
 *   2  swapgs: %gs is this CPU's data; change to the thread's kernel stack
 *   3  save in a struct trap_frame what the function may destroy: where to return to, and the
 *      registers of the arguments
 *   4  interrupts on; check the number; call its function through the table. The argument
 *      registers are the C convention's but for the fourth
 *   5  interrupts off; if there is work before user mode, take the long way
 *   6  restore what the caller may rely on; swapgs; sysretq
 *
 * C functions preserve bx bp r12-r15, so they stay where they are, and the short way neither saves
 * nor restores them; sysretq itself makes cs and ss. The frame is completed (COMPLETE_FRAME) only
 * when somebody is going to read it: before a function that wants the frame (SC_FRAME: its row of
 * syscall_entry_table leads to syscall_with_frame), and on the long way.
 *
 * The short way returns to exactly where the call came from (canonical, because user memory ends
 * below the last user page): nothing changed the frame.
 */
#include "arch/x86/entry/entry_macros.h"

	.section .entry.text, "ax"

/* The rest of the frame that begins at \offset(%rsp); destroys cx. */
.macro COMPLETE_FRAME offset
	SAVE_PRESERVED \offset
	mov \offset + TRAP_FRAME_IP(%rsp), %rcx
	mov %rcx, \offset + TRAP_FRAME_CX(%rsp)
	mov \offset + TRAP_FRAME_FLAGS(%rsp), %rcx
	mov %rcx, \offset + TRAP_FRAME_R11(%rsp)
	movq $USER_CS, \offset + TRAP_FRAME_CS(%rsp)
	movq $USER_DS, \offset + TRAP_FRAME_SS(%rsp)
.endm

/* Steps 2 and 3. */
.macro ENTER_CALL
	swapgs					/* 2 */
	mov %rsp, %gs:PERCPU_SCRATCH_USER_SP
	mov %gs:PERCPU_KERNEL_STACK_TOP, %rsp
	sub $TRAP_FRAME_SIZE, %rsp
	mov %rcx, TRAP_FRAME_IP(%rsp)		/* 3 */
	mov %r11, TRAP_FRAME_FLAGS(%rsp)
	mov %rax, TRAP_FRAME_ORIGINAL_AX(%rsp)
	mov %rdi, TRAP_FRAME_DI(%rsp)
	mov %rsi, TRAP_FRAME_SI(%rsp)
	mov %rdx, TRAP_FRAME_DX(%rsp)
	mov %r10, TRAP_FRAME_R10(%rsp)
	mov %r8, TRAP_FRAME_R8(%rsp)
	mov %r9, TRAP_FRAME_R9(%rsp)
	mov %r10, %rcx
	mov %gs:PERCPU_SCRATCH_USER_SP, %r10
	mov %r10, TRAP_FRAME_SP(%rsp)
.endm

FUNC(syscall_entry)
	ENTER_CALL
#ifdef LATENCY
	call trap_latency_syscall
	mov TRAP_FRAME_ORIGINAL_AX(%rsp), %rax
	mov TRAP_FRAME_DI(%rsp), %rdi
	mov TRAP_FRAME_SI(%rsp), %rsi
	mov TRAP_FRAME_DX(%rsp), %rdx
	mov TRAP_FRAME_R10(%rsp), %rcx
	mov TRAP_FRAME_R8(%rsp), %r8
	mov TRAP_FRAME_R9(%rsp), %r9
#endif
	sti					/* 4 */
#ifdef DEBUG
	COMPLETE_FRAME 0
	mov %rsp, %rdi
	call kernel_syscall_checked
#else
syscall_dispatch:	/* a name for who counts instructions by phases: bench/phases */
	mov %eax, %eax				/* only the lower half counts */
	cmp $SYSCALL_TABLE_SIZE, %rax
	jae 2f
	call *syscall_entry_table(, %rax, 8)
1:
#endif
syscall_done:
	cli					/* 5 */
#ifdef LATENCY
	mov %rax, TRAP_FRAME_AX(%rsp)
	call latency_irqs_off
	mov TRAP_FRAME_AX(%rsp), %rax
#endif
	mov %gs:PERCPU_CURRENT, %rcx
	cmpl $0, THREAD_WORK(%rcx)
	jne 3f

#ifdef LATENCY
	call latency_irqs_on
	mov TRAP_FRAME_AX(%rsp), %rax
#endif
	mov TRAP_FRAME_DI(%rsp), %rdi		/* 6 */
	mov TRAP_FRAME_SI(%rsp), %rsi
	mov TRAP_FRAME_DX(%rsp), %rdx
	mov TRAP_FRAME_R10(%rsp), %r10
	mov TRAP_FRAME_R8(%rsp), %r8
	mov TRAP_FRAME_R9(%rsp), %r9
	.globl syscall_leave
syscall_leave:
	mov TRAP_FRAME_IP(%rsp), %rcx
	mov TRAP_FRAME_FLAGS(%rsp), %r11
	mov TRAP_FRAME_SP(%rsp), %rsp
	swapgs
	sysretq

#ifndef DEBUG
2:	mov %rax, %rdi
	call kernel_syscall_absent
	jmp 1b
#endif
	/* Who replaced the whole frame (WORK_FULL_RETURN) has the last word on its registers. */
3:	mov %rax, TRAP_FRAME_AX(%rsp)
	testl $WORK_FULL_RETURN, THREAD_WORK(%rcx)
	jnz 4f
	COMPLETE_FRAME 0
	jmp 5f
4:	lock andl $~WORK_FULL_RETURN, THREAD_WORK(%rcx)
	jz entry_return				/* there is nothing else to do */
5:	mov %rsp, %rdi
	call trap_return_work
	/*
	 * The frame may be another by now (a signal handler's, a new program's): all of it
	 * counts.
	 */
	jmp entry_return
END_FUNC(syscall_entry)

/*
 * Where `syscall` leads while calls are traced (arch_traps_trace): the frame is complete, the call
 * goes by kernel_syscall_traced, and the way back is the same.
 */
FUNC(syscall_entry_traced)
	ENTER_CALL
	sti
	COMPLETE_FRAME 0
	mov %rsp, %rdi
	call kernel_syscall_traced
	jmp syscall_done
END_FUNC(syscall_entry_traced)

/* A function that reads or replaces the frame: complete it, then call by the common table. */
FUNC(syscall_with_frame)
	mov %rcx, %r10
	COMPLETE_FRAME 8
	mov %r10, %rcx
	jmp *syscall_table(, %rax, 8)
END_FUNC(syscall_with_frame)

/* execve, rt_sigreturn and a new thread come back this way: every register from the frame. */
FUNC(syscall_return_full)
	cli
	jmp entry_return
END_FUNC(syscall_return_full)
	.section .note.GNU-stack, "", @progbits
