// SPDX-License-Identifier: MIT
/*
 * unix_connect.c -- listen, connect, accept, pairs, peers of datagram sockets.
 *
 * Idea.  A connection is made in one section under unix_names: both ends point to each other and
 *   get their peer's credentials, and the new end enters the listener's backlog. So under the lock
 *   there is no half of a connection. The new end is allocated before, and thrown away if there is
 *   no connection. accept gives the first of the backlog a file. A datagram socket may change its
 *   peer. Pollers of datagram sockets that wait for room in their peer's queue are the peer's
 *   followers: it wakes them when it has taken packets.
 * Invariants.  U1 and U3 of unix_socket.c.
 *   N1  A connection is in the backlog exactly while it counts in nr_backlog; it is added only
 *       while nr_backlog is at most max_backlog, one more than was asked for, as on Linux.
 *   N2  follower_node is in the list of the socket's peer, or in one that unix_wake_followers has
 *       taken from it. A change of the peer takes it out.
 * Ownership.  A backlog owns the reference of its sockets until accept hands it to the file.
 * Locks.  unix_names for all that changes here; it is not held while a thread waits, and
 *   credentials and sockets are put after it. A socket that is looked at during a wait is
 *   referenced. c->lock while a new connection gets its file.
 * Cost.  All connections of all sockets take the one lock, for a few dozen instructions. Waking
 *   followers takes it once for each.
 * Tests.  tests/guest/socket/socket_connect.c, socket_peers.c, socket_creds.c, socket_storm.c.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "ipc/unix/unix_connect.h"
#include "lib/refcount.h"
#include "vfs/cred.h"

#include <asm/poll.h>
#include <asm/socket.h>

/*
 * Set the credentials that SO_PEERCRED shows. Returns the former ones, for the caller to cred_put
 * after it drops the lock. Locks: unix_names held, unless the socket is new.
 */
static const struct cred *set_peer_cred(struct unix_socket *u, const struct cred *cred, pid_t pid)
	REQUIRES(unix_names)
{
	const struct cred *old = u->peer_cred;

	assert_spin_held(&unix_names);
	if (cred)
		cred_get(cred);
	u->peer_cred = cred;
	u->peer_pid = pid;
	return old;
}

struct unix_socket *unix_peer_get(struct unix_socket *u)
{
	struct unix_socket *peer;

	spin_lock(&unix_names);
	peer = u->peer;
	if (peer)
		unix_get(peer);
	spin_unlock(&unix_names);
	return peer;
}

/* ---- connections ---- */

static void point_to(struct unix_socket *u, struct unix_socket *peer) REQUIRES(unix_names)
{
	assert_spin_held(&unix_names);
	debug_assert(!u->peer && u->state == UNIX_IDLE && !u->dead); /* U1 */
	debug_assert(u->socket.type == peer->socket.type && u->socket.type != SOCK_DGRAM);
	unix_get(peer);
	/* Pairs with unix_stream.c:unix_stream_write. */
	__atomic_store_n(&u->peer, peer, __ATOMIC_RELEASE);
	WRITE_ONCE(u->state, UNIX_CONNECTED);
}

int unix_listen(struct socket *socket, int backlog)
{
	struct unix_socket *u = unix_of(socket);
	const struct cred *old = NULL;
	bool more_room = false;
	int err = 0;

	spin_lock(&unix_names);
	if (!u->name || u->state == UNIX_CONNECTED) {
		err = -EINVAL;
	} else {
		u32 max = (u32)backlog > SOMAXCONN ? SOMAXCONN : (u32)backlog;

		more_room = max > u->max_backlog;
		u->max_backlog = max;
		WRITE_ONCE(u->state, UNIX_LISTENING);
		old = set_peer_cred(u, cred_current(), current_thread()->process_id);
	}
	spin_unlock(&unix_names);
	if (old)
		cred_put(old);
	if (more_room)
		waitq_wake_all(&u->senders);
	return err;
}

/*
 * Connect @u to the new socket @c and add @c to @listener's backlog: 0, -EAGAIN (the backlog is
 * full), -ECONNREFUSED, -EISCONN, -EINVAL.
 */
static int connect_to(struct unix_socket *u, struct unix_socket *listener, struct unix_socket *c)
{
	int err = 0;

	spin_lock(&unix_names);
	if (u->state != UNIX_IDLE)
		err = u->state == UNIX_CONNECTED ? -EISCONN : -EINVAL;
	else if (listener->dead || listener->state != UNIX_LISTENING ||
		 READ_ONCE(listener->inbound) & UNIX_IN_SHUT)
		err = -ECONNREFUSED;
	else if (listener->nr_backlog > listener->max_backlog)
		err = -EAGAIN;
	if (!err) {
		debug_assert(!c->socket.file && !c->name && listener->name); /* U3 */
		ignore_result(set_peer_cred(c, cred_current(), current_thread()->process_id),
			      "there were none");
		ignore_result(set_peer_cred(u, listener->peer_cred, listener->peer_pid),
			      "there were none");
		c->name = listener->name;
		refcount_get(&c->name->refs);
		point_to(c, u);
		point_to(u, c);
		list_add_last(&listener->backlog, &c->backlog_node);
		listener->nr_backlog++;
	}
	spin_unlock(&unix_names);
	return err;
}

