/* SPDX-License-Identifier: MIT */
/* The vDSO as the kernel carries it: tools/kernel.mk links the shared object VDSO_SO. */
	.section .rodata, "a"
	.globl vdso_image_start, vdso_image_end
	.balign 16
vdso_image_start:
	.incbin VDSO_SO
vdso_image_end:
	.section .note.GNU-stack, "", @progbits
