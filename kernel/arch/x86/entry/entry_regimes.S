/* SPDX-License-Identifier: MIT */
/*
 * Entry and exit code of the regimes other than the usual one (core/regime.h). regime_install.c
 * writes jumps to it where the usual code begins, so the usual regime pays nothing for it.
 *
 * cooperative: an interrupt that comes in user mode returns to the same program, whatever it has
 *   made ready. The preemption count is raised meanwhile, so that no other thread gets the CPU, and
 *   thread->work is not tested; all that waits for the program's next call or fault.
 *
 * none: programs run in ring 0 with interrupts off. The rest of the kernel does not know this:
 *   while the kernel runs, a program's frame says "user mode, interrupts on", and the exit code
 *   reverses both.
 *   1  A trap in ring 0 does not change the stack, and below a program's stack pointer lies a red
 *      zone. So every gate uses a stack of this CPU's own, and the frame is moved from there at
 *      once: to the top of the thread's kernel stack if a program was interrupted, or below the
 *      stack pointer if it was the kernel.
 *   2  The saved cs does not tell whether %gs points to the kernel's data: read the MSR.
 *   3  The kernel's code lies in the upper half, so an address there is the kernel's (also when a
 *      program has jumped there).
 *   4  iretq instead of sysretq, which would return to ring 3.
 */
#include "arch/x86/entry/entry_macros.h"

#define FLAG_IF 0x200
#define MSR_GS_BASE 0xc0000101
#define KERNEL_DS 0x10

	.section .entry.text, "ax"

FUNC(cooperative_entry)
	PUSH_REGISTERS_AFTER_DI
	cld
	SMAP_CLOSE
	testb $3, TRAP_FRAME_CS(%rsp)
	jz entry_from_kernel
	/* caused by the program itself: a fault, or int 0x80 */
	cmp $NR_EXCEPTIONS, %edi
	jb entry_from_user
	cmp $VECTOR_SYSCALL_LEGACY, %edi
	je entry_from_user
	swapgs
	incl %gs:PERCPU_PREEMPT_COUNT
	mov %rsp, %rsi
	call trap_from_cpu
	decl %gs:PERCPU_PREEMPT_COUNT
	LATENCY_RETURN
	swapgs
	POP_REGISTERS
	add $8, %rsp
	iretq
END_FUNC(cooperative_entry)

FUNC(unlimited_entry)
	PUSH_REGISTERS_AFTER_DI
	cld
	mov %edi, %ebp
	mov $MSR_GS_BASE, %ecx		/* 2 */
	rdmsr
	test %edx, %edx
	js 1f
	swapgs
1:	mov TRAP_FRAME_IP(%rsp), %rax	/* 3 */
	sar $47, %rax
	cmp $-1, %rax
	je 2f
	movq $USER_CS, TRAP_FRAME_CS(%rsp)
	movq $USER_DS, TRAP_FRAME_SS(%rsp)
	orq $FLAG_IF, TRAP_FRAME_FLAGS(%rsp)
	mov %gs:PERCPU_KERNEL_STACK_TOP, %rdi
	jmp 3f
2:	mov TRAP_FRAME_SP(%rsp), %rdi
	and $-16, %rdi
3:	sub $TRAP_FRAME_SIZE, %rdi	/* 1 */
	mov %rsp, %rsi
	mov %rdi, %rbx
	mov $(TRAP_FRAME_SIZE / 8), %ecx
	rep movsq
	mov %rbx, %rsp
	mov %ebp, %edi
	mov %rsp, %rsi
	call trap_from_cpu

	.globl unlimited_return
unlimited_return:
	testb $3, TRAP_FRAME_CS(%rsp)
	jz 6f
	mov %gs:PERCPU_CURRENT, %rax
	cmpl $0, THREAD_WORK(%rax)
	jne 7f
5:	LATENCY_RETURN
	movq $KERNEL_CS, TRAP_FRAME_CS(%rsp)
	movq $KERNEL_DS, TRAP_FRAME_SS(%rsp)
	andq $~FLAG_IF, TRAP_FRAME_FLAGS(%rsp)
	swapgs
6:	POP_REGISTERS
	add $8, %rsp
8:	iretq
	ON_FAULT 8b, entry_iret_refused
7:	mov %rsp, %rdi
	call trap_return_work
	jmp 5b
END_FUNC(unlimited_entry)

/* The end of a system call's fast path: of the frame, only the return address is complete. */
FUNC(unlimited_leave)
	mov TRAP_FRAME_IP(%rsp), %rcx
	mov TRAP_FRAME_FLAGS(%rsp), %r11
	movq $KERNEL_CS, TRAP_FRAME_CS(%rsp)
	movq $KERNEL_DS, TRAP_FRAME_SS(%rsp)
	andq $~FLAG_IF, TRAP_FRAME_FLAGS(%rsp)
	add $TRAP_FRAME_IP, %rsp
	swapgs
	iretq				/* 4 */
END_FUNC(unlimited_leave)
	.section .note.GNU-stack, "", @progbits
