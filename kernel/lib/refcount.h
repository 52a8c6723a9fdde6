/* SPDX-License-Identifier: MIT */
/*
 * Reference counts.
 *
 * A count that has reached 2^31 saturates: its object is never freed, which costs memory, but a
 * count that wrapped around would free what others still use. A put below zero saturates the count
 * as well: that is a kernel bug, which the debug kernel traps and the release kernel reports.
 */
#pragma once

#include "lib/atomic.h"

struct refcount {
	u32 value;
};

#define REFCOUNT_INIT(n)                                                                           \
	{                                                                                          \
		.value = (n)                                                                       \
	}

#define REFCOUNT_MAX 0x7fffffffU
#define REFCOUNT_SATURATED 0xc0000000U /* far from 0 and from 2^31, whatever CPUs do at once */

/* @ref is above REFCOUNT_MAX: saturate it, and report it the first time. Context: any. */
void refcount_misused(struct refcount *ref) __cold;
/*
 * Set the function that is called with @underflow, or for too many references. Boot, once. It is
 * called in any context.
 */
void refcount_set_reporter(void (*report)(bool underflow));

static __always_inline void refcount_init(struct refcount *ref, u32 n)
{
	__atomic_store_n(&ref->value, n, __ATOMIC_RELAXED);
}

/*
 * The same for an object that lookups without a lock may find: its other fields are as they should
 * be. Pairs with refcount_get_unless_zero, which takes references from now on.
 */
static __always_inline void refcount_publish(struct refcount *ref, u32 n)
{
	__atomic_store_n(&ref->value, n, __ATOMIC_RELEASE);
}

static __always_inline u32 refcount_read(const struct refcount *ref)
{
	return __atomic_load_n(&ref->value, __ATOMIC_RELAXED);
}

/*
 * Is the caller's reference the only one? Pairs with refcount_put: what others did before they
 * released theirs is seen afterwards. The caller knows why nobody can take one meanwhile that
 * matters.
 */
static __always_inline bool refcount_is_one(const struct refcount *ref)
{
	return __atomic_load_n(&ref->value, __ATOMIC_ACQUIRE) == 1;
}

/* Has the count left its range? */
static __always_inline bool refcount_is_saturated(u32 value)
{
	return value > REFCOUNT_MAX;
}

/* Take a reference, where 0 means unused rather than freed. */
static __always_inline void refcount_get_any(struct refcount *ref)
{
	if (unlikely((s32)__atomic_add_fetch(&ref->value, 1, __ATOMIC_RELAXED) < 0))
		refcount_misused(ref);
}

/* Take a reference; the caller has one already, or a lock that keeps one. */
static __always_inline void refcount_get(struct refcount *ref)
{
#ifdef DEBUG
	if (!refcount_read(ref))
		__builtin_trap();
#endif
	refcount_get_any(ref);
}

/*
 * Release a reference. True for the last one, whose caller frees the object. Orders all earlier
 * uses by other holders before the freeing.
 */
static __always_inline __must_check bool refcount_put(struct refcount *ref)
{
	s32 old = (s32)__atomic_fetch_sub(&ref->value, 1, __ATOMIC_ACQ_REL);

	if (likely(old > 1))
		return false;
	if (likely(old == 1))
		return true;
	refcount_misused(ref);
	return false;
}

/*
 * Release a reference unless it is the last one (then false: the caller takes the required lock).
 */
static __always_inline __must_check bool refcount_put_unless_last(struct refcount *ref)
{
	u32 old = refcount_read(ref);

	while (old > 1) {
		if (unlikely(refcount_is_saturated(old)))
			return true;
		if (__atomic_compare_exchange_n(&ref->value, &old, old - 1, false, __ATOMIC_RELEASE,
						__ATOMIC_RELAXED))
			return true;
	}
	return false;
}

/* Take a reference unless the object is being freed: for lookups without the owner's lock. */
static inline __must_check bool refcount_get_unless_zero(struct refcount *ref)
{
	u32 old = refcount_read(ref);

	do {
		if (!old)
			return false;
		if (unlikely(old >= REFCOUNT_MAX)) {
			refcount_get(ref);
			return true;
		}
	} while (!__atomic_compare_exchange_n(&ref->value, &old, old + 1, false, __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	return true;
}
