/* SPDX-License-Identifier: MIT */
/* Copying a tree node by node: no comparing, no balancing. */
#pragma once

#include "lib/rbtree.h"

/*
 * Make @node, which has no children yet, the copy of @model below @parent in a copy of its tree.
 * The caller sets the parent's link to it.
 */
static inline void rb_copy_node(struct rb_node *node, const struct rb_node *model,
				struct rb_node *parent)
{
	node->parent_color = (uintptr_t)parent | (model->parent_color & 1);
	node->left = NULL;
	node->right = NULL;
}
