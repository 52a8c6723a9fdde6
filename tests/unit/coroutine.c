// SPDX-License-Identifier: MIT
#include "coroutine.h"

#include <sanitizer/asan_interface.h>

/* Read at the start of each function that AddressSanitizer watches; absent without it. */
extern int __asan_option_detect_stack_use_after_return __attribute__((weak));

/* The registers that a call preserves, and the stack. No system call, as swapcontext() makes. */
__asm__(".globl coroutine_switch\n"
	"coroutine_switch:\n"
	"	push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
	"	mov %rsp, (%rdi)\n"
	"	mov %rsi, %rsp\n"
	"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp\n"
	"	ret\n");

void *coroutine_stack(char *stack, size_t size_bytes, void (*entry)(void))
{
	void **top = (void **)(stack + size_bytes);

	/*
	 * With this detection AddressSanitizer keeps frames apart from the stack, at other
	 * addresses in each run. Variables of a frame are part of a model's state (a waitq entry),
	 * so no state would be seen twice.
	 */
	if (&__asan_option_detect_stack_use_after_return)
		__asan_option_detect_stack_use_after_return = 0;
	ASAN_UNPOISON_MEMORY_REGION(stack, size_bytes);
	*--top = NULL; /* nowhere to return to; and the stack is aligned as after a call */
	*--top = (void *)entry;
	return top - 6;
}
