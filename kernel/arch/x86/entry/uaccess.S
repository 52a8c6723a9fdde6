/* SPDX-License-Identifier: MIT */
/*
 * Copies to and from user memory. Each routine: check that the range ends below USER_TOP, open
 * the SMAP window,
 * copy eight bytes at a time, close it. An instruction marked ON_FAULT that faults for good
 * continues at its fix-up, with
 * the remaining count still exact in %rdx.
 *
 * Loops instead of rep: an iteration of rep costs as much as an instruction where instructions
 * are what counts,
 * and its start-up cost is high on real CPUs for the usual short copies.
 */
#include "arch/x86/entry/entry_macros.h"

#define USER_TOP 0x00007ffffffff000

	.text

/* Jump to \to unless [\address, +\len) is user memory; clobbers rax, rcx. */
.macro CHECK_RANGE address, len, to
	movabs $USER_TOP, %rax
	cmp %rax, \len
	ja \to
	sub \len, %rax
	cmp %rax, \address
	ja \to
.endm

/*
 * rdi to, rsi from, rdx count: 64 bytes a round, then 8, then 1. rdx counts down what is left
 * before each access, so a
 * fix-up need only return it. \load_user and \store_user say which side may fault.
 */
.macro COPY_BODY user_side
	mov %rdx, %rcx
	cmp $64, %rdx
	jb 20f
	.align 16
10:
	.irp at, 0, 8, 16, 24, 32, 40, 48, 56
	.ifc \user_side, from
101:	mov \at(%rsi), %rax
	mov %rax, \at(%rdi)
	.else
	mov \at(%rsi), %rax
101:	mov %rax, \at(%rdi)
	.endif
	ON_FAULT 101b, 20f
	.endr
	add $64, %rsi
	add $64, %rdi
	sub $64, %rdx
	cmp $64, %rdx
	jae 10b
	/*
	 * A fault in the middle of 64 bytes lands here, too: the smaller steps find the exact
	 * byte.
	 */
20:	cmp $8, %rdx
	jb 30f
21:
	.ifc \user_side, from
102:	mov (%rsi), %rax
	mov %rax, (%rdi)
	.else
	mov (%rsi), %rax
102:	mov %rax, (%rdi)
	.endif
	ON_FAULT 102b, 30f
	add $8, %rsi
	add $8, %rdi
	sub $8, %rdx
	cmp $8, %rdx
	jae 21b
30:	test %rdx, %rdx
	jz 40f
31:
	.ifc \user_side, from
103:	movb (%rsi), %al
	movb %al, (%rdi)
	.else
	movb (%rsi), %al
103:	movb %al, (%rdi)
	.endif
	ON_FAULT 103b, 40f
	inc %rsi
	inc %rdi
	dec %rdx
	jnz 31b
40:
.endm

FUNC(arch_copy_from_user)
	CHECK_RANGE %rsi, %rdx, 90f
	SMAP_OPEN
	COPY_BODY from
	SMAP_CLOSE
	mov %rdx, %rax
	ret
90:	mov %rdx, %rax
	ret
END_FUNC(arch_copy_from_user)

FUNC(arch_copy_to_user)
	CHECK_RANGE %rdi, %rdx, 90f
	SMAP_OPEN
	COPY_BODY to
	SMAP_CLOSE
	mov %rdx, %rax
	ret
90:	mov %rdx, %rax
	ret
END_FUNC(arch_copy_to_user)

/* rdi address, rsi count. */
FUNC(arch_clear_user)
	CHECK_RANGE %rdi, %rsi, 90f
	SMAP_OPEN
	xor %eax, %eax
	cmp $8, %rsi
	jb 2f
1:	mov %rax, (%rdi)
	ON_FAULT 1b, 2f
	add $8, %rdi
	sub $8, %rsi
	cmp $8, %rsi
	jae 1b
2:	test %rsi, %rsi
	jz 4f
3:	movb %al, (%rdi)
	ON_FAULT 3b, 4f
	inc %rdi
	dec %rsi
	jnz 3b
4:	SMAP_CLOSE
90:	mov %rsi, %rax
	ret
END_FUNC(arch_clear_user)

/*
 * rdi to, rsi from, rdx max: length without NUL, max if there is none, -EFAULT. Eight bytes a round
 * (in a word w, the lowest bit of (w - 0x01..) & ~w & 0x80.. marks its first zero byte), single
 * bytes where eight would go beyond max, user memory, or into a page that is not there.
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

.macro GET_USER name, size, move, register
FUNC(\name)
	movabs $USER_TOP - \size, %rax
	cmp %rax, %rsi
	ja 90f
	SMAP_OPEN
1:	\move (%rsi), \register
	ON_FAULT 1b, 80f
	SMAP_CLOSE
	\move \register, (%rdi)
	xor %eax, %eax
	ret
80:	SMAP_CLOSE
90:	mov $-14, %eax
	ret
END_FUNC(\name)
.endm
	GET_USER arch_get_user_u32, 4, movl, %ecx
	GET_USER arch_get_user_u64, 8, movq, %rcx

.macro PUT_USER name, size, move, register
FUNC(\name)
	movabs $USER_TOP - \size, %rax
	cmp %rax, %rsi
	ja 90f
	SMAP_OPEN
1:	\move \register, (%rsi)
	ON_FAULT 1b, 80f
	SMAP_CLOSE
	xor %eax, %eax
	ret
80:	SMAP_CLOSE
90:	mov $-14, %eax
	ret
END_FUNC(\name)
.endm
	PUT_USER arch_put_user_u32, 4, movl, %edi
	PUT_USER arch_put_user_u64, 8, movq, %rdi

/* rdi first, rsi second, rdx address. */
FUNC(arch_put_user_pair)
	movabs $USER_TOP - 16, %rax
	cmp %rax, %rdx
	ja 90f
	SMAP_OPEN
1:	mov %rdi, (%rdx)
	ON_FAULT 1b, 80f
2:	mov %rsi, 8(%rdx)
	ON_FAULT 2b, 80f
	SMAP_CLOSE
	xor %eax, %eax
	ret
80:	SMAP_CLOSE
90:	mov $-14, %eax
	ret
END_FUNC(arch_put_user_pair)

/* rdi address, esi expected, edx desired, rcx where the old value goes: 0 or -EFAULT. */
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
