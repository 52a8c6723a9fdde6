// SPDX-License-Identifier: MIT
/*
 * radix.c -- a map from u64 to pointers.
 *
 * Idea.  The index is divided into groups of six bits; each group selects a slot of a node, the
 *   highest group first. The tree is only as high as its greatest index requires, and shrinks
 *   again.
 * Invariants.
 *   X1  A node has at least one slot in use, and count is their number.
 *   X2  The root node (shift > 0) has a slot other than 0 in use, unless an insertion failed half
 *       way; a tree without items has root NULL and shift 0.
 *   X3  root->shift + 6 == the tree's shift.
 *   X4  Lookups without a lock see a node or item only when it is complete: slots and the tree's
 *       root are written with release. A node that has left the tree
 *       leads to what it led to, as long as its memory lasts: so such a lookup finds an item that
 *       was there, or none when there was none, at some time while it ran.
 * Ownership.  The tree owns its nodes, the caller the items.
 * Cost.  Find: a read for the root and one for each level; one reaches 64 items, two 4096.
 * Tests.  radix_test.c: against a plain array, and with an allocator that fails.
 *   radix_model_test.c: lookups while the tree changes.
 */
#include "lib/radix.h"

#include <linux/errno.h>

#include "lib/string.h"

/* X4 */
static inline void set_slot(void **slot, void *item)
{
	__atomic_store_n(slot, item, __ATOMIC_RELEASE); /* pairs with radix_slot */
}

static void set_root(struct radix *tree, void *root, unsigned shift)
{
	/* Pairs with radix_root. X4 */
	__atomic_store_n(&tree->root_and_shift, (uintptr_t)root | shift / RADIX_BITS,
			 __ATOMIC_RELEASE);
}

static struct radix_node *node_create(const struct radix *tree, struct radix_node *parent,
				      unsigned slot, unsigned shift)
{
	struct radix_node *node = tree->ops->alloc();

	if (!node)
		return NULL;
	memset(node, 0, sizeof(*node));
	node->parent = parent;
	node->slot = (u8)slot;
	node->shift = (u8)shift;
	return node;
}

/* Remove levels of which only slot 0 is in use (X2). */
static void shrink(struct radix *tree)
{
	unsigned shift;
	struct radix_node *node = radix_root(tree, &shift);

	while (shift) {
		void *first = radix_slot(&node->slots[0]);
		struct radix_node *below = first;

		if (node->count != 1 || !first)
			return;
		shift -= RADIX_BITS;
		set_root(tree, first, shift);
		if (shift)
			below->parent = NULL;
		tree->ops->free(node);
		node = below;
	}
}

/* Free @node if it is empty, then its parents likewise (X1); then shrink. */
static void prune(struct radix *tree, struct radix_node *node)
{
	while (node && !node->count) {
		struct radix_node *parent = node->parent;

		if (parent) {
			set_slot(&parent->slots[node->slot], NULL);
			parent->count--;
		} else {
			set_root(tree, NULL, 0);
		}
		tree->ops->free(node);
		node = parent;
	}
	if (!radix_is_empty(tree))
		shrink(tree);
}

/* Make the tree high enough for @index. */
static int grow(struct radix *tree, u64 index)
{
	unsigned shift;
	struct radix_node *root = radix_root(tree, &shift);

	if (!root) {
		while (index >> shift)
			shift += RADIX_BITS;
		if (!shift)
			return 0;
		root = node_create(tree, NULL, 0, shift - RADIX_BITS);
		if (!root)
			return -ENOMEM;
		set_root(tree, root, shift);
		return 0;
	}
	for (; index >> shift; shift += RADIX_BITS) {
		struct radix_node *node = node_create(tree, NULL, 0, shift);

		if (!node)
			return -ENOMEM;
		node->slots[0] = root;
		node->count = 1;
		if (shift)
			root->parent = node;
		set_root(tree, node, shift + RADIX_BITS);
		root = node;
	}
	return 0;
}

