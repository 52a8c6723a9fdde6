/* SPDX-License-Identifier: MIT */
/*
 * The vDSO: a shared object in one loadable, read-only and executable piece, at any address. The
 * page before its first byte is the kernel's clock page.
 */
OUTPUT_FORMAT(elf64-x86-64)
OUTPUT_ARCH(i386:x86-64)

PHDRS
{
	text PT_LOAD FLAGS(5) FILEHDR PHDRS;
	dynamic PT_DYNAMIC FLAGS(4);
	eh_frame_hdr PT_GNU_EH_FRAME FLAGS(4);
}

SECTIONS
{
	HIDDEN(vdso_clock_page = . - 4096);

	. = SIZEOF_HEADERS;
	.hash : { *(.hash) } :text
	.gnu.hash : { *(.gnu.hash) }
	.dynsym : { *(.dynsym) }
	.dynstr : { *(.dynstr) }
	.gnu.version : { *(.gnu.version) }
	.gnu.version_d : { *(.gnu.version_d) }
	.dynamic : { *(.dynamic) } :text :dynamic
	.rodata : { *(.rodata .rodata.*) } :text
	.eh_frame_hdr : { *(.eh_frame_hdr) } :text :eh_frame_hdr
	.eh_frame : { KEEP(*(.eh_frame)) } :text
	.text : { *(.text .text.*) } :text

	/DISCARD/ : {
		*(.comment)
		*(.note.GNU-stack)
		*(.note.gnu.property)
	}
	/* Nothing that would have to be written when it is loaded. */
	.data : { *(.data .data.* .bss .bss.* .got .got.* .rela.*) }
	ASSERT(SIZEOF(.data) == 0, "the vDSO must not have data or relocations")
}

VERSION
{
	LINUX_2.6 {
	global:
		__vdso_clock_gettime;
		__vdso_clock_getres;
		__vdso_gettimeofday;
		__vdso_time;
		__vdso_getcpu;
	local:
		*;
	};
}
