// SPDX-License-Identifier: MIT
/*
 * unix_stream.c -- the bytes of stream sockets.
 *
 * Idea.  What has arrived at a socket is a list of pages, each with the number of bytes in it. A
 *   sender adds to the last page while its bytes fit, so that many small messages share pages; the
 *   receiver empties the first. A page that was emptied is kept for the next message: two that
 *   ping-pong allocate nothing. Descriptors and credentials hang at the page with the first of
 *   their bytes; a page may say that nothing more is read together with it.
 * Invariants.
 *   S1  A page in the queue has at least one byte left. Its struct page says how many bytes it was
 *       given (flags), what goes along (owner), and where it stands (node).
 *   S2  Bytes with descriptors begin a page, and the message's last page (as far as it was placed
 *       in one go) is marked PAGE_BARRIER: who has taken the descriptors takes no more than that.
 *   S3  Bytes with credentials stand in other pages than bytes without, or with others.
 *   S4  Once UNIX_IN_SHUT is set nothing is added.
 * Ownership.  The receiving socket owns the pages; the sender holds the receiver by u->peer.
 * Locks.  The receiver's lock around every transfer, user copies included; it is not held while
 *   waiting. Sleepers look at queue, nr_queued and inbound without it.
 * Cost.  One byte through: about 130 instructions a side, without system call and switch. Limits
 *   are in pages: a socket holds as many as the sender's SO_SNDBUF has, the last not full.
 * Tests.  tests/guest/socket/socket_stream.c, socket_rights.c, socket_creds.c.
 */
#include "core/errno.h"
#include "ipc/unix/unix_socket.h"
#include "mm/kmalloc.h"
#include "vfs/vfs_context.h"
#include "vm/user_copy.h"

#include <asm/poll.h>
#include <asm/signal.h>
#include <asm/socket.h>

#define PAGE_BARRIER 0x8000U
#define PAGE_LENGTH 0x1fffU

static u32 page_length(const struct page *page)
{
	return page->flags & PAGE_LENGTH;
}

static struct unix_ancillary *page_ancillary(const struct page *page)
{
	return page->owner;
}

static struct page *first_page(const struct unix_socket *u)
{
	return list_first_entry(&u->queue, struct page, node);
}

static bool stream_is_empty(const struct unix_socket *u)
{
	return READ_ONCE(u->queue.next) == &u->queue;
}

static u32 inbound(const struct unix_socket *u)
{
	return __atomic_load_n(&u->inbound, __ATOMIC_ACQUIRE);
}

/* The first page is empty, or no longer wanted. Its ancillary has been dealt with. */
static void drop_first(struct unix_socket *u, struct page *page)
{
	list_remove(&page->node);
	page->owner = NULL;
	page->flags = 0;
	u->first_offset = 0;
	WRITE_ONCE(u->nr_queued, u->nr_queued - 1);
	if (u->spare)
		page_put(page);
	else
		u->spare = page;
}

/* @nr pages were there before the receiver took some: does that make room for a sender who waits?
 * The sender waits only when more than a quarter is in use. */
static void wake_senders(struct unix_socket *u, u32 nr_before)
{
	struct unix_socket *peer = u->peer;

	if ((u64)nr_before * PAGE_SIZE * 4 > READ_ONCE(peer->socket.send_limit_bytes) &&
	    unix_stream_has_room(peer, u))
		waitq_wake_key(&peer->writers, POLLOUT | POLLWRNORM | POLLWRBAND, false);
}

/* ------------------------------------------------------------------ receiving */

/* One call's receiving as it goes. */
struct taking {
	struct socket_message *message;
	struct unix_ancillary got; /* for the receiver */
	bool with_credentials;	   /* got's decide what else may be read together: S3 */
	bool peeks, stops;
	int error;
};

static bool same_credentials(const struct unix_ancillary *got, const struct unix_ancillary *here)
{
	if (!here || !here->has_credentials)
		return !got->has_credentials;
	return got->has_credentials && here->credentials.pid == got->credentials.pid &&
	       here->credentials.uid == got->credentials.uid &&
	       here->credentials.gid == got->credentials.gid;
}