int radix_insert(struct radix *tree, u64 index, void *item)
{
	struct radix_node *node;
	unsigned shift, slot;

	if (index > RADIX_INDEX_MAX)
		return -EFBIG;
	if (grow(tree, index)) {
		if (!radix_is_empty(tree))
			shrink(tree);
		return -ENOMEM;
	}
	node = radix_root(tree, &shift);
	if (!shift) {
		if (node)
			return -EEXIST;
		set_root(tree, item, 0);
		return 0;
	}
	for (;;) {
		slot = index >> node->shift & (RADIX_SLOTS - 1);
		if (!node->shift)
			break;
		if (!radix_slot(&node->slots[slot])) {
			struct radix_node *child =
				node_create(tree, node, slot, node->shift - RADIX_BITS);

			if (!child) {
				prune(tree, node);
				return -ENOMEM;
			}
			set_slot(&node->slots[slot], child);
			node->count++;
		}
		node = radix_slot(&node->slots[slot]);
	}
	if (radix_slot(&node->slots[slot]))
		return -EEXIST;
	set_slot(&node->slots[slot], item);
	node->count++;
	return 0;
}

/* The leaf on the path to @index, which is below 1 << shift; NULL when the path ends earlier. */
static struct radix_node *find_leaf(const struct radix *tree, u64 index)
{
	unsigned shift;
	struct radix_node *node = radix_root(tree, &shift);

	while (node && node->shift)
		node = radix_slot(&node->slots[index >> node->shift & (RADIX_SLOTS - 1)]);
	return node;
}

void *radix_replace(struct radix *tree, u64 index, void *item)
{
	unsigned shift;
	void **slot, *old = radix_root(tree, &shift);

	if (!shift) {
		set_root(tree, item, 0);
		return old;
	}
	slot = &find_leaf(tree, index)->slots[index & (RADIX_SLOTS - 1)];
	old = radix_slot(slot);
	set_slot(slot, item);
	return old;
}

void *radix_remove(struct radix *tree, u64 index)
{
	struct radix_node *leaf;
	unsigned shift;
	void *item = radix_root(tree, &shift);

	if (index >> shift)
		return NULL;
	if (!shift) {
		set_root(tree, NULL, 0);
		return item;
	}
	leaf = find_leaf(tree, index);
	if (!leaf)
		return NULL;
	item = radix_slot(&leaf->slots[index & (RADIX_SLOTS - 1)]);
	if (!item)
		return NULL;
	set_slot(&leaf->slots[index & (RADIX_SLOTS - 1)], NULL);
	leaf->count--;
	prune(tree, leaf);
	return item;
}

void *radix_next(const struct radix *tree, u64 *index)
{
	unsigned shift;
	struct radix_node *node = radix_root(tree, &shift);
	u64 at = *index;

	if (!node || at >> shift)
		return NULL;
	if (!shift)
		return node;
	for (;;) {
		unsigned slot = at >> node->shift & (RADIX_SLOTS - 1);
		u64 step = 1UL << node->shift;

		while (slot < RADIX_SLOTS && !radix_slot(&node->slots[slot])) {
			slot++;
			at = (at & ~(step - 1)) + step;
		}
		if (slot < RADIX_SLOTS) {
			if (!node->shift) {
				*index = at;
				return radix_slot(&node->slots[slot]);
			}
			node = radix_slot(&node->slots[slot]);
			continue;
		}
		/* @at is now the first index after this node; a carry may have gone further up. */
		do {
			node = node->parent;
			if (!node)
				return NULL;
		} while (!(at >> node->shift & (RADIX_SLOTS - 1)));
	}
}

unsigned radix_gang_find(const struct radix *tree, u64 index, void **items, u64 *indices,
			 unsigned max)
{
	unsigned count = 0;
	void *item;

	while (count < max && (item = radix_next(tree, &index))) {
		items[count] = item;
		if (indices)
			indices[count] = index;
		count++;
		index++;
	}
	return count;
}
