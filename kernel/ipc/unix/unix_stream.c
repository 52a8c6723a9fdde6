// SPDX-License-Identifier: MIT
/*
 * unix_stream.c -- the bytes of stream sockets.
 *
 * Idea.  What has arrived at a socket is a queue of bytes in pages (page_queue.c). A message goes
 *   to the last page if all of it fits there, so that many small messages share a page. Descriptors
 *   and credentials are attached to the page that holds their first byte: they are its mark. A
 *   closed page says that nothing after it is read with it.
 * Invariants.
 *   S1  The mark of a page is a struct unix_ancillary of its own, or NULL.
 *   S2  Bytes with descriptors begin a page. The last page of their message (of the part that was
 *       queued at once) is closed: a receiver that has taken the descriptors takes nothing after
 *       it.
 *   S3  A page holds bytes of one sender's credentials, or bytes without credentials.
 *   S4  Nothing is added once UNIX_IN_SHUT is set.
 * Ownership.  The receiving socket owns the queue and the marks. The sender has a reference to the
 *   receiver, u->peer.
 * Locks.  The receiver's lock around every transfer, user copies included; it is not held while
 *   waiting. Threads that wait read the queue's numbers and inbound without a lock.
 * Cost.  One byte through: about 130 instructions on each side, without system call and switch. The
 *   limit is in pages: a queue has as many pages as fit into the sender's SO_SNDBUF, full or not.
 * Tests.  unix_stream_test.c; tests/guest/socket/socket_stream.c, socket_rights.c, socket_creds.c.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "core/fast_path.h"
#include "ipc/unix/unix_socket.h"
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

/* May the next bytes be in one page with the last ones (S2, S3)? */
static bool stream_may_append(const struct page_queue *q, const struct unix_ancillary *along)
{
	return !along->rights && !page_queue_is_empty(q) &&
	       unix_same_credentials(along, q->last->queue_mark);
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

/* Fill one more page and queue it: the bytes, -EFAULT, -ENOMEM. */
static ssize_t stream_fill_page(struct stream_send *p) REQUIRES(p->to->lock)
{
	struct unix_ancillary *along;
	ssize_t n;

	if (stream_page_along(p, &along))
		return -ENOMEM;
	n = page_queue_fill(&p->to->stream, &p->to->lock, p->uio, along);
	if (n < 0)
		kfree(along);
	else
		p->ancillary.rights = NULL; /* the page owns them now */
	return n;
}

/*
 * Queue what fits. 0: all of it; -EAGAIN: the queue is full; -EPIPE, -EFAULT, -ENOMEM.
 */
static int stream_put(struct stream_send *p) REQUIRES(p->to->lock)
{
	struct page_queue *q = &p->to->stream;
	size_t before = p->uio->left_bytes;
	bool with_rights = p->ancillary.rights;
	ssize_t n = 0;

	assert_mutex_held(&p->to->lock);
	if (p->to->inbound & UNIX_IN_SHUT)
		return -EPIPE; /* S4 */
	if (stream_may_append(q, &p->ancillary))
		n = page_queue_append(q, &p->to->lock, p->uio, before);
	while (n >= 0 && p->uio->left_bytes) {
		if (q->nr_pages >= p->page_limit) {
			n = -EAGAIN;
			break;
		}
		n = stream_fill_page(p);
	}
	if (with_rights && !p->ancillary.rights)
		q->last->queue_end |= PAGE_QUEUE_CLOSED; /* S2 */
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
 * Fast path of a write of at most a page without ancillary data, which fits in the last page if
 * that has none either, or the queue is empty and has a spare page. Returns the bytes, -EFAULT, or
 * 0 to request the slow path.
 */
static ssize_t stream_put_fast(struct unix_socket *u, struct unix_socket *to, struct uio *uio)
{
	ssize_t n = 0;

	if (!fast_path_is_on(FAST_PATH_stream) || uio->left_bytes > PAGE_SIZE ||
	    !mutex_trylock(&to->lock))
		return 0;
	if (!to->inbound && !socket_option(&u->socket, SO_PASSCRED))
		n = page_queue_put_fast(&to->stream, &to->lock, uio);
	/* POINT OF NO RETURN, if anything was copied */
	mutex_unlock(&to->lock);
	if (n > 0)
		waitq_wake_key(&to->readers, POLLIN | POLLRDNORM, false);
	return n;
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
	bool some = !page_queue_is_empty(&u->stream);
	struct page *page;

	assert_mutex_held(&u->lock);
	for (page = u->stream.first; page; page = page->link) {
		struct unix_ancillary *along = page->queue_mark;

		if (along && along->rights)
			unix_rights_discard(along->rights);
		kfree(along);
	}
	page_queue_purge(&u->stream, &u->lock);
	return some;
}

void unix_stream_visit(struct unix_socket *u, void (*visit)(struct unix_ancillary *ancillary))
{
	struct page *page;

	assert_mutex_held(&u->lock);
	for (page = u->stream.first; page; page = page->link)
		if (page->queue_mark)
			visit(page->queue_mark);
}
