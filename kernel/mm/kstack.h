/* SPDX-License-Identifier: MIT */
/* Kernel stacks: 16 KiB each, with unmapped pages below, kept mapped in caches between users. */
#pragma once

#include "lib/compiler.h"

void kstack_init(void);

/* The lowest address of a stack, not cleared, or NULL. Cost: 20 instructions from the cache. */
void *kstack_alloc(void);

/* Context: task, also with interrupts off. Keeps the stack mapped; kstack_trim() unmaps. */
void kstack_free(void *stack);

/* Unmap cached stacks beyond a handful. Context: task, interrupts on, no spinlock; the idle thread
 * calls it. True when something was freed. */
bool kstack_trim(void);

/* Is @address in the unmapped part below some stack, that is: did a kernel stack overflow? */
bool kstack_is_guard(vaddr_t address);

/* Stacks that exist, and how many of them lie unused in caches. */
void kstack_counts(u64 *nr_total, u64 *nr_cached);
