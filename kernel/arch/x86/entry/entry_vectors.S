/* SPDX-License-Identifier: MIT */
/*
 * Traps other than `syscall`: exceptions, interrupts, int 0x80. Each vector has a stub; all stubs
 * share one path.
 *
 *   1  (hardware) on a trap from user mode the CPU has switched to the thread's kernel stack
 *      and pushed ss, sp, flags, cs, ip, and for some exceptions an error code
 *   2  make the frame uniform: push an error code if the CPU has not; put the vector in %edi
 *   3  push the general registers: struct trap_frame is complete
 *   4  from user mode: swapgs, so that %gs points to this CPU's data; close the SMAP window
 *   5  trap_from_cpu(vector, frame): trap.c looks up the trap table
 *   6  to user mode: trap_return_work() while there is work; swapgs
 *   7  restore the registers, iretq: return-from-trap
 *
 * Page faults of programs have a fast path of their own (entry_page_fault). It leaves interrupts
 * off and saves only the caller-saved registers, because C functions preserve bx, bp and r12-r15.
 * If trap_page_fault_fast cannot resolve the fault, the frame is completed and the fault goes on
 * at step 5. If it can, only the thread's work is looked at: Q3 of vm/vm_fault_fast.c.
 *
 *   stack: ss sp flags cs ip | error | di si dx cx ax r8 r9 r10 r11 bx bp r12 r13 r14 r15 <- sp
 */
#include "arch/x86/entry/entry_macros.h"

	.section .entry.text, "ax"

/* Vectors with an error code from the CPU: SDM 3A table 6-1. */
#define HAS_ERROR_CODE(v) \
	((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || (v) == 21 || (v) == 29 || (v) == 30)

	.align 16
	.globl entry_stubs
entry_stubs:
	vector = 0
	.rept 256
	.align 16
	.if !HAS_ERROR_CODE(vector)
	push $0				/* 2 */
	.endif
	push %rdi
	mov $vector, %edi
	.if vector == VECTOR_NMI || vector == VECTOR_DOUBLE_FAULT || vector == VECTOR_MACHINE_CHECK
	jmp entry_paranoid
	.elseif vector == VECTOR_PAGE_FAULT
	jmp entry_page_fault
	.else
	jmp entry_common
	.endif
	vector = vector + 1
	.endr

FUNC(entry_common)
	PUSH_REGISTERS_AFTER_DI		/* 3 */
	cld
	SMAP_CLOSE			/* 4 */
	testb $3, TRAP_FRAME_CS(%rsp)
	jz 5f
	.globl entry_from_user
entry_from_user:
	swapgs
1:	mov %rsp, %rsi			/* 5 */
	call trap_from_cpu

	.globl entry_return
entry_return:
	testb $3, TRAP_FRAME_CS(%rsp)	/* 6 */
#ifdef LATENCY
	jz 6f
#else
	jz 3f
#endif
	mov %gs:PERCPU_CURRENT, %rax
	cmpl $0, THREAD_WORK(%rax)
	jne 4f
2:	LATENCY_RETURN
	swapgs
3:	POP_REGISTERS			/* 7 */
	add $8, %rsp
	.globl entry_iret
entry_iret:
	iretq
	/*
	 * If the CPU refuses the frame (a non-canonical address, a bad selector), this faults, in
	 * kernel mode: the thread gets a signal.
	 */
	ON_FAULT entry_iret, entry_iret_refused

4:	mov %rsp, %rdi
	call trap_return_work		/* returns with interrupts off and no work left */
	jmp 2b

	/*
	 * From kernel mode, %gs already points to this CPU's data, unless the final iretq
	 * faulted, which comes after its swapgs.
	 */
	.globl entry_from_kernel
entry_from_kernel:
5:	cmpq $entry_iret, TRAP_FRAME_IP(%rsp)
	je entry_from_user
	jmp 1b
#ifdef LATENCY
6:	LATENCY_RETURN
	jmp 3b
#endif
END_FUNC(entry_common)

FUNC(entry_page_fault)
	testb $3, 3 * 8(%rsp)		/* cs; on top are di, error code, ip */
	jz entry_common
	PUSH_DESTROYED_AFTER_DI
	sub $TRAP_FRAME_R11, %rsp	/* bx bp r12-r15 stay where they are */
	cld
	SMAP_CLOSE
	swapgs
	mov %rsp, %rdi
	call trap_page_fault_fast
	test %al, %al
	jz 1f
	mov %gs:PERCPU_CURRENT, %rcx
	cmpl $0, THREAD_WORK(%rcx)
	jne 1f
	swapgs
	add $TRAP_FRAME_R11, %rsp
	POP_DESTROYED
	add $8, %rsp
	jmp entry_iret

1:	SAVE_PRESERVED 0
	test %al, %al
	jnz 2f
	mov $VECTOR_PAGE_FAULT, %edi
	mov %rsp, %rsi
	call trap_from_cpu
	jmp entry_return
2:	movq $-1, TRAP_FRAME_ORIGINAL_AX(%rsp)	/* T1 of trap.c */
	jmp entry_return
END_FUNC(entry_page_fault)

/*
 * arch_uaccess_fixup continues here after a refused iretq: %rsp points to the refused frame, and
 * %gs to this CPU's data.
 */
FUNC(entry_iret_refused)
	push $0
	push %rdi
	PUSH_REGISTERS_AFTER_DI
	mov %rsp, %rdi
	call trap_iret_refused
	jmp entry_return
END_FUNC(entry_iret_refused)

/*
 * NMI, double fault and machine check may come at any instruction, also between `syscall` and its
 * swapgs, so %gs may hold either value. They run on stacks of their own; the topmost word of each
 * holds the address of this CPU's data.
 */
FUNC(entry_paranoid)
	PUSH_REGISTERS_AFTER_DI
	cld
	SMAP_CLOSE
	mov %edi, %r12d
	mov $0xc0000101, %ecx		/* GS base */
	rdmsr
	mov %eax, %r13d
	mov %edx, %r14d
	mov TRAP_FRAME_SIZE(%rsp), %rax	/* above the frame: see idt.c */
	mov %rax, %rdx
	shr $32, %rdx
	wrmsr
	mov %r12d, %edi
	mov %rsp, %rsi
	call trap_from_cpu
	mov $0xc0000101, %ecx
	mov %r13d, %eax
	mov %r14d, %edx
	wrmsr
	POP_REGISTERS
	add $8, %rsp
	iretq
END_FUNC(entry_paranoid)
	.section .note.GNU-stack, "", @progbits
