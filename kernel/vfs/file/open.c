// SPDX-License-Identifier: MIT
/*
 * open.c -- open(2): from a name and flags to an open file.
 *
 * Idea.  Without O_CREAT: walk, check, make the file. With it: walk to the parent; under the
 *   parent's lock the last component is either found (and opened as without O_CREAT, or followed if
 *   it is a link) or created.
 * Ownership.  A new struct file holds its inode and path; the walk hands the path over. A file that
 *   is open for writing counts in the inode, against programs that execute it, until the file is
 *   freed.
 * Locks.  The parent directory's inode lock while creating.
 * Tests.  tests/guest/file/file_open.c: every flag and error of the manual page.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "vfs/cred.h"
#include "vfs/file/file_internal.h"
#include "vfs/inode/device_number.h"
#include "vfs/name/dentry_change.h"
#include "vfs/name/name_ops.h"
#include "vfs/name/protected_names.h"

#include <linux/fs.h>

#define OPEN_FLAGS_PATH (O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC)

static const struct file_ops *registered_fifo_ops;  /* [I] after boot */
static const struct file_ops *registered_block_ops; /* [I] after boot */
static const struct file_ops no_ops;

void vfs_set_fifo_ops(const struct file_ops *ops)
{
	registered_fifo_ops = ops;
}

void vfs_set_block_ops(const struct file_ops *ops)
{
	registered_block_ops = ops;
}

const struct file_ops *fifo_ops(void)
{
	return registered_fifo_ops;
}

int file_open_inode(struct file *file)
{
	struct inode *inode = file->inode;
	int err = 0;

	file->ops = inode->file_ops;
	if (!file->ops) {
		if (S_ISCHR(inode_mode(inode)))
			err = char_device_find(inode->device, &file->ops, &file->data);
		else if (S_ISFIFO(inode_mode(inode)) && registered_fifo_ops)
			file->ops = registered_fifo_ops;
		else if (S_ISBLK(inode_mode(inode)) && registered_block_ops)
			file->ops = registered_block_ops;
		else
			err = -ENXIO;
	}
	if (S_ISREG(inode_mode(inode)) || S_ISDIR(inode_mode(inode)))
		file->mode |= FILE_SEEKABLE;
	if (!err && file->ops->open)
		err = file->ops->open(inode, file);
	if (err)
		file->ops = &no_ops; /* nothing to release */
	return err;
}

static unsigned access_wanted(int flags)
{
	static const u8 wanted[] = {MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE,
				    MAY_READ | MAY_WRITE};

	return wanted[flags & O_ACCMODE] | (flags & O_TRUNC ? MAY_WRITE : 0);
}

/* May @path be opened like this? Type, mount, permission. */
static int check_open(const struct path *path, int flags, bool created)
{
	struct inode *inode = path->dentry->inode;
	unsigned wanted = access_wanted(flags);
	int err;

	if (S_ISLNK(inode_mode(inode)))
		return -ELOOP;
	if (S_ISDIR(inode_mode(inode))) {
		if ((wanted & MAY_WRITE) || (flags & O_CREAT))
			return -EISDIR;
	} else if (flags & O_DIRECTORY) {
		return -ENOTDIR;
	}
	if ((S_ISCHR(inode_mode(inode)) || S_ISBLK(inode_mode(inode))) &&
	    (path->mount->flags & MS_NODEV))
		return -EACCES;
	if (!created) {
		err = inode_permission(inode, wanted);
		if (err)
			return err;
	}
	if ((wanted & MAY_WRITE) && S_ISREG(inode_mode(inode))) {
		err = mount_may_write(path->mount);
		if (err)
			return err;
	}
	if ((flags & O_NOATIME) && !inode_is_owner(inode))
		return -EPERM;
	return 0;
}

/* Truncate a file that existed (O_TRUNC), and count it as open for writing. */
static int begin_writing(struct file *file, int flags, bool created)
{
	struct inode *inode = file->inode;
	bool truncates = (flags & O_TRUNC) && !created;
	int err;

	if (!S_ISREG(inode_mode(inode)) || !((file->mode & FILE_WRITE) || truncates))
		return 0;
	err = inode_write_begin(inode);
	if (err)
		return err;
	if (file->mode & FILE_WRITE)
		file->mode |= FILE_WRITER;
	if (truncates)
		err = inode_truncate(inode, 0);
	if (!(file->mode & FILE_WRITE))
		inode_write_end(inode);
	return err;
}

