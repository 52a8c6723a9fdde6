// SPDX-License-Identifier: MIT
/*
 * pipe.c -- the bytes of pipes, and their open files.
 *
 * Idea.  A pipe is a ring of slots, each a page and the part of it that is filled. A writer appends
 *   to the last page while its bytes fit, so that many small writes share a page; a reader takes
 *   from the first. The pipe keeps one emptied page for the next write, so that a pipe which is
 *   filled and emptied in turn allocates nothing.
 * Invariants.
 *   P1  tail..head-1 are the filled slots, each with at least one byte; head - tail <= nr_slots.
 *   P2  A write of at most PIPE_BUF (one page) is placed whole or not at all, so that no other
 *       writer's bytes come between.
 *   P3  refs counts open files; nr_readers and nr_writers count their directions.
 *   P4  nr_slots pages are charged to the user that made the pipe (USER_PIPE_PAGES), used or not.
 * Ownership.  The open files own the pipe; its inode points to it while there are any.
 * Locks.  pipe->lock around every transfer, user copies included; it is not held while waiting. The
 *   inode's lock guards refs and inode->data; it is taken before pipe->lock. Threads that wait read
 *   head, tail and the counts without a lock.
 * Cost.  One byte through: about 100 instructions on each side, without system call and switch.
 * Tests.  pipe_test.c, tests/guest/pipe.
 */
#define LOG_SUBSYS "pipe"
#include "ipc/pipe_internal.h"

#include "core/assert.h"
#include "core/errno.h"
#include "core/fast_path.h"
#include "mm/kmalloc.h"
#include "mm/page_alloc.h"
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
#define PIPE_SLOTS_UNPRIVILEGED 256U /* 1 MiB, as in /proc/sys/fs/pipe-max-size */
#define PIPE_SLOTS_MAX 8192U
#define PIPE_USER_PAGES_MAX 16384 /* 64 MiB, or a quarter of a smaller memory */
#define PIPE_SLOTS_LEAST 2U	  /* of a pipe made beyond the user's limit */

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
	p->nr_slots = PIPE_SLOTS_DEFAULT;
	if (user_charge(p->user, USER_PIPE_PAGES, p->nr_slots, user_limit())) {
		p->nr_slots = PIPE_SLOTS_LEAST;
		ignore_result(user_charge(p->user, USER_PIPE_PAGES, p->nr_slots, USER_NO_LIMIT),
			      "without a limit");
	}
	p->slots = p->inline_slots;
	return p;
}

static void pipe_free(struct pipe *p)
{
	debug_assert(!p->refs && !p->nr_readers && !p->nr_writers); /* P3 */
	debug_assert(list_is_empty(&p->readers.entries) && list_is_empty(&p->writers.entries));
	for (u32 i = p->tail; i != p->head; i++)
		page_put(p->slots[i & (p->nr_slots - 1)].page);
	if (p->spare)
		page_put(p->spare);
	if (p->slots != p->inline_slots)
		kfree(p->slots);
	user_uncharge(p->user, USER_PIPE_PAGES, p->nr_slots); /* P4 */
	user_account_put(p->user);
	slab_free(&pipe_cache, p);
}

static struct pipe_slot *pipe_slot(struct pipe *p, u32 index)
{
	debug_assert(!(p->nr_slots & (p->nr_slots - 1)));
	return &p->slots[index & (p->nr_slots - 1)];
}

static bool pipe_is_empty(const struct pipe *p)
{
	return READ_ONCE(p->head) == READ_ONCE(p->tail);
}

static bool pipe_is_full(const struct pipe *p)
{
	return READ_ONCE(p->head) - READ_ONCE(p->tail) >= READ_ONCE(p->nr_slots);
}

/* ------------------------------------------------------------------ reading */

/* The first slot is empty: free its page, or keep it for the next write. */
static void pipe_drop_first(struct pipe *p) REQUIRES(p->lock)
{
	struct page *page = pipe_slot(p, p->tail)->page;

	debug_assert(p->tail != p->head && !pipe_slot(p, p->tail)->len); /* P1 */
	if (p->spare || !fast_path_is_on(FAST_PATH_pipe))
		page_put(page);
	else
		p->spare = page;
	WRITE_ONCE(p->tail, p->tail + 1);
}

/*
 * Copy what the pipe holds into @uio: the bytes, or -EFAULT. *freed is set when a slot became free.
 */
static ssize_t pipe_take(struct pipe *p, struct uio *uio, bool *freed) REQUIRES(p->lock)
{
	ssize_t total = 0;

	assert_mutex_held(&p->lock);
	debug_assert(p->head - p->tail <= p->nr_slots); /* P1 */
	while (uio->left_bytes && p->tail != p->head) {
		struct pipe_slot *slot = pipe_slot(p, p->tail);
		size_t part = min((size_t)slot->len, uio->left_bytes), copied;

		debug_assert(slot->len && slot->offset + slot->len <= PAGE_SIZE); /* P1 */
		copied = uio_copy_in(uio, (u8 *)page_to_virt(slot->page) + slot->offset, part);
		slot->offset += (u32)copied;
		slot->len -= (u32)copied;
		total += (ssize_t)copied;
		if (!slot->len) {
			pipe_drop_first(p);
			*freed = true;
		}
		if (copied < part)
			return total ? total : -EFAULT;
	}
	return total;
}

