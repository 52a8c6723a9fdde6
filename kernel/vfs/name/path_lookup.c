// SPDX-License-Identifier: MIT
/*
 * path_lookup.c -- the place, or the inode, that a name means.
 *
 * Idea.  Nearly all names are cached: then the whole walk is one read section (sched/epoch.h) in
 *   which nothing is written, and which takes one reference, on what was found; none, when the
 *   caller only looks at the inode in that section. Two CPUs that look at different files write to
 *   no common line of memory.
 * Invariants.
 *   L1  The section found the right place if the count of changes did not change since it began
 *       (dentry.c, D10). A reference is taken only then; but one on the mount before that is asked
 *       (mount.c, M3).
 *   L2  What was found may have ended since: a reference is taken unless that is so.
 *   L3  Wherever the section does not suffice, the walk goes on, or begins anew, with dentry_lock
 *       (path_walk.c, W5).
 * Locks.  None, or dentry_lock.
 * Cost.  With a cached name: what path_cached.h says, and one reference.
 * Tests.  name_ops_test.c, path_walk_test.c; tests/guest/file/name_race.c.
 */
#include "core/errno.h"
#include "vfs/cred.h"
#include "vfs/file/fdtable.h"
#include "vfs/name/path_walk_internal.h"

#define WALK_UNKNOWN 1

/*
 * Is the next component known not to exist? Then the section of @cached ends. The negative entry
 * was in the directory at some time in the section, as a positive one is that is found (L1).
 */
static bool is_absent(const struct cached_walk *cached)
{
	const struct dentry *dir = cached->at.dentry, *child;
	const char *name = cached->rest;
	u64 word, end;
	size_t len;

	if (!name || !fast_path_is_on(FAST_PATH_path) || !cached_walk_may_search(cached, true))
		return false;
	while (*name == '/')
		name++;
	word = name_word(name);
	if (!(u8)word || (u8)word == '.')
		return false;
	end = name_end(word);
	if (end)
		child = dentry_find_short(dir, word & name_mask(end));
	else
		child = dentry_find_long(dir, name, &len, cached->begun);
	if (!child || !cached_walk_is_right(cached) ||
	    (dentry_flags(child) & (DENTRY_NEGATIVE | DENTRY_VOLATILE | DENTRY_IDLE)) !=
		    DENTRY_NEGATIVE)
		return false;
	epoch_read_end();
	return true;
}

bool path_may_search(const struct inode *dir)
{
	return S_ISDIR(inode_mode(dir)) && !inode_permission_mode(dir, MAY_EXEC, cred_current());
}

bool cached_walk_go_on(struct cached_walk *walk, bool parent)
{
	const char *name = walk->rest + (*walk->rest == '/');

	if (!*name || *name == '/' || path_all_may_search(walk->at.dentry->inode))
		return false;
	name = path_walk_cached(&walk->at, name, parent, true, walk->begun);
	if (name == walk->rest + (*walk->rest == '/'))
		return false;
	walk->rest = name;
	return true;
}

/* Has @cached come to the end of the name, as @flags want it? */
static __always_inline bool is_at_end(const struct cached_walk *cached, unsigned flags)
{
	return likely(cached->rest && !*cached->rest) &&
	       likely(!(flags & WALK_DIRECTORY) || S_ISDIR(inode_mode(cached->at.dentry->inode)));
}

/* If @cached has come to the end of the name take references, and end its section. L1, L2 */
static __always_inline bool get_place(struct cached_walk *cached, unsigned flags, struct path *out)
{
	if (!is_at_end(cached, flags) || unlikely(!cached_walk_get(cached)))
		return false;
	*out = cached->at;
	return true;
}

/* The same for the inode alone. */
static __always_inline bool get_inode(const struct cached_walk *cached, unsigned flags,
				      struct inode **out)
{
	struct inode *inode;

	if (!is_at_end(cached, flags) || unlikely(!cached_walk_is_right(cached)))
		return false;
	inode = cached->at.dentry->inode;
	if (unlikely(!refcount_get_unless_zero(&inode->refs)))
		return false;
	epoch_read_end();
	*out = inode;
	return true;
}

/*
 * Look a name up that starts at descriptor @dirfd; one of @place and @inode is wanted.
 * Returns: 0, -ENOENT, or WALK_UNKNOWN: ask with the lock.
 */
static int lookup_cached_at(int dirfd, const char *name, unsigned flags, struct path *place,
			    struct inode **inode)
{
	struct fd_ref start = fd_get_light_any(dirfd); /* keeps the place for the section */
	struct cached_walk cached = {.rest = NULL};
	int err = WALK_UNKNOWN;

