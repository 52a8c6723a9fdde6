/* SPDX-License-Identifier: MIT */
/*
 * Failing allocations on purpose: each caller's handling of "no memory" can be reached by a test.
 *
 * Two ways. From a seed, in every kernel (boot option fail_alloc=SEED[,N]): one in N allocations of
 * frames and objects gives NULL. The caches of CPUs stay empty then, so that every allocation takes
 * the slow path, where the draw is; without the option nothing is paid. And in debug kernels the
 * n-th one from now (/proc/creance/fail_alloc).
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

/* Set before the allocators are up and never changed: allocations may fail from a seed. */
extern bool mm_fail_alloc_on;

/* One in @one_in allocations is to fail, once mm_fail_alloc_begin() has been called. Boot. */
void mm_fail_alloc_from_seed(u64 seed, u32 one_in);
/*
 * Begin: programs run. @may_fail tells whether those of the current thread may fail (a boot that
 * is under way, kernel threads and the first process have nobody who would try again).
 */
void mm_fail_alloc_begin(bool (*may_fail)(void));
/* Shall this allocation fail? For slow paths. Context: any. */
bool mm_fail_alloc_drawn(void);

#ifdef DEBUG
/* Let the @n-th allocation of frames or objects from now fail, once; 0: none. */
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
