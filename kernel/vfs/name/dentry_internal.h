/* SPDX-License-Identifier: MIT */
/* Between the files of the cache of names only. */
#pragma once

#include "mm/slab.h"
#include "vfs/name/dentry.h"
#include "vfs/name/dentry_table.h"

#define SHRINK_BATCH 64 /* entries examined or freed before the lock is released */

extern struct slab_cache dentry_cache; /* by its own lock */
extern struct list_node dentry_lru;    /* [dentry] */
extern unsigned nr_dentries;	       /* [a] */

/* Free @dentry, which no lookup has ever found, and which holds no reference. */
void dentry_free_unseen(struct dentry *dentry);
/*
 * Give @dentry, which the caller has a reference on, @flag, with which it is freed when unused.
 * Locks: dentry_lock held, or nobody else knows it. D4
 */
static inline void dentry_end_when_unused(struct dentry *dentry, u16 flag)
{
	dentry_change_flags(dentry, flag, 0);
	ignore_result(dentry_refs_make_eager(&dentry->refs), "it is in use");
}
