/* SPDX-License-Identifier: MIT */
/*
 * Reference counts. A count that overflows, or is taken from zero, is a broken invariant of ours
 * and executes an undefined instruction, which the trap path reports as a panic with this place.
 */
#pragma once

#include "lib/atomic.h"

#define REFCOUNT_MAX 0x7fffffffU

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
	return __atomic_load_n(&ref->value, __ATOMIC_RELAXED);
}

/* Take one more; the caller has one already, or a lock that keeps one. */
static inline void refcount_get(struct refcount *ref)
{
	u32 old = __atomic_fetch_add(&ref->value, 1, __ATOMIC_RELAXED);

	if (unlikely(old - 1 >= REFCOUNT_MAX - 1))
		__builtin_trap();
}

/* Take one unless the object is on its way out: for look-ups without the owner's lock. */
static inline __must_check bool refcount_get_unless_zero(struct refcount *ref)
{
	u32 old = refcount_read(ref);

	do {
		if (!old)
			return false;
		if (unlikely(old >= REFCOUNT_MAX))
			__builtin_trap();
	} while (!__atomic_compare_exchange_n(&ref->value, &old, old + 1, false, __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	return true;
}

/* Give one back. True for the last, whose caller frees the object. Orders all earlier uses by other
 * holders before the freeing. */
static inline __must_check bool refcount_put(struct refcount *ref)
{
	u32 old = __atomic_fetch_sub(&ref->value, 1, __ATOMIC_ACQ_REL);

	if (unlikely(old - 1 >= REFCOUNT_MAX))
		__builtin_trap();
	return old == 1;
}
