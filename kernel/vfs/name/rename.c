// SPDX-License-Identifier: MIT
/*
 * rename.c -- rename(2), renameat2(2).
 *
 * Idea.  Both parents are locked. A move between directories also holds the file system's rename
 *   lock, so that the shape of the tree is fixed while check_loops asks whether a directory would
 *   become its own descendant.
 * Locks.  super->rename_lock, then both directories in the order of their addresses.
 * Tests.  name_ops_test.c, tests/guest/file/file_rename.c.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "vfs/name/dentry_change.h"
#include "vfs/name/mount.h"
#include "vfs/name/name_ops.h"

#include <linux/fs.h>

struct rename {
	struct walk from, to;
	struct dentry *source, *target; /* referenced */
	unsigned flags;
};

/*
 * A name with a slash behind it must be a directory: the source's, and that of what takes its
 * place.
 */
static int check_slashes(const struct rename *r)
{
	if (!S_ISDIR(inode_mode(r->source->inode))) {
		if (r->from.trailing_slash)
			return -ENOTDIR;
		if (r->to.trailing_slash && !(r->flags & RENAME_EXCHANGE))
			return -ENOTDIR;
	}
	if ((r->flags & RENAME_EXCHANGE) && r->to.trailing_slash &&
	    !S_ISDIR(inode_mode(r->target->inode)))
		return -ENOTDIR;
	return 0;
}

static int check_loops(const struct rename *r)
{
	assert_mutex_held(&r->from.held.dentry->inode->super->rename_lock);
	if (dentry_is_below(r->to.held.dentry, r->source))
		return -EINVAL;
	if (dentry_is_below(r->from.held.dentry, r->target))
		return r->flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	return 0;
}

/* May the target be created, or replaced? */
static int check_target(const struct rename *r)
{
	struct inode *source = r->source->inode, *target = r->target->inode;
	int err;

	if (!target)
		return may_create_in(&r->to.held);
	err = may_delete_from(&r->to.held, r->target);
	if (err || (r->flags & RENAME_EXCHANGE))
		return err;
	if (S_ISDIR(inode_mode(source)))
		return S_ISDIR(inode_mode(target)) ? 0 : -ENOTDIR;
	return S_ISDIR(inode_mode(target)) ? -EISDIR : 0;
}

/* In Linux's order. */
static int check_shape(const struct rename *r)
{
	int err;

	if ((r->flags & RENAME_NOREPLACE) && r->target->inode)
		return -EEXIST;
	if ((r->flags & RENAME_EXCHANGE) && !r->target->inode)
		return -ENOENT;
	err = check_slashes(r);
	/* A rename within one directory cannot make a loop. */
	if (!err && r->from.held.dentry != r->to.held.dentry)
		err = check_loops(r);
	return err;
}

static int check_permissions(const struct rename *r)
{
	bool moves = r->from.held.dentry != r->to.held.dentry;
	int err = may_delete_from(&r->from.held, r->source);

	if (!err)
		err = check_target(r);
	/* A directory that moves has its ".." written. */
	if (!err && moves && S_ISDIR(inode_mode(r->source->inode)))
		err = inode_permission(r->source->inode, MAY_WRITE);
	if (!err && moves && (r->flags & RENAME_EXCHANGE) && S_ISDIR(inode_mode(r->target->inode)))
		err = inode_permission(r->target->inode, MAY_WRITE);
	return err;
}

/* If a file has the new name it is replaced: nothing can be mounted on it meanwhile. */
static int rename_in_file_system(struct rename *r)
{
	struct inode *old_dir = r->from.held.dentry->inode, *new_dir = r->to.held.dentry->inode;
	bool replaces = r->target->inode && !(r->flags & RENAME_EXCHANGE);
	int err = replaces ? dentry_delete_begin(r->target) : 0;

	if (err)
		return err;
	err = old_dir->ops->rename(old_dir, r->source->name, new_dir, r->target->name,
				   r->source->inode, r->target->inode, r->flags);
	if (err && replaces)
		dentry_delete_cancel(r->target);
	return err;
}

/* Both entries are looked up, both directories locked. */
static int rename_locked(struct rename *r)
{
	struct inode *replaced = r->target->inode;
	int err;

	assert_mutex_held(&r->from.held.dentry->inode->lock);
	assert_mutex_held(&r->to.held.dentry->inode->lock);
	if (!r->source->inode)
		return -ENOENT;
	err = check_shape(r);
	if (err)
		return err;
	if (r->source->inode == replaced)
		return 0; /* two names of one file: rename(2) does nothing */
	err = check_permissions(r);
	if (err)
		return err;
	if (!r->from.held.dentry->inode->ops->rename)
		return -EPERM;
	err = rename_in_file_system(r);
	if (err)
		return err;
	if (r->flags & RENAME_EXCHANGE) {
		dentry_exchange(r->source, r->target);
		return 0;
	}
	dentry_move(r->source, r->target);
	if (replaced && S_ISDIR(inode_mode(replaced)))
		dentry_forget_children(r->target);
	return 0;
}

static int lookup_and_rename(struct rename *r)
{
	int err;

	err = dentry_lookup_locked(r->from.held.dentry, r->from.last, r->from.last_len, &r->source);
	if (err) {
		r->source = NULL;
		return err;
	}
	err = dentry_lookup_locked(r->to.held.dentry, r->to.last, r->to.last_len, &r->target);
	if (err) {
		r->target = NULL;
		return err;
	}
	return rename_locked(r);
}

static int rename_walked(struct rename *r) NO_LOCK_ANALYSIS
{
	struct inode *old_dir = r->from.held.dentry->inode, *new_dir = r->to.held.dentry->inode;
	struct super *super = old_dir->super;
	bool moves = old_dir != new_dir;
	int err;

	if (r->from.held.mount != r->to.held.mount)
		return -EXDEV;
	if (r->from.last_special)
		return -EBUSY;
	if (r->to.last_special)
		return r->flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	r->source = r->target = NULL;
	if (moves)
		mutex_lock(&super->rename_lock);
	mutex_lock_pair(&old_dir->lock, &new_dir->lock);
	err = lookup_and_rename(r);
	mutex_unlock_pair(&old_dir->lock, &new_dir->lock);
	if (moves)
		mutex_unlock(&super->rename_lock);
	if (r->source)
		dentry_put(r->source);
	if (r->target)
		dentry_put(r->target);
	return err;
}

int vfs_rename(int old_dirfd, const char *old_name, int new_dirfd, const char *new_name,
	       unsigned flags)
{
	struct rename r = {.flags = flags};
	int err;

	if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	if ((flags & RENAME_NOREPLACE) && (flags & RENAME_EXCHANGE))
		return -EINVAL;
	err = walk_parent(&r.from, old_dirfd, old_name, 0);
	if (err)
		return err;
	err = walk_parent(&r.to, new_dirfd, new_name, 0);
	if (!err) {
		err = rename_walked(&r);
		walk_fini(&r.to);
	}
	walk_fini(&r.from);
	return err;
}