/* As file_alloc, for the file at @path; references are taken over, also when it fails. */
static int file_alloc_at(const struct path *path, int flags, struct file **out)
{
	int err = file_alloc(path->dentry->inode, NULL, &no_ops, flags, out);

	if (err)
		path_put(path);
	else
		(*out)->path = *path;
	return err;
}

/* Open what is at @path, whose references are taken over, also when it fails. */
static int open_place(const struct path *path, int flags, bool created, struct file **out)
{
	bool only_place = flags & O_PATH;
	struct file *file;
	int err;

	if (unlikely(only_place)) {
		err = (flags & O_DIRECTORY) && !S_ISDIR(inode_mode(path->dentry->inode)) ? -ENOTDIR
											 : 0;
		flags &= OPEN_FLAGS_PATH;
	} else {
		err = check_open(path, flags, created);
		flags |= O_LARGEFILE;
	}
	if (err) {
		path_put(path);
		return err;
	}
	err = file_alloc_at(path, flags, &file);
	if (err)
		return err;
	if (unlikely(only_place)) {
		*out = file;
		return 0;
	}
	err = begin_writing(file, flags, created);
	if (!err)
		err = file_open_inode(file);
	if (err) {
		file_put(file);
		return err;
	}
	file->flags &= ~(u32)O_NOCTTY; /* only the terminal's open hook needs it */
	*out = file;
	return 0;
}

/* The same, with references of its own. */
static int open_existing(const struct path *path, int flags, bool created, struct file **out)
{
	path_get(path);
	return open_place(path, flags, created, out);
}

int vfs_open_path(const struct path *path, int flags, struct file **out)
{
	return open_existing(path, flags & ~(O_CREAT | O_EXCL), false, out);
}

/* ---- O_CREAT ---- */

/* Create the file. Locks: the directory's inode lock held. */
static int create_missing(struct walk *w, struct dentry *dentry, mode_t mode)
{
	struct inode *dir = w->held.dentry->inode, *inode;
	int err = may_create_in(&w->held);

	assert_mutex_held(&dir->lock);
	if (err)
		return err;
	if (!dir->ops->create)
		return -EACCES;
	mode &= 07777 & ~__atomic_load_n(&fs_context_current()->umask, __ATOMIC_RELAXED);
	err = dir->ops->create(dir, dentry->name, dentry->name_len, S_IFREG | mode, 0, &inode);
	if (!err)
		dentry_fill(dentry, inode);
	return err;
}

/* Find or create the last component of @w; *out is referenced. */
static int find_or_create(struct walk *w, int flags, mode_t mode, struct path *out, bool *created)
{
	struct inode *dir = w->held.dentry->inode;
	struct dentry *dentry;
	int err;

	*created = false;
	if (w->trailing_slash)
		return -EISDIR;
	mutex_lock(&dir->lock);
	err = dentry_lookup_locked(w->held.dentry, w->last, w->last_len, &dentry);
	if (!err && !dentry->inode) {
		err = create_missing(w, dentry, mode);
		*created = !err;
		if (err)
			dentry_put(dentry);
	}
	mutex_unlock(&dir->lock);
	if (err)
		return err;
	out->mount = w->held.mount;
	out->dentry = dentry;
	mount_get(out->mount);
	if (*created)
		return 0;
	if (flags & O_EXCL) {
		path_put(out);
		return -EEXIST;
	}
	if (unlikely(dentry->mounted)) {
		struct path below = *out;

		spin_lock(&dentry_lock);
		mount_cross_down(&below);
		path_get(&below);
		spin_unlock(&dentry_lock);
		path_put(out);
		*out = below;
	}
	return 0;
}

