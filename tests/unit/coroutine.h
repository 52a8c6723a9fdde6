/* SPDX-License-Identifier: MIT */
/* Several stacks in one host thread, and switching between them. */
#pragma once

#include <stddef.h>

/* The first stack pointer of a coroutine on @stack, which begins at @entry and never returns. */
void *coroutine_stack(char *stack, size_t size_bytes, void (*entry)(void));
/* Go on at @stack_pointer: what is saved in *@save goes on when another one switches to it. */
void coroutine_switch(void **save, void *stack_pointer);
