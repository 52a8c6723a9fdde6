// SPDX-License-Identifier: MIT
/*
 * procfs_file.c -- reading and writing the files of /proc.
 *
 * Idea.  The whole text is made when a read begins at offset 0, and kept for the reads that follow:
 *   a program sees the state of one moment however small its reads, and a new state when it goes
 *   back to the start. The buffer grows until the text fits.
 * Invariants.
 *   T1  A text is made with no lock but file_pos held: showing a process takes references, and
 *       putting the last one may close files and end address spaces.
 *   T2  A guarded file is shown only to a reader that may access the process at the end, while what
 *       it has read is still referenced: meanwhile the process may have become another program. And
 *       only by rights that the opener had, too: the open file may have been passed to a program
 *       with more.
 * Ownership.  A text belongs to its open file.
 * Locks.  text->lock (procfs) to replace a text and to copy from it.
 * Cost.  The text is made twice if it does not fit into as much room as the last one needed.
 */
#include "fs/procfs/procfs_internal.h"

#include "core/errno.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "proc/process.h"
#include "sched/mutex.h"
#include "vfs/cred.h"
#include "vm/uio.h"

#include <linux/fs.h>

#define TEXT_SIZE_FIRST 1024U
#define TEXT_SIZE_MAX MIB(4)
#define STORE_MAX 4096U

struct SHARED procfs_text {
	const struct cred *opener; /* [I] referenced */
	struct mutex lock;	   /* class procfs */
	char *data;		   /* [lock] NULL: not made yet */
	size_t size, len;	   /* [lock] */
};

/* Check access at each read; it may have changed since the file was opened. T2 */
static int check_access(const struct procfs_node *node, const struct procfs_subject *s,
			const struct cred *opener)
{
	if (!node->entry->guarded)
		return 0;
	return process_may_access(s->process) && process_matches_cred(s->process, opener) ? 0
											  : -EACCES;
}

static int procfs_open(struct inode *inode, struct file *file)
{
	const struct procfs_node *node = inode->data;
	struct procfs_text *text;
	struct procfs_subject s;
	int err = procfs_node_subject(node, &s);

	if (err)
		return err;
	/* Unlike check_access, this lets a thread whose ids differ read its own process. */
	if (node->entry->guarded && !process_may_access(s.process))
		err = -EACCES;
	procfs_subject_put(&s);
	if (err)
		return err;
	text = kzalloc(sizeof(*text), 0);
	if (!text)
		return -ENOMEM;
	mutex_init(&text->lock, procfs);
	text->opener = cred_current();
	cred_get(text->opener);
	file->data = text;
	file->mode |= FILE_SEEKABLE;
	return 0;
}

static void procfs_release(struct file *file)
{
	struct procfs_text *text = file->data;

	cred_put(text->opener);
	kfree(text->data);
	kfree(text);
}

static int show_once(const struct procfs_node *node, const struct cred *opener,
		     struct text_buffer *out)
{
	struct procfs_subject s;
	int err;

	if (node->entry->text) {
		text_puts(out, node->entry->text);
		return 0;
	}
	err = procfs_node_subject(node, &s);
	if (err)
		return err;
	err = node->entry->show ? check_access(node, &s, opener) : -EINVAL;
	if (!err)
		err = node->entry->show(out, &s);
	if (!err)
		err = check_access(node, &s, opener); /* T2 */
	procfs_subject_put(&s);
	return err;
}

/* Make the text in a new buffer of at least @size bytes. T1 */
static int text_make(const struct procfs_node *node, const struct cred *opener, size_t size,
		     struct text_buffer *out)
{
	int err;

	for (;; size *= 2) {
		*out = (struct text_buffer){.data = kmalloc(size, 0), .size = size};
		if (!out->data)
			return -ENOMEM;
		err = show_once(node, opener, out);
		if (!err && (!out->overflow || size >= TEXT_SIZE_MAX)) /* a longer text is cut */
			return 0;
		kfree(out->data);
		if (err)
			return err;
	}
}

static int text_renew(struct procfs_text *text, const struct procfs_node *node)
{
	struct text_buffer fresh;
	size_t size;
	char *old;
	int err;

	mutex_lock(&text->lock);
	size = max(text->size, (size_t)TEXT_SIZE_FIRST);
	mutex_unlock(&text->lock);
	err = text_make(node, text->opener, size, &fresh);
	if (err)
		return err;
	mutex_lock(&text->lock);
	old = text->data;
	text->data = fresh.data;
	text->size = fresh.size;
	text->len = fresh.len;
	mutex_unlock(&text->lock);
	kfree(old);
	return 0;
}

static ssize_t procfs_read(struct file *file, struct uio *uio, u64 *pos)
{
	const struct procfs_node *node = file->inode->data;
	struct procfs_text *text = file->data;
	ssize_t n = 0;
	int err = 0;

	if (node->entry->read_at) {
		n = node->entry->read_at(uio, *pos);
		if (n > 0)
			*pos += (u64)n;
		return n;
	}
	if (!*pos || !READ_ONCE(text->data))
		err = text_renew(text, node);
	if (err)
		return err;
	mutex_lock(&text->lock);
	if (*pos < text->len) {
		size_t part = min(text->len - (size_t)*pos, uio->left_bytes);

		n = (ssize_t)uio_copy_in(uio, text->data + *pos, part);
		if (part && !n)
			n = -EFAULT;
	}
	mutex_unlock(&text->lock);
	if (n > 0)
		*pos += (u64)n;
	return n;
}

static ssize_t procfs_write(struct file *file, struct uio *uio, u64 *pos)
{
	const struct procfs_node *node = file->inode->data;
	size_t len = min(uio->left_bytes, (size_t)STORE_MAX);
	struct procfs_subject s;
	char *text;
	int err;

	if (!node->entry->store)
		return -EIO;
	text = kmalloc(len + 1, 0);
	if (!text)
		return -ENOMEM;
	err = uio_copy_out(uio, text, len) < len ? -EFAULT : 0;
	text[len] = '\0';
	if (!err)
		err = procfs_node_subject(node, &s);
	if (!err) {
		err = node->entry->store(&s, text, len);
		procfs_subject_put(&s);
	}
	kfree(text);
	if (err)
		return err;
	*pos += len;
	return (ssize_t)len;
}

static s64 procfs_seek(struct file *file, s64 offset, int whence)
{
	s64 to = whence == SEEK_CUR ? (s64)file->pos : 0;

	if ((whence != SEEK_SET && whence != SEEK_CUR) || __builtin_add_overflow(to, offset, &to) ||
	    to < 0)
		return -EINVAL;
	file->pos = (u64)to;
	return to;
}

const struct file_ops procfs_file_ops = {
	.read = procfs_read,
	.write = procfs_write,
	.seek = procfs_seek,
	.open = procfs_open,
	.release = procfs_release,
};