/* May @page's bytes be read together with what was read so far? */
static bool may_take(struct unix_socket *u, struct taking *t, const struct page *page)
{
	const struct unix_ancillary *here = page_ancillary(page);

	if (t->with_credentials)
		return same_credentials(&t->got, here);
	if (socket_option(&u->socket, SO_PASSCRED)) {
		t->with_credentials = true;
		if (here) {
			t->got.has_credentials = here->has_credentials;
			t->got.credentials = here->credentials;
		}
	}
	return true;
}

/* What hangs at @page becomes the receiver's. */
static void take_ancillary(struct taking *t, struct page *page)
{
	struct unix_ancillary *here = page_ancillary(page);

	if (!here || !here->rights)
		return;
	if (t->peeks) {
		t->got.rights = unix_rights_copy(here->rights);
		if (!t->got.rights)
			t->error = -ENOMEM;
	} else {
		t->got.rights = here->rights;
		here->rights = NULL;
	}
}

/* Take from one page: false when nothing more can be taken. Locks: u->lock. */
static bool take_page(struct unix_socket *u, struct taking *t, struct page *page, u32 offset,
		      size_t *total)
{
	struct uio *uio = t->message->uio;
	size_t part = min((size_t)(page_length(page) - offset), uio->left_bytes), copied;
	bool all = part == page_length(page) - offset, barrier;

	copied = uio_copy_in(uio, (u8 *)page_to_virt(page) + offset, part);
	*total += copied;
	if (copied < part)
		t->error = -EFAULT;
	if (copied || !part)
		take_ancillary(t, page);
	barrier = (page->flags & PAGE_BARRIER) && t->got.rights;
	if (t->peeks)
		return copied == part && all && !barrier && !t->error;
	u->queued_bytes -= copied;
	if (copied < part || !all) {
		u->first_offset = offset + (u32)copied;
		return false;
	}
	kfree(page_ancillary(page));
	drop_first(u, page);
	if (barrier)
		t->stops = true;
	return !barrier;
}

/* Take what is there: the bytes. Locks: u->lock. */
static size_t take(struct unix_socket *u, struct taking *t)
{
	u32 offset = u->first_offset;
	struct page *page, *next;
	size_t total = 0;

	list_for_each_entry_safe(page, next, &u->queue, node) {
		if (total && !t->message->uio->left_bytes)
			break; /* what hangs at a page goes with the first of its bytes */
		if (!may_take(u, t, page)) {
			t->stops = true;
			break;
		}
		if (!take_page(u, t, page, offset, &total))
			break;
		offset = 0;
	}
	return total;
}

/*
 * The usual read: bytes without anything along, and one page's are all that is wanted or all there
 * is. The bytes, or 0: nothing was done, take the long way.
 */
static ssize_t take_fast(struct unix_socket *u, struct uio *uio)
{
	struct page *page;
	size_t left, copied;
	u32 nr;

	if (stream_is_empty(u) || !mutex_trylock(&u->lock))
		return 0;
	nr = u->nr_queued;
	page = nr ? first_page(u) : NULL;
	left = nr ? page_length(page) - u->first_offset : 0;
	if (!nr || page->owner || (nr > 1 && left < uio->left_bytes)) {
		mutex_unlock(&u->lock);
		return 0;
	}
	copied = uio_copy_in(uio, (u8 *)page_to_virt(page) + u->first_offset,
			     min(left, uio->left_bytes));
	u->first_offset += (u32)copied;
	u->queued_bytes -= copied;
	if (copied == left)
		drop_first(u, page);
	mutex_unlock(&u->lock);
	if (copied == left)
		wake_senders(u, nr);
	return (ssize_t)copied;
}

/* Sleep until more than @seen bytes are there, or nothing more comes. */
static int wait_arrival(struct unix_socket *u, u64 seen, u64 deadline)
{
	int err = WAIT_EVENT(&u->readers,
			     READ_ONCE(u->queued_bytes) > seen || (inbound(u) & UNIX_IN_SHUT) ||
				     READ_ONCE(u->socket.error),
			     deadline);

	return socket_wait_error(err, deadline);
}

