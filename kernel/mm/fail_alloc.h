/* SPDX-License-Identifier: MIT */
/*
 * Failing allocations on purpose: each caller's handling of "no memory" can be reached by a test.
 */
#pragma once

#include "lib/compiler.h"

#ifdef DEBUG
/* Let the @n-th allocation of frames or objects from now fail, once; 0: none. Boot option
 * fail_alloc=N. */
void mm_fail_alloc_set(u32 n);
/* Is it this allocation's turn? Context: any. */
bool mm_fail_alloc_now(void);
#else
static inline void mm_fail_alloc_set(u32 n)
{
	(void)n;
}
static inline bool mm_fail_alloc_now(void)
{
	return false;
}
#endif
