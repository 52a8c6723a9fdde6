// SPDX-License-Identifier: MIT
/*
 * procfs.c -- the file system "proc": inodes from rows, names, directories.
 *
 * Idea.  Names come and go with processes, so every lookup makes a new inode from the row that it
 *   finds and the pid that the row is about (super->volatile_entries). An inode holds the pid, not
 *   the process: the files of a process that is gone answer ESRCH.
 * Invariants.
 *   P1  node->pid keeps its number as long as the inode lives, so a number that is used again is
 *       never mistaken for the former process.
 * Ownership.  A node belongs to its inode and is freed with it.
 * Locks.  process_tree, briefly, to get from the pid to the process.
 * Cost.  A lookup allocates an inode and a node.
 */
#define LOG_SUBSYS "procfs"
#include "fs/procfs/procfs_internal.h"

#include "core/assert.h"
#include "core/errno.h"
#include "core/log.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "proc/process.h"
#include "vfs/cred.h"
#include "vfs/file/file.h"
#include "vfs/inode/super.h"
#include "vfs/name/path_walk.h"

#include <linux/limits.h>
#include <linux/magic.h>

#define CURSOR_STATIC 2		   /* 0 and 1 are "." and ".." */
#define CURSOR_DYNAMIC (1UL << 20) /* dynamic children, behind all rows */

static const struct inode_ops procfs_dir_ops, procfs_pid_ops, procfs_file_inode_ops,
	procfs_link_ops, procfs_jump_ops;
static const struct file_ops procfs_dir_file_ops;

static const struct procfs_entry root_directory = {.name = "/",
						   .mode = S_IFDIR | 0555,
						   .children = procfs_root_entries,
						   .dynamic = &procfs_pids};

/* ------------------------------------------------------------------ subjects */

int procfs_subject_get(struct pid *pid, bool is_task, struct procfs_subject *out)
{
	*out = (struct procfs_subject){.pid = pid, .is_task = is_task, .fd = -1};
	if (!pid)
		return 0;
	process_tree_lock();
	if (is_task) {
		out->thread = pid->thread;
		if (out->thread) {
			user_thread_get(out->thread);
			out->process = out->thread->thread.process;
		}
	} else {
		out->process = pid->process;
	}
	if (out->process && out->process->tree.state != PROCESS_REAPED)
		process_get(out->process);
	else
		out->process = NULL;
	process_tree_unlock();
	if (!out->process) {
		procfs_subject_put(out);
		return -ESRCH;
	}
	if (!out->thread)
		out->thread = process_first_thread(out->process);
	return 0;
}

void procfs_subject_put(struct procfs_subject *s)
{
	if (s->thread)
		user_thread_put(s->thread);
	if (s->process)
		process_put(s->process);
	s->thread = NULL;
	s->process = NULL;
}

int procfs_node_subject(const struct procfs_node *node, struct procfs_subject *out)
{
	int err = procfs_subject_get(node->pid, node->is_task, out);

	out->fd = node->fd;
	return err;
}

/* ------------------------------------------------------------------ inodes */

/* An inode number, always the same for one row of one process. */
static u64 ino_of(const struct procfs_entry *entry, const struct pid *pid, int fd)
{
	/* The distance from another row, which does not reveal the kernel's address. */
	u64 row = ((u64)entry - (u64)&root_directory) & 0xffffff;

	return (pid ? (u64)pid->number << 40 : 0) | (u64)(u32)(fd + 1) << 24 | row;
}

static void set_owner(struct inode *inode, const struct procfs_node *node)
{
	struct procfs_subject s;
	const struct cred *cred;
	bool everybodys = node->entry->mode == (S_IFDIR | 0555);

	if (!node->pid || procfs_node_subject(node, &s))
		return;
	cred = process_get_cred(s.process);
	if (cred) {
		if (everybodys || READ_ONCE(s.process->attributes.dumpable)) {
			inode->uid = cred->euid;
			inode->gid = cred->egid;
		}
		cred_put(cred);
	}
	procfs_subject_put(&s);
}

static const struct inode_ops *ops_of(const struct procfs_entry *e)
{
	if (e == &procfs_pid_directory)
		return &procfs_pid_ops;
	if (S_ISDIR(e->mode))
		return &procfs_dir_ops;
	if (S_ISLNK(e->mode))
		return e->follow ? &procfs_jump_ops : &procfs_link_ops;
	return &procfs_file_inode_ops;
}

/* Make an inode for @child, whose reference on the pid it takes over. */
static int make_inode(struct super *super, const struct procfs_child *child, bool is_task,
		      struct inode **out)
{
	const struct procfs_entry *e = child->entry;
	struct procfs_node *node = kmalloc(sizeof(*node), 0);
	struct inode *inode = NULL;