static int open_create(int dirfd, const char *name, int flags, mode_t mode, struct file **out)
{
	struct path path;
	struct walk w;
	bool created;
	int err;

	if (flags & O_DIRECTORY)
		return -EINVAL;
	err = walk_parent(&w, dirfd, name, 0);
	if (err)
		return err;
	for (;;) {
		if (w.last_special) { /* "." or ".."; or a link of /proc led to the file itself */
			err = flags & O_EXCL ? -EEXIST : open_existing(&w.held, flags, false, out);
			break;
		}
		err = find_or_create(&w, flags, mode, &path, &created);
		if (err)
			break;
		if (!S_ISLNK(inode_mode(path.dentry->inode)) || (flags & O_NOFOLLOW)) {
			if (!created && !S_ISDIR(inode_mode(path.dentry->inode)))
				err = protected_may_create(w.held.dentry->inode,
							   path.dentry->inode);
			if (err)
				path_put(&path);
			else
				err = open_place(&path, flags, created, out);
			break;
		}
		err = walk_follow_last(&w, path.dentry);
		path_put(&path);
		if (err)
			return err; /* walk_follow_last has ended the walk */
	}
	walk_fini(&w);
	return err;
}

/* O_TMPFILE: make a file without a name in the file system of the directory @name. */
static int open_nameless(int dirfd, const char *name, int flags, mode_t mode, struct file **out)
{
	struct path dir, path;
	struct inode *inode;
	int err;

	if ((flags & O_ACCMODE) == O_RDONLY)
		return -EINVAL;
	err = path_lookup(dirfd, name, WALK_FOLLOW | WALK_DIRECTORY, &dir);
	if (err)
		return err;
	mutex_lock(&dir.dentry->inode->lock);
	err = may_create_in(&dir);
	mode &= 07777 & ~__atomic_load_n(&fs_context_current()->umask, __ATOMIC_RELAXED);
	if (!err && !dir.dentry->inode->ops->create)
		err = -EOPNOTSUPP;
	if (!err)
		err = dir.dentry->inode->ops->create(dir.dentry->inode, NULL, 0, S_IFREG | mode, 0,
						     &inode);
	mutex_unlock(&dir.dentry->inode->lock);
	if (!err) {
		if (!(flags & O_EXCL))
			inode->flags |= INODE_LINKABLE;
		path.mount = dir.mount;
		path.dentry = dentry_create_detached(dir.dentry, "#nameless", inode);
		err = path.dentry
			      ? open_existing(&path, flags & ~(O_DIRECTORY | O_CREAT), true, out)
			      : -ENOMEM;
		if (path.dentry)
			dentry_put(path.dentry);
	}
	path_put(&dir);
	return err;
}

int vfs_open(int dirfd, const char *name, int flags, mode_t mode, struct file **out)
{
	unsigned walk = flags & O_NOFOLLOW ? 0 : WALK_FOLLOW;
	struct path path;
	int err;

	if (flags & O_PATH)
		flags &= OPEN_FLAGS_PATH;
	if (unlikely((flags & __O_TMPFILE)))
		return (flags & O_TMPFILE) == O_TMPFILE
			       ? open_nameless(dirfd, name, flags, mode, out)
			       : -EINVAL;
	if (flags & O_CREAT)
		return open_create(dirfd, name, flags, mode, out);
	if (flags & O_DIRECTORY)
		walk |= WALK_DIRECTORY;
	err = path_lookup(dirfd, name, walk, &path);
	if (unlikely(err))
		return err;
	return open_place(&path, flags, false, out);
}

/* ---- exec ---- */

static int check_exec(const struct path *path)
{
	struct inode *inode = path->dentry->inode;

	if (S_ISLNK(inode_mode(inode)))
		return -ELOOP;
	if (!S_ISREG(inode_mode(inode)) || (path->mount->flags & MS_NOEXEC))
		return -EACCES;
	return inode_permission(inode, MAY_EXEC);
}

int vfs_open_exec(int dirfd, const char *name, int flags, struct file **out)
{
	unsigned walk = flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW;
	struct file *file;
	struct path path;
	int err;

	if (flags & AT_EMPTY_PATH)
		walk |= WALK_EMPTY;
	err = path_lookup(dirfd, name, walk, &path);
	if (err)
		return err;
	err = check_exec(&path);
	if (!err)
		err = file_alloc(path.dentry->inode, &path, &no_ops, O_RDONLY | O_LARGEFILE, &file);
	path_put(&path);
	if (err)
		return err;
	err = inode_execute_begin(file->inode);
	if (!err) {
		file->mode |= FILE_EXECUTE;
		err = file_open_inode(file);
	}
	if (err) {
		file_put(file);
		return err;
	}
	*out = file;
	return 0;
}

bool file_honours_set_id(const struct file *file)
{
	return file->path.mount && !(file->path.mount->flags & MS_NOSUID);
}
