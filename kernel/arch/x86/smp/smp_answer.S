/* SPDX-License-Identifier: MIT */
/* smp_answer() with all registers kept, for arch_cpu_relax(). */
#include "arch/x86/entry/entry_macros.h"

	.text
FUNC(smp_answer_saving)
	push %rdi
	PUSH_DESTROYED_AFTER_DI
	call smp_answer
	POP_DESTROYED
	ret
END_FUNC(smp_answer_saving)
	.section .note.GNU-stack, "", @progbits