/*
 * Fast path of a read: one slot holds all that is wanted, or all that there is. Returns the bytes,
 * or 0 to request the slow path.
 */
static ssize_t pipe_read_fast(struct pipe *p, struct uio *uio)
{
	struct pipe_slot *slot;
	size_t copied;
	bool freed;

	if (!fast_path_is_on(FAST_PATH_pipe) || pipe_is_empty(p) || !mutex_trylock(&p->lock))
		return 0;
	slot = pipe_slot(p, p->tail);
	if (p->head == p->tail || (p->head - p->tail > 1 && slot->len < uio->left_bytes)) {
		mutex_unlock(&p->lock);
		return 0;
	}
	copied = uio_copy_in(uio, (u8 *)page_to_virt(slot->page) + slot->offset,
			     min((size_t)slot->len, uio->left_bytes));
	/* POINT OF NO RETURN, if anything was copied */
	slot->offset += (u32)copied;
	slot->len -= (u32)copied;
	freed = !slot->len;
	if (freed)
		pipe_drop_first(p);
	mutex_unlock(&p->lock);
	if (freed)
		waitq_wake_key(&p->writers, POLLOUT | POLLWRNORM, false);
	return (ssize_t)copied;
}

/* Sleep until the pipe has bytes or no writer: 0, -ERESTARTSYS. */
static __noinline int pipe_wait_readable(struct pipe *p)
{
	return WAIT_EVENT(&p->readers, !pipe_is_empty(p) || !READ_ONCE(p->nr_writers),
			  DEADLINE_NEVER)
		       ? -ERESTARTSYS
		       : 0;
}

