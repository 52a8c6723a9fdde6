// SPDX-License-Identifier: MIT
/*
 * unix_packet.c -- messages with boundaries: SOCK_DGRAM and SOCK_SEQPACKET.
 *
 * Idea.  A packet is one object: its sender, its ancillary data, and its bytes, which follow the
 *   object or, if they are many, are in pages. A packet is filled before any lock is taken, and is
 *   read after it has left the queue (unless it is only peeked at).
 * Invariants.
 *   D1  A packet counts in its sender's sent_bytes from its queueing until it is freed. A sender
 *       waits while sent_bytes is not below its SO_SNDBUF.
 *   D2  A datagram socket takes no packet of a sender that is not its peer while it has more than
 *       max_backlog packets.
 *   D3  A datagram socket that has a peer takes packets from that peer only. This is checked under
 *       its lock, and packets of a former peer are dropped when the peer changes.
 * Ownership.  The queue owns its packets; a packet has a reference to its sender.
 * Locks.  The receiver's lock around the queue.
 * Tests.  unix_packet_test.c; tests/guest/socket/socket_dgram.c, socket_seqpacket.c.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "ipc/unix/unix_connect.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "vm/user_copy.h"

#include <asm/poll.h>
#include <asm/socket.h>

#define INLINE_MAX 1536U /* bytes that may follow the packet itself */

struct SHARED unix_packet {
	struct list_node node;		 /* [socket] of the receiver's queue */
	struct unix_socket *sender;	 /* [I] referenced */
	struct unix_ancillary ancillary; /* [socket] */
	struct list_node pages;		 /* [I] of a long one */
	u32 len;			 /* [I] bytes */
	u32 charge;			 /* [I] its part of sent_bytes: D1 */
	u8 bytes[];			 /* [I] of a short one */
};

/* ---- packets ---- */

static void packet_free(struct unix_packet *p)
{
	struct unix_socket *sender = p->sender;
	struct list_node *node;

	while ((node = list_pop_first(&p->pages)))
		page_put(list_entry(node, struct page, node));
	if (p->ancillary.rights)
		unix_rights_discard(p->ancillary.rights);
	if (sender) {
		debug_assert(READ_ONCE(sender->sent_bytes) >= p->charge); /* D1 */
		__atomic_fetch_sub(&sender->sent_bytes, p->charge, __ATOMIC_RELAXED);
		if (unix_packet_has_room(sender)) /* else none that waits could go on */
			waitq_wake_key(&sender->writers, POLLOUT | POLLWRNORM | POLLWRBAND, false);
		unix_put(sender);
	}
	kfree(p);
}

void unix_packet_free_all(struct list_node *removed)
{
	struct list_node *node;

	while ((node = list_pop_first(removed)))
		packet_free(list_entry(node, struct unix_packet, node));
}

bool unix_packet_purge(struct unix_socket *u, struct list_node *removed)
{
	bool some = !list_is_empty(&u->packets);

	assert_mutex_held(&u->lock);
	list_splice_last(removed, &u->packets);
	WRITE_ONCE(u->nr_packets, 0);
	WRITE_ONCE(u->packet_bytes, 0);
	return some;
}

void unix_packet_visit(struct unix_socket *u, void (*visit)(struct unix_ancillary *ancillary))
{
	struct unix_packet *p;

	assert_mutex_held(&u->lock);
	list_for_each_entry(p, &u->packets, node)
		visit(&p->ancillary);
}

u32 unix_packet_first_len(struct unix_socket *u)
{
	u32 len = 0;

	mutex_lock(&u->lock);
	if (!list_is_empty(&u->packets))
		len = list_first_entry(&u->packets, struct unix_packet, node)->len;
	mutex_unlock(&u->lock);
	return len;
}

static int packet_fill_pages(struct unix_packet *p, struct uio *uio)
{
	for (u32 left = p->len; left;) {
		u32 part = min(left, (u32)PAGE_SIZE);
		struct page *page = page_alloc_one(PAGE_KERNEL | PAGE_LIMITED);

		if (!page)
			return -ENOMEM;
		list_add_last(&p->pages, &page->node);
		if (uio_copy_out(uio, page_to_virt(page), part) < part)
			return -EFAULT;
		left -= part;
	}
	return 0;
}