static bool backlog_has_room(struct unix_socket *listener)
{
	return READ_ONCE(listener->nr_backlog) <= READ_ONCE(listener->max_backlog) ||
	       READ_ONCE(listener->dead) || READ_ONCE(listener->inbound) & UNIX_IN_SHUT;
}

/* Try once. After -EAGAIN *full is the listener whose backlog is full, with a reference. */
static int connect_try(struct unix_socket *u, const struct socket_address *address,
		       struct unix_socket *c, struct unix_socket **full)
{
	struct unix_socket *listener;
	int err = unix_name_lookup(address, u->socket.type, &listener);

	if (err)
		return err;
	err = connect_to(u, listener, c);
	if (err == -EAGAIN) {
		*full = listener;
		return err;
	}
	if (!err)
		waitq_wake_key(&listener->readers, POLLIN | POLLRDNORM, false);
	unix_put(listener);
	return err;
}

/* Try until the backlog has room, or the deadline passes. */
static int connect_wait(struct unix_socket *u, const struct socket_address *address,
			struct unix_socket *c, int flags)
{
	u64 deadline = socket_deadline(u->socket.send_timeout_ns);
	struct unix_socket *full = NULL;
	int err, waited = 0;

	while (!waited) {
		err = connect_try(u, address, c, &full);
		if (err != -EAGAIN)
			return err;
		if (flags & O_NONBLOCK)
			waited = -EAGAIN;
		else
			waited = WAIT_EVENT(&full->senders, backlog_has_room(full), deadline);
		unix_put(full);
	}
	return socket_wait_error(waited, deadline);
}

int unix_stream_connect(struct socket *socket, const struct socket_address *address, int flags)
{
	struct unix_socket *u = unix_of(socket), *c;
	int err = 0;

	if (socket_option(socket, SO_PASSCRED))
		err = unix_autobind(u);
	if (err)
		return err;
	c = unix_alloc(socket->type);
	if (!c)
		return -ENOMEM;
	err = connect_wait(u, address, c, flags);
	if (err)
		unix_put(c);
	return err;
}

/*
 * Take the first connection from the backlog and give it @file: 0, -EAGAIN (there is none),
 * -EINVAL.
 */
