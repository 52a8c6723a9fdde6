// SPDX-License-Identifier: MIT
/*
 * dentry_end.c -- the end of cached names: when their use ends, when memory is short, when their
 * directory goes.
 *
 * Idea.  Under dentry_lock an entry without references leaves all lists; the rest is done without
 *   the lock, because the last reference on an inode may sleep. Its parent loses a reference by
 *   that, and may end next.
 * Invariants.  D1, D2, D4, D5, D8 and D9 of dentry.c.
 * Ownership.  Evicted entries are collected in a private list (through their lru nodes) and freed
 *   after the critical section.
 * Locks.  dentry_lock (spin), for SHRINK_BATCH entries at a time.
 * Tests.  name_ops_test.c, tests/guest/file, the counts of the leak check.
 */
#include "arch/arch_percpu.h"
#include "core/assert.h"
#include "mm/kmalloc.h"
#include "sched/epoch.h"
#include "vfs/name/dentry_internal.h"

/*
 * How many entries this CPU has made unused, less those that it has taken into use: only the sum of
 * all CPUs means something.
 */
static PERCPU(int, nr_unused); /* [p] */

void dentry_count_unused(int change)
{
	int *own;

	preempt_disable();
	own = this_cpu(nr_unused);
	WRITE_ONCE(*own, *own + change);
	preempt_enable();
}

void dentry_counts(unsigned *total, unsigned *unused)
{
	int sum = 0;

	for (unsigned i = 0; i < percpu_nr(); i++)
		sum += READ_ONCE(*on_cpu(nr_unused, i));
	*total = READ_ONCE(nr_dentries);
	*unused = (unsigned)max(sum, 0);
}

/* Take a dead entry out of all lists; it still counts in its parent's refs. D5 */
static void take_out(struct dentry *dentry) REQUIRES(dentry_lock)
{
	assert_spin_held(&dentry_lock);
	debug_assert(dentry_refs_are_dead(&dentry->refs) && list_is_empty(&dentry->children));
	hlist_remove(&dentry->hash_node);
	list_remove_init(&dentry->sibling);
	list_remove_init(&dentry->lru);
}

/* Take an entry that was unused, and is dead, out of all lists and into @evicted_list. */
static void take_out_unused(struct dentry *dentry, struct list_node *evicted_list)
	REQUIRES(dentry_lock)
{
	dentry_count_unused(-1);
	take_out(dentry);
	list_add_last(evicted_list, &dentry->lru);
}

/* Evict @dentry if it is unused. */
static bool evict_unused(struct dentry *dentry, struct list_node *evicted_list)
	REQUIRES(dentry_lock)
{
	if (dentry_refs_count(&dentry->refs) || !dentry_refs_kill_unused(&dentry->refs))
		return false;
	take_out_unused(dentry, evicted_list);
	return true;
}

static __noinline struct dentry *put_eager(struct dentry *dentry)
{
	bool is_dead;

	spin_lock(&dentry_lock);
	is_dead = dentry_refs_put_eager(&dentry->refs); /* D4 */
	if (is_dead)
		take_out(dentry);
	spin_unlock(&dentry_lock);
	return is_dead ? dentry : NULL;
}

/* Put a reference. Returns the entry if the caller is to free it, or NULL. */
static __always_inline struct dentry *put_or_evict(struct dentry *dentry)
{
	switch (dentry_refs_put(&dentry->refs)) {
	case DENTRY_PUT_UNUSED:
		dentry_count_unused(1);
		return NULL;
	case DENTRY_NEEDS_LOCK:
		return put_eager(dentry);
	default:
		return NULL;
	}
}

static void free_memory(struct epoch_item *item)
{
	struct dentry *dentry = container_of(item, struct dentry, epoch);

	if (dentry->name != dentry->short_name)
		kfree(dentry->name);
	slab_free(&dentry_cache, dentry);
}

void dentry_free_unseen(struct dentry *dentry)
{
	__atomic_fetch_sub(&nr_dentries, 1, __ATOMIC_RELAXED);
	free_memory(&dentry->epoch);
}

