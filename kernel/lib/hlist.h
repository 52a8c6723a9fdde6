/* SPDX-License-Identifier: MIT */
/*
 * Lists with a one-pointer head, for hash tables. A node knows the pointer that points to it, so it
 * can be removed without its head. All zero is an empty head and an unlinked node.
 *
 * Changes need a lock. A walk may do without it (hlist_for_each_entry_unlocked): a node that is
 * removed still leads on to the rest, as long as its memory stays. One that is moved to another
 * list leads on there: such a walk may miss some, and meet some of the other list.
 */
#pragma once

#include "lib/compiler.h"

struct hlist_node {
	struct hlist_node *next;
	struct hlist_node **place; /* what points to this node; NULL when unlinked */
};

struct hlist {
	struct hlist_node *first;
};

static inline bool hlist_is_empty(const struct hlist *head)
{
	return !head->first;
}

static inline bool hlist_is_linked(const struct hlist_node *node)
{
	return node->place;
}

static inline void hlist_add_first(struct hlist *head, struct hlist_node *node)
{
	struct hlist_node *next = head->first;

	/* A walk may be at @node, if it was in a list before. Pairs with hlist_next_loaded. */
	__atomic_store_n(&node->next, next, __ATOMIC_RELEASE);
	if (next)
		next->place = &node->next;
	node->place = &head->first;
	__atomic_store_n(&head->first, node, __ATOMIC_RELEASE); /* pairs with hlist_next_loaded */
}

/* Remove @node if it is in a list. */
static inline void hlist_remove(struct hlist_node *node)
{
	if (!node->place)
		return;
	__atomic_store_n(node->place, node->next, __ATOMIC_RELEASE); /* with hlist_next_loaded */
	if (node->next)
		node->next->place = node->place;
	node->place = NULL;
}

#define hlist_entry_or_null(node, type, member)                                                    \
	({                                                                                         \
		__auto_type hlist_node_ = (node);                                                  \
		hlist_node_ ? container_of(hlist_node_, type, member) : NULL;                      \
	})

#define hlist_for_each_entry(pos, head, member)                                                    \
	for ((pos) = hlist_entry_or_null((head)->first, __typeof__(*(pos)), member); (pos);        \
	     (pos) = hlist_entry_or_null((pos)->member.next, __typeof__(*(pos)), member))

static inline struct hlist_node *hlist_next_loaded(struct hlist_node *const *place)
{
	/* What the node is part of was written before: pairs with hlist_add_first. */
	return __atomic_load_n(place, __ATOMIC_ACQUIRE);
}

/* Without the lock: nodes that are added or removed meanwhile may be seen or not. */
#define hlist_for_each_entry_unlocked(pos, head, member)                                           \
	for ((pos) = hlist_entry_or_null(hlist_next_loaded(&(head)->first), __typeof__(*(pos)),    \
					 member);                                                  \
	     (pos); (pos) = hlist_entry_or_null(hlist_next_loaded(&(pos)->member.next),            \
						__typeof__(*(pos)), member))

/* The body may remove @pos. @tmp is a struct hlist_node pointer. */
#define hlist_for_each_entry_safe(pos, tmp, head, member)                                          \
	for ((pos) = hlist_entry_or_null((head)->first, __typeof__(*(pos)), member);               \
	     (pos) && ((tmp) = (pos)->member.next, true);                                          \
	     (pos) = hlist_entry_or_null(tmp, __typeof__(*(pos)), member))
