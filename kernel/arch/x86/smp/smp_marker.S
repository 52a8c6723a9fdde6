/* SPDX-License-Identifier: MIT */
/*
 * What a CPU does that only marks turns (smp_turns.c). It comes from smp_entry.S, in long mode,
 * with the kernel's page table, without a number and a stack. Steps:
 *
 *   1  its tables and its stack, for the NMI; the turns of the CPUs before and behind it
 *   2  the time; the turn before it has ended, if that was not known yet
 *   3  the turn behind it begins, if it has not yet; if it seems to go on since long, its end was
 *      missed
 *   4  if more time has passed than these steps take, the marker's turn ended in between
 *   5  give up the turn, or sleep, if no CPU works
 *
 * Registers: r8, r9 the turns before and behind; r10 its byte of smp_marker_sleeps; r11 the time.
 */
#include "arch/x86/smp/smp_turns.h"

#ifdef LATENCY
	.macro CYCLES
	rdtsc
	shl $32, %rdx
	or %rdx, %rax
	.endm

	.text
	.globl smp_marker
	.type smp_marker, @function
smp_marker:
	lgdt smp_marker_gdt(%rip)	/* 1 */
	lidt smp_marker_idt(%rip)
	mov $1, %eax
	cpuid
	shr $24, %ebx			/* APIC ID */
	lea smp_marker_stacks(%rip), %rsp
	lea 1(%rbx), %eax
	imul $MARKER_STACK_SIZE, %eax
	add %rax, %rsp
	cmp $1, %ebx
	jne 0f
	call smp_marker_set_pace
0:	lea smp_marker_sleeps(%rip), %r10
	add %rbx, %r10
	mov %ebx, %eax
	xor %edx, %edx
	mov $(1 + MARKERS_EACH), %ecx
	div %ecx
	lea smp_turns(%rip), %r8
	mov %r8, %r9
	lea 1(%rax), %ecx
	imul $TURNS_SIZE, %eax
	add %rax, %r8
	cmp smp_turns_nr(%rip), %ecx
	je 1f				/* the last: behind it is the first */
	lea TURNS_SIZE(%r8), %r9
1:
smp_marker_again:
	movb $0, (%r10)
2:	incq TURNS_NR_CHANGING(%r8)	/* 2 */
	incq TURNS_NR_CHANGING(%r9)
	CYCLES
	mov %rax, %r11
	cmpq $0, TURNS_IS_OPEN(%r8)
	je 4f
	mov smp_marker_last(%rip), %rdx
	sub TURNS_BEGUN(%r8), %rdx
	cmp $MARKERS_CYCLES, %rdx
	jl 3f
	incq TURNS_NR_MISSED(%r8)
3:	sub TURNS_BEGUN(%r8), %rax
	add %rax, TURNS_CYCLES(%r8)
	movq $0, TURNS_IS_OPEN(%r8)
4:	cmpq $0, TURNS_IS_OPEN(%r9)	/* 3 */
	je 5f
	mov %r11, %rax
	sub TURNS_BEGUN(%r9), %rax
	cmp $MARKERS_CYCLES, %rax
	jl 6f				/* the marker before this one has seen to it */
	incq TURNS_NR_MISSED(%r9)
5:	mov %r11, TURNS_BEGUN(%r9)
	movq $1, TURNS_IS_OPEN(%r9)
6:	mov %r11, smp_marker_last(%rip)
	CYCLES				/* 4 */
	sub %r11, %rax
	cmp $MARKERS_CYCLES, %rax
	jl 7f
	incq TURNS_NR_MISSED(%r8)
	incq TURNS_NR_MISSED(%r9)
	decq TURNS_NR_CHANGING(%r8)
	decq TURNS_NR_CHANGING(%r9)
	jmp 2b
7:	decq TURNS_NR_CHANGING(%r8)
	decq TURNS_NR_CHANGING(%r9)
	cmpq $0, smp_turns_busy(%rip)	/* 5 */
	je 8f
	pause
	jmp 2b
8:
smp_marker_sleep:
	movb $1, (%r10)
	mfence
	cmpq $0, smp_turns_busy(%rip)
	jne smp_marker_again
	hlt
	jmp smp_marker_again
smp_marker_end:
	.size smp_marker, .- smp_marker

	.globl smp_marker_nmi
	.type smp_marker_nmi, @function
smp_marker_nmi:
	push %rax
	lea smp_marker_sleep(%rip), %rax
	cmp %rax, 8(%rsp)
	jb 9f
	lea smp_marker_end(%rip), %rax
	cmp %rax, 8(%rsp)
	jae 9f
	lea smp_marker_again(%rip), %rax
	mov %rax, 8(%rsp)
9:	pop %rax
	iretq
	.size smp_marker_nmi, .- smp_marker_nmi
#endif
	.section .note.GNU-stack, "", @progbits
