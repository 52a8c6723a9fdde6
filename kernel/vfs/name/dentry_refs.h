/* SPDX-License-Identifier: MIT */
/*
 * The references of a cached name, which stays in the cache without any.
 *
 * Idea.  The word has two for each reference. The lowest bit (eager) says that nothing keeps the
 *   entry when it is unused: it is deleted, or a root, or of a file system whose names come and go.
 *   Being part of the word it cannot be missed by the last put, which so needs the lock only when
 *   the bit is set. An entry that is to be freed becomes dead first: then nobody gets it any more.
 * Invariants.
 *   R1  Only who holds dentry_lock makes an entry dead, or eager; and takes a dead one out of all
 *       lists before the lock is released. So with the lock held, what can be reached is alive.
 *   R2  A dead entry stays dead: gets and puts leave its word far from all others.
 *   R3  An eager entry has a reference, or is dead.
 *   R4  A word that overflows saturates, as in lib/refcount.h: the entry is never freed.
 * Tests. dentry_refs_test.c.
 */
#pragma once

#include "lib/refcount.h"

struct dentry_refs {
	struct refcount word; /* 2 for each reference */
};

#define DENTRY_REF 2U
#define DENTRY_REFS_EAGER 1U
#define DENTRY_REFS_DEAD 0xe0000000U /* far from 0 and from what is saturated */

/* One reference. */
static __always_inline void dentry_refs_init(struct dentry_refs *refs)
{
	refcount_init(&refs->word, DENTRY_REF);
}

/* How many; many for a dead one. */
static __always_inline u32 dentry_refs_count(const struct dentry_refs *refs)
{
	return refcount_read(&refs->word) / DENTRY_REF;
}

static __always_inline bool dentry_refs_are_dead(const struct dentry_refs *refs)
{
	return refcount_read(&refs->word) >= DENTRY_REFS_DEAD;
}

/*
 * Take a reference on an entry that is alive: the caller has one already, or dentry_lock. True: it
 * was unused.
 */
static __always_inline bool dentry_refs_get(struct dentry_refs *refs)
{
	u32 old = __atomic_fetch_add(&refs->word.value, DENTRY_REF, __ATOMIC_RELAXED);

	if (unlikely((s32)(old + DENTRY_REF) < 0))
		refcount_misused(&refs->word); /* R4 */
	return !old;
}

enum dentry_get { DENTRY_GOT, DENTRY_GOT_UNUSED, DENTRY_NOT_GOT };

/*
 * Take a reference in a read section that has found the entry. DENTRY_NOT_GOT: it is dead, or only
 * the lock can tell. What was written before it became used last is seen: pairs with
 * dentry_refs_put.
 */
static __always_inline enum dentry_get dentry_refs_get_found(struct dentry_refs *refs)
{
	u32 old = refcount_read(&refs->word);

	do {
		if (unlikely((s32)(old + DENTRY_REF) < 0)) /* R2, R4 */
			return DENTRY_NOT_GOT;
	} while (unlikely(!__atomic_compare_exchange_n(&refs->word.value, &old, old + DENTRY_REF,
						       false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)));
	return old ? DENTRY_GOT : DENTRY_GOT_UNUSED;
}

enum dentry_put { DENTRY_PUT, DENTRY_PUT_UNUSED, DENTRY_NEEDS_LOCK };

/* Of the last reference of an eager entry, or of a word that has left its range: R4. */
static inline enum dentry_put dentry_refs_put_odd(struct dentry_refs *refs, u32 old)
{
	if (old == DENTRY_REF + DENTRY_REFS_EAGER)
		return DENTRY_NEEDS_LOCK;
	if (!refcount_is_saturated(old))
		refcount_misused(&refs->word); /* more puts than gets */
	return DENTRY_PUT;
}

/*
 * Release a reference. DENTRY_PUT_UNUSED: it was the last one, and the entry stays in the cache.
 * DENTRY_NEEDS_LOCK: it is still to be released, by dentry_refs_put_eager.
 */
static __always_inline enum dentry_put dentry_refs_put(struct dentry_refs *refs)
{
	u32 old = refcount_read(&refs->word);

	while (likely(old == DENTRY_REF || old - 2 * DENTRY_REF <= REFCOUNT_MAX - 2 * DENTRY_REF)) {
		if (likely(__atomic_compare_exchange_n(&refs->word.value, &old, old - DENTRY_REF,
						       false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)))
			return old == DENTRY_REF ? DENTRY_PUT_UNUSED : DENTRY_PUT;
	}
	return dentry_refs_put_odd(refs, old);
}

/* If @refs is @value make it dead; what others did before they released theirs is seen. R1 */
static __always_inline bool dentry_refs_kill_from(struct dentry_refs *refs, u32 value)
{
	return __atomic_compare_exchange_n(&refs->word.value, &value, DENTRY_REFS_DEAD, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* The entry is to be freed if it is unused: true, and it is dead. Locks: dentry_lock held. */
static __always_inline bool dentry_refs_kill_unused(struct dentry_refs *refs)
{
	return dentry_refs_kill_from(refs, 0);
}

/*
 * Release a reference after DENTRY_NEEDS_LOCK. True: it was the last one, and the entry is dead:
 * the caller frees it. Locks: dentry_lock held.
 */
static __always_inline bool dentry_refs_put_eager(struct dentry_refs *refs)
{
	do {
		if (dentry_refs_kill_from(refs, DENTRY_REF + DENTRY_REFS_EAGER)) /* R3 */
			return true;
		/* A lookup has got it meanwhile; nobody takes the bit away. */
	} while (dentry_refs_put(refs) == DENTRY_NEEDS_LOCK);
	return false;
}

/*
 * From now on the entry ends with its last reference. True: it had none and is dead, and the caller
 * frees it; never if the caller has one. Locks: dentry_lock held. R3
 */
static __always_inline bool dentry_refs_make_eager(struct dentry_refs *refs)
{
	u32 old = refcount_read(&refs->word);

	while (!__atomic_compare_exchange_n(&refs->word.value, &old,
					    old ? old | DENTRY_REFS_EAGER : DENTRY_REFS_DEAD, false,
					    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		;
	return !old;
}
