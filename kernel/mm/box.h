/* SPDX-License-Identifier: MIT */
/*
 * A box: a tree of processes with limits on what they use together. Boxes form a tree; what is
 * charged to one is charged to all above it, and the narrowest limit on the way decides.
 */
#pragma once

#include "lib/list.h"
#include "lib/types.h"

enum box_resource {
	BOX_MEMORY, /* bytes of everything: frames, objects, tables, stacks */
	BOX_TASKS,  /* threads                                              */
	BOX_NR_RESOURCES
};

#define BOX_NO_LIMIT (~0UL)
#define BOX_NAME_MAX 32

struct SHARED box_count {
	u64 present;  /* [a] charged now; never over the limit by a charge      */
	u64 peak;     /* [a] the most at a time                                 */
	u64 limit;    /* [a] charges that would pass it are refused             */
	u64 refusals; /* [a] charges that this limit refused, retries included  */
};

struct SHARED box {
	struct box *parent;			   /* [I] referenced; NULL: the root */
	u32 refs;				   /* [a] */
	char name[BOX_NAME_MAX];		   /* [I] */
	struct box_count counts[BOX_NR_RESOURCES]; /* [a] */
	struct list_node node;			   /* [leaf] in the list of all boxes */
};

/*
 * Everything that programs use and that is in no other box. Without limits; its memory is not
 * counted charge by charge, but is the sum of the accounts (box_read). Never freed.
 */
extern struct box box_root;

/* Boot, after slab_init(). */
void box_init(void);

/*
 * A box without limits within @parent, with one reference. The name (cut at 31 bytes) is for who
 * reads the counts. Returns: 0, -ENOMEM. Context: task; may sleep.
 */
int box_create(struct box *parent, const char *name, struct box **out) __must_check;
void box_get(struct box *box);
/* Context: any task. The last reference frees the box; nothing is charged to it then. */
void box_put(struct box *box);

/* Let @box use @limit from now on (BOX_NO_LIMIT: any amount). What it has beyond that stays. */
void box_set_limit(struct box *box, enum box_resource resource, u64 limit);

/*
 * Charge @n (bytes, threads) to @box and all above it, if every limit on the way allows it: check
 * and charge are one step. Returns: 0; -ENOMEM (memory) or -EAGAIN (others), nothing charged.
 * Context: any task.
 */
int box_charge(struct box *box, enum box_resource resource, u64 n) __must_check;
/* The same whatever the limits say: for what exists already. */
void box_charge_forced(struct box *box, enum box_resource resource, u64 n);
void box_uncharge(struct box *box, enum box_resource resource, u64 n);

/* The counts as they are now; of the root's memory the sum of what is charged to accounts. */
void box_read(struct box *box, enum box_resource resource, struct box_count *out);

/* Visit all boxes, each referenced during the call, the root first. @visit may sleep. */
void box_for_each(void (*visit)(struct box *box, void *data), void *data);
