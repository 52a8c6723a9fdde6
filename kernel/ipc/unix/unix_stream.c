// SPDX-License-Identifier: MIT
/*
 * unix_stream.c -- the bytes of stream sockets.
 *
 * Idea.  The queue of a socket is a list of pages, each with its number of bytes. A sender appends
 *   to the last page while its bytes fit, so that many small messages share a page; the receiver
 *   takes from the first. The socket keeps one emptied page for the next message, so that two
 *   programs which send and receive in turn allocate nothing. Descriptors and credentials are
 *   attached to the page that holds their first byte. A page may say that nothing after it is read
 *   with it.
 * Invariants.
 *   S1  A page in the queue has at least one unread byte. Its struct page holds the number of bytes
 *       that it was given (flags), its ancillary data (owner) and its place in the queue (node).
 *   S2  Bytes with descriptors begin a page. The last page of their message (of the part that was
 *       queued at once) is marked PAGE_BARRIER: a receiver that has taken the descriptors takes
 *       nothing after it.
 *   S3  A page holds bytes of one sender's credentials, or bytes without credentials.
 *   S4  Nothing is added once UNIX_IN_SHUT is set.
 * Ownership.  The receiving socket owns the pages. The sender has a reference to the receiver,
 *   u->peer.
 * Locks.  The receiver's lock around every transfer, user copies included; it is not held while
 *   waiting. Threads that wait read queue, nr_queued and inbound without a lock.
 * Cost.  One byte through: about 130 instructions on each side, without system call and switch. The
 *   limit is in pages: a queue has as many pages as fit into the sender's SO_SNDBUF, full or not.
 * Tests.  unix_stream_test.c; tests/guest/socket/socket_stream.c, socket_rights.c, socket_creds.c.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "core/fast_path.h"
#include "ipc/unix/unix_stream_queue.h"
#include "mm/kmalloc.h"
#include "vfs/vfs.h"
#include "vm/user_copy.h"

#include <asm/poll.h>
#include <asm/signal.h>
#include <asm/socket.h>

/* ------------------------------------------------------------------ sending */

/* The state of one send call. */
struct stream_send {
	struct unix_socket *to;
	struct uio *uio;
	struct unix_ancillary ancillary; /* rights go with the first byte, credentials with each */
	u32 page_limit;
	ssize_t total;
};

/* The last page, if it may take the next bytes (S2, S3); else NULL. */
static struct page *stream_open_page(const struct unix_socket *to,
				     const struct unix_ancillary *along)
{
	struct page *page;

	if (list_is_empty(&to->queue) || along->rights)
		return NULL;
	page = list_last_entry(&to->queue, struct page, node);
	if (page->stream_bytes & PAGE_BARRIER || !stream_same_credentials(along, page->ancillary))
		return NULL;
	return page;
}

/* Append all bytes to the last page if they fit there: the bytes, 0, -EFAULT. */
static ssize_t stream_append(struct stream_send *p) REQUIRES(p->to->lock)
{
	struct page *page = stream_open_page(p->to, &p->ancillary);
	size_t len = p->uio->left_bytes, copied;

	if (!page || len > PAGE_SIZE - stream_page_length(page))
		return 0;
	copied = uio_copy_out(p->uio, (u8 *)page_to_virt(page) + stream_page_length(page), len);
	page->stream_bytes = (u16)(page->stream_bytes + copied);
	p->to->queued_bytes += copied;
	return copied ? (ssize_t)copied : -EFAULT;
}

/* Copy the ancillary data for the next page; NULL: it has none. 0, -ENOMEM. */
static int stream_page_along(struct stream_send *p, struct unix_ancillary **out)
{
	*out = NULL;
	if (likely(!p->ancillary.rights && !p->ancillary.has_credentials))
		return 0;
	*out = kmalloc(sizeof(**out), 0);
	if (!*out)
		return -ENOMEM;
	**out = p->ancillary;
	return 0;
}