	if (!start.file)
		return err;
	if (start.file->path.dentry) {
		epoch_read_begin();
		cached.begun = seqcount_read_begin(&dentry_table.changes);
		cached.at = start.file->path;
		cached.rest = path_walk_cached(&cached.at, name, false, true, cached.begun);
		if (place ? get_place(&cached, flags, place) : get_inode(&cached, flags, inode))
			err = 0;
		else if (is_absent(&cached))
			err = -ENOENT;
		else if (cached.rest)
			epoch_read_end();
	}
	fd_put_light(start);
	return err;
}

/* Look up a name that the section of @cached, which ends, does not suffice for. L3 */
static int lookup_rest(struct walk *w, int dirfd, const char *name, unsigned flags,
		       const struct cached_walk *cached)
{
	return is_absent(cached) ? -ENOENT : walk_whole(w, dirfd, name, flags, cached);
}

static bool starts_at_descriptor(int dirfd, const char *name)
{
	return dirfd != AT_FDCWD && *name && *name != '/';
}

static __noinline int path_lookup_rest(int dirfd, const char *name, unsigned flags,
				       struct cached_walk cached, struct path *out) NO_LOCK_ANALYSIS
{
	struct walk w;
	int err = WALK_UNKNOWN;

	if (cached.rest && cached_walk_go_on(&cached, false) && get_place(&cached, flags, out))
		return 0;
	if (starts_at_descriptor(dirfd, name))
		err = lookup_cached_at(dirfd, name, flags, out, NULL);
	if (err != WALK_UNKNOWN)
		return err;
	err = lookup_rest(&w, dirfd, name, flags, &cached);
	if (err)
		return err;
	*out = w.at;
	path_get(out);
	spin_unlock(&dentry_lock);
	walk_fini(&w);
	return 0;
}

__no_stack_array int path_lookup(int dirfd, const char *name, unsigned flags, struct path *out)
{
	struct cached_walk cached;

	cached_walk_begin(&cached, dirfd, name, false);
	if (get_place(&cached, flags, out))
		return 0;
	return path_lookup_rest(dirfd, name, flags, cached, out);
}

static __noinline int path_lookup_inode_rest(int dirfd, const char *name, unsigned flags,
					     struct cached_walk cached,
					     struct inode **out) NO_LOCK_ANALYSIS
{
	struct walk w;
	int err = WALK_UNKNOWN;

	if (cached.rest && cached_walk_go_on(&cached, false) && get_inode(&cached, flags, out))
		return 0;
	if (starts_at_descriptor(dirfd, name))
		err = lookup_cached_at(dirfd, name, flags, NULL, out);
	if (err != WALK_UNKNOWN)
		return err;
	err = lookup_rest(&w, dirfd, name, flags, &cached);
	if (err)
		return err;
	*out = w.at.dentry->inode;
	inode_get(*out);
	spin_unlock(&dentry_lock);
	walk_fini(&w);
	return 0;
}

__no_stack_array int path_lookup_inode(int dirfd, const char *name, unsigned flags,
				       struct inode **out)
{
	struct cached_walk cached;

	cached_walk_begin(&cached, dirfd, name, false);
	if (get_inode(&cached, flags, out))
		return 0;
	return path_lookup_inode_rest(dirfd, name, flags, cached, out);
}

__no_stack_array int path_view_inode(int dirfd, const char *name, unsigned flags,
				     struct inode_view *out)
{
	struct cached_walk cached;

	cached_walk_begin(&cached, dirfd, name, false);
	out->is_referenced = false;
	if (is_at_end(&cached, flags) && likely(cached_walk_is_right(&cached))) {
		out->inode = cached.at.dentry->inode; /* stays for the section: inode.c, I2 */
		return 0;
	}
	out->is_referenced = true;
	return path_lookup_inode_rest(dirfd, name, flags, cached, &out->inode);
}

/* ---- names from user space ---- */

int path_lookup_user(int dirfd, const char __user *name, unsigned flags, struct path *out)
{
	struct path_buffer buffer;
	int err = path_buffer_get_maybe_empty(&buffer, name);

	if (likely(!err))
		err = path_lookup(dirfd, buffer.name, flags, out);
	path_buffer_fini(&buffer);
	return err;
}

int path_view_inode_user(int dirfd, const char __user *name, unsigned flags, struct inode_view *out)
{
	struct path_buffer buffer;
	int err = path_buffer_get_maybe_empty(&buffer, name);

	if (likely(!err))
		err = path_view_inode(dirfd, buffer.name, flags, out);
	path_buffer_fini(&buffer);
	return err;
}
