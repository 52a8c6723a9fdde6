// SPDX-License-Identifier: MIT
/*
 * unix_stream_receive.c -- receiving from stream sockets. The queue and its invariants:
 * unix_stream.c.
 *
 * Idea.  A receive takes bytes page by page, until it has what it wants or something ends it: a
 *   closed page whose descriptors it has taken (S2), or other credentials (S3). If it has less than
 *   the low-water mark it waits and goes on. A peek does the same without taking, and gets copies
 *   of the descriptors.
 * Invariants.
 *   R1  Bytes that were taken are reported: an error that comes after them is dropped, as on Linux.
 *   R2  The end (UNIX_IN_SHUT) is read before the queue, so that bytes which came before it are not
 *       missed.
 *   R3  Descriptors are landed before the receiver can use them (unix_flight.c, F2).
 * Locks.  u->lock while bytes are taken, user copies included; not held while waiting. The fast
 *   path only tries it.
 * Cost.  A read of one page without ancillary data: stream_take_fast. The sender is woken only when
 *   its queue was more than a quarter full and has room again.
 * Tests.  unix_stream_test.c; tests/guest/socket/socket_stream.c, socket_rights.c, socket_creds.c.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "core/fast_path.h"
#include "ipc/unix/unix_connect.h"
#include "mm/kmalloc.h"
#include "vm/user_copy.h"

#include <asm/poll.h>
#include <asm/socket.h>

/*
 * Wake the sender if there is room now and was none with @nr_before pages: senders that wait do so
 * until at most a quarter of their limit is in use.
 */
static void stream_wake_sender(struct unix_socket *u, u32 nr_before)
{
	struct unix_socket *peer = u->peer;

	if ((u64)nr_before * PAGE_SIZE * 4 > READ_ONCE(peer->socket.send_limit_bytes) &&
	    unix_stream_has_room(peer, u))
		waitq_wake_key(&peer->writers, POLLOUT | POLLWRNORM | POLLWRBAND, false);
}

/* The state of one receive call. */
struct stream_receive {
	struct socket_message *message;
	struct unix_ancillary ancillary; /* for the receiver */
	bool with_credentials;		 /* only bytes with the same ones may follow: S3 */
	bool peeks, stops;
	int error;
};

/* May @page's bytes be read together with those read so far? */
static bool stream_may_take(struct unix_socket *u, struct stream_receive *t,
			    const struct page *page)
{
	const struct unix_ancillary *here = page->queue_mark;

	if (t->with_credentials)
		return unix_same_credentials(&t->ancillary, here);
	if (socket_option(&u->socket, SO_PASSCRED)) {
		t->with_credentials = true;
		if (here) {
			t->ancillary.has_credentials = here->has_credentials;
			t->ancillary.credentials = here->credentials;
		}
	}
	return true;
}

/* Move the descriptors attached to @page to the receiver; one that peeks gets a copy. */
static void stream_take_ancillary(struct stream_receive *t, struct page *page)
{
	struct unix_ancillary *here = page->queue_mark;

	if (!here || !here->rights)
		return;
	debug_assert(!t->ancillary.rights); /* S2 */
	if (t->peeks) {
		t->ancillary.rights = unix_rights_copy(here->rights);
		if (!t->ancillary.rights)
			t->error = -ENOMEM;
	} else {
		t->ancillary.rights = here->rights;
		here->rights = NULL;
	}
}

/* Take bytes from one page. False: nothing more can be taken. */
static bool stream_take_page(struct unix_socket *u, struct stream_receive *t, struct page *page,
			     u32 offset, size_t *total) REQUIRES(u->lock)
{
	struct uio *uio = t->message->uio;
	size_t left = page_queue_end(page) - offset, part = min(left, uio->left_bytes), copied;
	bool barrier;

	debug_assert(left); /* Q1 */
	copied = uio_copy_in(uio, (u8 *)page_to_virt(page) + offset, part);
	*total += copied;
	if (copied < part)
		t->error = -EFAULT;
	if (copied || !part)
		stream_take_ancillary(t, page);
	barrier = page->queue_end & PAGE_QUEUE_CLOSED && t->ancillary.rights;
	if (!t->peeks) {
		if (copied == left) {
			kfree(page->queue_mark); /* S1 */
			t->stops |= barrier;
		}
		page_queue_advance(&u->stream, &u->lock, left, copied);
	}
	return copied == left && !barrier && !t->error;
}

/* Take what is in the queue and may be read together: the bytes. */
static size_t stream_take(struct unix_socket *u, struct stream_receive *t) REQUIRES(u->lock)
{
	u32 offset = u->stream.first_offset;
	struct page *page, *next;
	size_t total = 0;

	assert_mutex_held(&u->lock);
	for (page = u->stream.first; page; page = next) {
		next = page->link;
		if (total && !t->message->uio->left_bytes)
			break; /* a page's descriptors go with its first byte */
		if (!stream_may_take(u, t, page)) {
			t->stops = true;
			break;
		}
		if (!stream_take_page(u, t, page, offset, &total))
			break;
		offset = 0;
	}
	return total;
}

/*
 * Fast path of a read: the first page has no ancillary data, and holds all that is wanted or all
 * that there is. Returns the bytes, or 0 to request the slow path.
 */
