// SPDX-License-Identifier: MIT
/*
 * rbtree.c -- red-black trees.
 *
 * Idea.  A binary search tree with coloured nodes; insertion and removal restore the colour rules
 *   by recolouring upwards and at most three rotations. The colour is bit 0 of the parent pointer
 *   (set: black).
 * Invariants.
 *   R1  The root is black; a red node has no red child.
 *   R2  Every path from a node down to an empty place has the same number of black nodes.
 *   R3  With an update callback: when a function returns, every node's derived data is correct.
 *       Rotations keep the data above the rotated pair valid, since its set of nodes is the same.
 * Cost.  Depth at most 2 log2(n + 1). Removal and insertion with callback: one update per level.
 * Tests.  rbtree_test.c: random insertions and removals, all rules checked after each.
 */
#include "lib/rbtree.h"

static inline bool is_black(const struct rb_node *node)
{
	return !node || (node->parent_color & 1);
}

static inline bool is_red(const struct rb_node *node)
{
	return !is_black(node);
}

static inline void set_black(struct rb_node *node)
{
	node->parent_color |= 1;
}

static inline void set_red(struct rb_node *node)
{
	node->parent_color &= ~(uintptr_t)1;
}

static inline void set_parent(struct rb_node *node, struct rb_node *parent)
{
	node->parent_color = (uintptr_t)parent | (node->parent_color & 1);
}

/* Make the pointer to @old (its parent's child link, or the root) point to @child. */
static inline void replace_child(struct rb_root *root, struct rb_node *parent, struct rb_node *old,
				 struct rb_node *child)
{
	if (!parent)
		WRITE_ONCE(root->node, child); /* some look without a lock if it is NULL */
	else if (parent->left == old)
		parent->left = child;
	else
		parent->right = child;
}

/* @node moves down to the left, its right child takes its place. Colours stay with the nodes. */
static void rotate_left(struct rb_root *root, struct rb_node *node, rb_update_fn *update)
{
	struct rb_node *up = node->right, *parent = rb_parent(node);

	node->right = up->left;
	if (node->right)
		set_parent(node->right, node);
	up->left = node;
	set_parent(node, up);
	set_parent(up, parent);
	replace_child(root, parent, node, up);
	if (update) {
		update(node);
		update(up);
	}
}

static void rotate_right(struct rb_root *root, struct rb_node *node, rb_update_fn *update)
{
	struct rb_node *up = node->left, *parent = rb_parent(node);

	node->left = up->right;
	if (node->left)
		set_parent(node->left, node);
	up->right = node;
	set_parent(node, up);
	set_parent(up, parent);
	replace_child(root, parent, node, up);
	if (update) {
		update(node);
		update(up);
	}
}

void rb_update_path(struct rb_node *node, rb_update_fn *update)
{
	for (; node; node = rb_parent(node))
		update(node);
}

/* @node is red and may have a red parent (R1). */
static void fix_insert(struct rb_root *root, struct rb_node *node, rb_update_fn *update)
{
	struct rb_node *parent, *grandparent, *uncle;

	while ((parent = rb_parent(node)) && is_red(parent)) {
		grandparent = rb_parent(parent); /* exists: a red node is not the root */
		uncle = grandparent->left == parent ? grandparent->right : grandparent->left;
		if (is_red(uncle)) {
			set_black(parent);
			set_black(uncle);
			set_red(grandparent);
			node = grandparent;
			continue;
		}
		if (parent == grandparent->left) {
			if (node == parent->right) {
				rotate_left(root, parent, update);
				parent = node;
			}
			rotate_right(root, grandparent, update);
		} else {
			if (node == parent->left) {
				rotate_right(root, parent, update);
				parent = node;
			}
			rotate_left(root, grandparent, update);
		}
		set_black(parent);
		set_red(grandparent);
		break;
	}
	set_black(root->node);
}

void rb_link(struct rb_root *root, struct rb_node *node, struct rb_node *parent,
	     struct rb_node **link, rb_update_fn *update)
{
	node->parent_color = (uintptr_t)parent;
	node->left = NULL;
	node->right = NULL;
	WRITE_ONCE(*link, node); /* perhaps the root: the same */
	if (update)
		rb_update_path(node, update);
	fix_insert(root, node, update);
}

/* One step of fix_erase() for a black @node (or empty place) that is the left child. Returns the
 * node where the deficit is now, or NULL when it is gone. */
