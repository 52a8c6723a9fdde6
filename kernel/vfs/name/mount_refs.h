/* SPDX-License-Identifier: MIT */
/*
 * The references on a mount. Every open file and every current directory has one, so each CPU
 * counts for itself: two CPUs that open files write to no common line.
 *
 * Idea. Only gets and puts are counted, of each CPU apart; who put a reference need not have got it
 *   on the same CPU. The tree has a reference while the mount is attached, so a put asks for the
 *   sum only when it is detached.
 * Invariants.
 *   R1  mount_refs_sum() is 0 only if there was no reference at some time since it began: it loads
 *       the puts first. A reference that was there between the two loops has been got before the
 *       second, and its put is later than the first.
 *   R2  A detached mount gets new references from those it has, and from walks that begin there, in
 *       a directory that another thread leaves meanwhile. It ends with a sum of 0, under
 *       dentry_lock, once, while the count of changes is odd: either the reference of the walk is
 *       in the sum, or the walk sees that the count has changed (mount_get_found).
 *   R3  Who puts is in a read section (sched/epoch.h) from before that until it has not found the
 *       end: whoever has may free the memory after it.
 */
#pragma once

#include "arch/arch_cpu.h"
#include "lib/compiler.h"
#include "vfs/name/dentry.h"
#include "vfs/name/dentry_table.h"

struct SHARED mount_refs_cpu {
	u64 gets, puts; /* [a] */
	u64 unused[14]; /* [I] no line of another CPU, wherever the mount lies */
};

struct SHARED mount_refs {
	u32 is_detached;	      /* [dentry] read without */
	u32 has_ended;		      /* [dentry] */
	u64 unused[14];		      /* [I] what all read is in no line of the counts */
	struct mount_refs_cpu cpus[]; /* [a] */
};

/* The bytes of the array, for each mount. */
static inline size_t mount_refs_size(void)
{
	return arch_smp_nr_cpus() * sizeof(struct mount_refs_cpu);
}

/* With one reference, detached. The array is zero. */
static inline void mount_refs_init(struct mount_refs *refs)
{
	refs->is_detached = 1;
	refs->cpus[0].gets = 1;
}

/* Take a reference; the caller has one, or a lock that keeps one. A full barrier. */
static __always_inline void mount_refs_get(struct mount_refs *refs)
{
	__atomic_fetch_add(&refs->cpus[arch_cpu_id()].gets, 1, __ATOMIC_SEQ_CST);
}

static inline u64 mount_refs_sum(const struct mount_refs *refs)
{
	u64 sum = 0;

	/* Pairs with mount_refs_drop: the get of a reference whose put is seen is seen as well. */
	for (unsigned i = 0; i < arch_smp_nr_cpus(); i++)
		sum -= __atomic_load_n(&refs->cpus[i].puts, __ATOMIC_ACQUIRE);
	for (unsigned i = 0; i < arch_smp_nr_cpus(); i++)
		sum += __atomic_load_n(&refs->cpus[i].gets, __ATOMIC_ACQUIRE);
	return sum;
}

/* Put a reference. True: it was perhaps the last; call mount_refs_end. Context: R3. */
static __always_inline bool mount_refs_drop(struct mount_refs *refs)
{
	/* Before is_detached is read: who sets that puts the tree's reference later. */
	__atomic_fetch_add(&refs->cpus[arch_cpu_id()].puts, 1, __ATOMIC_SEQ_CST);
	return unlikely(READ_ONCE(refs->is_detached)) && !mount_refs_sum(refs);
}

/* True, once: there is no reference any more, the caller ends the mount. R2 */
static inline bool mount_refs_end(struct mount_refs *refs) REQUIRES(dentry_lock)
{
	bool ends;

	assert_spin_held(&dentry_lock);
	seqcount_write_begin(&dentry_table.changes, &dentry_lock);
	/* The odd number before the sum: pairs with mount_get_found. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	ends = !refs->has_ended && refs->is_detached && !mount_refs_sum(refs);
	if (ends)
		refs->has_ended = 1;
	seqcount_write_end(&dentry_table.changes);
	return ends;
}
