// SPDX-License-Identifier: MIT
/*
 * page_queue.c -- a queue of bytes in pages.
 *
 * Idea.  The queue is a list of pages, each filled from its beginning up to some offset. Bytes are
 *   appended to the last page while they fit, so that many small writes share a page, and taken
 *   from the first. The queue keeps one emptied page for the next bytes, so that a queue which is
 *   filled and emptied in turn allocates nothing. An owner may attach a pointer to the first byte
 *   of a page (queue_mark), and may close a page, so that the next bytes begin another one. How
 *   many pages there may be is the owner's matter: both owners' limits are in pages, full or not.
 * Invariants.
 *   Q1  A page in the queue has at least one byte that was not taken: its bytes end at queue_end,
 *       and begin at 0, or in the first page at first_offset.
 *   Q2  nr_pages and nr_bytes are the numbers of pages and of bytes in the queue.
 *   Q3  Only the queue refers to its pages: it uses the private part of their struct page.
 * Ownership.  The queue owns its pages. What a mark points to belongs to the owner of the queue.
 * Locks.  The owner's mutex, given to each function, user copies included.
 * Cost.  A list needs no array that grows with the limit: another limit is another number.
 * Tests.  page_queue_test.c, and those of the owners: pipe_test.c, unix_stream_test.c.
 */
#include "ipc/page_queue.h"

#include "core/errno.h"
#include "mm/page_alloc.h"

ssize_t page_queue_append(struct page_queue *q, struct mutex *lock, struct uio *uio, size_t len)
{
	struct page *page = q->last;
	size_t copied;
	u32 end;

	assert_mutex_held(lock);
	if (!q->nr_pages || page->queue_end + len > PAGE_SIZE) /* also if it is closed */
		return 0;
	end = page_queue_end(page);
	debug_assert(len && end); /* Q1 */
	copied = uio_copy_out(uio, (u8 *)page_to_virt(page) + end, len);
	page->queue_end = (u16)(end + copied);
	q->nr_bytes += copied;
	return copied ? (ssize_t)copied : -EFAULT;
}

static __always_inline ssize_t fill(struct page_queue *q, struct mutex *lock, struct uio *uio,
				    void *mark) REQUIRES(*lock)
{
	struct page *page = q->spare;
	size_t copied;

	assert_mutex_held(lock);
	if (!page)
		page = page_alloc_one(PAGE_KERNEL | PAGE_LIMITED);
	if (!page)
		return -ENOMEM;
	debug_assert(page_refs(page) == 1); /* Q3 */
	copied = uio_copy_out(uio, page_to_virt(page), min(uio->left_bytes, (size_t)PAGE_SIZE));
	if (!copied) {
		q->spare = page;
		return -EFAULT;
	}
	page_queue_push(q, lock, page, copied, mark);
	return (ssize_t)copied;
}

ssize_t page_queue_fill(struct page_queue *q, struct mutex *lock, struct uio *uio, void *mark)
{
	return fill(q, lock, uio, mark);
}

ssize_t page_queue_take(struct page_queue *q, struct mutex *lock, struct uio *uio)
{
	ssize_t total = 0;

	while (uio->left_bytes && q->nr_pages) {
		size_t left = page_queue_first_left(q), part = min(left, uio->left_bytes);
		size_t copied =
			uio_copy_in(uio, (u8 *)page_to_virt(q->first) + q->first_offset, part);

		page_queue_advance(q, lock, left, copied);
		total += (ssize_t)copied;
		if (copied < part)
			return total ? total : -EFAULT;
	}
	return total;
}

int page_queue_put(struct page_queue *q, struct mutex *lock, struct uio *uio, u32 max_pages)
{
	size_t odd = uio->left_bytes & (PAGE_SIZE - 1);
	ssize_t n = odd ? page_queue_append(q, lock, uio, odd) : 0;

	while (n >= 0 && uio->left_bytes)
		n = q->nr_pages < max_pages ? fill(q, lock, uio, NULL) : -EAGAIN;
	return n < 0 ? (int)n : 0;
}

void page_queue_purge(struct page_queue *q, struct mutex *lock)
{
	while (q->nr_pages) {
		size_t left = page_queue_first_left(q);

		page_queue_advance(q, lock, left, left);
	}
	debug_assert(!q->nr_bytes); /* Q2 */
	if (q->spare)
		page_put(q->spare);
	q->spare = NULL;
}