/* The slow path of a read: waits for the lock, not for bytes. */
static __noinline ssize_t pipe_read_locked(struct pipe *p, struct uio *uio)
{
	bool freed = false;
	ssize_t n;

	mutex_lock(&p->lock);
	n = pipe_take(p, uio, &freed);
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
		/* Read before the slots: then the last writer's bytes are not missed. */
		bool ended = !__atomic_load_n(&p->nr_writers, __ATOMIC_ACQUIRE);

		n = pipe_read_fast(p, uio);
		if (!n && !pipe_is_empty(p))
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
 * Append the bytes of @uio beyond whole pages to the last page, if all of them fit there; whole
 * pages are left. The bytes, 0, -EFAULT.
 */
static ssize_t pipe_append(struct pipe *p, struct uio *uio) REQUIRES(p->lock)
{
	size_t odd = uio->left_bytes & (PAGE_SIZE - 1), copied;
	struct pipe_slot *slot;
	u32 end;

	if (!odd || p->head == p->tail)
		return 0;
	slot = pipe_slot(p, p->head - 1);
	end = slot->offset + slot->len;
	debug_assert(slot->len && end <= PAGE_SIZE); /* P1 */
	if (odd > PAGE_SIZE - end)
		return 0;
	copied = uio_copy_out(uio, (u8 *)page_to_virt(slot->page) + end, odd);
	slot->len += (u32)copied;
	return copied < odd && !copied ? -EFAULT : (ssize_t)copied;
}

/* Fill one free slot from @uio: the bytes, -EFAULT, -ENOMEM. */
static ssize_t pipe_fill_slot(struct pipe *p, struct uio *uio) REQUIRES(p->lock)
{
	size_t part = min(uio->left_bytes, (size_t)PAGE_SIZE), copied;
	struct page *page = p->spare;
	struct pipe_slot *slot;

	debug_assert(p->head - p->tail < p->nr_slots); /* P1 */
	p->spare = NULL;
	if (!page)
		page = page_alloc_one(PAGE_KERNEL | PAGE_LIMITED);
	if (!page)
		return -ENOMEM;
	copied = uio_copy_out(uio, page_to_virt(page), part);
	if (!copied) {
		p->spare = page;
		return -EFAULT;
	}
	slot = pipe_slot(p, p->head);
	slot->page = page;
	slot->offset = 0;
	slot->len = (u32)copied;
	WRITE_ONCE(p->head, p->head + 1);
	return (ssize_t)copied;
}

/*
 * Move what fits out of @uio, and add the bytes to *total. 0: all of it; -EAGAIN: the pipe is full;
 * -EPIPE, -EFAULT, -ENOMEM.
 */
static int pipe_put(struct pipe *p, struct uio *uio, ssize_t *total) REQUIRES(p->lock)
{
	size_t before = uio->left_bytes;
	ssize_t n;

	assert_mutex_held(&p->lock);
	if (!p->nr_readers)
		return -EPIPE;
	n = pipe_append(p, uio);
	while (n >= 0 && uio->left_bytes) {
		if (pipe_is_full(p)) {
			n = -EAGAIN;
			break;
		}
		n = pipe_fill_slot(p, uio);
	}
	*total += (ssize_t)(before - uio->left_bytes);
	return n < 0 ? (int)n : 0;
}

/*
 * Fast path of a write: the pipe is empty, a spare page is available, and there is at most a page
 * of bytes. Returns the bytes, or 0 to request the slow path.
 */
static ssize_t pipe_write_fast(struct pipe *p, struct uio *uio)
{
	size_t len = uio->left_bytes, copied;
	struct pipe_slot *slot;

	if (!fast_path_is_on(FAST_PATH_pipe) || len > PAGE_SIZE || !mutex_trylock(&p->lock))
		return 0;
	if (p->head != p->tail || !p->spare || !p->nr_readers) {
		mutex_unlock(&p->lock);
		return 0;
	}
	copied = uio_copy_out(uio, page_to_virt(p->spare), len);
	if (copied) { /* POINT OF NO RETURN */
		slot = pipe_slot(p, p->head);
		slot->page = p->spare;
		slot->offset = 0;
		slot->len = (u32)copied;
		p->spare = NULL;
		WRITE_ONCE(p->head, p->head + 1);
	}
	mutex_unlock(&p->lock);
	waitq_wake_key(&p->readers, POLLIN | POLLRDNORM, false);
	return (ssize_t)copied;
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
		if (!pipe_is_empty(p))
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
	u32 count = 0;

	if (cmd != FIONREAD)
		return -ENOTTY;
	mutex_lock(&p->lock);
	for (u32 i = p->tail; i != p->head; i++)
		count += pipe_slot(p, i)->len;
	mutex_unlock(&p->lock);
	return put_user_u32(count, (u32 __user *)arg);
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

/* Charge for @nr_slots instead of p->nr_slots (P4): 0, -EPERM. */
static int pipe_recharge(struct pipe *p, u32 nr_slots) REQUIRES(p->lock)
{
	int err = 0;

	assert_mutex_held(&p->lock);
	if (nr_slots > p->nr_slots)
		err = user_charge(p->user, USER_PIPE_PAGES, nr_slots - p->nr_slots, user_limit());
	else
		user_uncharge(p->user, USER_PIPE_PAGES, p->nr_slots - nr_slots);
	return err ? -EPERM : 0;
}

static int pipe_resize(struct pipe *p, u32 nr_slots)
{
	struct pipe_slot *slots = kmalloc_array(nr_slots, sizeof(*slots), 0), *old;
	u32 count, i;
	int err;

	if (!slots)
		return -ENOMEM;
	mutex_lock(&p->lock);
	count = p->head - p->tail;
	err = count > nr_slots ? -EBUSY : pipe_recharge(p, nr_slots);
	if (err) {
		mutex_unlock(&p->lock);
		kfree(slots);
		return err;
	}
	debug_assert(count <= nr_slots && nr_slots <= PIPE_SLOTS_MAX); /* P1 */
	for (i = 0; i < count; i++)
		slots[i] = *pipe_slot(p, p->tail + i);
	old = p->slots;
	p->slots = slots;
	WRITE_ONCE(p->nr_slots, nr_slots);
	WRITE_ONCE(p->tail, 0);
	WRITE_ONCE(p->head, count);
	mutex_unlock(&p->lock);
	if (old != p->inline_slots)
		kfree(old);
	/* A thread may have read indices from before and after the change: look again. */
	waitq_wake_all(&p->readers);
	waitq_wake_all(&p->writers);
	return 0;
}

long pipe_fcntl(struct file *file, unsigned cmd, u64 arg)
{
	struct pipe *p = file->data;
	u32 nr_slots = 1;
	int err;

	if (file->ops != &pipe_file_ops)
		return -EBADF;
	if (cmd == F_SETPIPE_SZ) {
		if (arg > PIPE_SLOTS_MAX * PAGE_SIZE)
			return -EINVAL;
		while (nr_slots * PAGE_SIZE < arg)
			nr_slots *= 2;
		if (nr_slots > PIPE_SLOTS_UNPRIVILEGED && nr_slots > READ_ONCE(p->nr_slots) &&
		    !capable(CAP_SYS_RESOURCE))
			return -EPERM;
		err = pipe_resize(p, nr_slots);
		if (err)
			return err;
	}
	return (long)(READ_ONCE(p->nr_slots) * PAGE_SIZE);
}

void pipe_init(void)
{
	struct page_counts counts;

	page_alloc_counts(&counts);
	user_pages_max = min((u64)PIPE_USER_PAGES_MAX,
			     align_down(counts.total / 4, (u64)PIPE_SLOTS_UNPRIVILEGED));
	slab_cache_init(&pipe_cache, "pipe", sizeof(struct pipe), 64);
	fifo_init();
}
