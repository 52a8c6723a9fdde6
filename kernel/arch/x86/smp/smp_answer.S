/* SPDX-License-Identifier: MIT */
/* smp_answer() and spin_wait() with all registers kept, for arch_cpu_relax(), arch_spin_wait(). */
#include "arch/x86/entry/entry_macros.h"

	.text
FUNC(smp_answer_saving)
	push %rdi
	PUSH_DESTROYED_AFTER_DI
	call smp_answer
	POP_DESTROYED
	ret
END_FUNC(smp_answer_saving)

/* The lock and the ticket have been pushed. */
FUNC(spin_wait_saving)
	push %rdi
	PUSH_DESTROYED_AFTER_DI
	mov (9 + 2) * 8(%rsp), %rdi
	mov (9 + 1) * 8(%rsp), %rsi
	call spin_wait
	POP_DESTROYED
	ret $(2 * 8)
END_FUNC(spin_wait_saving)
	.section .note.GNU-stack, "", @progbits
