/* SPDX-License-Identifier: MIT */
/*
 * A box: a tree of processes with limits on what they use together. Boxes form a tree: what is
 * charged to one is charged to all boxes above it, and the tightest limit on the path decides.
 */
#pragma once

#include "lib/list.h"
#include "lib/refcount.h"
#include "lib/types.h"

enum box_resource {
	BOX_MEMORY, /* bytes of everything: pages, objects, page tables, stacks */
	BOX_TASKS,  /* threads */
	BOX_NR_RESOURCES
};

#define BOX_NO_LIMIT (~0UL)
#define BOX_NAME_MAX 32

struct SHARED box_count {
	u64 present;  /* [a] charged now; no charge takes it above the limit */
	u64 peak;     /* [a] the highest value so far */
	u64 limit;    /* [a] charges that would exceed it are refused */
	u64 refusals; /* [a] charges that this limit refused, retries included */
};

struct SHARED box {
	struct box *parent;			   /* [I] referenced; NULL: the root */
	struct refcount refs;			   /* [a] */
	char name[BOX_NAME_MAX];		   /* [I] */
	struct box_count counts[BOX_NR_RESOURCES]; /* [a] */
	struct list_node node;			   /* [leaf] in the list of all boxes */
};

/*
 * The box of everything that is in no other box. It has no limits; its memory is not counted at
 * each charge, but is the sum of the accounts (box_read). Never freed.
 */
extern struct box box_root;

/* Boot, after slab_init(). */
void box_init(void);

/*
 * Create a box without limits within @parent, with one reference. @name (truncated to 31 bytes) is
 * shown with the counts. Returns: 0, -ENOMEM. Context: task; may sleep.
 */
int box_create(struct box *parent, const char *name, struct box **out) __must_check;
void box_get(struct box *box);
/* Context: any task. The last reference frees the box; by then nothing is charged to it. */
void box_put(struct box *box);

/*
 * Set the limit of @resource (BOX_NO_LIMIT: none). What is already charged above it stays charged.
 */
void box_set_limit(struct box *box, enum box_resource resource, u64 limit);

/*
 * Charge @n (bytes, threads) to @box and all boxes above it if every limit on the path allows it:
 * check and charge are one step. Returns: 0; -ENOMEM (memory) or -EAGAIN (others), with nothing
 * charged. Context: any task.
 */
int box_charge(struct box *box, enum box_resource resource, u64 n) __must_check;
/* Would box_charge() succeed now? Context: any task. */
bool box_has_room(const struct box *box, enum box_resource resource, u64 n);
/* Charge without regard to limits: for what exists already. */
void box_charge_forced(struct box *box, enum box_resource resource, u64 n);
void box_uncharge(struct box *box, enum box_resource resource, u64 n);

/* The current counts; for the root's memory the sum of what is charged to accounts. */
void box_read(struct box *box, enum box_resource resource, struct box_count *out);

/*
 * Call @visit for every box, the root first; each is referenced during the call. @visit may sleep.
 */
void box_for_each(void (*visit)(struct box *box, void *data), void *data);
