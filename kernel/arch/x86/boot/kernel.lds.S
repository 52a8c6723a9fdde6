/* SPDX-License-Identifier: MIT */
/*
 * The kernel image: linked at -2 GiB, loaded at 2 MiB, moved at boot (kaslr.c). Code, read-only
 * data and writable data are on pages of their own, so that each is mapped with only the
 * permissions that it needs.
 */
#include "arch/x86/arch_inline/page_inline.h"

OUTPUT_FORMAT(elf64-x86-64)
OUTPUT_ARCH(i386:x86-64)
ENTRY(pvh_entry_physical)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
	note PT_NOTE FLAGS(4);
}

SECTIONS
{
	. = 0xffffffff80200000;
	kernel_image_start = .;

	/* Starts at its physical address. */
	.boot.text : AT(ADDR(.boot.text) - 0xffffffff80000000) {
		kernel_text_start = .;
		KEEP(*(.boot.text))
		. = ALIGN(64);
	} :text
	.text : AT(ADDR(.text) - 0xffffffff80000000) {
		KEEP(*(.entry.text))
		*(.text .text.*)
		. = ALIGN(4096);
		kernel_text_end = .;
	} :text

	.rodata : AT(ADDR(.rodata) - 0xffffffff80000000) {
		kernel_rodata_start = .;
		*(.rodata .rodata.*)
		. = ALIGN(8);
		exception_table_start = .;
		KEEP(*(.exception_table))
		exception_table_end = .;
		smap_sites_start = .;
		KEEP(*(.smap_sites))
		smap_sites_end = .;
	} :rodata
	.note.pvh : AT(ADDR(.note.pvh) - 0xffffffff80000000) {
		KEEP(*(.note.pvh))
	} :rodata :note
	.rodata_end : AT(ADDR(.rodata_end) - 0xffffffff80000000) {
		. = ALIGN(4096);
		kernel_rodata_end = .;
	} :rodata

	.data : AT(ADDR(.data) - 0xffffffff80000000) {
		kernel_data_start = .;
		*(.data .data.*)
	} :data
	/* After all places that it lists, so that their addresses do not depend on its length. */
	.relocations : AT(ADDR(.relocations) - 0xffffffff80000000) {
		kernel_relocations_start = .;
		KEEP(*(.relocations))
		kernel_relocations_end = .;
	} :data
	.bss : AT(ADDR(.bss) - 0xffffffff80000000) {
		*(.bss.page_aligned)
		. = ALIGN(64);
		percpu_start = .;
		*(.bss.percpu)
		. = ALIGN(64);
		percpu_end = .;
		*(.bss .bss.* COMMON)
		. = ALIGN(4096);
		kernel_image_end = .;
	} :data

	pvh_entry_physical = pvh_entry - 0xffffffff80000000;

	/DISCARD/ : {
		*(.init_array .init_array.*)
		*(.ctors .ctors.*)
		*(.comment)
		*(.eh_frame)
		*(.note.GNU-stack)
		*(.note.gnu.property)
	}
}
