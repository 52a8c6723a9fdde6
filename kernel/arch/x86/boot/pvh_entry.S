/* SPDX-License-Identifier: MIT */
/*
 * From the loader to C. The PVH protocol starts the kernel in 32-bit protected mode without paging,
 * with the address of the start-info structure in EBX (Xen docs/misc/pvh). Steps:
 *
 *   1  build page tables: the first 4 GiB at 0 and at the direct map, and 1 GiB at -2 GiB
 *   2  enable PAE, long mode and paging
 *   3  load a 64-bit code segment, and jump to the kernel's own addresses
 *   4  set the stack, call kaslr_move()
 *   5  continue at the image's new address, with the stack there; loading CR3 makes the CPU drop
 *      what it has prefetched and translated before
 *
 * These tables are writable and executable throughout; kernel_map.c replaces them soon.
 */
#include "arch/x86/arch_inline/page_inline.h"

#define PHYS(symbol) ((symbol) - 0xffffffff80000000)
#define PTE_TABLE 0x3	     /* present, writable */
#define PTE_LARGE 0x83	     /* present, writable, 2 MiB */

	.section .note.pvh, "a", @note
	.align 4
	.long 4, 8, 18		/* sizes of name and value; XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.quad PHYS(pvh_entry)

	.section .boot.text, "ax"
	.code32
	.globl pvh_entry
	.type pvh_entry, @function
pvh_entry:
	cli
	cld
	mov %ebx, %ebp

	/* 1 */
	mov $PHYS(boot_pd), %edi
	mov $PTE_LARGE, %eax
	mov $2048, %ecx
1:	mov %eax, (%edi)
	movl $0, 4(%edi)
	add $0x200000, %eax
	add $8, %edi
	dec %ecx
	jnz 1b

	mov $PHYS(boot_pd) + PTE_TABLE, %eax
	mov $PHYS(boot_pdpt_low), %edi
	mov $4, %ecx
2:	mov %eax, (%edi)
	add $0x1000, %eax
	add $8, %edi
	dec %ecx
	jnz 2b
	movl $PHYS(boot_pd) + PTE_TABLE, PHYS(boot_pdpt_high) + 510 * 8
	movl $PHYS(boot_pdpt_low) + PTE_TABLE, PHYS(boot_pml4)
	movl $PHYS(boot_pdpt_low) + PTE_TABLE, PHYS(boot_pml4) + 256 * 8
	movl $PHYS(boot_pdpt_high) + PTE_TABLE, PHYS(boot_pml4) + 511 * 8

	/* 2 */
	mov %cr4, %eax
	or $0x20, %eax		/* PAE */
	mov %eax, %cr4
	mov $PHYS(boot_pml4), %eax
	mov %eax, %cr3
	mov $0xc0000080, %ecx	/* EFER */
	rdmsr
	or $0x100, %eax		/* LME */
	wrmsr
	mov %cr0, %eax
	or $0x80010001, %eax	/* PG, WP, PE */
	mov %eax, %cr0

	/* 3 */
	lgdt PHYS(boot_gdt_pointer)
	ljmp $8, $PHYS(long_mode)

	.code64
long_mode:
	movabs $4f, %rax
	jmp *%rax
4:	xor %eax, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov %eax, %fs
	mov %eax, %gs
	lea boot_stack_end(%rip), %rsp
	mov %ebp, %edi
	call kaslr_move

	/* 5 */
	lea 5f(%rip), %rcx
	add %rax, %rcx
	mov %cr3, %rdx
	mov %rdx, %cr3
	jmp *%rcx
5:	lea boot_stack_end(%rip), %rsp
	mov %ebp, %edi
	xor %ebp, %ebp
	call boot_from_pvh
	ud2

	.align 8
boot_gdt:
	.quad 0
	.quad 0x00af9a000000ffff /* 64-bit code */
boot_gdt_pointer:
	.word 15
	.long PHYS(boot_gdt)
	.long 0

	.section .bss.page_aligned, "aw", @nobits
	.align 4096
	.globl boot_stack_guard, boot_stack, boot_stack_end
boot_stack_guard:
	.skip 4096
boot_stack:
	.skip 16384
boot_stack_end:
	.globl boot_pml4, boot_pdpt_high, boot_pd, boot_pdpt_direct, boot_pd_moved
boot_pml4:
	.skip 4096
boot_pdpt_low:
	.skip 4096
boot_pdpt_high:
	.skip 4096
boot_pd:
	.skip 4 * 4096
boot_pdpt_direct:
	.skip 4096
boot_pd_moved:
	.skip 4096
	.section .note.GNU-stack, "", @progbits
