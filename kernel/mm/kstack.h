/* SPDX-License-Identifier: MIT */
/* Kernel stacks: 16 KiB each, with unmapped pages below; unused ones stay mapped in caches. */
#pragma once

#include "lib/compiler.h"

void kstack_init(void);

/* Returns the lowest address of a stack, not cleared, or NULL. Cost: 20 instructions if cached. */
void *kstack_alloc(void);

/* Free @stack, which stays mapped until kstack_trim(). Context: task, also with interrupts off. */
void kstack_free(void *stack);

/*
 * Unmap unused stacks that are in no CPU's cache. The idle thread calls it. Context: task,
 * interrupts on, no spinlock. Returns: true when it freed something.
 */
bool kstack_trim(void);

/* Is @address in the unmapped part below a stack, that is: did a kernel stack overflow? */
bool kstack_is_guard(vaddr_t address);

/* The number of stacks, and how many of them are unused. */
void kstack_counts(u64 *nr_total, u64 *nr_cached);