	debug_assert(e && (child->pid || !is_task));
	if (node)
		inode = inode_alloc(super, child->mode ? child->mode : e->mode, ops_of(e),
				    S_ISDIR(e->mode) ? &procfs_dir_file_ops : &procfs_file_ops);
	if (!inode) {
		kfree(node);
		if (child->pid)
			pid_put(child->pid);
		return -ENOMEM;
	}
	*node = (struct procfs_node){
		.entry = e, .pid = child->pid, .fd = child->fd, .is_task = is_task};
	inode->data = node;
	inode->ino = ino_of(e, child->pid, child->fd);
	inode->nr_links = S_ISDIR(e->mode) ? 2 : 1;
	set_owner(inode, node);
	*out = inode;
	return 0;
}

void procfs_destroy_inode(struct inode *inode)
{
	struct procfs_node *node = inode->data;

	if (node && node->pid)
		pid_put(node->pid);
	kfree(node);
}

/* Fill in what a dynamic child inherits from its directory. Returns is_task. */
static bool inherit(const struct procfs_node *dir, struct procfs_child *child)
{
	if (child->entry == &procfs_task_directory)
		return true;
	if (!child->pid && dir->pid) {
		child->pid = dir->pid;
		pid_get(child->pid);
	}
	return dir->is_task;
}

static const struct procfs_entry *find_row(const struct procfs_entry *e, const char *name)
{
	for (; e && e->name; e++)
		if (strcmp(e->name, name) == 0)
			return e;
	return NULL;
}

static int procfs_lookup(struct inode *dir, const char *name, size_t len, struct inode **out)
{
	struct procfs_node *node = dir->data;
	struct procfs_child child = {.fd = node->fd};
	struct procfs_subject s;
	int err = procfs_node_subject(node, &s);

	assert_mutex_held(&dir->lock);
	if (err)
		return -ENOENT;
	child.entry = find_row(node->entry->children, name);
	if (!child.entry)
		err = node->entry->dynamic ? node->entry->dynamic->lookup(&s, name, &child)
					   : -ENOENT;
	procfs_subject_put(&s);
	if (!err && child.entry == &procfs_pid_directory &&
	    procfs_is_hidden(dir->super, child.pid, HIDEPID_INVISIBLE)) {
		pid_put(child.pid);
		err = -ENOENT;
	}
	return err ? err : make_inode(dir->super, &child, inherit(node, &child), out);
}

/* The permission hook of /proc/PID. */
static int pid_permission(struct inode *inode, unsigned mask)
{
	const struct procfs_node *node = inode->data;

	if (procfs_is_hidden(inode->super, node->pid, HIDEPID_INVISIBLE))
		return -ENOENT;
	if (procfs_is_hidden(inode->super, node->pid, HIDEPID_NO_ACCESS))
		return -EPERM;
	return inode_permission_mode(inode, mask, cred_current());
}

/* ------------------------------------------------------------------ directories */

static unsigned type_of(mode_t mode)
{
	return (mode & S_IFMT) >> 12;
}

static bool emit_one(struct file *file, struct dir_emitter *emitter, const char *name, u64 ino,
		     mode_t mode, u64 next)
{
	if (!emitter->emit(emitter, name, strlen(name), ino, type_of(mode), next))
		return false;
	file->pos = next;
	return true;
}

static bool emit_rows(struct file *file, struct dir_emitter *emitter,
		      const struct procfs_node *node)
{
	u64 index = CURSOR_STATIC;

	for (const struct procfs_entry *e = node->entry->children; e && e->name; e++, index++)
		if (index >= file->pos &&
		    !emit_one(file, emitter, e->name, ino_of(e, node->pid, node->fd), e->mode,
			      index + 1))
			return false;
	if (file->pos < CURSOR_DYNAMIC)
		file->pos = CURSOR_DYNAMIC;
	return true;
}

static void emit_dynamic(struct file *file, struct dir_emitter *emitter,
			 const struct procfs_node *node, const struct procfs_subject *s)
{
	struct procfs_child child = {.fd = -1};
	u64 cursor = file->pos - CURSOR_DYNAMIC;
	bool more = true;

	while (more && node->entry->dynamic->next(s, &cursor, &child)) {
		struct pid *pid = child.pid ? child.pid : node->pid;

		if (child.entry != &procfs_pid_directory ||
		    !procfs_is_hidden(file->inode->super, pid, HIDEPID_INVISIBLE))
			more = emit_one(file, emitter, child.name,
					ino_of(child.entry, pid, child.fd), child.entry->mode,
					CURSOR_DYNAMIC + cursor + 1);
		if (child.pid)
			pid_put(child.pid);
		child = (struct procfs_child){.fd = -1};
		cursor++;
	}
}

