// SPDX-License-Identifier: MIT
/*
 * pipe.c -- the bytes of pipes, and their open files.
 *
 * Idea.  A pipe is a queue of bytes in pages (page_queue.c) with a limit in pages. The bytes of a
 *   write beyond whole pages go to the last page if they fit there, so that many small writes share
 *   a page.
 * Invariants.
 *   P1  The queue has at most max_pages pages, and no marks.
 *   P2  A write of at most PIPE_BUF (one page) is placed whole or not at all, so that no other
 *       writer's bytes come between.
 *   P3  refs counts open files; nr_readers and nr_writers count their directions.
 *   P4  max_pages pages are charged to the user that made the pipe (USER_PIPE_PAGES), used or not.
 * Ownership.  The open files own the pipe; its inode points to it while there are any.
 * Locks.  pipe->lock around every transfer, user copies included; it is not held while waiting. The
 *   inode's lock guards refs and inode->data; it is taken before pipe->lock. Threads that wait read
 *   the queue's numbers and the counts without a lock.
 * Cost.  One byte through: about 100 instructions on each side, without system call and switch.
 * Tests.  pipe_test.c, tests/guest/pipe.
 */
#define LOG_SUBSYS "pipe"
#include "ipc/pipe_internal.h"

#include "core/assert.h"
#include "core/errno.h"
#include "core/fast_path.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "mm/user_account.h"
#include "vfs/cred.h"
#include "vfs/file/pollwait.h"
#include "vfs/vfs.h"
#include "vm/user_copy.h"

#include <asm/fcntl.h>
#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/signal.h>

#ifndef F_SETPIPE_SZ
#define F_SETPIPE_SZ 1031 /* <linux/fcntl.h>: F_LINUX_SPECIFIC_BASE + 7 */
#define F_GETPIPE_SZ 1032
#endif
#define PIPE_PAGES_UNPRIVILEGED 256U /* 1 MiB, as in /proc/sys/fs/pipe-max-size */
#define PIPE_PAGES_MAX 8192U
#define PIPE_USER_PAGES_MAX 16384 /* 64 MiB, or a quarter of a smaller memory */
#define PIPE_PAGES_LEAST 2U	  /* of a pipe made beyond the user's limit */

static struct slab_cache pipe_cache; /* [I] after boot */
static u64 user_pages_max; /* [I] after boot: for which an unprivileged user's pipes have room */

u64 pipe_user_pages_max(void)
{
	return user_pages_max;
}

/* The current thread's limit: pipe(7), "/proc/sys/fs/pipe-user-pages-soft". */
static u64 user_limit(void)
{
	return capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN) ? USER_NO_LIMIT : user_pages_max;
}

struct pipe *pipe_alloc(void)
{
	struct pipe *p = slab_alloc(&pipe_cache, PAGE_ZERO);

	if (!p)
		return NULL;
	mutex_init(&p->lock, pipe);
	waitq_init(&p->readers);
	waitq_init(&p->writers);
	p->user = cred_current()->user;
	user_account_get(p->user);
	p->max_pages = PIPE_PAGES_DEFAULT;
	if (user_charge(p->user, USER_PIPE_PAGES, p->max_pages, user_limit())) {
		p->max_pages = PIPE_PAGES_LEAST;
		ignore_result(user_charge(p->user, USER_PIPE_PAGES, p->max_pages, USER_NO_LIMIT),
			      "without a limit");
	}
	p->queue.keeps_spare = fast_path_is_on(FAST_PATH_pipe);
	return p;
}

static void pipe_free(struct pipe *p)
{
	debug_assert(!p->refs && !p->nr_readers && !p->nr_writers); /* P3 */
	debug_assert(list_is_empty(&p->readers.entries) && list_is_empty(&p->writers.entries));
	mutex_lock(&p->lock); /* no thread has it: the queue asks for it */
	page_queue_purge(&p->queue, &p->lock);
	mutex_unlock(&p->lock);
	user_uncharge(p->user, USER_PIPE_PAGES, p->max_pages); /* P4 */
	user_account_put(p->user);
	slab_free(&pipe_cache, p);
}