static size_t take_locked(struct unix_socket *u, struct taking *t)
{
	u32 nr_before;
	bool dropped;
	size_t n;

	mutex_lock(&u->lock);
	nr_before = u->nr_queued;
	n = take(u, t);
	dropped = u->nr_queued != nr_before;
	mutex_unlock(&u->lock);
	if (t->got.rights) {
		t->stops = true;
		if (t->peeks) /* before a descriptor leads to them: unix_flight.c F2 */
			unix_flight_wait();
		else
			unix_rights_land(t->got.rights);
	}
	if (dropped)
		wake_senders(u, nr_before);
	return n;
}

/* Take until at least @low bytes are there, as recv(2) says: count or error. */
static ssize_t receive(struct unix_socket *u, struct taking *t, size_t low)
{
	u64 deadline = 0;
	ssize_t total = 0;

	for (;;) {
		/* Before the look at the queue: what the last sender left is then seen. */
		bool ended = inbound(u) & UNIX_IN_SHUT;
		u64 seen = 0;
		int err;

		if (!t->peeks || ended || READ_ONCE(u->queued_bytes) >= low ||
		    t->message->flags & MSG_DONTWAIT)
			total += (ssize_t)take_locked(u, t);
		else
			seen = READ_ONCE(u->queued_bytes);
		if (t->error || t->stops || (size_t)total >= low || (total && t->peeks))
			return total ? total : t->error;
		if (!t->message->uio->left_bytes && !stream_is_empty(u))
			return total;
		err = socket_take_error(&u->socket);
		if (!err && ended)
			return total;
		if (!err && t->message->flags & MSG_DONTWAIT)
			err = -EAGAIN;
		if (!err && !deadline)
			deadline = socket_deadline(u->socket.receive_timeout_ns);
		if (!err)
			err = wait_arrival(u, seen, deadline);
		if (err)
			return total ? total : err;
	}
}

ssize_t unix_stream_receive(struct socket *socket, struct socket_message *message)
{
	struct taking t = {.message = message, .peeks = message->flags & MSG_PEEK};
	struct unix_socket *u = unix_of(socket);
	size_t len = message->uio->left_bytes, low;
	ssize_t n;

	if (READ_ONCE(u->state) != UNIX_CONNECTED)
		return -EINVAL;
	if (message->flags & MSG_OOB)
		return -EOPNOTSUPP;
	low = message->flags & MSG_WAITALL ? len : min(len, (size_t)socket->receive_low_bytes);
	n = receive(u, &t, low ? low : 1);
	if (n >= 0) {
		if (message->address)
			unix_copy_name(u->peer, message->address);
		unix_ancillary_deliver(message, &t.got, t.with_credentials);
	} else {
		unix_ancillary_end(&t.got);
	}
	return n;
}

ssize_t unix_stream_read(struct file *file, struct uio *uio, u64 *pos)
{
	struct socket_message message = {.uio = uio};
	struct unix_socket *u = file->data;
	ssize_t n;

	if (!uio->left_bytes)
		return 0;
	if (READ_ONCE(u->socket.receive_low_bytes) <= 1) {
		n = take_fast(u, uio);
		if (n)
			return n;
	}
	if (READ_ONCE(file->flags) & O_NONBLOCK)
		message.flags = MSG_DONTWAIT;
	/* Before it costs anything more: mostly there is just nothing yet. */
	else if (stream_is_empty(u) && READ_ONCE(u->state) == UNIX_CONNECTED &&
		 u->socket.receive_low_bytes <= 1 && !u->socket.receive_timeout_ns) {
		int err = wait_arrival(u, 0, DEADLINE_NEVER);

		if (err)
			return err;
		n = take_fast(u, uio);
		if (n)
			return n;
	}
	return unix_stream_receive(&u->socket, &message);
}

/* ------------------------------------------------------------------ sending */

