/* SPDX-License-Identifier: MIT */
/*
 * The queue of a stream socket, for unix_stream.c (its theory, sending) and unix_stream_receive.c.
 */
#pragma once

#include "core/fast_path.h"
#include "core/assert.h"
#include "ipc/unix/unix_socket.h"
#include "mm/page_alloc.h"

#define PAGE_BARRIER 0x8000U
#define PAGE_LENGTH 0x1fffU

static inline u32 stream_page_length(const struct page *page)
{
	return page->stream_bytes & PAGE_LENGTH;
}

static inline struct page *stream_first_page(const struct unix_socket *u)
{
	return list_first_entry(&u->queue, struct page, node);
}

static inline bool stream_is_empty(const struct unix_socket *u)
{
	return READ_ONCE(u->queue.next) == &u->queue;
}

/* Remove the first page, whose ancillary data the caller has freed. */
static inline void stream_drop_first(struct unix_socket *u, struct page *page) REQUIRES(u->lock)
{
	debug_assert(page == stream_first_page(u) && u->nr_queued);
	list_remove(&page->node);
	page->ancillary = NULL;
	page->stream_bytes = 0;
	u->first_offset = 0;
	WRITE_ONCE(u->nr_queued, u->nr_queued - 1);
	if (u->spare || !fast_path_is_on(FAST_PATH_stream))
		page_put(page);
	else
		u->spare = page;
}

static inline bool stream_same_credentials(const struct unix_ancillary *got,
					   const struct unix_ancillary *here)
{
	if (!here || !here->has_credentials)
		return !got->has_credentials;
	return got->has_credentials && here->credentials.pid == got->credentials.pid &&
	       here->credentials.uid == got->credentials.uid &&
	       here->credentials.gid == got->credentials.gid;
}