static int procfs_readdir(struct file *file, struct dir_emitter *emitter)
{
	struct procfs_node *node = file->inode->data;
	struct procfs_subject s;

	if (procfs_node_subject(node, &s))
		return -ENOENT;
	if ((file->pos > 0 || emit_one(file, emitter, ".", file->inode->ino, S_IFDIR, 1)) &&
	    (file->pos > 1 || emit_one(file, emitter, "..", 1, S_IFDIR, CURSOR_STATIC)) &&
	    (file->pos >= CURSOR_DYNAMIC || emit_rows(file, emitter, node)) && node->entry->dynamic)
		emit_dynamic(file, emitter, node, &s);
	procfs_subject_put(&s);
	return 0;
}

/* ------------------------------------------------------------------ links */

static int make_link_text(const struct procfs_node *node, struct text_buffer *out)
{
	struct procfs_subject s;
	int err = procfs_node_subject(node, &s);

	if (err)
		return err == -ESRCH ? -ENOENT : err;
	if (node->entry->show)
		err = node->entry->show(out, &s);
	else
		text_puts(out, node->entry->text);
	procfs_subject_put(&s);
	return err ? err : out->overflow ? -ENAMETOOLONG : 0;
}

static ssize_t procfs_readlink(struct inode *inode, char *buffer, size_t size)
{
	struct text_buffer out = {.data = kmalloc(PATH_MAX, 0), .size = PATH_MAX};
	ssize_t len = -ENOMEM;

	if (out.data)
		len = make_link_text(inode->data, &out);
	if (!len) {
		len = (ssize_t)min(out.len, size);
		memcpy(buffer, out.data, (size_t)len);
	}
	kfree(out.data);
	return len;
}

static int procfs_follow(struct inode *inode, struct path *out)
{
	struct procfs_node *node = inode->data;
	struct procfs_subject s;
	int err = procfs_node_subject(node, &s);

	if (err)
		return -ENOENT;
	err = node->entry->follow(&s, out);
	procfs_subject_put(&s);
	return err;
}

static int procfs_setattr(struct inode *inode, const struct inode_attributes *attributes)
{
	/* Opening with O_TRUNC changes nothing; modes and owners cannot be changed. */
	return attributes->valid & (ATTR_MODE | ATTR_UID | ATTR_GID) ? -EPERM : 0;
}

static const struct inode_ops procfs_dir_ops = {.lookup = procfs_lookup, .setattr = procfs_setattr};
static const struct inode_ops procfs_pid_ops = {
	.lookup = procfs_lookup, .setattr = procfs_setattr, .permission = pid_permission};
static const struct inode_ops procfs_file_inode_ops = {.setattr = procfs_setattr};
static const struct inode_ops procfs_link_ops = {.readlink = procfs_readlink,
						 .setattr = procfs_setattr};
static const struct inode_ops procfs_jump_ops = {
	.readlink = procfs_readlink, .follow = procfs_follow, .setattr = procfs_setattr};
static const struct file_ops procfs_dir_file_ops = {.readdir = procfs_readdir};

static void procfs_free_super(struct super *super)
{
	kfree(super->data);
}

static const struct super_ops procfs_super_ops = {
	.destroy_inode = procfs_destroy_inode,
	.show_options = procfs_options_show,
	.remount = procfs_remount,
	.free = procfs_free_super,
};

int procfs_make_super(const struct file_system *type, const struct super_ops *ops,
		      const struct procfs_entry *root, struct super **out)
{
	struct procfs_child child = {.entry = root, .fd = -1};
	struct super *super = super_alloc(type, ops);
	int err;

	if (!super)
		return -ENOMEM;
	super->volatile_entries = true;
	err = make_inode(super, &child, false, &super->root);
	if (err) {
		super_put(super);
		return err;
	}
	super->root->ino = 1;
	*out = super;
	return 0;
}

static int procfs_mount(const struct file_system *type, const char *source, const char *options,
			struct super **out)
{
	struct procfs_options *own = kzalloc(sizeof(*own), 0);
	int err = own ? procfs_options_parse(options, own) : -ENOMEM;

	if (!err)
		err = procfs_make_super(type, &procfs_super_ops, &root_directory, out);
	if (err)
		kfree(own);
	else
		(*out)->data = own;
	return err;
}

/* [types_lock] its place in the list */
static struct file_system procfs_type = {
	.name = "proc", .magic = PROC_SUPER_MAGIC, .mount = procfs_mount};

void procfs_init(void)
{
	procfs_sys_init();
	procfs_creance_init();
	file_system_register(&procfs_type);
}
