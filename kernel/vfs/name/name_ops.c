// SPDX-License-Identifier: MIT
/*
 * name_ops.c -- making and removing names: mknod, mkdir, symlink, link, unlink, rmdir.
 *
 * Idea.  Walk to the parent, lock it, look the last component up, check, let the file system make
 *   the change, then update the cache. Under the parent's lock the cache and the file system agree
 *   (dentry.c, D3).
 * Locks.  The parent's inode lock; only the file system sleeps under it.
 * Tests.  name_ops_test.c, tests/guest/file. See also rename.c.
 */
#include "vfs/name/name_ops.h"

#include "core/assert.h"
#include "core/errno.h"
#include "mm/kmalloc.h"
#include "vfs/cred.h"
#include "vfs/name/dentry_change.h"
#include "vfs/name/mount.h"
#include "vfs/name/protected_names.h"
#include "vm/user_copy.h"

#include <linux/fcntl.h>
#include <linux/limits.h>

int may_create_in(const struct path *dir)
{
	int err;

	assert_mutex_held(&dir->dentry->inode->lock);
	/* Without the lock of the flags: tmpfs looks again, under its own (tmpfs_dir.c: T2). */
	if (READ_ONCE(dir->dentry->flags) & DENTRY_DELETED)
		return -ENOENT;
	if (dir->dentry->inode->super->volatile_entries && !dir->dentry->inode->ops->create)
		return -ENOENT; /* programs cannot create names there */
	err = mount_may_write(dir->mount);
	return err ? err : inode_permission(dir->dentry->inode, MAY_WRITE | MAY_EXEC);
}

int may_delete_from(const struct path *dir, struct dentry *victim)
{
	struct inode *inode = dir->dentry->inode;
	const struct cred *cred = cred_current();
	int err = mount_may_write(dir->mount);

	assert_mutex_held(&inode->lock);
	if (!err)
		err = inode_permission(inode, MAY_WRITE | MAY_EXEC);
	if (err)
		return err;
	if ((inode->mode & S_ISVTX) && cred->fsuid != inode->uid &&
	    cred->fsuid != victim->inode->uid && !cred_has_cap(cred, CAP_FOWNER))
		return -EPERM;
	return victim->mounted ? -EBUSY : 0;
}

/* ---- new names ---- */

/* A name that is being created: the parent is locked, the name's negative entry referenced. */
struct new_name {
	struct walk walk;
	struct inode *dir;
	struct dentry *dentry;
};

/*
 * Look up the name that is to be created. With 0, new_name_end is due. @is_dir: a slash may follow
 * the name.
 */
static int new_name_begin(struct new_name *new, int dirfd, const char *name,
			  bool is_dir) NO_LOCK_ANALYSIS
{
	struct walk *w = &new->walk;
	int err = walk_parent(w, dirfd, name, 0);

	if (err)
		return err;
	if (w->last_special) {
		walk_fini(w);
		return -EEXIST;
	}
	new->dir = w->held.dentry->inode;
	mutex_lock(&new->dir->lock);
	err = dentry_lookup_locked(w->held.dentry, w->last, w->last_len, &new->dentry);
	if (!err) {
		if (new->dentry->inode)
			err = -EEXIST;
		else if (w->trailing_slash && !is_dir)
			err = -ENOENT;
		else
			err = may_create_in(&w->held);
		if (err)
			dentry_put(new->dentry);
	}
	if (err) {
		mutex_unlock(&new->dir->lock);
		walk_fini(w);
	}
	return err;
}

/*
 * Finish with @err. If that is 0, the name means @inode, whose reference is taken over; *out (NULL:
 * not wanted) gets another one.
 */
static int new_name_end(struct new_name *new, int err, struct inode *inode,
			struct inode **out) NO_LOCK_ANALYSIS
{
	if (!err && out) {
		inode_get(inode);
		*out = inode;
	}
	if (!err)
		dentry_fill(new->dentry, inode);
	mutex_unlock(&new->dir->lock);
	dentry_put(new->dentry);
	walk_fini(&new->walk);
	return err;
}

int vfs_mknod_inode(int dirfd, const char *name, mode_t mode, dev_t device, struct inode **out)
{
	struct inode *inode = NULL;
	struct new_name new;
	int err;

	if ((S_ISCHR(mode) || S_ISBLK(mode)) && !capable(CAP_MKNOD))
		return -EPERM;
	err = new_name_begin(&new, dirfd, name, S_ISDIR(mode));
	if (err)
		return err;
	mode &= ~__atomic_load_n(&fs_context_current()->umask, __ATOMIC_RELAXED) | S_IFMT;
	if (!new.dir->ops->create)
		err = -EPERM;
	else
		err = new.dir->ops->create(new.dir, new.dentry->name, new.dentry->name_len, mode,
					   device, &inode);
	return new_name_end(&new, err, inode, out);
}

int vfs_mknod(int dirfd, const char *name, mode_t mode, dev_t device)
{
	return vfs_mknod_inode(dirfd, name, mode, device, NULL);
}

