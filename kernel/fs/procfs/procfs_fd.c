// SPDX-License-Identifier: MIT
/*
 * procfs_fd.c -- /proc/PID/fd and fdinfo: the descriptors of a process, as links to the open files.
 *
 * Idea.  A link leads to the file's place in the tree of names. Files without a name (pipes) get a
 *   detached entry, so that they can be opened again, too (/dev/stdin).
 * Invariants.
 *   F1  Listing and lookup take no references on tables and files (peek_fd): they run with the
 *       directory locked, and putting a last reference might close anything.
 * Locks.  process->lock, then the table's.
 * Tests.  tests/guest/file/file_fd.c, tests/guest/pipe/pipe_basic.c.
 */
#include "fs/procfs/procfs.h"

#include "core/assert.h"
#include "core/errno.h"
#include "ipc/anon_file.h"
#include "lib/bitmap.h"
#include "lib/fmt.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "proc/process.h"
#include "vfs/file/fdtable.h"
#include "vfs/name/mount.h"
#include "vfs/name/path_walk.h"

#include <linux/limits.h>

/* The file of the subject's descriptor, referenced: 0, -ENOENT, -EACCES. */
static int file_of(const struct procfs_subject *s, struct file **out)
{
	struct fdtable *files;
	int fd;

	if (!process_may_access(s->process))
		return -EACCES;
	files = process_get_files(s->process);
	if (!files)
		return -ENOENT;
	fd = fdtable_next(files, s->fd, out);
	fdtable_put(files);
	if (fd == s->fd) {
		if (process_may_access(s->process)) /* procfs_file.c, T2 */
			return 0;
		file_put(*out);
		return -EACCES;
	}
	if (fd >= 0)
		file_put(*out);
	return -ENOENT;
}

/* Facts about a descriptor, copied without a reference on its file. */
struct fd_facts {
	int fd;
	u32 mode; /* FILE_* */
	bool close_on_exec;
};

static bool peek_table(struct fdtable *files, int from, struct fd_facts *out)
{
	bool found = false;

	spin_lock(&files->lock);
	for (size_t fd = bitmap_next_set(files->open_map, files->size, (size_t)from);
	     fd < files->size && !found;
	     fd = bitmap_next_set(files->open_map, files->size, fd + 1)) {
		const struct file *file = files->files[fd];

		if (!file)
			continue; /* reserved */
		out->fd = (int)fd;
		out->mode = file->mode;
		out->close_on_exec = bitmap_test(files->close_on_exec, fd);
		found = true;
	}
	spin_unlock(&files->lock);
	return found;
}

/*
 * Find the lowest open descriptor >= @from. F1: while process->lock is held, a thread's table stays
 * with the thread.
 */
static bool peek_fd(struct process *process, int from, struct fd_facts *out)
{
	irq_state_t state = spin_lock_irq_save(&process->lock);
	struct user_thread *t;
	bool found = false;

	list_for_each_entry(t, &process->threads.list, process_node) {
		if (t->thread.files) {
			found = peek_table(t->thread.files, from, out);
			break;
		}
	}
	spin_unlock_irq_restore(&process->lock, state);
	return found;
}

/* The next descriptor at or after *cursor. */
static bool next_fd(const struct procfs_subject *s, u64 *cursor, struct procfs_child *out,
		    const struct procfs_entry *entry)
{
	struct fd_facts facts;

	if (*cursor >= FD_LIMIT || !process_may_access(s->process) ||
	    !peek_fd(s->process, (int)*cursor, &facts))
		return false;
	*cursor = (u64)facts.fd;
	out->entry = entry;
	out->fd = facts.fd;
	ksnprintf(out->name, sizeof(out->name), "%d", facts.fd);
	return true;
}

static int lookup_fd(const struct procfs_subject *s, const char *name, struct procfs_child *out,
		     const struct procfs_entry *entry, struct fd_facts *facts)
{
	u64 number;

	if (parse_u64(name, 10, &number) || number >= FD_LIMIT || (name[0] == '0' && name[1]))
		return -ENOENT;
	if (!process_may_access(s->process))
		return -EACCES;
	if (!peek_fd(s->process, (int)number, facts) || facts->fd != (int)number)
		return -ENOENT;
	out->entry = entry;
	out->fd = (int)number;
	return 0;
}