/* A packet with the bytes of @uio: 0, -ENOMEM, -EFAULT. */
static int packet_create(struct uio *uio, struct unix_packet **out)
{
	u32 len = (u32)uio->left_bytes, inside = len <= INLINE_MAX ? len : 0;
	struct unix_packet *p = kmalloc(sizeof(*p) + inside, 0);
	int err = 0;

	if (!p)
		return -ENOMEM;
	memset(p, 0, sizeof(*p));
	list_init(&p->pages);
	p->len = len;
	p->charge = (u32)sizeof(*p) + (inside ? inside : align_up(len, (u32)PAGE_SIZE));
	if (!inside)
		err = packet_fill_pages(p, uio);
	else if (uio_copy_out(uio, p->bytes, len) < len)
		err = -EFAULT;
	if (err) {
		packet_free(p);
		return err;
	}
	*out = p;
	return 0;
}

/* Copy the bytes of @p to @uio, as many as fit: their number, -EFAULT. */
static ssize_t packet_read(const struct unix_packet *p, struct uio *uio)
{
	size_t len = min((size_t)p->len, uio->left_bytes), done = 0;
	struct page *page;

	debug_assert((p->len > INLINE_MAX) == !list_is_empty(&p->pages));
	if (p->len <= INLINE_MAX)
		return uio_copy_in(uio, p->bytes, len) == len ? (ssize_t)len : -EFAULT;
	list_for_each_entry(page, &p->pages, node) {
		size_t part = min(len - done, (size_t)PAGE_SIZE);

		if (uio_copy_in(uio, page_to_virt(page), part) < part)
			return -EFAULT;
		done += part;
	}
	return (ssize_t)len;
}

/* ---- sending ---- */

/*
 * Wait until the sender may queue one more packet (D1): 0, -EAGAIN, -EPIPE, -EINTR, -ERESTARTSYS.
 */
static int wait_own_room(struct unix_socket *u, unsigned flags, u64 deadline)
{
	u32 limit = READ_ONCE(u->socket.send_limit_bytes);
	int err;

	if (likely(READ_ONCE(u->sent_bytes) < limit))
		return 0;
	if (flags & MSG_DONTWAIT)
		return -EAGAIN;
	err = WAIT_EVENT(&u->writers, unix_packet_has_room(u) || READ_ONCE(u->outbound_shut),
			 deadline);
	if (!err && READ_ONCE(u->outbound_shut))
		return -EPIPE;
	return socket_wait_error(err, deadline);
}

/* D2: does @to take no more packets from @u now? */
static bool is_full_for(const struct unix_socket *u, const struct unix_socket *to)
{
	return u->socket.type == SOCK_DGRAM && READ_ONCE(to->nr_packets) > to->max_backlog &&
	       READ_ONCE(to->peer) != u;
}

/* Add @p to the queue of @to: 0, -EAGAIN (full), -EPERM, -EPIPE, -ECONNREFUSED (dead). */
static int packet_enqueue(struct unix_socket *u, struct unix_socket *to, struct unix_packet *p)
{
	int err = 0;

	mutex_lock(&to->lock);
	if (to->inbound & UNIX_IN_DEAD)
		err = u->socket.type == SOCK_DGRAM ? -ECONNREFUSED : -EPIPE;
	else if (to->inbound & UNIX_IN_SHUT)
		err = -EPIPE;
	else if (u->socket.type == SOCK_DGRAM && !unix_may_send(u, to)) /* D3 */
		err = -EPERM;
	else if (is_full_for(u, to))
		err = -EAGAIN;
	if (!err) {
		debug_assert(!p->sender && u->socket.type == to->socket.type);
		if (to->inbound & UNIX_IN_CREDS || socket_option(&u->socket, SO_PASSCRED))
			unix_ancillary_add_credentials(&p->ancillary);
		p->sender = u;
		unix_get(u);
		__atomic_fetch_add(&u->sent_bytes, p->charge, __ATOMIC_RELAXED);
		list_add_last(&to->packets, &p->node);
		WRITE_ONCE(to->nr_packets, to->nr_packets + 1);
		WRITE_ONCE(to->packet_bytes, to->packet_bytes + p->len);
	}
	mutex_unlock(&to->lock);
	if (!err)
		waitq_wake_key(&to->readers, POLLIN | POLLRDNORM, false);
	return err;
}

