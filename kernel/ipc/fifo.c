// SPDX-License-Identifier: MIT
/* fifo.c -- opening a pipe by its name: fifo(7). */
#include "core/assert.h"
#include "core/errno.h"
#include "ipc/pipe_internal.h"

/*
 * The state of a fifo when a file is opened: tells later opens of the other side from earlier ones.
 */
struct fifo_sight {
	u32 nr_readers, nr_writers;
	u32 reader_opens, writer_opens;
};

/*
 * Count one more file of @mode in the fifo's pipe, which is made if there is none. @sight is the
 * state before. 0, -ENOMEM.
 */
static int fifo_enter(struct inode *inode, u32 mode, struct pipe **out, struct fifo_sight *sight)
{
	struct pipe *p;

	mutex_lock(&inode->lock);
	p = inode->data;
	if (!p) {
		p = pipe_alloc();
		if (!p) {
			mutex_unlock(&inode->lock);
			return -ENOMEM;
		}
		p->is_fifo = true;
		inode->data = p;
	}
	mutex_lock(&p->lock);
	debug_assert(p->is_fifo || p->refs); /* a pipe without a name is open */
	*sight = (struct fifo_sight){
		.nr_readers = p->nr_readers,
		.nr_writers = p->nr_writers,
		.reader_opens = p->reader_opens,
		.writer_opens = p->writer_opens,
	};
	p->refs++;
	pipe_count(p, mode, 1);
	if (mode & FILE_READ)
		WRITE_ONCE(p->reader_opens, p->reader_opens + 1);
	if (mode & FILE_WRITE)
		WRITE_ONCE(p->writer_opens, p->writer_opens + 1);
	mutex_unlock(&p->lock);
	mutex_unlock(&inode->lock);
	*out = p;
	return 0;
}

/*
 * Wait until the other side is opened, as fifo(7) says. It may have been opened, used and closed
 * again since @sight. 0, -ENXIO, -ERESTARTSYS.
 */
static int fifo_wait_other(struct pipe *p, struct file *file, const struct fifo_sight *sight)
{
	u32 mode = file->mode & (FILE_READ | FILE_WRITE);
	bool nonblock = file->flags & O_NONBLOCK;
	int err = 0;

	debug_assert(p->refs); /* this file is counted: the pipe stays */
	if (!p->is_fifo)
		return 0;
	if (mode == FILE_READ) {
		file->pos = sight->nr_writers ? sight->writer_opens - 1 : sight->writer_opens;
		if (sight->nr_writers || nonblock)
			return 0;
		err = WAIT_EVENT(&p->readers, READ_ONCE(p->writer_opens) != sight->writer_opens,
				 DEADLINE_NEVER);
	} else if (mode == FILE_WRITE && !sight->nr_readers) {
		if (nonblock)
			return -ENXIO;
		err = WAIT_EVENT(&p->writers, READ_ONCE(p->reader_opens) != sight->reader_opens,
				 DEADLINE_NEVER);
	}
	return err ? -ERESTARTSYS : 0;
}

static int fifo_open(struct inode *inode, struct file *file)
{
	struct pipe *p;
	struct fifo_sight sight;
	int err = fifo_enter(inode, file->mode, &p, &sight);

	if (err)
		return err;
	waitq_wake_all(&p->readers);
	waitq_wake_all(&p->writers);
	err = fifo_wait_other(p, file, &sight);
	if (err) {
		pipe_leave(p, inode, file->mode);
		return err;
	}
	file->data = p;
	file->ops = &pipe_file_ops;
	return 0;
}

static const struct file_ops fifo_file_ops = {
	.open = fifo_open,
};

void fifo_init(void)
{
	vfs_set_fifo_ops(&fifo_file_ops);
}