static void stream_queue_page(struct unix_socket *to, struct page *page, size_t len)
	REQUIRES(to->lock)
{
	assert_mutex_held(&to->lock);
	debug_assert(len && len <= PAGE_SIZE);	     /* S1 */
	debug_assert(!(to->inbound & UNIX_IN_SHUT)); /* S4 */
	page->stream_bytes = (u16)len;
	list_add_last(&to->queue, &page->node);
	WRITE_ONCE(to->nr_queued, to->nr_queued + 1);
	WRITE_ONCE(to->queued_bytes, to->queued_bytes + len);
}

/* Fill one more page and queue it: the bytes, -EFAULT, -ENOMEM. */
static ssize_t stream_fill_page(struct stream_send *p) REQUIRES(p->to->lock)
{
	size_t part = min(p->uio->left_bytes, (size_t)PAGE_SIZE), copied;
	struct unix_socket *to = p->to;
	struct unix_ancillary *along;
	struct page *page = to->spare;

	if (stream_page_along(p, &along))
		return -ENOMEM;
	to->spare = NULL;
	if (!page)
		page = page_alloc_one(PAGE_KERNEL | PAGE_LIMITED);
	copied = page ? uio_copy_out(p->uio, page_to_virt(page), part) : 0;
	if (!copied) {
		if (page)
			page->ancillary = NULL;
		to->spare = page;
		kfree(along);
		return page ? -EFAULT : -ENOMEM;
	}
	page->ancillary = along;    /* a spare page has none */
	p->ancillary.rights = NULL; /* the page owns them now */
	stream_queue_page(p->to, page, copied);
	return (ssize_t)copied;
}

/*
 * Queue what fits. 0: all of it; -EAGAIN: the queue is full; -EPIPE, -EFAULT, -ENOMEM. Locks:
 * to->lock held.
 */
static int stream_put(struct stream_send *p) REQUIRES(p->to->lock)
{
	size_t before = p->uio->left_bytes;
	bool with_rights = p->ancillary.rights;
	ssize_t n;

	if (p->to->inbound & UNIX_IN_SHUT)
		return -EPIPE;
	n = stream_append(p);
	while (n >= 0 && p->uio->left_bytes) {
		if (p->to->nr_queued >= p->page_limit) {
			n = -EAGAIN;
			break;
		}
		n = stream_fill_page(p);
	}
	if (with_rights && !p->ancillary.rights)
		list_last_entry(&p->to->queue, struct page, node)->stream_bytes |= PAGE_BARRIER;
	p->total += (ssize_t)(before - p->uio->left_bytes);
	return n < 0 ? (int)n : 0;
}

static int stream_wait_room(struct unix_socket *u, struct unix_socket *to, u64 deadline)
{
	int err = WAIT_EVENT(&u->writers,
			     unix_stream_has_room(u, to) || (unix_inbound(to) & UNIX_IN_SHUT),
			     deadline);

	return socket_wait_error(err, deadline);
}

static int stream_send_all(struct unix_socket *u, struct stream_send *p, unsigned flags)
{
	u64 deadline = 0;
	int err;

	for (;;) {
		ssize_t before = p->total;

		/* Read again each time, as stream_wait_room does: the limit may change. */
		p->page_limit = max(READ_ONCE(u->socket.send_limit_bytes) >> PAGE_SHIFT, 1U);
		mutex_lock(&p->to->lock);
		if (p->to->inbound & UNIX_IN_CREDS || socket_option(&u->socket, SO_PASSCRED))
			unix_ancillary_add_credentials(&p->ancillary);
		err = stream_put(p);
		mutex_unlock(&p->to->lock);
		if (p->total != before)
			waitq_wake_key(&p->to->readers, POLLIN | POLLRDNORM, false);
		if (err != -EAGAIN || flags & MSG_DONTWAIT)
			return err;
		if (!deadline)
			deadline = socket_deadline(u->socket.send_timeout_ns);
		err = stream_wait_room(u, p->to, deadline);
		if (err)
			return err;
	}
}