static ssize_t stream_take_fast(struct unix_socket *u, struct uio *uio)
{
	struct page_queue *q = &u->stream;
	size_t copied;
	bool dropped;
	u32 nr;

	if (page_queue_is_empty(q) || !mutex_trylock(&u->lock))
		return 0;
	nr = q->nr_pages;
	copied = page_queue_take_fast(q, &u->lock, uio);
	/* POINT OF NO RETURN, if anything was copied */
	dropped = q->nr_pages != nr;
	mutex_unlock(&u->lock);
	if (dropped)
		stream_wake_sender(u, nr);
	return (ssize_t)copied;
}

/* Sleep until the queue has more than @seen bytes, or nothing more arrives. */
static int stream_wait_arrival(struct unix_socket *u, u64 seen, u64 deadline)
{
	int err = WAIT_EVENT(&u->readers,
			     READ_ONCE(u->stream.nr_bytes) > seen ||
				     (unix_inbound(u) & UNIX_IN_SHUT) || READ_ONCE(u->socket.error),
			     deadline);

	return socket_wait_error(err, deadline);
}

static size_t stream_take_locked(struct unix_socket *u, struct stream_receive *t)
{
	u32 nr_before;
	bool dropped;
	size_t n;

	mutex_lock(&u->lock);
	nr_before = u->stream.nr_pages;
	n = stream_take(u, t);
	dropped = u->stream.nr_pages != nr_before;
	mutex_unlock(&u->lock);
	if (t->ancillary.rights) {
		t->stops = true;
		if (t->peeks) /* before they get descriptors: unix_flight.c F2 */
			unix_rights_peeked(t->ancillary.rights);
		else
			unix_rights_land(t->ancillary.rights);
	}
	if (dropped)
		stream_wake_sender(u, nr_before);
	return n;
}

/* Receive until at least @low bytes were taken, as recv(2) says: count or error. */
static ssize_t stream_receive_bytes(struct unix_socket *u, struct stream_receive *t, size_t low)
{
	u64 deadline = 0;
	ssize_t total = 0;

	for (;;) {
		/* Read before the queue: then the last sender's bytes are not missed. */
		bool ended = unix_inbound(u) & UNIX_IN_SHUT;
		u64 seen = 0;
		int err;

		if (!t->peeks || ended || READ_ONCE(u->stream.nr_bytes) >= low ||
		    t->message->flags & MSG_DONTWAIT)
			total += (ssize_t)stream_take_locked(u, t);
		else
			seen = READ_ONCE(u->stream.nr_bytes);
		if (t->error || t->stops || (size_t)total >= low || (total && t->peeks))
			return total ? total : t->error;
		if (!t->message->uio->left_bytes && !page_queue_is_empty(&u->stream))
			return total;
		err = socket_take_error(&u->socket);
		if (!err && ended)
			return total;
		if (!err && t->message->flags & MSG_DONTWAIT)
			err = -EAGAIN;
		if (!err && !deadline)
			deadline = socket_deadline(u->socket.receive_timeout_ns);
		if (!err)
			err = stream_wait_arrival(u, seen, deadline);
		if (err)
			return total ? total : err;
	}
}

ssize_t unix_stream_receive(struct socket *socket, struct socket_message *message)
{
	struct stream_receive t = {.message = message, .peeks = message->flags & MSG_PEEK};
	struct unix_socket *u = unix_of(socket);
	size_t len = message->uio->left_bytes, low;
	ssize_t n;

	if (READ_ONCE(u->state) != UNIX_CONNECTED)
		return -EINVAL;
	if (message->flags & MSG_OOB)
		return -EOPNOTSUPP;
	low = message->flags & MSG_WAITALL ? len : min(len, (size_t)socket->receive_low_bytes);
	n = stream_receive_bytes(u, &t, low ? low : 1);
	if (n >= 0) {
		if (message->address)
			unix_copy_name(u->peer, message->address);
		unix_ancillary_deliver(message, &t.ancillary, t.with_credentials);
	} else {
		unix_ancillary_end(&t.ancillary);
	}
	return n;
}

/*
 * Fast path of a read without conditions: also when nothing has arrived yet, the usual case. Bytes
 * or error; 0 to request the slow path.
 */
static __always_inline ssize_t stream_read_fast(struct unix_socket *u, struct uio *uio, bool waits)
{
	ssize_t n = stream_take_fast(u, uio);
	int err;

	if (n || !waits || !page_queue_is_empty(&u->stream) ||
	    READ_ONCE(u->state) != UNIX_CONNECTED || u->socket.receive_timeout_ns)
		return n;
	err = stream_wait_arrival(u, 0, DEADLINE_NEVER);
	return err ? err : stream_take_fast(u, uio);
}

ssize_t unix_stream_read(struct file *file, struct uio *uio, u64 *pos)
{
	struct socket_message message = {.uio = uio};
	struct unix_socket *u = file->data;
	ssize_t n;
	bool waits;

	if (!uio->left_bytes)
		return 0;
	waits = !(READ_ONCE(file->flags) & O_NONBLOCK);
	if (fast_path_is_on(FAST_PATH_stream) && READ_ONCE(u->socket.receive_low_bytes) <= 1) {
		n = stream_read_fast(u, uio, waits);
		if (n)
			return n;
	}
	if (!waits)
		message.flags = MSG_DONTWAIT;
	return unix_stream_receive(&u->socket, &message);
}
