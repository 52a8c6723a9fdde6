/* SPDX-License-Identifier: MIT */
/*
 * System calls by the `syscall` instruction (SDM 2B; psABI A.2): number in %rax, arguments in
 * %rdi %rsi %rdx %r10 %r8 %r9, result in %rax; %rcx and %r11 are lost to the caller.
 *
 *   1  (hardware) ip is in %rcx, flags in %r11, interrupts are off, the stack is still the user's
 *   2  swapgs, so that %gs points to this CPU's data; switch to the thread's kernel stack
 *   3  save in a struct trap_frame what the function may overwrite: the return address, and the
 *      argument registers
 *   4  enable interrupts; check the number; call the function through the table. The argument
 *      registers are those of the C convention, except the fourth
 *   5  disable interrupts; if there is work to do before user mode, take the slow path
 *   6  restore what the program may rely on; swapgs; sysretq
 *
 * C functions preserve bx, bp and r12-r15, so the fast path neither saves nor restores them;
 * sysretq sets cs and ss itself. The frame is completed (COMPLETE_FRAME) only when something is
 * going to read it: before a function that wants the frame (SC_FRAME: its row of
 * syscall_entry_table leads to arch_syscall_with_frame), and on the slow path.
 *
 * The fast path returns to exactly the place of the call, because nothing has changed the frame.
 * That address is canonical, because user memory ends one page below the non-canonical range.
 */
#include "arch/x86/entry/entry_macros.h"

	.section .entry.text, "ax"

/* Fill in the rest of the frame that begins at \offset(%rsp); destroys cx. */
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
syscall_dispatch:	/* a name for bench/phases, which counts instructions by phase */
	mov %eax, %eax				/* only the lower half of the number counts */
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
	/*
	 * If the frame was replaced (WORK_FULL_RETURN), keep it; otherwise complete it from the
	 * live registers.
	 */
3:	mov %rax, TRAP_FRAME_AX(%rsp)
	testl $WORK_FULL_RETURN, THREAD_WORK(%rcx)
	jnz 4f
	COMPLETE_FRAME 0
	jmp 5f
4:	lock andl $~WORK_FULL_RETURN, THREAD_WORK(%rcx)
	jz entry_return				/* no other work */
5:	mov %rsp, %rdi
	call trap_return_work
	/*
	 * By now the frame may be that of a signal handler or of a new program: restore all
	 * of it.
	 */
	jmp entry_return
END_FUNC(syscall_entry)

/*
 * The entry of `syscall` while calls are traced (arch_traps_trace), and with option nofast=call: it
 * completes the frame, calls kernel_syscall_traced, and returns in the same way.
 */
FUNC(syscall_entry_traced)
	ENTER_CALL
	sti
	COMPLETE_FRAME 0
	mov %rsp, %rdi
	call kernel_syscall_traced
	jmp syscall_done
END_FUNC(syscall_entry_traced)

/* For functions that read or replace the frame: complete it, then call through syscall_table. */
FUNC(arch_syscall_with_frame)
	mov %rcx, %r10
	COMPLETE_FRAME 8
	mov %r10, %rcx
	jmp *syscall_table(, %rax, 8)
END_FUNC(arch_syscall_with_frame)

/* The first return of a new thread or program: every register comes from the frame. */
FUNC(syscall_return_full)
	cli
	jmp entry_return
END_FUNC(syscall_return_full)
	.section .note.GNU-stack, "", @progbits