/* One call's sending as it goes. */
struct putting {
	struct unix_socket *to;
	struct uio *uio;
	struct unix_ancillary along; /* rights go with the first byte, credentials with each */
	u32 page_limit;
	ssize_t total;
};

/* The last page, if the next bytes may stand in it, too: S2, S3. Else NULL. */
static struct page *open_page(const struct unix_socket *to, const struct unix_ancillary *along)
{
	struct page *page;

	if (list_is_empty(&to->queue) || along->rights)
		return NULL;
	page = list_last_entry(&to->queue, struct page, node);
	if (page->flags & PAGE_BARRIER || !same_credentials(along, page_ancillary(page)))
		return NULL;
	return page;
}

/* Add all the bytes to the last page when they fit there: the bytes, 0, -EFAULT. */
static ssize_t append(struct putting *p)
{
	struct page *page = open_page(p->to, &p->along);
	size_t len = p->uio->left_bytes, copied;

	if (!page || len > PAGE_SIZE - page_length(page))
		return 0;
	copied = uio_copy_out(p->uio, (u8 *)page_to_virt(page) + page_length(page), len);
	page->flags = (u16)(page->flags + copied);
	p->to->queued_bytes += copied;
	return copied ? (ssize_t)copied : -EFAULT;
}

/* What is to hang at the next page: 0, -ENOMEM. */
static int page_along(struct putting *p, struct unix_ancillary **out)
{
	*out = NULL;
	if (likely(!p->along.rights && !p->along.has_credentials))
		return 0;
	*out = kmalloc(sizeof(**out), 0);
	if (!*out)
		return -ENOMEM;
	**out = p->along;
	return 0;
}

static void queue_page(struct unix_socket *to, struct page *page, size_t len)
{
	page->flags = (u16)len;
	list_add_last(&to->queue, &page->node);
	WRITE_ONCE(to->nr_queued, to->nr_queued + 1);
	WRITE_ONCE(to->queued_bytes, to->queued_bytes + len);
}

/* Fill one more page: the bytes, -EFAULT, -ENOMEM. */
static ssize_t fill_page(struct putting *p)
{
	size_t part = min(p->uio->left_bytes, (size_t)PAGE_SIZE), copied;
	struct unix_socket *to = p->to;
	struct unix_ancillary *along;
	struct page *page = to->spare;

	if (page_along(p, &along))
		return -ENOMEM;
	to->spare = NULL;
	if (!page)
		page = page_alloc_one(PAGE_KERNEL | PAGE_LIMITED);
	copied = page ? uio_copy_out(p->uio, page_to_virt(page), part) : 0;
	if (!copied) {
		if (page)
			page->owner = NULL;
		to->spare = page;
		kfree(along);
		return page ? -EFAULT : -ENOMEM;
	}
	page->owner = along;	/* of a spare one it is NULL */
	p->along.rights = NULL; /* they are the page's */
	queue_page(to, page, copied);
	return (ssize_t)copied;
}

/*
 * Move what fits. 0: all went; -EAGAIN: the queue is full; -EPIPE, -EFAULT, -ENOMEM.
 * Locks: to->lock.
 */
static int put(struct putting *p)
{
	size_t before = p->uio->left_bytes;
	bool with_rights = p->along.rights;
	ssize_t n;

	if (p->to->inbound & UNIX_IN_SHUT)
		return -EPIPE;
	n = append(p);
	while (n >= 0 && p->uio->left_bytes) {
		if (p->to->nr_queued >= p->page_limit) {
			n = -EAGAIN;
			break;
		}
		n = fill_page(p);
	}
	if (with_rights && !p->along.rights)
		list_last_entry(&p->to->queue, struct page, node)->flags |= PAGE_BARRIER;
	p->total += (ssize_t)(before - p->uio->left_bytes);
	return n < 0 ? (int)n : 0;
}

static int wait_room(struct unix_socket *u, struct unix_socket *to, u64 deadline)
{
	int err = WAIT_EVENT(&u->writers,
			     unix_stream_has_room(u, to) || (inbound(to) & UNIX_IN_SHUT), deadline);

	return socket_wait_error(err, deadline);
}