int vfs_symlink_inode(const char *target, int dirfd, const char *name, struct inode **out)
{
	struct inode *inode = NULL;
	struct new_name new;
	int err;

	if (!*target)
		return -ENOENT;
	err = new_name_begin(&new, dirfd, name, false);
	if (err)
		return err;
	if (!new.dir->ops->symlink)
		err = -EPERM;
	else
		err = new.dir->ops->symlink(new.dir, new.dentry->name, new.dentry->name_len, target,
					    &inode);
	return new_name_end(&new, err, inode, out);
}

int vfs_symlink(const char *target, int dirfd, const char *name)
{
	return vfs_symlink_inode(target, dirfd, name, NULL);
}

static int link_inode(struct new_name *new, const struct path *from)
{
	struct inode *inode = from->dentry->inode;
	int err;

	if (from->mount != new->walk.held.mount)
		return -EXDEV;
	err = protected_may_link(inode);
	if (err)
		return err;
	if (S_ISDIR(inode_mode(inode)) || !new->dir->ops->link)
		return -EPERM;
	if (!inode->nr_links && !(inode->flags & INODE_LINKABLE))
		return -ENOENT;
	err = new->dir->ops->link(new->dir, new->dentry->name, new->dentry->name_len, inode);
	if (!err && (inode->flags & INODE_LINKABLE)) /* that was its first name */
		__atomic_fetch_and(&inode->flags, ~INODE_LINKABLE, __ATOMIC_RELAXED);
	return err;
}

int vfs_link(int old_dirfd, const char *old_name, int new_dirfd, const char *new_name, int flags)
{
	unsigned walk = 0;
	struct new_name new;
	struct path from;
	int err;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_SYMLINK_FOLLOW)
		walk |= WALK_FOLLOW;
	if (flags & AT_EMPTY_PATH) {
		if (!*old_name && !capable(CAP_DAC_READ_SEARCH))
			return -ENOENT;
		walk |= WALK_EMPTY;
	}
	err = path_lookup(old_dirfd, old_name, walk, &from);
	if (err)
		return err;
	err = new_name_begin(&new, new_dirfd, new_name, false);
	if (!err) {
		err = link_inode(&new, &from);
		if (!err)
			inode_get(from.dentry->inode);
		err = new_name_end(&new, err, from.dentry->inode, NULL);
	}
	path_put(&from);
	return err;
}

/* ---- names that go ---- */

static int unlink_locked(struct walk *w, struct dentry *victim, bool directory)
{
	struct inode *dir = w->held.dentry->inode, *inode = victim->inode;
	int err;

	assert_mutex_held(&dir->lock);
	if (!inode)
		return -ENOENT;
	if (!directory && w->trailing_slash)
		return S_ISDIR(inode_mode(inode)) ? -EISDIR : -ENOTDIR;
	err = may_delete_from(&w->held, victim);
	if (err)
		return err;
	if (directory && !S_ISDIR(inode_mode(inode)))
		return -ENOTDIR;
	if (!directory && S_ISDIR(inode_mode(inode)))
		return -EISDIR;
	if (!dir->ops->unlink)
		return -EPERM;
	err = dentry_delete_begin(victim);
	if (err)
		return err;
	err = dir->ops->unlink(dir, victim->name, victim->name_len, inode);
	if (err) {
		dentry_delete_cancel(victim);
		return err;
	}
	dentry_delete(victim);
	if (directory)
		dentry_forget_children(victim);
	return 0;
}

static int unlink_special(const struct walk *w, bool directory)
{
	if (!directory)
		return -EISDIR;
	if (!w->last_len)
		return -EBUSY; /* the root */
	return w->last_len == 1 ? -EINVAL : -ENOTEMPTY;
}

int vfs_unlink(int dirfd, const char *name, bool directory)
{
	struct inode *dir, *inode = NULL;
	struct dentry *victim;
	struct walk w;
	int err = walk_parent(&w, dirfd, name, 0);

	if (err)
		return err;
	if (w.last_special) {
		err = unlink_special(&w, directory);
		walk_fini(&w);
		return err;
	}
	dir = w.held.dentry->inode;
	mutex_lock(&dir->lock);
	err = dentry_lookup_locked(w.held.dentry, w.last, w.last_len, &victim);
	if (!err) {
		inode = victim->inode;
		if (inode)
			inode_get(inode); /* if this unlink frees it, then without the lock */
		err = unlink_locked(&w, victim, directory);
		dentry_put(victim);
	}
	mutex_unlock(&dir->lock);
	if (inode)
		inode_put(inode);
	walk_fini(&w);
	return err;
}

ssize_t vfs_readlink(const struct path *path, char *buffer, size_t size)
{
	struct inode *inode = path->dentry->inode;

	if (!S_ISLNK(inode_mode(inode)) || !inode->ops->readlink)
		return -EINVAL;
	inode_touch(inode, INODE_TOUCH_ATIME);
	return inode->ops->readlink(inode, buffer, size);
}

ssize_t vfs_readlink_user(const struct path *path, char __user *to, size_t size)
{
	char *text;
	ssize_t len;

	size = min(size, (size_t)PATH_MAX);
	text = kmalloc(size, 0);
	if (!text)
		return -ENOMEM;
	len = vfs_readlink(path, text, size);
	if (len > 0 && copy_to_user(to, text, (size_t)len))
		len = -EFAULT;
	kfree(text);
	return len;
}