static bool pipe_is_full(const struct pipe *p)
{
	return READ_ONCE(p->queue.nr_pages) >= READ_ONCE(p->max_pages);
}

/* ------------------------------------------------------------------ reading */

/*
 * Fast path of a read: one page holds all that is wanted, or all that there is. Returns the bytes,
 * or 0 to request the slow path.
 */
static ssize_t pipe_read_fast(struct pipe *p, struct uio *uio)
{
	struct page_queue *q = &p->queue;
	size_t copied;
	bool freed;

	if (!fast_path_is_on(FAST_PATH_pipe) || page_queue_is_empty(q) || !mutex_trylock(&p->lock))
		return 0;
	copied = page_queue_take_fast(q, &p->lock, uio);
	/* POINT OF NO RETURN, if anything was copied */
	freed = copied && !q->first_offset; /* the page it came from is not the first any more */
	mutex_unlock(&p->lock);
	if (freed)
		waitq_wake_key(&p->writers, POLLOUT | POLLWRNORM, false);
	return (ssize_t)copied;
}

/* Sleep until the pipe has bytes or no writer: 0, -ERESTARTSYS. */
static __noinline int pipe_wait_readable(struct pipe *p)
{
	return WAIT_EVENT(&p->readers, !page_queue_is_empty(&p->queue) || !READ_ONCE(p->nr_writers),
			  DEADLINE_NEVER)
		       ? -ERESTARTSYS
		       : 0;
}

/* The slow path of a read: waits for the lock, not for bytes. */
static __noinline ssize_t pipe_read_locked(struct pipe *p, struct uio *uio)
{
	u32 nr_before;
	bool freed;
	ssize_t n;

	mutex_lock(&p->lock);
	nr_before = p->queue.nr_pages;
	n = page_queue_take(&p->queue, &p->lock, uio);
	freed = p->queue.nr_pages != nr_before;
	mutex_unlock(&p->lock);
	if (freed)
		waitq_wake_key(&p->writers, POLLOUT | POLLWRNORM, false);
	return n;
}

static ssize_t pipe_read(struct file *file, struct uio *uio, u64 *pos)
{
	struct pipe *p = file->data;
	ssize_t n;
	int err;

	if (!uio->left_bytes)
		return 0;
	for (;;) {
		/* Read before the queue: then the last writer's bytes are not missed. */
		bool ended = !__atomic_load_n(&p->nr_writers, __ATOMIC_ACQUIRE);

		n = pipe_read_fast(p, uio);
		if (!n && !page_queue_is_empty(&p->queue))
			n = pipe_read_locked(p, uio);
		if (n || ended)
			return n;
		if (READ_ONCE(file->flags) & O_NONBLOCK)
			return -EAGAIN;
		err = pipe_wait_readable(p);
		if (err)
			return err;
	}
}

/* ------------------------------------------------------------------ writing */

/*
 * Move what fits out of @uio, and add the bytes to *total. 0: all of it; -EAGAIN: the pipe is full;
 * -EPIPE, -EFAULT, -ENOMEM.
 */
static int pipe_put(struct pipe *p, struct uio *uio, ssize_t *total) REQUIRES(p->lock)
{
	size_t before = uio->left_bytes;
	int err;

	assert_mutex_held(&p->lock);
	if (!p->nr_readers)
		return -EPIPE;
	err = page_queue_put(&p->queue, &p->lock, uio, p->max_pages);
	debug_assert(p->queue.nr_pages <= p->max_pages); /* P1 */
	*total += (ssize_t)(before - uio->left_bytes);
	return err;
}

/*
 * Fast path of a write of at most a page, which fits in the last page, or the pipe is empty and has
 * a spare page. Returns the bytes, -EFAULT, or 0 to request the slow path.
 */
