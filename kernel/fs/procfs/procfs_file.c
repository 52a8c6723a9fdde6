// SPDX-License-Identifier: MIT
/*
 * procfs_file.c -- reading and writing the files of /proc.
 *
 * Idea. The whole text is made when a read begins at offset 0, and kept for the reads that follow:
 * a program sees one
 *   moment's state however small its reads, and a new one when it goes back to the start. The
 *   buffer grows until the
 *   text fits.
 * Locks.  text->lock (procfs) while the text is made and copied.
 */
#include "fs/procfs/procfs_internal.h"

#include "core/errno.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "sched/mutex.h"
#include "vm/uio.h"

#include <linux/fs.h>

#define TEXT_SIZE_FIRST 1024U
#define TEXT_SIZE_MAX MIB(4)
#define STORE_MAX 4096U

struct SHARED procfs_text {
	struct mutex lock; /* class procfs */
	char *data;	   /* [lock] NULL: not made yet */
	size_t size, len;  /* [lock] */
};

static int procfs_open(struct inode *inode, struct file *file)
{
	struct procfs_text *text = kzalloc(sizeof(*text), 0);

	if (!text)
		return -ENOMEM;
	mutex_init(&text->lock, procfs);
	file->data = text;
	file->mode |= FILE_SEEKABLE;
	return 0;
}

static void procfs_release(struct file *file)
{
	struct procfs_text *text = file->data;

	kfree(text->data);
	kfree(text);
}

static int show_once(const struct procfs_node *node, struct text_buffer *out)
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
	err = node->entry->show ? node->entry->show(out, &s) : -EINVAL;
	procfs_subject_put(&s);
	return err;
}

/* Make the text. Locks: text->lock. */
static int text_make(const struct procfs_node *node, struct procfs_text *text)
{
	size_t size = max(text->size, (size_t)TEXT_SIZE_FIRST);

	for (; size <= TEXT_SIZE_MAX; size *= 2) {
		struct text_buffer out = {.size = size};
		int err;

		if (size != text->size) {
			kfree(text->data);
			text->size = 0;
			text->data = kmalloc(size, 0);
			if (!text->data)
				return -ENOMEM;
			text->size = size;
		}
		out.data = text->data;
		err = show_once(node, &out);
		if (err)
			return err;
		text->len = out.len;
		if (!out.overflow)
			return 0;
	}
	return 0; /* cut */
}

static ssize_t procfs_read(struct file *file, struct uio *uio, u64 *pos)
{
	struct procfs_text *text = file->data;
	ssize_t n = 0;
	int err = 0;

	mutex_lock(&text->lock);
	if (!*pos || !text->data) {
		text->len = 0;
		err = text_make(file->inode->data, text);
	}
	if (!err && *pos < text->len) {
		size_t part = min(text->len - (size_t)*pos, uio->left_bytes);

		n = (ssize_t)uio_copy_in(uio, text->data + *pos, part);
		if (part && !n)
			err = -EFAULT;
	}
	mutex_unlock(&text->lock);
	*pos += (u64)n;
	return err ? err : n;
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
	s64 to = whence == SEEK_SET ? offset : whence == SEEK_CUR ? (s64)file->pos + offset : -1;

	if (to < 0)
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
