/* SPDX-License-Identifier: MIT */
/* Macros that the entry code shares. Assembly only. */
#pragma once

/* clang-format off: assembly */

#include "asm_offsets.h"

#define KERNEL_CS 0x08
#define USER_DS 0x1b
#define USER_CS 0x23

#define FUNC(name)              \
	.globl name;            \
	.type name, @function;  \
	.align 16;              \
	name:
#define END_FUNC(name) .size name, .- name

/* A 3-byte nop that boot turns into clac or stac when the CPU has SMAP (cpu/cpu_features.c). */
.macro SMAP_CLOSE
661:	.byte 0x0f, 0x1f, 0x00
	.pushsection .smap_sites, "a"
	.quad 661b, 0xca010f
	.popsection
.endm
.macro SMAP_OPEN
661:	.byte 0x0f, 0x1f, 0x00
	.pushsection .smap_sites, "a"
	.quad 661b, 0xcb010f
	.popsection
.endm

/* A fault of the instruction at \at continues at \to (arch_uaccess_fixup). */
.macro ON_FAULT at, to
	.pushsection .exception_table, "a"
	.quad \at, \to
	.popsection
.endm

/* For the latency build (sync/latency_hooks.h), where the caller-saved registers are dead. */
.macro LATENCY_RETURN
#ifdef LATENCY
	mov %rsp, %rdi
	call trap_latency_return
#endif
.endm

/*
 * The registers from di on, in the order of struct trap_frame: first the caller-saved ones, then
 * the callee-saved ones.
 */
.macro PUSH_DESTROYED_AFTER_DI
	push %rsi
	push %rdx
	push %rcx
	push %rax
	push %r8
	push %r9
	push %r10
	push %r11
.endm
.macro PUSH_REGISTERS_AFTER_DI
	PUSH_DESTROYED_AFTER_DI
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
.endm

/* The callee-saved registers, into the frame that begins at \offset(%rsp). */
.macro SAVE_PRESERVED offset
	mov %rbx, \offset + TRAP_FRAME_BX(%rsp)
	mov %rbp, \offset + TRAP_FRAME_BP(%rsp)
	mov %r12, \offset + TRAP_FRAME_R12(%rsp)
	mov %r13, \offset + TRAP_FRAME_R13(%rsp)
	mov %r14, \offset + TRAP_FRAME_R14(%rsp)
	mov %r15, \offset + TRAP_FRAME_R15(%rsp)
.endm

.macro POP_DESTROYED
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rax
	pop %rcx
	pop %rdx
	pop %rsi
	pop %rdi
.endm
.macro POP_REGISTERS
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	POP_DESTROYED
.endm
