/* SPDX-License-Identifier: MIT */
/*
 * Where the other CPUs begin. A start-up message makes a CPU run the code in a page below 1 MiB, in
 * real mode (SDM 3A 9.4). The boot CPU copies this code to SMP_PAGE, with the values that it needs.
 * Steps:
 *
 *   1  load a code segment, and the page tables of pvh_entry.S, which map the lowest 4 GiB at their
 *      own addresses; from real mode to long mode at once
 *   2  jump to the kernel's own addresses
 *   3  load the kernel's page table
 *   4  take a number: the CPUs start at the same time, and are numbered as they come
 *   5  set the stack that is meant for this number, call smp_begin(number); if there is none, halt
 */
#include "arch/x86/smp/smp_page.h"

#define AT(label) (SMP_PAGE + (label - smp_page_code))

	.section .rodata, "a"
	.code16
	.globl smp_page_code, smp_page_values, smp_page_end
	.align 16
smp_page_code:
	cli				/* 1 */
	cld
	xor %ax, %ax
	mov %ax, %ds
	lgdtl AT(smp_gdt_pointer)
	mov %cr4, %eax
	or $0x20, %eax			/* PAE */
	mov %eax, %cr4
	mov AT(smp_page_values), %eax
	mov %eax, %cr3
	mov $0xc0000080, %ecx		/* EFER */
	rdmsr
	or AT(smp_page_values) + 8, %eax
	wrmsr
	mov %cr0, %eax
	and $0x9fffffff, %eax		/* caches on: neither CD nor NW */
	or $0x80010001, %eax		/* PG, WP, PE */
	mov %eax, %cr0
	ljmpl $8, $AT(1f)

	.code64
1:	mov AT(smp_page_values) + 16, %rax	/* 2 */
	jmp *%rax

	.align 8
smp_gdt:
	.quad 0
	.quad 0x00af9a000000ffff	/* 64-bit code */
smp_gdt_pointer:
	.word 15
	.long AT(smp_gdt)
	.align 8
smp_page_values:			/* struct smp_page_values of smp_boot.c */
	.skip 24
smp_page_end:

	.text
	.globl smp_entry
	.type smp_entry, @function
smp_entry:
	xor %eax, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov %eax, %fs
	mov %eax, %gs
	mov smp_root(%rip), %rax	/* 3 */
	mov %rax, %cr3
	mov smp_nr_numbers(%rip), %ecx	/* 4 */
	mov smp_next_number(%rip), %eax
2:	cmp %ecx, %eax
	jae 3f
	lea 1(%rax), %edi
	lock cmpxchg %edi, smp_next_number(%rip)
	jne 2b
	lea smp_stack_tops(%rip), %rcx	/* 5 */
	mov (%rcx,%rax,8), %rsp
	mov %eax, %edi
	xor %ebp, %ebp
	call smp_begin
3:
#ifdef LATENCY
	cmpl $0, smp_turns_nr(%rip)	/* smp_turns.c */
	jne smp_marker
#endif
	cli
	hlt
	jmp 3b
	.size smp_entry, .- smp_entry
	.section .note.GNU-stack, "", @progbits
