// SPDX-License-Identifier: MIT
/*
 * eventfd.c -- event counters as files: eventfd(2).
 *
 * Idea.  A reader takes the count, or 1 of it; a writer adds to it. A thread that cannot do so
 *   waits in a queue that readers and writers share, and the key of a wake-up says for which of
 *   them it is.
 * Invariants.
 *   E1  count is at most COUNT_MAX, so that no sum wraps.
 *   E2  Each change is followed by a wake-up of the other side.
 * Locks.  e->lock for the count alone. Values are copied before or after: a reader whose buffer
 *   cannot be written has taken the count, as on Linux.
 * Tests.  eventfd_test.c; tests/guest/event/event_fd.c, event_races.c.
 */
#include "ipc/eventfd.h"

#include "core/assert.h"
#include "core/errno.h"
#include "mm/kmalloc.h"
#include "vfs/file/pollwait.h"

#include <asm/poll.h>
#include <linux/fcntl.h>

#define EFD_SEMAPHORE 1 /* no kernel header has these; they are the C library's: eventfd(2) */
#define EFD_CLOEXEC O_CLOEXEC
#define EFD_NONBLOCK O_NONBLOCK

#define COUNT_MAX (~0UL - 1)

struct SHARED eventfd {
	struct spinlock lock; /* class leaf */
	u64 count;	      /* [lock] threads that wait read it without */
	bool semaphore;	      /* [I] */
	struct waitq queue;   /* [I] of readers and writers */
};

static const struct file_ops eventfd_file_ops;

/* Take the whole count, or 1 of a semaphore's. False: the count is 0. */
static bool eventfd_take(struct eventfd *e, u64 *value)
{
	spin_lock(&e->lock);
	debug_assert(e->count <= COUNT_MAX);
	*value = e->semaphore && e->count ? 1 : e->count;
	WRITE_ONCE(e->count, e->count - *value);
	spin_unlock(&e->lock);
	return *value;
}

static ssize_t eventfd_read(struct file *file, struct uio *uio, u64 *pos)
{
	struct eventfd *e = file->data;
	u64 value;

	if (uio->left_bytes < sizeof(value))
		return -EINVAL;
	while (!eventfd_take(e, &value)) {
		if (READ_ONCE(file->flags) & O_NONBLOCK)
			return -EAGAIN;
		if (WAIT_EVENT(&e->queue, READ_ONCE(e->count), DEADLINE_NEVER))
			return -ERESTARTSYS;
	}
	waitq_wake_key(&e->queue, POLLOUT, false);
	return uio_copy_in(uio, &value, sizeof(value)) == sizeof(value) ? (ssize_t)sizeof(value)
									: -EFAULT;
}

/* False: the sum would be above COUNT_MAX. */
static bool eventfd_add(struct eventfd *e, u64 value)
{
	bool fits;

	spin_lock(&e->lock);
	fits = value <= COUNT_MAX - e->count;
	if (fits)
		WRITE_ONCE(e->count, e->count + value);
	spin_unlock(&e->lock);
	return fits;
}

static ssize_t eventfd_write(struct file *file, struct uio *uio, u64 *pos)
{
	struct eventfd *e = file->data;
	u64 value;

	if (uio->left_bytes < sizeof(value))
		return -EINVAL;
	if (uio_copy_out(uio, &value, sizeof(value)) < sizeof(value))
		return -EFAULT;
	if (value == ~0UL)
		return -EINVAL;
	while (!eventfd_add(e, value)) {
		if (READ_ONCE(file->flags) & O_NONBLOCK)
			return -EAGAIN;
		if (WAIT_EVENT(&e->queue, value <= COUNT_MAX - READ_ONCE(e->count), DEADLINE_NEVER))
			return -ERESTARTSYS;
	}
	waitq_wake_key(&e->queue, POLLIN, false);
	return sizeof(value);
}

static u32 eventfd_poll(struct file *file, struct poll_table *table)
{
	struct eventfd *e = file->data;
	u64 count;

	poll_wait(table, &e->queue);
	count = READ_ONCE(e->count);
	return (count ? POLLIN : 0U) | (count < COUNT_MAX ? POLLOUT : 0U);
}

static void eventfd_release(struct file *file)
{
	struct eventfd *e = file->data;

	debug_assert(list_is_empty(&e->queue.entries)); /* those that wait hold the file */
	kfree(e);
}

static s64 eventfd_seek(struct file *file, s64 offset, int whence)
{
	return 0; /* accepted, without effect */
}

static const struct file_ops eventfd_file_ops = {
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
	.seek = eventfd_seek,
	.release = eventfd_release,
};

bool eventfd_is(const struct file *file)
{
	return file->ops == &eventfd_file_ops;
}

int eventfd_create(u64 initial, int flags, struct file **out)
{
	struct eventfd *e;
	struct inode *inode;
	int err;

	if (flags & ~(EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK))
		return -EINVAL;
	e = kzalloc(sizeof(*e), 0);
	if (!e)
		return -ENOMEM;
	spin_lock_init(&e->lock, leaf);
	waitq_init(&e->queue);
	e->count = initial;
	e->semaphore = flags & EFD_SEMAPHORE;
	err = anon_inode_create(0600, &inode);
	if (!err) {
		err = file_alloc(inode, NULL, &eventfd_file_ops, O_RDWR | (flags & EFD_NONBLOCK),
				 out);
		inode_put(inode);
	}
	if (err) {
		kfree(e);
		return err;
	}
	(*out)->data = e;
	return 0;
}