static int accept_into(struct unix_socket *u, struct file *file)
{
	struct unix_socket *c = NULL;
	struct list_node *node;
	int err = -EAGAIN;

	spin_lock(&unix_names);
	if (u->state != UNIX_LISTENING)
		err = -EINVAL;
	node = u->state == UNIX_LISTENING ? list_pop_first(&u->backlog) : NULL;
	if (node) {
		c = list_entry(node, struct unix_socket, backlog_node);
		list_init(node); /* for unix_collect.c:next_in_backlog */
		u->nr_backlog--;
	} else if (READ_ONCE(u->inbound) & UNIX_IN_SHUT) {
		err = -EINVAL;
	}
	spin_unlock(&unix_names);
	if (!c)
		return err;
	debug_assert(!c->socket.file && !c->dead && c->peer); /* U3 */
	unix_flight_accepted(c);
	mutex_lock(&c->lock);
	if (socket_option(&u->socket, SO_PASSCRED))
		__atomic_fetch_or(&c->socket.options, 1UL << SO_PASSCRED, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(&c->inbound, ~UNIX_IN_CREDS, __ATOMIC_RELAXED);
	socket_file_set(file, &c->socket);
	mutex_unlock(&c->lock);
	waitq_wake_all(&u->senders);
	return 0;
}

int unix_accept(struct socket *socket, int listener_flags, int flags, struct file **out)
{
	struct unix_socket *u = unix_of(socket);
	u64 deadline = socket_deadline(socket->receive_timeout_ns);
	struct file *file;
	int err;

	if (READ_ONCE(u->state) != UNIX_LISTENING)
		return -EINVAL;
	err = unix_file_alloc(socket->type, flags, &file);
	if (err)
		return err;
	do {
		err = accept_into(u, file);
		if (err != -EAGAIN || listener_flags & O_NONBLOCK)
			break; /* with 0: the connection has its file */
		err = WAIT_EVENT(&u->readers,
				 READ_ONCE(u->backlog.next) != &u->backlog ||
					 READ_ONCE(u->inbound) & UNIX_IN_SHUT,
				 deadline);
		err = socket_wait_error(err, deadline);
	} while (!err);
	if (err)
		file_put(file);
	else
		*out = file;
	return err;
}

/* ---- datagrams ---- */

/* unix_datagram_set_peer. */
static struct unix_socket *set_peer_locked(struct unix_socket *u, struct unix_socket *peer)
	REQUIRES(unix_names)
{
	struct unix_socket *old = u->peer;

	assert_spin_held(&unix_names);
	debug_assert(u->socket.type == SOCK_DGRAM); /* U1 */
	list_remove_init(&u->follower_node);
	__atomic_store_n(&u->peer, peer, __ATOMIC_RELEASE);
	WRITE_ONCE(u->state, peer ? UNIX_CONNECTED : UNIX_IDLE);
	return old;
}

struct unix_socket *unix_datagram_set_peer(struct unix_socket *u, struct unix_socket *peer)
{
	struct unix_socket *old;

	spin_lock(&unix_names);
	old = set_peer_locked(u, peer);
	spin_unlock(&unix_names);
	return old;
}

void unix_join(struct unix_socket *a, struct unix_socket *b)
{
	pid_t pid = current_thread()->process_id;

	spin_lock(&unix_names);
	if (a->socket.type == SOCK_DGRAM) {
		unix_get(b);
		ignore_result(set_peer_locked(a, b), "there was none");
		unix_get(a);
		ignore_result(set_peer_locked(b, a), "there was none");
	} else {
		point_to(a, b);
		point_to(b, a);
	}
	ignore_result(set_peer_cred(a, cred_current(), pid), "there were none");
	ignore_result(set_peer_cred(b, cred_current(), pid), "there were none");
	spin_unlock(&unix_names);
}

void unix_datagram_forget(struct unix_socket *u, const struct unix_socket *peer)
{
	struct unix_socket *old = NULL;

	spin_lock(&unix_names);
	if (u->peer == peer)
		old = set_peer_locked(u, NULL);
	spin_unlock(&unix_names);
	if (old)
		unix_put(old);
}

bool unix_datagram_has_room(struct unix_socket *u)
{
	struct unix_socket *peer;
	bool room;

	spin_lock(&unix_names);
	peer = u->peer;
	room = !peer || peer->peer == u || READ_ONCE(peer->nr_packets) <= peer->max_backlog;
	if (!room && !list_is_linked(&u->follower_node))
		list_add_last(&peer->followers, &u->follower_node);
	spin_unlock(&unix_names);
	return room;
}

/* Take the first of @followers from the list, with a new reference; NULL: the list is empty. */
static struct unix_socket *pop_follower(struct list_node *followers)
{
	struct unix_socket *follower = NULL;

	spin_lock(&unix_names);
	if (!list_is_empty(followers)) {
		follower = list_first_entry(followers, struct unix_socket, follower_node);
		list_remove_init(&follower->follower_node);
		unix_get(follower);
	}
	spin_unlock(&unix_names);
	return follower;
}

void unix_wake_followers(struct unix_socket *u)
{
	struct unix_socket *follower;
	struct list_node waiting; /* now: a follower that waits again is not among them */

	list_init(&waiting);
	spin_lock(&unix_names);
	list_splice_last(&waiting, &u->followers);
	spin_unlock(&unix_names);
	while ((follower = pop_follower(&waiting))) {
		waitq_wake_key(&follower->writers, POLLOUT | POLLWRNORM | POLLWRBAND, false);
		unix_put(follower);
	}
}

bool unix_may_send(const struct unix_socket *u, const struct unix_socket *to)
{
	const struct unix_socket *peer = __atomic_load_n(&to->peer, __ATOMIC_ACQUIRE);

	return !peer || peer == u;
}

/* The packets of a former peer are lost. It gets ECONNRESET if @u is still its peer. */
static void drop_old_peer(struct unix_socket *u, struct unix_socket *old)
{
	struct list_node removed;
	bool some, tell;

	list_init(&removed);
	mutex_lock(&u->lock);
	some = unix_packet_purge(u, &removed);
	mutex_unlock(&u->lock);
	unix_packet_free_all(&removed);
	unix_rights_flush();
	if (some) { /* other senders have room now */
		waitq_wake_key(&u->senders, POLLOUT | POLLWRNORM | POLLWRBAND, false);
		unix_wake_followers(u);
	}
	spin_lock(&unix_names);
	tell = some && !old->dead && old->peer == u;
	spin_unlock(&unix_names);
	if (tell) {
		__atomic_store_n(&old->socket.error, ECONNRESET, __ATOMIC_RELAXED);
		waitq_wake_key(&old->readers, POLLERR, false);
	}
	unix_put(old);
}

int unix_datagram_connect(struct socket *socket, const struct socket_address *address, int flags)
{
	struct unix_socket *u = unix_of(socket), *peer = NULL, *old;
	int err;

	if (address->len < sizeof(u16))
		return -EINVAL;
	if (address->family != AF_UNSPEC) {
		if (socket_option(socket, SO_PASSCRED)) {
			err = unix_autobind(u);
			if (err)
				return err;
		}
		err = unix_name_lookup(address, SOCK_DGRAM, &peer);
		if (err)
			return err;
		if (!unix_may_send(u, peer)) { /* checked again at each packet: unix_packet.c D3 */
			unix_put(peer);
			return -EPERM;
		}
	}
	old = unix_datagram_set_peer(u, peer);
	if (old == peer && old)
		unix_put(old);
	else if (old)
		drop_old_peer(u, old);
	return 0;
}