static int fd_lookup(const struct procfs_subject *s, const char *name, struct procfs_child *out)
{
	struct fd_facts facts;
	int err = lookup_fd(s, name, out, &procfs_fd_link, &facts);

	if (err)
		return err;
	/* The link's mode shows how the file is open; lsof reads it. */
	out->mode = S_IFLNK;
	if (facts.mode & FILE_READ)
		out->mode |= S_IRUSR | S_IXUSR;
	if (facts.mode & FILE_WRITE)
		out->mode |= S_IWUSR | S_IXUSR;
	return 0;
}

static bool fd_next(const struct procfs_subject *s, u64 *cursor, struct procfs_child *out)
{
	return next_fd(s, cursor, out, &procfs_fd_link);
}

static int fdinfo_lookup(const struct procfs_subject *s, const char *name, struct procfs_child *out)
{
	struct fd_facts facts;

	return lookup_fd(s, name, out, &procfs_fdinfo_file, &facts);
}

static bool fdinfo_next(const struct procfs_subject *s, u64 *cursor, struct procfs_child *out)
{
	return next_fd(s, cursor, out, &procfs_fdinfo_file);
}

const struct procfs_children procfs_fds = {.lookup = fd_lookup, .next = fd_next};
const struct procfs_children procfs_fdinfos = {.lookup = fdinfo_lookup, .next = fdinfo_next};

/* ------------------------------------------------------------------ the link */

/* Write the name that is shown for a file without one. */
static void nameless(const struct file *file, char *buffer, size_t size)
{
	const char *kind = anon_file_kind(file);

	debug_assert(!file->path.dentry);
	if (S_ISFIFO(inode_mode(file->inode)))
		ksnprintf(buffer, size, "pipe:[%lu]", file->inode->ino);
	else if (S_ISSOCK(inode_mode(file->inode)))
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

/* Get the mount that holds files without a name. It is made on first use and stays. */
static int nowhere_mount(struct mount **out)
{
	static struct mount *nowhere; /* atomic */
	struct mount *first = NULL;
	int err;

	*out = __atomic_load_n(&nowhere, __ATOMIC_ACQUIRE);
	if (*out)
		return 0;
	err = vfs_mount_internal("tmpfs", out);
	if (err)
		return err;
	/* Another thread may have been faster. */
	if (!__atomic_compare_exchange_n(&nowhere, &first, *out, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE)) {
		mount_put(*out);
		*out = first;
	}
	return 0;
}

/* Make a place for a file that has none: 0 with a referenced path. */
static int detached_place(struct file *file, struct path *out)
{
	struct dentry *dentry;
	struct mount *mount;
	char name[32];
	int err = nowhere_mount(&mount);

	if (err)
		return err;
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
		err = S_ISSOCK(inode_mode(file->inode)) ? -ENXIO : detached_place(file, out);
	}
	file_put(file);
	return err;
}

const struct procfs_entry procfs_fd_link = {
	.name = "fd", .mode = S_IFLNK | 0700, .show = show_fd_link, .follow = follow_fd};

/* ------------------------------------------------------------------ fdinfo */

static int show_fdinfo(struct text_buffer *out, const struct procfs_subject *s)
{
	struct fd_facts facts;
	struct file *file;
	u32 flags;
	int err = file_of(s, &file);

	if (err)
		return err;
	flags = READ_ONCE(file->flags);
	if (peek_fd(s->process, s->fd, &facts) && facts.fd == s->fd && facts.close_on_exec)
		flags |= O_CLOEXEC;
	text_printf(out, "pos:\t%lu\nflags:\t0%o\nmnt_id:\t%d\nino:\t%lu\n", READ_ONCE(file->pos),
		    flags, file->path.mount ? file->path.mount->id : 0, file->inode->ino);
	file_put(file);
	return 0;
}

const struct procfs_entry procfs_fdinfo_file = PROCFS_PRIVATE("fdinfo", show_fdinfo);
