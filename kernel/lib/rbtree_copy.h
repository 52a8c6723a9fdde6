/* SPDX-License-Identifier: MIT */
/* Copying a tree node by node, as it is: no comparing, no balancing. */
#pragma once

#include "lib/rbtree.h"

/* Make @node, which has no children yet, the counterpart of @model in a copy of its tree, where it
 * hangs under @parent. Whoever calls makes the parent's link point to it. */
static inline void rb_copy_node(struct rb_node *node, const struct rb_node *model,
				struct rb_node *parent)
{
	node->parent_color = (uintptr_t)parent | (model->parent_color & 1);
	node->left = NULL;
	node->right = NULL;
}
