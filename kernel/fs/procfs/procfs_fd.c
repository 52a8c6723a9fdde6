// SPDX-License-Identifier: MIT
/*
 * procfs_fd.c -- /proc/PID/fd and fdinfo: the descriptors of a process, as links that lead to the
 * open files.
 *
 * A link is followed to the file's place in the tree of names. Files without a name (pipes) get a
 * detached entry, so that they, too, can be opened again (/dev/stdin).
 */
#include "fs/procfs/procfs.h"

#include "core/errno.h"
#include "ipc/anon_file.h"
#include "lib/fmt.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "proc/process.h"
#include "vfs/fdtable.h"
#include "vfs/mount.h"
#include "vfs/path_walk.h"

#include <linux/limits.h>

/* The file behind the subject's descriptor, referenced: 0, -ENOENT. */
static int file_of(const struct procfs_subject *s, struct file **out)
{
	struct fdtable *files = process_get_files(s->process);
	int fd;

	if (!files)
		return -ENOENT;
	fd = fdtable_next(files, s->fd, out);
	fdtable_put(files);
	if (fd == s->fd)
		return 0;
	if (fd >= 0)
		file_put(*out);
	return -ENOENT;
}

/* The next descriptor at or after *cursor; its file is not kept. */
static bool next_fd(const struct procfs_subject *s, u64 *cursor, struct procfs_child *out,
		    const struct procfs_entry *entry)
{
	struct fdtable *files;
	struct file *file;
	int fd;

	if (!process_may_access(s->process))
		return false;
	files = process_get_files(s->process);
	if (!files)
		return false;
	fd = fdtable_next(files, (int)*cursor, &file);
	fdtable_put(files);
	if (fd < 0)
		return false;
	file_put(file);
	*cursor = (u64)fd;
	out->entry = entry;
	out->fd = fd;
	ksnprintf(out->name, sizeof(out->name), "%d", fd);
	return true;
}

static int lookup_fd(const struct procfs_subject *s, const char *name, struct procfs_child *out,
		     const struct procfs_entry *entry)
{
	struct procfs_subject of = *s;
	struct file *file;
	u64 number;
	int err;

	if (parse_u64(name, 10, &number) || number >= FD_LIMIT || (name[0] == '0' && name[1]))
		return -ENOENT;
	if (!process_may_access(s->process))
		return -EACCES;
	of.fd = (int)number;
	err = file_of(&of, &file);
	if (err)
		return err;
	file_put(file);
	out->entry = entry;
	out->fd = (int)number;
	return 0;
}

static int fd_lookup(const struct procfs_subject *s, const char *name, struct procfs_child *out)
{
	return lookup_fd(s, name, out, &procfs_fd_link);
}

static bool fd_next(const struct procfs_subject *s, u64 *cursor, struct procfs_child *out)
{
	return next_fd(s, cursor, out, &procfs_fd_link);
}

static int fdinfo_lookup(const struct procfs_subject *s, const char *name, struct procfs_child *out)
{
	return lookup_fd(s, name, out, &procfs_fdinfo_file);
}

static bool fdinfo_next(const struct procfs_subject *s, u64 *cursor, struct procfs_child *out)
{
	return next_fd(s, cursor, out, &procfs_fdinfo_file);
}

const struct procfs_children procfs_fds = {.lookup = fd_lookup, .next = fd_next};
const struct procfs_children procfs_fdinfos = {.lookup = fdinfo_lookup, .next = fdinfo_next};

/* ------------------------------------------------------------------ the link */

/* What a file without a name is called. */
static void nameless(const struct file *file, char *buffer, size_t size)
{
	const char *kind = anon_file_kind(file);

	if (S_ISFIFO(file->inode->mode))
		ksnprintf(buffer, size, "pipe:[%lu]", file->inode->ino);
	else if (S_ISSOCK(file->inode->mode))
		ksnprintf(buffer, size, "socket:[%lu]", file->inode->ino);
	else
		ksnprintf(buffer, size, "anon_inode:%s", kind ? kind : "inode");
}

static int show_fd_link(struct text_buffer *out, const struct procfs_subject *s)
{
	char *buffer = kmalloc(PATH_MAX, 0);
	const char *name = buffer;
	struct file *file;
	int err;

	if (!buffer)
		return -ENOMEM;
	err = file_of(s, &file);
	if (!err) {
		if (file->path.dentry)
			err = path_name(&file->path, true, buffer, PATH_MAX, &name);
		else
			nameless(file, buffer, PATH_MAX);
		file_put(file);
	}
	if (!err)
		text_puts(out, name);
	kfree(buffer);
	return err;
}

/* A place for a file that has none: 0 with a referenced path. */
static int detached_place(struct file *file, struct path *out)
{
	static struct mount *nowhere; /* made when first needed, kept */
	struct mount *mount = READ_ONCE(nowhere);
	struct dentry *dentry;
	char name[32];
	int err;

	if (!mount) {
		err = vfs_mount_internal("tmpfs", &mount);
		if (err)
			return err;
		WRITE_ONCE(nowhere, mount);
	}
	nameless(file, name, sizeof(name));
	inode_get(file->inode);
	dentry = dentry_create_detached(mount->root, name, file->inode);
	if (!dentry)
		return -ENOMEM;
	mount_get(mount);
	*out = (struct path){mount, dentry};
	return 0;
}

static int follow_fd(const struct procfs_subject *s, struct path *out)
{
	struct file *file;
	int err = file_of(s, &file);

	if (err)
		return err;
	if (file->path.dentry) {
		*out = file->path;
		path_get(out);
	} else {
		err = S_ISSOCK(file->inode->mode) ? -ENXIO : detached_place(file, out);
	}
	file_put(file);
	return err;
}

const struct procfs_entry procfs_fd_link = {
	.name = "fd", .mode = S_IFLNK | 0700, .show = show_fd_link, .follow = follow_fd};

/* ------------------------------------------------------------------ fdinfo */

static int show_fdinfo(struct text_buffer *out, const struct procfs_subject *s)
{
	struct file *file;
	int err = file_of(s, &file);

	if (err)
		return err;
	text_printf(out, "pos:\t%lu\nflags:\t0%o\nmnt_id:\t%d\nino:\t%lu\n", READ_ONCE(file->pos),
		    READ_ONCE(file->flags), file->path.mount ? file->path.mount->id : 0,
		    file->inode->ino);
	file_put(file);
	return 0;
}

const struct procfs_entry procfs_fdinfo_file = PROCFS_PRIVATE("fdinfo", show_fdinfo);
