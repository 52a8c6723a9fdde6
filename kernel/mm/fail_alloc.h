/* SPDX-License-Identifier: MIT */
/*
 * Injected allocation failures, so that a test can reach each caller's handling of "no memory".
 *
 * There are two ways. From a seed, in every kernel (boot option fail_alloc=SEED[,N]): one in N
 * allocations of pages and objects fails. The per-CPU caches then stay empty, so that every
 * allocation takes the slow path, where the draw is; without the option there is no cost. In debug
 * kernels also the n-th allocation from now (/proc/creance/fail_alloc).
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

/* Set before the allocators are initialised and never changed: allocations may fail from a seed. */
extern bool mm_fail_alloc_on;

/* Make one in @one_in allocations fail, once mm_fail_alloc_begin() has been called. Boot. */
void mm_fail_alloc_from_seed(u64 seed, u32 one_in);
/*
 * Start failing: programs are running. @may_fail tells whether allocations of the current thread
 * may fail (boot code, kernel threads and the first process have no caller that would retry).
 */
void mm_fail_alloc_begin(bool (*may_fail)(void));
/* Must this allocation fail? For slow paths. Context: any. */
bool mm_fail_alloc_drawn(void);

#ifdef DEBUG
/* Let the @n-th allocation of pages or objects from now fail, once; 0: none. */
void mm_fail_alloc_set(u32 n);
/* Is this the allocation that must fail? Context: any. */
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
