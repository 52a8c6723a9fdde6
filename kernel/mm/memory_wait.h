/* SPDX-License-Identifier: MIT */
/* Between page_alloc.c and memory_wait.c only; the interface for others is in page_alloc.h. */
#pragma once

#include "mm/page_alloc.h"

/* How much one allocation has waited already. Starts as zeros. */
struct memory_patience {
	unsigned handler_rounds, rounds;
};

/* Boot, before there are handlers. */
void memory_wait_init(void);

/*
 * There is no block of 2^@order frames for an allocation with @flags. Returns: true when by now
 * there may be one; false: give up. Context: any task; waits only where it may.
 */
bool memory_wait(struct memory_patience *patience, unsigned order, unsigned flags);
