/* SPDX-License-Identifier: MIT */
/* Shared by page_alloc.c and memory_wait.c only; the public interface is in page_alloc.h. */
#pragma once

#include "mm/page_alloc.h"

/* Boot, before any handler is registered. */
void memory_wait_init(void);

/*
 * No block of 2^@order pages is free for an allocation with @flags. Returns: true when there may be
 * one now; false: give up. Context: any task; waits only where the caller may sleep.
 */
bool memory_wait(struct memory_patience *patience, unsigned order, unsigned flags);