/* Can the message be sent at all? 0 or error. */
static int stream_check_send(struct unix_socket *u, const struct socket_message *message)
{
	bool connected = READ_ONCE(u->state) == UNIX_CONNECTED;

	if (message->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (message->address)
		return connected ? -EISCONN : -EOPNOTSUPP;
	if (!connected)
		return -ENOTCONN;
	return READ_ONCE(u->outbound_shut) || (unix_inbound(u->peer) & UNIX_IN_SHUT) ? -EPIPE : 0;
}

ssize_t unix_stream_send(struct socket *socket, struct socket_message *message)
{
	struct unix_socket *u = unix_of(socket);
	struct stream_send p = {.uio = message->uio};
	int err = unix_ancillary_build(message, &p.ancillary);

	if (err)
		return err;
	err = stream_check_send(u, message);
	if (!err && p.uio->left_bytes) {
		p.to = u->peer;
		err = stream_send_all(u, &p, message->flags);
	}
	unix_ancillary_end(&p.ancillary);
	if (p.total)
		return p.total;
	if (err == -EPIPE && !(message->flags & MSG_NOSIGNAL))
		vfs_send_signal(SIGPIPE);
	return err;
}

/*
 * Fast path of a write: the queue is empty, a spare page is available, there is at most a page of
 * bytes and no ancillary data. Returns the bytes, or 0 to request the slow path.
 */
static ssize_t stream_put_fast(struct unix_socket *u, struct unix_socket *to, struct uio *uio)
{
	size_t len = uio->left_bytes, copied;
	struct page *page;

	if (!fast_path_is_on(FAST_PATH_stream) || len > PAGE_SIZE || !mutex_trylock(&to->lock))
		return 0;
	page = to->spare;
	if (to->nr_queued || !page || to->inbound || socket_option(&u->socket, SO_PASSCRED)) {
		mutex_unlock(&to->lock);
		return 0;
	}
	copied = uio_copy_out(uio, page_to_virt(page), len);
	if (copied) {				/* POINT OF NO RETURN */
		debug_assert(!page->ancillary); /* a spare page has none */
		to->spare = NULL;
		stream_queue_page(to, page, copied);
	}
	mutex_unlock(&to->lock);
	if (copied)
		waitq_wake_key(&to->readers, POLLIN | POLLRDNORM, false);
	return (ssize_t)copied;
}

ssize_t unix_stream_write(struct file *file, struct uio *uio, u64 *pos)
{
	struct socket_message message = {.uio = uio};
	struct unix_socket *u = file->data;
	ssize_t n;

	/* Pairs with the store in unix_connect.c:point_to: the peer is initialised. */
	struct unix_socket *to = __atomic_load_n(&u->peer, __ATOMIC_ACQUIRE);

	if (likely(to && uio->left_bytes)) {
		n = stream_put_fast(u, to, uio);
		if (n)
			return n;
	}
	if (READ_ONCE(file->flags) & O_NONBLOCK)
		message.flags = MSG_DONTWAIT;
	return unix_stream_send(&u->socket, &message);
}

/* ------------------------------------------------------------------ the queue as a whole */

bool unix_stream_purge(struct unix_socket *u)
{
	struct page *page, *next;
	bool some = !list_is_empty(&u->queue);

	assert_mutex_held(&u->lock);
	list_for_each_entry_safe(page, next, &u->queue, node) {
		struct unix_ancillary *along = page->ancillary;

		if (along && along->rights)
			unix_rights_discard(along->rights);
		kfree(along);
		stream_drop_first(u, page);
	}
	WRITE_ONCE(u->queued_bytes, 0);
	debug_assert(!u->nr_queued);
	if (u->spare)
		page_put(u->spare);
	u->spare = NULL;
	return some;
}

void unix_stream_visit(struct unix_socket *u, void (*visit)(struct unix_ancillary *ancillary))
{
	struct page *page;

	assert_mutex_held(&u->lock);
	list_for_each_entry(page, &u->queue, node)
		if (page->ancillary)
			visit(page->ancillary);
}
