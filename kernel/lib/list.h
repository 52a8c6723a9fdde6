/* SPDX-License-Identifier: MIT */
/*
 * Intrusive lists: a ring of nodes, with a head of the same type that is not an element. Lists with
 * a one-pointer head are in hlist.h. Not locked: the caller locks.
 */
#pragma once

#include "lib/compiler.h"

struct list_node {
	struct list_node *next, *prev;
};

#define LIST_INIT(name)                                                                            \
	{                                                                                          \
		.next = &(name), .prev = &(name)                                                   \
	}

static inline void list_init(struct list_node *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_is_empty(const struct list_node *head)
{
	return head->next == head;
}

/* Insert @node between two neighbours. */
static inline void list_insert_between(struct list_node *node, struct list_node *prev,
				       struct list_node *next)
{
	next->prev = node;
	node->next = next;
	node->prev = prev;
	prev->next = node;
}

static inline void list_add_first(struct list_node *head, struct list_node *node)
{
	list_insert_between(node, head, head->next);
}

static inline void list_add_last(struct list_node *head, struct list_node *node)
{
	list_insert_between(node, head->prev, head);
}

static inline void list_add_before(struct list_node *place, struct list_node *node)
{
	list_insert_between(node, place->prev, place);
}

static inline void list_add_after(struct list_node *place, struct list_node *node)
{
	list_insert_between(node, place, place->next);
}

/* Remove @node; its links are stale afterwards. */
static inline void list_remove(struct list_node *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
}

/*
 * Remove @node and make it an empty ring, so that list_is_linked() and a second removal are safe.
 */
static inline void list_remove_init(struct list_node *node)
{
	list_remove(node);
	list_init(node);
}

/* For nodes that were list_init()ed and are removed by list_remove_init() only. */
static inline bool list_is_linked(const struct list_node *node)
{
	return node->next != node;
}

static inline bool list_has_one(const struct list_node *head)
{
	return head->next != head && head->next == head->prev;
}

/* Move all of @from to the end of @to; @from is empty afterwards. */
static inline void list_splice_last(struct list_node *to, struct list_node *from)
{
	if (list_is_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

/* Remove and return the first node; NULL when the list is empty. */
static inline struct list_node *list_pop_first(struct list_node *head)
{
	struct list_node *node = head->next;

	if (node == head)
		return NULL;
	list_remove(node);
	return node;
}

static inline size_t list_count(const struct list_node *head)
{
	size_t count = 0;

	for (const struct list_node *node = head->next; node != head; node = node->next)
		count++;
	return count;
}

#define list_entry(node, type, member) container_of(node, type, member)
/* Only on lists that are not empty. */
#define list_first_entry(head, type, member) list_entry((head)->next, type, member)
#define list_last_entry(head, type, member) list_entry((head)->prev, type, member)
#define list_next_entry(pos, member) list_entry((pos)->member.next, __typeof__(*(pos)), member)
#define list_prev_entry(pos, member) list_entry((pos)->member.prev, __typeof__(*(pos)), member)

#define list_for_each(node, head)                                                                  \
	for ((node) = (head)->next; (node) != (head); (node) = (node)->next)

#define list_for_each_entry(pos, head, member)                                                     \
	for ((pos) = list_first_entry(head, __typeof__(*(pos)), member); &(pos)->member != (head); \
	     (pos) = list_next_entry(pos, member))

#define list_for_each_entry_reverse(pos, head, member)                                             \
	for ((pos) = list_last_entry(head, __typeof__(*(pos)), member); &(pos)->member != (head);  \
	     (pos) = list_prev_entry(pos, member))

/* The body may remove @pos. */
#define list_for_each_entry_safe(pos, tmp, head, member)                                           \
	for ((pos) = list_first_entry(head, __typeof__(*(pos)), member),                           \
	    (tmp) = list_next_entry(pos, member);                                                  \
	     &(pos)->member != (head); (pos) = (tmp), (tmp) = list_next_entry(tmp, member))
