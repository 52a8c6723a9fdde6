/* SPDX-License-Identifier: MIT */
/*
 * Between path_walk.c and path_lookup.c only: the first part of a walk, over cached names and
 * without dentry_lock.
 */
#pragma once

#include "sched/epoch.h"
#include "vfs/name/path_cached.h"
#include "vfs/name/path_walk.h"

#include <linux/fcntl.h>

struct cached_walk {
	struct path at;	  /* where it has come; without references */
	const char *rest; /* of the name; NULL: nothing has begun */
	u32 begun;	  /* the count of changes at its start */
	bool own_start;	  /* it began at a place that only this thread changes */
};

/*
 * Do root and working directory stay as long as this thread does not change them? Only this thread
 * can make that untrue. Otherwise other threads may change them.
 */
static __always_inline bool places_are_own(void)
{
	return refcount_is_one(&fs_context_current()->refs);
}

/* Go to the root or the working directory, in a read section. */
static __always_inline void cached_walk_start(struct cached_walk *walk, bool at_root)
{
	const struct fs_context *context = fs_context_current();
	const struct path *place = at_root ? &context->root : &context->cwd;

	walk->own_start = places_are_own();
	if (unlikely(!walk->own_start)) {
		walk->at = fs_context_read(context, place);
		return;
	}
	walk->at.mount = place->mount;
	walk->at.dentry = place->dentry;
}

/*
 * Begin a read section and walk the cached part of @name, or of its parent. Without effect, and
 * with rest NULL, if the name starts at a descriptor or is empty.
 */
static __always_inline void cached_walk_begin(struct cached_walk *walk, int dirfd, const char *name,
					      bool parent)
{
	bool is_absolute = *name == '/';

	walk->rest = NULL;
	if (unlikely(!is_absolute && (dirfd != AT_FDCWD || !*name)))
		return;
	epoch_read_begin();
	walk->begun = seqcount_read_begin(&dentry_table.changes);
	cached_walk_start(walk, is_absolute);
	walk->rest = path_walk_cached(&walk->at, name + is_absolute, parent, false, walk->begun);
}

/*
 * If @walk has stopped at a directory that not everybody may search, but the current thread may, go
 * on in its section. True: it has come further. (path_lookup.c)
 */
bool cached_walk_go_on(struct cached_walk *walk, bool parent);

/* May names be looked up in the directory walk->at, by its mode? @restricted: not by everybody. */
static __always_inline bool cached_walk_may_search(const struct cached_walk *walk, bool restricted)
{
	const struct dentry *dir = walk->at.dentry;

	if (unlikely(dentry_flags(dir) & DENTRY_HAS_PERMISSION_HOOK))
		return false;
	return likely(path_all_may_search(dir->inode)) ||
	       (restricted && path_may_search(dir->inode));
}

/* Was walk->at the place of that part of the name, at some time since the section began? */
static __always_inline bool cached_walk_is_right(const struct cached_walk *walk)
{
	return !seqcount_must_read_again(&dentry_table.changes, walk->begun);
}

/*
 * End the section of @cached with references on its place. False: they were not taken; the name is
 * to be walked from its start. (path_lookup.c, L1 and L2)
 */
static __always_inline bool cached_walk_get(struct cached_walk *cached)
{
	bool is_right = likely(mount_get_found(cached->at.mount, cached->begun)) &&
			likely(dentry_get_found(cached->at.dentry));

	cached->rest = NULL;
	if (is_right)
		epoch_read_end();
	else
		mount_put_found(cached->at.mount);
	return is_right;
}

/*
 * Walk the rest of a name; the section of @cached ends. With 0 dentry_lock is held and w->at is the
 * place, and walk_fini is due; with an error neither is.
 */
int walk_whole(struct walk *w, int dirfd, const char *name, unsigned flags,
	       const struct cached_walk *cached) __must_check;
