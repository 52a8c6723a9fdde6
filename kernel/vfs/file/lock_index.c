// SPDX-License-Identifier: MIT
/*
 * lock_index.c -- the locks of one inode, by range and by owner.
 *
 * Idea.  Programs choose how many locks there are and whose, and they are searched under a
 *   spinlock. So each query is one way down a tree. Shared and exclusive locks are in a tree each,
 *   ordered by start. A query asks only for locks of other owners, of which there may be none among
 *   thousands of its own. So a node knows how far its subtree reaches for two owners: the one whose
 *   locks reach furthest, and the next one. At least one of the two is not the owner that asks, so
 *   the search works as in an interval tree from which that owner's locks are missing.
 * Invariants.
 *   X1  reach[0].top >= reach[1].top; their owners differ; reach[1] is the furthest of all owners
 *       but reach[0].owner.
 *   X2  Locks of one owner in `owners` do not overlap: their ends rise with their starts.
 * Cost.  Logarithmic, all of it.
 * Tests.  tests/guest/file/file_lock.c, lock_index_test.c.
 */
#include "vfs/file/lock_index.h"

#include "core/assert.h"

#include <linux/fcntl.h>

static struct file_lock *of_range(struct rb_node *node)
{
	return rb_entry(node, struct file_lock, by_range);
}

static struct file_lock *of_owner(struct rb_node *node)
{
	return rb_entry_or_null(node, struct file_lock, by_owner);
}

/* ---- by range ---- */

/* Record that @owner's locks reach @top, too. X1 */
static void offer(struct file_lock *to, const void *owner, u64 top)
{
	struct lock_reach *reach = to->reach;

	if (owner == reach[0].owner) {
		reach[0].top = max(reach[0].top, top);
	} else if (top > reach[0].top) {
		reach[1] = reach[0];
		reach[0] = (struct lock_reach){owner, top};
	} else if (top > reach[1].top) {
		reach[1] = (struct lock_reach){owner, top};
	}
}

static void offer_child(struct file_lock *to, struct rb_node *child)
{
	const struct file_lock *lock;

	if (!child)
		return;
	lock = of_range(child);
	offer(to, lock->reach[0].owner, lock->reach[0].top);
	if (lock->reach[1].top)
		offer(to, lock->reach[1].owner, lock->reach[1].top);
}

static void update_reach(struct rb_node *node)
{
	struct file_lock *lock = of_range(node);

	lock->reach[0] = (struct lock_reach){lock->owner, lock->end + 1};
	lock->reach[1] = (struct lock_reach){NULL, 0};
	offer_child(lock, node->left);
	offer_child(lock, node->right);
	debug_assert(lock->reach[0].top >= lock->reach[1].top); /* X1 */
	debug_assert(lock->reach[0].owner != lock->reach[1].owner);
}

static bool starts_before(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct file_lock, by_range)->start <
	       rb_entry(b, struct file_lock, by_range)->start;
}

static struct rb_root *tree_of(struct lock_index *index, const struct file_lock *lock)
{
	return lock->type == F_WRLCK ? &index->exclusive : &index->shared;
}

void lock_index_add_range(struct lock_index *index, struct file_lock *lock)
{
	lock->reach[0] = (struct lock_reach){lock->owner, lock->end + 1};
	lock->reach[1] = (struct lock_reach){NULL, 0};
	(void)rb_insert_augmented(tree_of(index, lock), &lock->by_range, starts_before,
				  update_reach);
}

void lock_index_remove_range(struct lock_index *index, struct file_lock *lock)
{
	rb_erase_augmented(tree_of(index, lock), &lock->by_range, update_reach);
}

/* Do locks in @node's subtree that are not @owner's reach beyond @start? */
static bool others_reach(struct rb_node *node, const void *owner, u64 start)
{
	const struct lock_reach *reach;

	if (!node)
		return false;
	reach = of_range(node)->reach;
	return (reach[0].owner != owner ? reach[0].top : reach[1].top) > start;
}

/* The first lock of @tree that is not @owner's and overlaps [start, end]; or NULL. */
static struct file_lock *find_other(const struct rb_root *tree, const void *owner, u64 start,
				    u64 end)
{
	struct rb_node *node = tree->node;

	if (!others_reach(node, owner, start))
		return NULL;
	for (;;) {
		struct file_lock *lock = of_range(node);

		/*
		 * If no lock of the left subtree overlaps, the one that reaches beyond @start
		 * begins behind @end, and so do all that follow.
		 */
		if (others_reach(node->left, owner, start)) {
			node = node->left;
			continue;
		}
		if (lock->start > end)
			return NULL;
		if (lock->owner != owner && lock->end >= start)
			return lock;
		if (!others_reach(node->right, owner, start))
			return NULL;
		node = node->right;
	}
}

struct file_lock *lock_index_conflict(const struct lock_index *index,
				      const struct file_lock *wanted)
{
	struct file_lock *exclusive, *shared = NULL;

	exclusive = find_other(&index->exclusive, wanted->owner, wanted->start, wanted->end);
	if (wanted->type == F_WRLCK)
		shared = find_other(&index->shared, wanted->owner, wanted->start, wanted->end);
	if (!exclusive || (shared && shared->start < exclusive->start))
		return shared;
	return exclusive;
}

/* ---- by owner ---- */

static bool owned_before(const struct rb_node *a, const struct rb_node *b)
{
	const struct file_lock *x = rb_entry(a, struct file_lock, by_owner);
	const struct file_lock *y = rb_entry(b, struct file_lock, by_owner);

	if (x->owner != y->owner)
		return (uintptr_t)x->owner < (uintptr_t)y->owner;
	return x->start < y->start;
}

struct file_lock *lock_index_own_from(const struct lock_index *index, const void *owner, u64 from)
{
	struct rb_node *node = index->owners.node;
	struct file_lock *best = NULL;

	while (node) {
		struct file_lock *lock = of_owner(node);
		bool after = lock->owner != owner ? (uintptr_t)lock->owner > (uintptr_t)owner
						  : lock->end >= from; /* X2 */

		if (after && lock->owner == owner)
			best = lock;
		node = after ? node->left : node->right;
	}
	return best;
}

struct file_lock *lock_index_own_next(const struct file_lock *lock)
{
	struct file_lock *next = of_owner(rb_next(&lock->by_owner));

	return next && next->owner == lock->owner ? next : NULL;
}

/* ---- both ---- */

void lock_index_add(struct lock_index *index, struct file_lock *lock)
{
	lock_index_add_range(index, lock);
	rb_insert(&index->owners, &lock->by_owner, owned_before);
}

void lock_index_remove(struct lock_index *index, struct file_lock *lock)
{
	lock_index_remove_range(index, lock);
	rb_erase(&index->owners, &lock->by_owner);
}

void lock_index_resize(struct lock_index *index, struct file_lock *lock, u64 start, u64 end)
{
	debug_assert(start <= end && start <= lock->end && end >= lock->start); /* X2 */
	lock_index_remove_range(index, lock);
	lock->start = start; /* its place among its owner's locks does not change */
	lock->end = end;
	lock_index_add_range(index, lock);
}
