/* SPDX-License-Identifier: MIT */
/*
 * Reference counts: bare words (refs_*), or a type of their own (refcount_*).
 *
 * A count that has reached 2^31 saturates: its object is never freed, which costs memory, but a
 * count that wrapped around would free what others still use. A put below zero saturates the count
 * as well: that is a kernel bug, which the debug kernel traps and the release kernel reports.
 */
#pragma once

#include "lib/atomic.h"

#define REFS_MAX 0x7fffffffU
#define REFS_SATURATED 0xc0000000U /* far from 0 and from 2^31, whatever CPUs do at once */

#ifdef HOST_TEST
static inline void refs_misused(u32 *refs)
{
	__atomic_store_n(refs, REFS_SATURATED, __ATOMIC_RELAXED);
}
#else
/* *@refs is above REFS_MAX: saturate it, and report it the first time. Context: any. */
void refs_misused(u32 *refs) __cold;
/*
 * Set the function that is called with @underflow, or for too many references. Boot, once. It is
 * called in any context.
 */
void refs_set_reporter(void (*report)(bool underflow));
#endif

static __always_inline u32 refs_read(const u32 *refs)
{
	return __atomic_load_n(refs, __ATOMIC_RELAXED);
}

/* Has the count left its range? */
static __always_inline bool refs_have_stuck(u32 value)
{
	return value > REFS_MAX;
}

/* Take a reference, where 0 means unused rather than freed. */
static __always_inline void refs_get_any(u32 *refs)
{
	if (unlikely((s32)__atomic_add_fetch(refs, 1, __ATOMIC_RELAXED) < 0))
		refs_misused(refs);
}

/* Take a reference; the caller has one already, or a lock that keeps one. */
static __always_inline void refs_get(u32 *refs)
{
#ifdef DEBUG
	if (!refs_read(refs))
		__builtin_trap();
#endif
	refs_get_any(refs);
}

/*
 * Release a reference. True for the last one, whose caller frees the object. Orders all earlier
 * uses by other holders before the freeing.
 */
static __always_inline __must_check bool refs_put(u32 *refs)
{
	s32 old = (s32)__atomic_fetch_sub(refs, 1, __ATOMIC_ACQ_REL);

	if (likely(old > 1))
		return false;
	if (likely(old == 1))
		return true;
	refs_misused(refs);
	return false;
}

/*
 * Release a reference unless it is the last one (then false: the caller takes the required lock).
 */
static __always_inline __must_check bool refs_put_unless_last(u32 *refs)
{
	u32 old = refs_read(refs);

	while (old > 1) {
		if (unlikely(refs_have_stuck(old)))
			return true;
		if (__atomic_compare_exchange_n(refs, &old, old - 1, false, __ATOMIC_RELEASE,
						__ATOMIC_RELAXED))
			return true;
	}
	return false;
}

/* Take a reference unless the object is being freed: for lookups without the owner's lock. */
static inline __must_check bool refs_get_unless_zero(u32 *refs)
{
	u32 old = refs_read(refs);

	do {
		if (!old)
			return false;
		if (unlikely(old >= REFS_MAX)) {
			refs_get(refs);
			return true;
		}
	} while (!__atomic_compare_exchange_n(refs, &old, old + 1, false, __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	return true;
}

struct refcount {
	u32 value;
};

#define REFCOUNT_INIT(n)                                                                           \
	{                                                                                          \
		.value = (n)                                                                       \
	}

static inline void refcount_init(struct refcount *ref, u32 n)
{
	__atomic_store_n(&ref->value, n, __ATOMIC_RELAXED);
}

static inline u32 refcount_read(const struct refcount *ref)
{
	return refs_read(&ref->value);
}

static inline void refcount_get(struct refcount *ref)
{
	refs_get(&ref->value);
}

static inline __must_check bool refcount_get_unless_zero(struct refcount *ref)
{
	return refs_get_unless_zero(&ref->value);
}

static inline __must_check bool refcount_put(struct refcount *ref)
{
	return refs_put(&ref->value);
}
