/* SPDX-License-Identifier: MIT */
/*
 * The locks of one inode that can conflict with each other, found by range and by owner in
 * logarithmic time. The caller has the lock that guards the index.
 */
#pragma once

#include "lib/rbtree.h"

enum file_lock_kind { LOCK_KIND_RECORD, LOCK_KIND_OFD, LOCK_KIND_FLOCK };

/* How far one owner's locks reach in a subtree: the last byte plus one; 0: there are none. */
struct lock_reach {
	const void *owner;
	u64 top;
};

struct SHARED file_lock {
	struct rb_node by_range; /* [state_lock] in the tree of its type, by start */
	struct rb_node by_owner; /* [state_lock] by owner, then start */
	/* [state_lock] two owners, the one that reaches furthest first */
	struct lock_reach reach[2];
	const void *owner;	  /* [I] a descriptor table, or an open file */
	u64 start, end;		  /* [state_lock] inclusive */
	short type;		  /* [state_lock] F_RDLCK, F_WRLCK */
	enum file_lock_kind kind; /* [I] */
	pid_t pid;		  /* [I] -1 for OFD */
};

struct lock_index {
	struct rb_root shared, exclusive; /* by_range */
	struct rb_root owners;		  /* by_owner */
};

/*
 * Insert @lock into the tree by range, which other owners search, or into both trees; and remove
 * it.
 */
void lock_index_add_range(struct lock_index *index, struct file_lock *lock);
void lock_index_remove_range(struct lock_index *index, struct file_lock *lock);
void lock_index_add(struct lock_index *index, struct file_lock *lock);
void lock_index_remove(struct lock_index *index, struct file_lock *lock);
static __always_inline bool lock_index_is_empty(const struct lock_index *index)
{
	return rb_is_empty(&index->shared) && rb_is_empty(&index->exclusive) &&
	       rb_is_empty(&index->owners);
}
/* Change the range of @lock; it must not overlap its owner's other locks. */
void lock_index_resize(struct lock_index *index, struct file_lock *lock, u64 start, u64 end);
/* A lock of another owner that excludes @wanted, the first one of its type by start; or NULL. */
struct file_lock *lock_index_conflict(const struct lock_index *index,
				      const struct file_lock *wanted);
/* @owner's first lock that ends at or after @from, and the next; or NULL. */
struct file_lock *lock_index_own_from(const struct lock_index *index, const void *owner, u64 from);
struct file_lock *lock_index_own_next(const struct file_lock *lock);