static int send_all(struct unix_socket *u, struct putting *p, unsigned flags)
{
	u64 deadline = 0;
	int err;

	for (;;) {
		ssize_t before = p->total;

		/* Anew each time: wait_room goes by the limit as it is. */
		p->page_limit = max(READ_ONCE(u->socket.send_limit_bytes) >> PAGE_SHIFT, 1U);
		mutex_lock(&p->to->lock);
		if (p->to->inbound & UNIX_IN_CREDS || socket_option(&u->socket, SO_PASSCRED))
			unix_ancillary_add_credentials(&p->along);
		err = put(p);
		mutex_unlock(&p->to->lock);
		if (p->total != before)
			waitq_wake_key(&p->to->readers, POLLIN | POLLRDNORM, false);
		if (err != -EAGAIN || flags & MSG_DONTWAIT)
			return err;
		if (!deadline)
			deadline = socket_deadline(u->socket.send_timeout_ns);
		err = wait_room(u, p->to, deadline);
		if (err)
			return err;
	}
}

/* May anything be sent at all? */
static int check_send(struct unix_socket *u, const struct socket_message *message)
{
	bool connected = READ_ONCE(u->state) == UNIX_CONNECTED;

	if (message->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (message->address)
		return connected ? -EISCONN : -EOPNOTSUPP;
	if (!connected)
		return -ENOTCONN;
	return READ_ONCE(u->outbound_shut) || (inbound(u->peer) & UNIX_IN_SHUT) ? -EPIPE : 0;
}

ssize_t unix_stream_send(struct socket *socket, struct socket_message *message)
{
	struct unix_socket *u = unix_of(socket);
	struct putting p = {.uio = message->uio};
	int err = unix_ancillary_build(message, &p.along);

	if (err)
		return err;
	err = check_send(u, message);
	if (!err && p.uio->left_bytes) {
		p.to = u->peer;
		err = send_all(u, &p, message->flags);
	}
	unix_ancillary_end(&p.along);
	if (p.total)
		return p.total;
	if (err == -EPIPE && !(message->flags & MSG_NOSIGNAL))
		vfs_send_signal(SIGPIPE);
	return err;
}

/*
 * The usual write: into an empty queue, at most a page, which is at hand, and nothing along. The
 * bytes, or 0: nothing was done, take the long way.
 */
static ssize_t put_fast(struct unix_socket *u, struct unix_socket *to, struct uio *uio)
{
	size_t len = uio->left_bytes, copied;
	struct page *page;

	if (len > PAGE_SIZE || !mutex_trylock(&to->lock))
		return 0;
	page = to->spare;
	if (to->nr_queued || !page || to->inbound || socket_option(&u->socket, SO_PASSCRED)) {
		mutex_unlock(&to->lock);
		return 0;
	}
	copied = uio_copy_out(uio, page_to_virt(page), len);
	if (copied) {
		to->spare = NULL;
		queue_page(to, page, copied);
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

	/* Pairs with unix_connect.c:connect_to: who sees the peer sees what it points to. */
	struct unix_socket *to = __atomic_load_n(&u->peer, __ATOMIC_ACQUIRE);

	if (likely(to && uio->left_bytes)) {
		n = put_fast(u, to, uio);
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

	list_for_each_entry_safe(page, next, &u->queue, node) {
		struct unix_ancillary *along = page_ancillary(page);

		if (along && along->rights)
			unix_rights_discard(along->rights);
		kfree(along);
		drop_first(u, page);
	}
	WRITE_ONCE(u->queued_bytes, 0);
	if (u->spare)
		page_put(u->spare);
	u->spare = NULL;
	return some;
}

void unix_stream_visit(struct unix_socket *u, void (*visit)(struct unix_ancillary *ancillary))
{
	struct page *page;

	list_for_each_entry(page, &u->queue, node)
		if (page->owner)
			visit(page->owner);
}