static ssize_t pipe_write_fast(struct pipe *p, struct uio *uio)
{
	ssize_t n = 0;

	if (!fast_path_is_on(FAST_PATH_pipe) || uio->left_bytes > PAGE_SIZE ||
	    !mutex_trylock(&p->lock))
		return 0;
	if (p->nr_readers)
		n = page_queue_put_fast(&p->queue, &p->lock, uio);
	/* POINT OF NO RETURN, if anything was copied */
	mutex_unlock(&p->lock);
	if (n > 0)
		waitq_wake_key(&p->readers, POLLIN | POLLRDNORM, false);
	return n;
}

static __noinline ssize_t pipe_write_slow(struct file *file, struct uio *uio)
{
	struct pipe *p = file->data;
	ssize_t total = 0;
	int err;

	for (;;) {
		ssize_t before = total;

		mutex_lock(&p->lock);
		err = pipe_put(p, uio, &total);
		mutex_unlock(&p->lock);
		if (total != before)
			waitq_wake_key(&p->readers, POLLIN | POLLRDNORM, false);
		if (err != -EAGAIN || READ_ONCE(file->flags) & O_NONBLOCK)
			break;
		if (WAIT_EVENT(&p->writers, !pipe_is_full(p) || !READ_ONCE(p->nr_readers),
			       DEADLINE_NEVER)) {
			err = -ERESTARTSYS;
			break;
		}
	}
	if (err == -EPIPE)
		vfs_send_signal(SIGPIPE);
	return total ? total : err;
}

static ssize_t pipe_write(struct file *file, struct uio *uio, u64 *pos)
{
	ssize_t n;

	if (!uio->left_bytes)
		return 0;
	n = pipe_write_fast(file->data, uio);
	return n ? n : pipe_write_slow(file, uio);
}

/* ------------------------------------------------------------------ the rest of a file */

static u32 pipe_poll(struct file *file, struct poll_table *table)
{
	struct pipe *p = file->data;
	u32 events = 0;

	if (file->mode & FILE_READ) {
		poll_wait(table, &p->readers);
		if (!page_queue_is_empty(&p->queue))
			events |= POLLIN | POLLRDNORM;
		/* The end is not reported to a reader that has not had a writer yet. */
		if (!READ_ONCE(p->nr_writers) &&
		    (!p->is_fifo || file->pos != READ_ONCE(p->writer_opens)))
			events |= POLLHUP;
	}
	if (file->mode & FILE_WRITE) {
		poll_wait(table, &p->writers);
		if (!pipe_is_full(p))
			events |= POLLOUT | POLLWRNORM;
		if (!READ_ONCE(p->nr_readers))
			events |= POLLERR;
	}
	return events;
}

static long pipe_ioctl(struct file *file, unsigned cmd, u64 arg)
{
	struct pipe *p = file->data;

	if (cmd != FIONREAD)
		return -ENOTTY;
	return put_user_u32((u32)READ_ONCE(p->queue.nr_bytes), (u32 __user *)arg);
}

void pipe_count(struct pipe *p, u32 mode, u32 by)
{
	assert_mutex_held(&p->lock);
	debug_assert(by == 1 || !(mode & FILE_READ) || p->nr_readers);	/* P3 */
	debug_assert(by == 1 || !(mode & FILE_WRITE) || p->nr_writers); /* P3 */
	if (mode & FILE_READ)
		WRITE_ONCE(p->nr_readers, p->nr_readers + by);
	if (mode & FILE_WRITE)
		WRITE_ONCE(p->nr_writers, p->nr_writers + by);
}

void pipe_leave(struct pipe *p, struct inode *inode, u32 mode)
{
	bool last;

	mutex_lock(&inode->lock);
	mutex_lock(&p->lock);
	pipe_count(p, mode, -1U);
	mutex_unlock(&p->lock);
	/* Before this reference is dropped: after it another end may free the pipe. */
	waitq_wake_key(&p->readers, POLLIN | POLLRDNORM | POLLHUP, false);
	waitq_wake_key(&p->writers, POLLOUT | POLLWRNORM | POLLERR, false);
	debug_assert(p->refs && inode->data == p); /* P3 */
	last = --p->refs == 0;
	if (last)
		inode->data = NULL;
	mutex_unlock(&inode->lock);
	if (last)
		pipe_free(p);
}