/* Add @p to the queue of @to; wait for room unless @flags has MSG_DONTWAIT. */
static int packet_deliver(struct unix_socket *u, struct unix_socket *to, struct unix_packet *p,
			  unsigned flags, u64 deadline)
{
	int err;

	for (;;) {
		err = packet_enqueue(u, to, p);
		if (err != -EAGAIN || flags & MSG_DONTWAIT)
			return err;
		err = WAIT_EVENT(&to->senders,
				 !is_full_for(u, to) || READ_ONCE(to->inbound) & UNIX_IN_SHUT,
				 deadline);
		if (err)
			return socket_wait_error(err, deadline);
	}
}

/* The socket to which the message goes, with a reference: 0 or error. */
static int packet_find_target(struct unix_socket *u, const struct socket_message *message,
			      struct unix_socket **out)
{
	if (u->socket.type == SOCK_SEQPACKET || !message->address) {
		*out = unix_peer_get(u);
		return *out ? 0 : -ENOTCONN;
	}
	return unix_name_lookup(message->address, u->socket.type, out);
}

static int send_packet(struct unix_socket *u, struct socket_message *message, struct unix_packet *p,
		       u64 deadline)
{
	struct unix_socket *to;
	int err = packet_find_target(u, message, &to);

	if (err)
		return err;
	err = packet_deliver(u, to, p, message->flags, deadline);
	if (err == -ECONNREFUSED)
		unix_datagram_forget(u, to);
	unix_put(to);
	return err;
}