/* Free @dentry, which is in no list any more, and each parent whose last reference that was. */
static void free_with_parents(struct dentry *dentry)
{
	debug_assert(dentry_refs_are_dead(&dentry->refs) && !hlist_is_linked(&dentry->hash_node) &&
		     list_is_empty(&dentry->sibling)); /* D5 */
	while (dentry) {
		struct dentry *parent = dentry->parent == dentry ? NULL : dentry->parent;

		if (dentry->inode)
			inode_put(dentry->inode);
		__atomic_fetch_sub(&nr_dentries, 1, __ATOMIC_RELAXED);
		epoch_call(&dentry->epoch, free_memory); /* D9 */
		dentry = parent ? put_or_evict(parent) : NULL;
	}
}

static void free_evicted(struct list_node *evicted_list)
{
	struct list_node *node;

	while ((node = list_pop_first(evicted_list)) != NULL)
		free_with_parents(list_entry(node, struct dentry, lru));
}

void dentry_put(struct dentry *dentry)
{
	struct dentry *evicted = put_or_evict(dentry);

	if (unlikely(evicted))
		free_with_parents(evicted);
}

unsigned dentry_shrink(unsigned nr)
{
	unsigned evicted = 0;

	while (evicted < nr) {
		struct list_node evicted_list;
		unsigned looked = 0, batch = 0;

		list_init(&evicted_list);
		spin_lock(&dentry_lock);
		while (looked++ < SHRINK_BATCH && evicted + batch < nr &&
		       !list_is_empty(&dentry_lru)) {
			struct dentry *dentry;

			dentry = list_first_entry(&dentry_lru, struct dentry, lru);
			if (dentry->flags & DENTRY_IDLE && evict_unused(dentry, &evicted_list)) {
				batch++;
				continue;
			}
			dentry_change_flags(dentry, DENTRY_IDLE, 0);
			list_remove(&dentry->lru);
			list_add_last(&dentry_lru, &dentry->lru);
		}
		spin_unlock(&dentry_lock);
		free_evicted(&evicted_list);
		evicted += batch;
		if (!batch)
			break;
	}
	return evicted;
}

void dentry_forget_children(struct dentry *dir)
{
	/* At least as many as it has children. */
	u32 left = dentry_refs_count(&dir->refs);

	while (left) {
		struct list_node evicted_list;

		list_init(&evicted_list);
		spin_lock(&dentry_lock);
		for (unsigned i = 0; i < SHRINK_BATCH && left; i++, left--) {
			struct list_node *node = list_pop_first(&dir->children);
			struct dentry *child;

			if (!node) {
				left = 0;
				break;
			}
			list_add_last(&dir->children, node);
			child = list_entry(node, struct dentry, sibling);
			if (dentry_refs_make_eager(&child->refs))
				take_out_unused(child, &evicted_list);
			else
				dentry_change_flags(child, DENTRY_VOLATILE, 0); /* D8 */
		}
		spin_unlock(&dentry_lock);
		free_evicted(&evicted_list);
	}
}

/*
 * Evict a leaf among the children of *@at, or move *@at towards one: down to a child that has
 * children, or up when *@at has none left.
 * Locks:   dentry_lock held.
 * Returns: false when @root itself has no children left, or a leaf is in use.
 */
static bool forget_step(struct dentry *root, struct dentry **at, struct list_node *evicted_list)
	REQUIRES(dentry_lock)
{
	struct dentry *dentry = *at, *child;

	assert_spin_held(&dentry_lock);
	if (list_is_empty(&dentry->children)) {
		*at = dentry->parent;
		return dentry != root;
	}
	child = list_first_entry(&dentry->children, struct dentry, sibling);
	if (!list_is_empty(&child->children))
		*at = child;
	else
		return evict_unused(child, evicted_list);
	return true;
}

void dentry_forget_tree(struct dentry *root)
{
	struct dentry *at = root, *held = root;
	struct list_node evicted_list;
	bool more = true;

	dentry_get(held);
	while (more) {
		struct dentry *old = held;

		list_init(&evicted_list);
		spin_lock(&dentry_lock);
		for (unsigned i = 0; i < SHRINK_BATCH && more; i++) {
			const struct dentry *before = at;

			more = forget_step(root, &at, &evicted_list);
			/*
			 * An evicted child counts in its parent until it is freed, and *@at may be
			 * held only by the child that we leave.
			 */
			if (list_is_empty(&at->children) || (at != before && before->parent == at))
				break;
		}
		dentry_get(at);
		held = at;
		spin_unlock(&dentry_lock);
		free_evicted(&evicted_list);
		dentry_put(old);
	}
	dentry_put(held);
}