static void pipe_release(struct file *file)
{
	pipe_leave(file->data, file->inode, file->mode);
}

static s64 pipe_seek(struct file *file, s64 offset, int whence)
{
	return -ESPIPE;
}

const struct file_ops pipe_file_ops = {
	.read = pipe_read,
	.write = pipe_write,
	.ioctl = pipe_ioctl,
	.poll = pipe_poll,
	.seek = pipe_seek,
	.release = pipe_release,
};

int pipe_create(int flags, struct file **reader, struct file **writer)
{
	struct pipe *p;
	struct inode *inode;
	int err;

	if (flags & ~(O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	p = pipe_alloc();
	if (!p)
		return -ENOMEM;
	err = anon_inode_create(S_IFIFO | 0600, &inode);
	if (err)
		goto out_free;
	err = file_alloc(inode, NULL, &pipe_file_ops, O_RDONLY | (flags & O_NONBLOCK), reader);
	if (err)
		goto out_put_inode;
	p->refs = 1;
	p->nr_readers = 1;
	(*reader)->data = p;
	inode->data = p; /* an open through /proc/PID/fd finds it */
	err = file_alloc(inode, NULL, &pipe_file_ops, O_WRONLY | (flags & O_NONBLOCK), writer);
	if (err) {
		file_put(*reader); /* which frees the pipe */
		inode_put(inode);
		return err;
	}
	p->refs = 2;
	p->nr_writers = 1;
	(*writer)->data = p;
	inode_put(inode); /* the files hold it */
	return 0;

out_put_inode:
	inode_put(inode);
out_free:
	pipe_free(p);
	return err;
}

/* ------------------------------------------------------------------ size */

/* Charge for @max_pages instead of p->max_pages (P4): 0, -EPERM. */
static int pipe_recharge(struct pipe *p, u32 max_pages) REQUIRES(p->lock)
{
	int err = 0;

	assert_mutex_held(&p->lock);
	if (max_pages > p->max_pages)
		err = user_charge(p->user, USER_PIPE_PAGES, max_pages - p->max_pages, user_limit());
	else
		user_uncharge(p->user, USER_PIPE_PAGES, p->max_pages - max_pages);
	return err ? -EPERM : 0;
}

static int pipe_resize(struct pipe *p, u32 max_pages)
{
	int err = -EBUSY;

	debug_assert(max_pages <= PIPE_PAGES_MAX);
	mutex_lock(&p->lock);
	if (p->queue.nr_pages <= max_pages) /* P1 */
		err = pipe_recharge(p, max_pages);
	if (!err)
		WRITE_ONCE(p->max_pages, max_pages);
	mutex_unlock(&p->lock);
	if (!err)
		waitq_wake_all(&p->writers); /* there may be room */
	return err;
}

long pipe_fcntl(struct file *file, unsigned cmd, u64 arg)
{
	struct pipe *p = file->data;
	u32 nr_pages = 1;
	int err;

	if (file->ops != &pipe_file_ops)
		return -EBADF;
	if (cmd == F_SETPIPE_SZ) {
		if (arg > PIPE_PAGES_MAX * PAGE_SIZE)
			return -EINVAL;
		while (nr_pages * PAGE_SIZE < arg)
			nr_pages *= 2;
		if (nr_pages > PIPE_PAGES_UNPRIVILEGED && nr_pages > READ_ONCE(p->max_pages) &&
		    !capable(CAP_SYS_RESOURCE))
			return -EPERM;
		err = pipe_resize(p, nr_pages);
		if (err)
			return err;
	}
	return (long)(READ_ONCE(p->max_pages) * PAGE_SIZE);
}

void pipe_init(void)
{
	struct page_counts counts;

	page_alloc_counts(&counts);
	user_pages_max = min((u64)PIPE_USER_PAGES_MAX,
			     align_down(counts.total / 4, (u64)PIPE_PAGES_UNPRIVILEGED));
	slab_cache_init(&pipe_cache, "pipe", sizeof(struct pipe), 64);
	fifo_init();
}
