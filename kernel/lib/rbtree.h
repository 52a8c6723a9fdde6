/* SPDX-License-Identifier: MIT */
/*
 * Intrusive red-black trees. The caller compares: rb_find() and rb_insert() are inlined with the
 * comparison, so that no indirect call remains. A tree may keep derived data in its nodes (an
 * update callback recomputes a node from its children), and may cache its leftmost node. Not
 * locked: the caller locks.
 */
#pragma once

#include "lib/compiler.h"

struct rb_node {
	uintptr_t parent_color; /* the parent's address; bit 0 set when black */
	struct rb_node *left, *right;
};

struct rb_root {
	struct rb_node *node;
};

/* With the smallest node cached: run queues and timers. */
struct rb_root_cached {
	struct rb_root root;
	struct rb_node *leftmost;
};

/* Recompute what @node derives from its two children (their own data is correct already). */
typedef void rb_update_fn(struct rb_node *node);
/* Is @a before @b? And: <0 when @key is before @node, 0 when equal, >0 when after. */
typedef bool rb_less_fn(const struct rb_node *a, const struct rb_node *b);
typedef int rb_compare_fn(const void *key, const struct rb_node *node);

/*
 * Link the new @node below @parent at *link (an empty child of @parent, or the root), and
 * rebalance. @update may be NULL.
 */
void rb_link(struct rb_root *root, struct rb_node *node, struct rb_node *parent,
	     struct rb_node **link, rb_update_fn *update);

/* Remove @node from its tree. @update may be NULL. */
void rb_erase_augmented(struct rb_root *root, struct rb_node *node, rb_update_fn *update);

/* Recompute @node and its ancestors after @node's own data has changed. */
void rb_update_path(struct rb_node *node, rb_update_fn *update);

/* In order; NULL at the ends. */
struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

/* Replace @old by @new_node; the order must not change. */
void rb_replace(struct rb_root *root, struct rb_node *old, struct rb_node *new_node);

static inline struct rb_node *rb_parent(const struct rb_node *node)
{
	return (struct rb_node *)(node->parent_color & ~(uintptr_t)1);
}

static inline bool rb_is_empty(const struct rb_root *root)
{
	return !root->node;
}

/* For nodes that know whether they are in a tree: call it after creation and after removal. */
static inline void rb_node_clear(struct rb_node *node)
{
	node->parent_color = (uintptr_t)node;
}
static inline bool rb_node_is_linked(const struct rb_node *node)
{
	return node->parent_color != (uintptr_t)node;
}

static inline void rb_erase(struct rb_root *root, struct rb_node *node)
{
	rb_erase_augmented(root, node, NULL);
}

/* The node that equals @key, or NULL. */
static __always_inline struct rb_node *rb_find(const struct rb_root *root, const void *key,
					       rb_compare_fn *compare)
{
	struct rb_node *node = root->node;

	while (node) {
		int order = compare(key, node);

		if (!order)
			return node;
		node = order < 0 ? node->left : node->right;
	}
	return NULL;
}

/* Equal nodes stay in order of insertion. Returns true when @node is the new leftmost. */
static __always_inline bool rb_insert_augmented(struct rb_root *root, struct rb_node *node,
						rb_less_fn *less, rb_update_fn *update)
{
	struct rb_node **link = &root->node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (less(node, parent)) {
			link = &parent->left;
		} else {
			link = &parent->right;
			leftmost = false;
		}
	}
	rb_link(root, node, parent, link, update);
	return leftmost;
}

static __always_inline void rb_insert(struct rb_root *root, struct rb_node *node, rb_less_fn *less)
{
	(void)rb_insert_augmented(root, node, less, NULL);
}

static inline struct rb_node *rb_first_cached(const struct rb_root_cached *tree)
{
	return tree->leftmost;
}

/* Returns true when @node is the new leftmost: a timer has to be set earlier. */
static __always_inline bool rb_insert_cached(struct rb_root_cached *tree, struct rb_node *node,
					     rb_less_fn *less)
{
	bool leftmost = rb_insert_augmented(&tree->root, node, less, NULL);

	if (leftmost)
		tree->leftmost = node;
	return leftmost;
}

static inline void rb_erase_cached(struct rb_root_cached *tree, struct rb_node *node)
{
	if (tree->leftmost == node)
		tree->leftmost = rb_next(node);
	rb_erase(&tree->root, node);
}

#define rb_entry(node, type, member) container_of(node, type, member)
#define rb_entry_or_null(node, type, member)                                                       \
	({                                                                                         \
		__auto_type rb_node_ = (node);                                                     \
		rb_node_ ? container_of(rb_node_, type, member) : NULL;                            \
	})
