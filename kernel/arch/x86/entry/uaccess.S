/* SPDX-License-Identifier: MIT */
/*
 * Copies to and from user memory. Each routine checks that the range ends below USER_TOP, opens the
 * SMAP window, copies, and closes the window. If an instruction marked ON_FAULT faults and the
 * fault cannot be resolved, execution continues at its fix-up; the registers say how far the copy
 * came.
 *
 * The copies are unrolled string instructions instead of rep. Under emulation an iteration of rep
 * costs as much as an instruction, and is slower by a third; on real CPUs the start-up cost of rep
 * is high for the usual short copies.
 */
#include "arch/x86/entry/entry_macros.h"

#define USER_TOP 0x00007ffffffff000

	.text
	/* Keep each loop within one page: QEMU chains translated code only there. */
	.balign 2048

/* Jump to \to unless [\address, +\len) is user memory; clobbers rax. */
.macro CHECK_RANGE address, len, to
	movabs $USER_TOP, %rax
	cmp %rax, \len
	ja \to
	sub \len, %rax
	cmp %rax, \address
	ja \to
.endm

.macro MOVE width, times, fix_up
	.rept \times
101:	movs\width
	ON_FAULT 101b, \fix_up
	.endr
.endm

/* Copy 128 bytes; at a fix-up the registers are as before. */
.macro MOVE_128 fix_up
	.irp at, 0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120
	mov \at(%rsi), %rax
101:	mov %rax, \at(%rdi)
	ON_FAULT 101b, \fix_up
	.endr
	add $128, %rsi
	add $128, %rdi
.endm

.macro WINDOW how, does
	.ifc \does, windowed
	\how
	.endif
.endm

/*
 * In: rdi to, rsi from, rdx count. Out: rax, the bytes not copied. 128 bytes a round, then powers
 * of two. r8 is the end of the destination, from which a fix-up computes the rest; it first copies
 * byte by byte as far as possible.
 */
.macro COPY_BODY rounds, window
	WINDOW SMAP_OPEN, \window
	lea (%rdi, %rdx), %r8
	cmp $8, %rdx
	jb 40f
	sub $128, %rdx
	jb 20f
10:
	.ifc \rounds, strings
	MOVE q, 16, 70f
	.else
	MOVE_128 70f
	.endif
	sub $128, %rdx
	jae 10b
20:	test $64, %dl		/* the low seven bits are still those of the count */
	jz 31f
	MOVE q, 8, 70f
31:	test $32, %dl
	jz 32f
	MOVE q, 4, 70f
32:	test $16, %dl
	jz 33f
	MOVE q, 2, 70f
33:	test $8, %dl
	jz 34f
	MOVE q, 1, 70f
34:	test $7, %dl
	jz 60f
40:	test $4, %dl
	jz 41f
	MOVE l, 1, 70f
41:	test $2, %dl
	jz 42f
	MOVE w, 1, 70f
42:	test $1, %dl
	jz 60f
	MOVE b, 1, 80f
60:	WINDOW SMAP_CLOSE, \window
	xor %eax, %eax
	ret
70:	cmp %r8, %rdi
	je 80f
	MOVE b, 1, 80f
	jmp 70b
80:	WINDOW SMAP_CLOSE, \window
	mov %r8, %rax
	sub %rdi, %rax
	ret
90:	mov %rdx, %rax
	ret
.endm

FUNC(arch_copy_from_user)
	CHECK_RANGE %rsi, %rdx, 90f
	COPY_BODY strings, windowed
END_FUNC(arch_copy_from_user)

FUNC(arch_copy_to_user)
	CHECK_RANGE %rdi, %rdx, 90f
	COPY_BODY strings, windowed
END_FUNC(arch_copy_to_user)

FUNC(arch_copy_to_user_open)
	COPY_BODY moves, open
END_FUNC(arch_copy_to_user_open)

/* In: rdi address, rsi count. Out: rax, the bytes not cleared. */
FUNC(arch_clear_user)
	CHECK_RANGE %rdi, %rsi, 90f
	SMAP_OPEN
	xor %eax, %eax
	sub $128, %rsi
	jb 20f
10:
	.irp at, 0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120
101:	mov %rax, \at(%rdi)
	ON_FAULT 101b, 19f
	.endr
	add $128, %rdi
	sub $128, %rsi
	jae 10b
	jmp 20f
19:	add $120, %rsi		/* in the middle of a round: go on in smaller steps */
	jmp 21f
20:	add $120, %rsi
	js 30f
21:	mov %rax, (%rdi)
	ON_FAULT 21b, 30f
	add $8, %rdi
	sub $8, %rsi
	jns 21b
30:	add $8, %rsi
	jz 40f
31:	movb %al, (%rdi)
	ON_FAULT 31b, 40f
	inc %rdi
	dec %rsi
	jnz 31b
40:	SMAP_CLOSE
90:	mov %rsi, %rax
	ret
END_FUNC(arch_clear_user)

/*
 * In: rdi to, rsi from, rdx max. Out: rax, the length without NUL, max if there is none, or
 * -EFAULT. Eight bytes a round (in a word w, the lowest bit of (w - 0x01..) & ~w & 0x80.. marks the
 * first zero byte); single bytes where eight would go beyond max, beyond user memory, or into an
 * absent page.
 */
FUNC(arch_copy_string_from_user)
	movabs $USER_TOP, %r8
	movabs $0x0101010101010101, %r10
	movabs $0x8080808080808080, %r11
	xor %eax, %eax
	SMAP_OPEN
1:	lea 8(%rax), %r9
	cmp %rdx, %r9
	ja 3f
	add %rsi, %r9
	jc 3f
	cmp %r8, %r9
	ja 3f
2:	mov (%rsi, %rax), %rcx
	ON_FAULT 2b, 3f
	mov %rcx, (%rdi, %rax)
	mov %rcx, %r9
	not %rcx
	sub %r10, %r9
	and %r11, %rcx
	add $8, %rax
	and %rcx, %r9
	jz 1b
	bsf %r9, %r9
	shr $3, %r9
	lea -8(%rax, %r9), %rax
	SMAP_CLOSE
	ret
3:	cmp %rdx, %rax
	jae 5f
	lea (%rsi, %rax), %r9
	cmp %r8, %r9
	jae 6f
4:	movb (%r9), %cl
	ON_FAULT 4b, 6f
	movb %cl, (%rdi, %rax)
	test %cl, %cl
	jz 5f
	inc %rax
	jmp 3b
5:	SMAP_CLOSE
	ret
6:	SMAP_CLOSE
	mov $-14, %rax
	ret
END_FUNC(arch_copy_string_from_user)

/*
 * In: rdi address, esi expected, edx desired, rcx where the old value goes. Out: rax, 0 or -EFAULT.
 */
FUNC(arch_user_cmpxchg_u32)
	movabs $USER_TOP - 4, %rax
	cmp %rax, %rdi
	ja 90f
	mov %esi, %eax
	SMAP_OPEN
1:	lock cmpxchgl %edx, (%rdi)
	ON_FAULT 1b, 80f
	SMAP_CLOSE
	mov %eax, (%rcx)
	xor %eax, %eax
	ret
80:	SMAP_CLOSE
90:	mov $-14, %eax
	ret
END_FUNC(arch_user_cmpxchg_u32)
	.section .note.GNU-stack, "", @progbits