static int packet_check_send(struct unix_socket *u, const struct socket_message *message)
{
	size_t len = message->uio->left_bytes;

	if (message->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (READ_ONCE(u->state) != UNIX_CONNECTED &&
	    (u->socket.type == SOCK_SEQPACKET || !message->address))
		return -ENOTCONN;
	if (len > (size_t)READ_ONCE(u->socket.send_limit_bytes) - 32)
		return -EMSGSIZE;
	if (READ_ONCE(u->outbound_shut))
		return -EPIPE;
	return socket_option(&u->socket, SO_PASSCRED) ? unix_autobind(u) : 0;
}

ssize_t unix_packet_send(struct socket *socket, struct socket_message *message)
{
	struct unix_socket *u = unix_of(socket);
	size_t len = message->uio->left_bytes;
	struct unix_ancillary along;
	struct unix_packet *p = NULL;
	u64 deadline;
	int err = unix_ancillary_build(message, &along);

	if (err)
		return err;
	deadline = message->flags & MSG_DONTWAIT ? 0 : socket_deadline(socket->send_timeout_ns);
	err = packet_check_send(u, message);
	if (!err)
		err = wait_own_room(u, message->flags, deadline);
	if (!err)
		err = packet_create(message->uio, &p);
	if (!err) {
		p->ancillary = along;
		err = send_packet(u, message, p, deadline);
		if (!err)
			return (ssize_t)len;
		p->ancillary.rights = NULL;
		packet_free(p);
	}
	unix_ancillary_end(&along);
	return err;
}

ssize_t unix_packet_write(struct file *file, struct uio *uio, u64 *pos)
{
	struct socket_message message = {
		.uio = uio,
		.flags = READ_ONCE(file->flags) & O_NONBLOCK ? MSG_DONTWAIT : 0,
	};

	return unix_packet_send(file->data, &message);
}

/* ---- receiving ---- */

/* @u's queue has room again. Locks: none held. */
static void packet_wake_senders(struct unix_socket *u)
{
	waitq_wake_key(&u->senders, POLLOUT | POLLWRNORM | POLLWRBAND, false);
	unix_wake_followers(u);
}

/* Take the first packet from the queue; NULL: the queue is empty. */
static struct unix_packet *packet_dequeue(struct unix_socket *u)
{
	struct unix_packet *p = NULL;
	struct list_node *node;
	bool was_full = false;

	mutex_lock(&u->lock);
	node = list_pop_first(&u->packets);
	if (node) {
		p = list_entry(node, struct unix_packet, node);
		debug_assert(u->nr_packets && u->packet_bytes >= p->len);
		was_full = u->nr_packets > u->max_backlog;
		WRITE_ONCE(u->nr_packets, u->nr_packets - 1);
		WRITE_ONCE(u->packet_bytes, u->packet_bytes - p->len);
	}
	mutex_unlock(&u->lock);
	if (was_full && u->socket.type == SOCK_DGRAM)
		packet_wake_senders(u);
	return p;
}

/*
 * Fill in the sender's address and the flags of a message of which @n bytes were copied. Returns
 * what the call returns.
 */
static ssize_t packet_describe(struct socket_message *message, const struct unix_packet *p,
			       ssize_t n)
{
	if (n < 0)
		return n;
	if (message->address)
		unix_copy_name(p->sender, message->address);
	if ((size_t)n < p->len)
		message->flags_out |= MSG_TRUNC;
	return message->flags & MSG_TRUNC ? (ssize_t)p->len : n;
}

/* Receive the first packet: its bytes or error; -EAGAIN: the queue is empty. */
static ssize_t packet_take(struct unix_socket *u, struct socket_message *message,
			   struct unix_ancillary *got)
{
	struct unix_packet *p = packet_dequeue(u);
	ssize_t n;

	if (!p)
		return -EAGAIN;
	n = packet_describe(message, p, packet_read(p, message->uio));
	*got = p->ancillary;
	p->ancillary.rights = NULL;
	if (got->rights)
		unix_rights_land(got->rights);
	packet_free(p);
	return n;
}

/* The same; the packet stays in the queue. */
static ssize_t packet_peek(struct unix_socket *u, struct socket_message *message,
			   struct unix_ancillary *got)
{
	struct unix_packet *p;
	ssize_t n = -EAGAIN;

	mutex_lock(&u->lock);
	if (!list_is_empty(&u->packets)) {
		p = list_first_entry(&u->packets, struct unix_packet, node);
		n = packet_describe(message, p, packet_read(p, message->uio));
		*got = p->ancillary;
		if (got->rights) {
			got->rights = unix_rights_copy(got->rights);
			if (!got->rights)
				n = -ENOMEM;
		}
	}
	mutex_unlock(&u->lock);
	if (got->rights)
		unix_rights_peeked(got->rights); /* before they get descriptors: unix_flight.c F2 */
	return n;
}

static ssize_t packet_receive(struct unix_socket *u, struct socket_message *message,
			      struct unix_ancillary *got)
{
	u64 deadline = 0;

	for (;;) {
		/* Read before the queue: then the last sender's packet is not missed. */
		bool ended = unix_inbound(u) & UNIX_IN_SHUT;
		ssize_t n = message->flags & MSG_PEEK ? packet_peek(u, message, got)
						      : packet_take(u, message, got);

		if (n != -EAGAIN)
			return n;
		n = socket_take_error(&u->socket);
		if (n)
			return n;
		if (ended)
			return 0;
		if (message->flags & MSG_DONTWAIT)
			return -EAGAIN;
		if (!deadline)
			deadline = socket_deadline(u->socket.receive_timeout_ns);
		n = WAIT_EVENT(&u->readers,
			       READ_ONCE(u->packets.next) != &u->packets ||
				       READ_ONCE(u->inbound) & UNIX_IN_SHUT ||
				       READ_ONCE(u->socket.error),
			       deadline);
		if (n)
			return socket_wait_error((int)n, deadline);
	}
}

ssize_t unix_packet_receive(struct socket *socket, struct socket_message *message)
{
	struct unix_ancillary got = {.rights = NULL};
	struct unix_socket *u = unix_of(socket);
	ssize_t n;

	if (message->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (socket->type == SOCK_SEQPACKET && READ_ONCE(u->state) != UNIX_CONNECTED)
		return -ENOTCONN;
	if (message->address)
		message->address->len = 0;
	n = packet_receive(u, message, &got);
	if (n < 0) {
		unix_ancillary_end(&got);
		return n;
	}
	if (socket->type == SOCK_SEQPACKET && n > 0)
		message->flags_out |= MSG_EOR;
	unix_ancillary_deliver(message, &got, socket_option(socket, SO_PASSCRED));
	return n;
}

ssize_t unix_packet_read(struct file *file, struct uio *uio, u64 *pos)
{
	struct socket_message message = {
		.uio = uio,
		.flags = READ_ONCE(file->flags) & O_NONBLOCK ? MSG_DONTWAIT : 0,
	};

	return uio->left_bytes ? unix_packet_receive(file->data, &message) : 0;
}
