/* SPDX-License-Identifier: MIT */
/*
 * A map from u64 to pointers, best for dense keys: the index of a page cache. Nodes have 64 slots;
 * a tree that holds only index 0 has no node at all. Not locked: the caller locks, but for
 * radix_find() and radix_leaf(), if nodes and items last as long as they may be looked at
 * (radix_node_ops).
 */
#pragma once

#include "lib/compiler.h"

#define RADIX_BITS 6
#define RADIX_SLOTS (1U << RADIX_BITS)
#define RADIX_INDEX_MAX ((1UL << 60) - 1)
#define RADIX_ALIGN 16UL /* of nodes and items */

struct radix_node {
	union {
		struct {
			struct radix_node *parent;
			u8 slot;   /* of this node in its parent */
			u8 shift;  /* of the index bits that select a slot here */
			u16 count; /* slots in use */
		};
		char unused[16]; /* after free(): its owner's. Lookups read slots only */
	};
	void *slots[RADIX_SLOTS]; /* written with release */
};

/*
 * The allocator of nodes. alloc() may fail (NULL) and need not clear. After free() a node's slots
 * stay as they are until nobody who has no lock can be looking at them.
 */
struct radix_node_ops {
	struct radix_node *(*alloc)(void);
	void (*free)(struct radix_node *node);
};

struct radix {
	/*
	 * The root, which is the item of index 0 when the shift is 0, else a node; and in the low
	 * bits the shift by RADIX_BITS: indices below 1 << shift fit. One word, so of one moment.
	 */
	uintptr_t root_and_shift; /* written with release */
	const struct radix_node_ops *ops;
};

static inline void radix_init(struct radix *tree, const struct radix_node_ops *ops)
{
	*tree = (struct radix){.ops = ops};
}

static inline bool radix_is_empty(const struct radix *tree)
{
	return !tree->root_and_shift;
}

/* What is in a slot now. Pairs with the stores of radix.c: what is there can be looked at. */
static __always_inline void *radix_slot(void *const *slot)
{
	return __atomic_load_n(slot, __ATOMIC_ACQUIRE);
}

/* The root, and in *@shift the tree's. */
static __always_inline void *radix_root(const struct radix *tree, unsigned *shift)
{
	uintptr_t both =
		__atomic_load_n(&tree->root_and_shift, __ATOMIC_ACQUIRE); /* as radix_slot */

	*shift = (unsigned)(both & (RADIX_ALIGN - 1)) * RADIX_BITS;
	return (void *)(both & ~(RADIX_ALIGN - 1));
}

/* The item that was at @index, or NULL if there was none, at some time in this call. */
static inline void *radix_find(const struct radix *tree, u64 index)
{
	unsigned shift;
	void *item = radix_root(tree, &shift);

	if (index >> shift)
		return NULL;
	while (shift && item) {
		shift -= RADIX_BITS;
		item = radix_slot(&((const struct radix_node *)item)
					   ->slots[index >> shift & (RADIX_SLOTS - 1)]);
	}
	return item;
}

/*
 * The slots of the leaf that @index belongs to (NULL: there is none), for radix_slot: *@first is
 * the index of the first slot, *@nr their number. For looking at neighbours without a walk for
 * each. @only is room for the slot of a tree without nodes.
 */
static inline void *const *radix_leaf(const struct radix *tree, u64 index, u64 *first, unsigned *nr,
				      void **only)
{
	unsigned shift;
	const struct radix_node *node = radix_root(tree, &shift);

	if (index >> shift || !node)
		return NULL;
	*first = 0;
	*nr = 1;
	*only = (void *)node;
	if (!shift)
		return only;
	while ((shift -= RADIX_BITS)) {
		node = radix_slot(&node->slots[index >> shift & (RADIX_SLOTS - 1)]);
		if (!node)
			return NULL;
	}
	*first = index & ~(u64)(RADIX_SLOTS - 1);
	*nr = RADIX_SLOTS;
	return node->slots;
}

/*
 * Insert @item, not NULL and aligned to RADIX_ALIGN, at @index. Context: that of the node
 * allocator. Returns: 0, -EEXIST when the index is in use, -ENOMEM, -EFBIG when @index >
 * RADIX_INDEX_MAX.
 */
int radix_insert(struct radix *tree, u64 index, void *item) __must_check;

/* Replace the item at @index, which exists. Returns the old one. */
void *radix_replace(struct radix *tree, u64 index, void *item);

/* Remove the item at @index and free nodes that become empty. Returns it, or NULL. */
void *radix_remove(struct radix *tree, u64 index);

/*
 * The first item at or after *index, which is set to its index. NULL when there is none.
 * To visit all: for (i = 0; (item = radix_next(tree, &i)); i++)
 */
void *radix_next(const struct radix *tree, u64 *index);

/*
 * Up to @max items at or after @index, in order, with their indices unless @indices is NULL.
 * Returns: how many.
 */
unsigned radix_gang_find(const struct radix *tree, u64 index, void **items, u64 *indices,
			 unsigned max);