static struct rb_node *fix_erase_left(struct rb_root *root, struct rb_node *parent,
				      rb_update_fn *update)
{
	struct rb_node *sibling = parent->right;

	if (is_red(sibling)) {
		set_black(sibling);
		set_red(parent);
		rotate_left(root, parent, update);
		sibling = parent->right;
	}
	if (is_black(sibling->left) && is_black(sibling->right)) {
		set_red(sibling);
		return parent;
	}
	if (is_black(sibling->right)) {
		set_black(sibling->left);
		set_red(sibling);
		rotate_right(root, sibling, update);
		sibling = parent->right;
	}
	if (is_black(parent))
		set_black(sibling);
	else
		set_red(sibling);
	set_black(parent);
	set_black(sibling->right);
	rotate_left(root, parent, update);
	return NULL;
}

static struct rb_node *fix_erase_right(struct rb_root *root, struct rb_node *parent,
				       rb_update_fn *update)
{
	struct rb_node *sibling = parent->left;

	if (is_red(sibling)) {
		set_black(sibling);
		set_red(parent);
		rotate_right(root, parent, update);
		sibling = parent->left;
	}
	if (is_black(sibling->left) && is_black(sibling->right)) {
		set_red(sibling);
		return parent;
	}
	if (is_black(sibling->left)) {
		set_black(sibling->right);
		set_red(sibling);
		rotate_left(root, sibling, update);
		sibling = parent->left;
	}
	if (is_black(parent))
		set_black(sibling);
	else
		set_red(sibling);
	set_black(parent);
	set_black(sibling->left);
	rotate_right(root, parent, update);
	return NULL;
}

/* The paths through @node (NULL if empty, below @parent) lack one black node (R2). */
static void fix_erase(struct rb_root *root, struct rb_node *node, struct rb_node *parent,
		      rb_update_fn *update)
{
	while (parent && is_black(node)) {
		node = parent->left == node ? fix_erase_left(root, parent, update)
					    : fix_erase_right(root, parent, update);
		if (!node)
			return;
		parent = rb_parent(node);
	}
	if (node)
		set_black(node);
}

void rb_erase_augmented(struct rb_root *root, struct rb_node *node, rb_update_fn *update)
{
	struct rb_node *parent = rb_parent(node), *child, *heir;
	bool removed_black = is_black(node);

	if (node->left && node->right) {
		/* The successor takes the place, children and colour of @node. */
		heir = node->right;
		while (heir->left)
			heir = heir->left;
		removed_black = is_black(heir);
		child = heir->right;
		replace_child(root, parent, node, heir);
		parent = rb_parent(heir);
		if (parent == node) {
			parent = heir;
		} else {
			parent->left = child;
			if (child)
				set_parent(child, parent);
			heir->right = node->right;
			set_parent(heir->right, heir);
		}
		heir->parent_color = node->parent_color;
		heir->left = node->left;
		set_parent(heir->left, heir);
	} else {
		child = node->left ? node->left : node->right;
		replace_child(root, parent, node, child);
		if (child)
			set_parent(child, parent);
	}
	if (update && parent)
		rb_update_path(parent, update);
	if (removed_black)
		fix_erase(root, child, parent, update);
}

struct rb_node *rb_first(const struct rb_root *root)
{
	struct rb_node *node = root->node;

	while (node && node->left)
		node = node->left;
	return node;
}

struct rb_node *rb_last(const struct rb_root *root)
{
	struct rb_node *node = root->node;

	while (node && node->right)
		node = node->right;
	return node;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	struct rb_node *parent;

	if (node->right) {
		node = node->right;
		while (node->left)
			node = node->left;
		return (struct rb_node *)node;
	}
	while ((parent = rb_parent(node)) && node == parent->right)
		node = parent;
	return parent;
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	struct rb_node *parent;

	if (node->left) {
		node = node->left;
		while (node->right)
			node = node->right;
		return (struct rb_node *)node;
	}
	while ((parent = rb_parent(node)) && node == parent->left)
		node = parent;
	return parent;
}

void rb_replace(struct rb_root *root, struct rb_node *old, struct rb_node *new_node)
{
	struct rb_node *parent = rb_parent(old);

	*new_node = *old;
	if (new_node->left)
		set_parent(new_node->left, new_node);
	if (new_node->right)
		set_parent(new_node->right, new_node);
	replace_child(root, parent, old, new_node);
}
