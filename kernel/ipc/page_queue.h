/* SPDX-License-Identifier: MIT */
/*
 * A queue of bytes in pages, under pipes and stream sockets. Theory: page_queue.c.
 *
 * The queue belongs to an object whose mutex guards it: every function that changes it is given
 * this mutex as @lock. Threads that wait read nr_pages and nr_bytes, each a word, without it. A
 * new queue is all zero, but for keeps_spare.
 */
#pragma once

#include "core/assert.h"
#include "mm/page.h"
#include "sched/mutex.h"
#include "vm/uio.h"

struct SHARED page_queue {
	struct page *first, *last; /* [owner->lock] by page->link; NULL and any if it is empty  */
	struct page *spare;	   /* [owner->lock] an emptied page for the next bytes, or NULL */
	u32 nr_pages;		   /* [owner->lock] in the queue                                */
	u32 first_offset;	   /* [owner->lock] bytes of the first page that were taken     */
	u64 nr_bytes;		   /* [owner->lock] not yet taken                               */
	bool keeps_spare;	   /* [I] whether an emptied page becomes the spare one         */
};

#define PAGE_QUEUE_CLOSED 0x8000U /* in page->queue_end: nothing is appended to the page */

/* The offset in @page where its bytes end. */
static inline u32 page_queue_end(const struct page *page)
{
	return page->queue_end & ~PAGE_QUEUE_CLOSED;
}
/* Are there no bytes? Context: any. */
static inline bool page_queue_is_empty(const struct page_queue *q)
{
	return !READ_ONCE(q->nr_pages);
}

/* How many bytes of the first page are left. */
static inline size_t page_queue_first_left(const struct page_queue *q)
{
	debug_assert(page_queue_end(q->first) > q->first_offset); /* Q1 */
	return page_queue_end(q->first) - q->first_offset;
}

/*
 * Drop @len of the @left bytes of the first page. When none is left the page becomes the spare one
 * or is freed; what page->queue_mark pointed to is the caller's.
 */
static __always_inline void page_queue_advance(struct page_queue *q, struct mutex *lock,
					       size_t left, size_t len) REQUIRES(*lock)
{
	struct page *page = q->first;

	assert_mutex_held(lock);
	debug_assert(left == page_queue_first_left(q) && len <= left && left <= q->nr_bytes);
	q->nr_bytes -= len;
	if (len < left) {
		q->first_offset += (u32)len;
		return;
	}
	q->first = page->link;
	q->first_offset = 0;
	q->nr_pages--;
	debug_assert(!q->first == !q->nr_pages); /* Q2 */
	if (q->spare || !q->keeps_spare)
		page_put(page);
	else
		q->spare = page;
}

/*
 * Move to @uio what it wants, or all that there is, if it is in the first page and without a mark:
 * bytes moved, fewer after a fault; 0: also if it is not. May sleep.
 */
static __always_inline size_t page_queue_take_fast(struct page_queue *q, struct mutex *lock,
						   struct uio *uio) REQUIRES(*lock)
{
	size_t left, copied;

	if (!q->nr_pages || q->first->queue_mark)
		return 0;
	left = q->nr_pages == 1 ? q->nr_bytes : page_queue_first_left(q); /* Q2 */
	if (left < uio->left_bytes && q->nr_pages > 1)
		return 0;
	copied = uio_copy_in(uio, (u8 *)page_to_virt(q->first) + q->first_offset,
			     min(left, uio->left_bytes));
	page_queue_advance(q, lock, left, copied);
	return copied;
}

/* Queue @page, spare or new, which begins with @len bytes; @mark is attached to the first one. */
static inline void page_queue_push(struct page_queue *q, struct mutex *lock, struct page *page,
				   size_t len, void *mark) REQUIRES(*lock)
{
	assert_mutex_held(lock);
	debug_assert(len && len <= PAGE_SIZE && (!q->spare || q->spare == page)); /* Q1 */
	page->queue_end = (u16)len;
	page->queue_mark = mark;
	page->link = NULL;
	if (q->nr_pages++)
		q->last->link = page;
	else
		q->first = page;
	q->last = page;
	q->spare = NULL;
	q->nr_bytes += len;
}

/*
 * Move @len bytes from @uio to the last page, if it is not closed and has room for all of them: the
 * bytes; 0: it has not; -EFAULT. May sleep.
 */
ssize_t page_queue_append(struct page_queue *q, struct mutex *lock, struct uio *uio, size_t len)
	REQUIRES(*lock);
/*
 * Move the bytes of @uio, at most a page, as page_queue_append() does, to a page without a mark, or
 * to the spare page of an empty queue: bytes moved, -EFAULT; 0: neither will do. May sleep.
 */
static __always_inline ssize_t page_queue_put_fast(struct page_queue *q, struct mutex *lock,
						   struct uio *uio) REQUIRES(*lock)
{
	struct page *page = q->spare;
	size_t copied;

	if (q->nr_pages)
		return q->last->queue_mark ? 0 : page_queue_append(q, lock, uio, uio->left_bytes);
	copied = page ? uio_copy_out(uio, page_to_virt(page), uio->left_bytes) : 0;
	if (copied)
		page_queue_push(q, lock, page, copied, NULL);
	return (ssize_t)copied;
}

/*
 * Fill one more page, charged to the current account, with as many bytes from @uio as it takes,
 * @mark at the first: the bytes; -EFAULT, -ENOMEM: the queue is as it was. May sleep.
 */
ssize_t page_queue_fill(struct page_queue *q, struct mutex *lock, struct uio *uio, void *mark)
	REQUIRES(*lock);

/* Move bytes, without marks, to @uio until it is full or there are no more: the bytes, -EFAULT. */
ssize_t page_queue_take(struct page_queue *q, struct mutex *lock, struct uio *uio) REQUIRES(*lock);
/*
 * Move bytes, without marks, from @uio until it is empty or the queue has @max_pages pages. What is
 * beyond whole pages goes to the last page if it fits there. 0: all; -EAGAIN: the queue is full;
 * -EFAULT, -ENOMEM. Like page_queue_take() it may sleep.
 */
int page_queue_put(struct page_queue *q, struct mutex *lock, struct uio *uio, u32 max_pages)
	REQUIRES(*lock);
/* Drop all bytes and the spare page. What the marks pointed to is the caller's. */
void page_queue_purge(struct page_queue *q, struct mutex *lock) REQUIRES(*lock);
