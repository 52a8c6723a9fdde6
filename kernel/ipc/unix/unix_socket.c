// SPDX-License-Identifier: MIT
/*
 * unix_socket.c -- sockets of AF_UNIX: creation and end, file operations, options.
 *
 * Idea.  A socket owns the queue that its peer fills. Two connected sockets point to each other. A
 *   sender adds to its peer's queue under the peer's lock, so each direction has one lock, and the
 *   two directions do not share one. A stream's queue holds bytes in pages (unix_stream.c), the
 *   queue of other types is a list of packets (unix_packet.c). One spinlock guards the names, peers
 *   and backlogs of all sockets; no transfer on a connected stream takes it.
 * Invariants.
 *   U1  The peer of a stream (or seqpacket) socket is set once, and the reference to it is kept
 *       until the file ends. Only the file's calls follow it. The peer of a datagram socket may
 *       change: it is read under unix_names.
 *   U2  A direction has ended when its receiver has UNIX_IN_SHUT: after the receiver's SHUT_RD, the
 *       sender's SHUT_WR, or the end of either.
 *   U3  A connection without a file is in a backlog, which owns its reference.
 * Ownership.  References belong to the file (or the backlog), to the sockets whose peer this one
 *   is, and to the packets that it sent. So a socket may outlive its file. Then its queue stays
 *   empty, and it has dropped its peer.
 * Locks.  u->lock: the queue. unix_names: the other fields that change. u->bind_lock: held from the
 *   check for a name until the name is set, while the socket file is made. No thread holds the
 *   locks of two sockets.
 * Cost.  See unix_stream.c. A connection: one object for each end, two for its file.
 * Tests.  tests/guest/socket.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "core/fast_path.h"
#include "ipc/unix/unix_connect.h"
#include "lib/refcount.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "vfs/cred.h"
#include "vfs/file/pollwait.h"
#include "vm/user_copy.h"

#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/socket.h>
#include <linux/sockios.h>

struct spinlock unix_names;
static struct slab_cache unix_cache; /* [I] after boot */

/* ---- making and ending ---- */

struct unix_socket *unix_alloc(int type)
{
	static const struct socket_ops *const ops[] = {
		[SOCK_STREAM] = &unix_stream_ops,
		[SOCK_DGRAM] = &unix_packet_ops,
		[SOCK_SEQPACKET] = &unix_seqpacket_ops,
	};
	struct unix_socket *u = slab_alloc(&unix_cache, PAGE_ZERO);

	if (!u)
		return NULL;
	socket_init(&u->socket, ops[type], AF_UNIX, type);
	mutex_init(&u->lock, socket);
	mutex_init(&u->bind_lock, socket_bind);
	if (type == SOCK_STREAM)
		u->stream.keeps_spare = fast_path_is_on(FAST_PATH_stream);
	else
		list_init(&u->packets);
	waitq_init(&u->readers);
	waitq_init(&u->writers);
	waitq_init(&u->senders);
	list_init(&u->backlog);
	list_init(&u->followers);
	list_init(&u->follower_node);
	u->inbound = UNIX_IN_CREDS; /* until the socket has a file */
	u->max_backlog = 10;	    /* net.unix.max_dgram_qlen */
	return u;
}

void unix_put(struct unix_socket *u)
{
	if (!refcount_put(&u->socket.refs))
		return;
	debug_assert(!u->socket.file && !u->bound_to && !u->nr_flights);
	debug_assert(!unix_has_arrivals(u)); /* unix_end emptied it for good */
	debug_assert(u->socket.type != SOCK_STREAM || !u->stream.spare);
	debug_assert(list_is_empty(&u->backlog) && list_is_empty(&u->followers));
	debug_assert(!list_is_linked(&u->follower_node) && !u->sent_bytes);
	if (u->name)
		unix_name_put(u->name);
	if (u->peer_cred)
		cred_put(u->peer_cred);
	slab_free(&unix_cache, u);
}

/* Shut the queue for good and remove what is in it. True: there was something. */
static bool close_queue(struct unix_socket *u)
{
	struct list_node removed;
	bool unread;

	list_init(&removed);
	mutex_lock(&u->lock);
	__atomic_fetch_or(&u->inbound, UNIX_IN_SHUT | UNIX_IN_DEAD, __ATOMIC_RELEASE);
	if (u->socket.type == SOCK_STREAM)
		unread = unix_stream_purge(u);
	else
		unread = unix_packet_purge(u, &removed);
	mutex_unlock(&u->lock);
	unix_packet_free_all(&removed);
	return unread;
}

static void set_inbound(struct unix_socket *u, u32 bits)
{
	mutex_lock(&u->lock);
	__atomic_fetch_or(&u->inbound, bits, __ATOMIC_RELEASE);
	mutex_unlock(&u->lock);
	waitq_wake_key(&u->readers, POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP | POLLERR, false);
}

/* Take the first connection, with its reference, from the backlog; NULL: it is empty. */
static struct unix_socket *backlog_pop(struct unix_socket *u)
{
	struct list_node *node;

	spin_lock(&unix_names);
	node = list_pop_first(&u->backlog);
	if (node)
		list_init(node); /* for unix_collect.c:next_in_backlog */
	spin_unlock(&unix_names);
	return node ? list_entry(node, struct unix_socket, backlog_node) : NULL;
}

/* Tell the other end of a connection that it cannot send and that nothing more will arrive. */
static void hang_up(struct unix_socket *peer, bool reset)
{
	if (reset)
		__atomic_store_n(&peer->socket.error, ECONNRESET, __ATOMIC_RELAXED);
	WRITE_ONCE(peer->outbound_shut, 1);
	set_inbound(peer, UNIX_IN_SHUT);
	waitq_wake_key(&peer->writers, POLLOUT | POLLHUP | POLLERR, false);
}

/* Detach a dead socket from its peer, from its senders and from the connections in its backlog. */
static void leave_others(struct unix_socket *u, bool reset)
{
	struct unix_socket *peer = u->peer, *c;

	if (u->socket.type == SOCK_DGRAM)
		peer = unix_datagram_set_peer(u, NULL);
	else if (peer)
		hang_up(peer, reset);
	waitq_wake_all(&u->senders);
	if (u->socket.type == SOCK_DGRAM)
		unix_wake_followers(u);
	while ((c = backlog_pop(u))) {
		debug_assert(!c->socket.file); /* U3 */
		unix_end(c, false);
	}
	if (peer)
		unix_put(peer);
}

void unix_end(struct unix_socket *u, bool accepted)
{
	bool unread;

	spin_lock(&unix_names);
	debug_assert(!u->dead);
	u->dead = true;
	spin_unlock(&unix_names);
	unix_name_unbind(u);
	unread = close_queue(u);
	leave_others(u, unread || !accepted);
	unix_put(u);
}

static void unix_release(struct file *file)
{
	struct unix_socket *u = file->data;

	if (!u)
		return;
	debug_assert(u->socket.file == file);
	__atomic_store_n(&u->socket.file, NULL, __ATOMIC_RELEASE);
	unix_end(u, true);
	unix_rights_flush();
}

int unix_file_alloc(int type, int flags, struct file **out)
{
	return socket_file_alloc(
		type == SOCK_STREAM ? &unix_stream_file_ops : &unix_packet_file_ops, flags, out);
}

struct unix_socket *unix_of_file(const struct file *file)
{
	return file->ops == &unix_stream_file_ops || file->ops == &unix_packet_file_ops ? file->data
											: NULL;
}

int unix_create(int type, int flags, struct file **out)
{
	struct unix_socket *u = unix_alloc(type);
	int err;

	if (!u)
		return -ENOMEM;
	err = unix_file_alloc(type, flags, out);
	if (err) {
		unix_put(u);
		return err;
	}
	u->inbound = 0; /* it is no connection that waits to be accepted */
	socket_file_set(*out, &u->socket);
	return 0;
}

int unix_create_pair(int type, int flags, struct file *out[2])
{
	int err = unix_create(type, flags, &out[0]);

	if (err)
		return err;
	err = unix_create(type, flags, &out[1]);
	if (err) {
		file_put(out[0]);
		return err;
	}
	unix_join(out[0]->data, out[1]->data);
	return 0;
}

/* ---- shutdown ---- */

static int unix_shutdown(struct socket *socket, int how)
{
	struct unix_socket *u = unix_of(socket), *peer = NULL;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	if (socket->type != SOCK_DGRAM)
		peer = __atomic_load_n(&u->peer, __ATOMIC_ACQUIRE);
	if (how != SHUT_WR) {
		set_inbound(u, UNIX_IN_SHUT);
		if (peer) {
			WRITE_ONCE(peer->outbound_shut, 1);
			waitq_wake_key(&peer->writers, POLLOUT | POLLHUP, false);
		}
		waitq_wake_all(&u->senders);
	}
	if (how != SHUT_RD) {
		WRITE_ONCE(u->outbound_shut, 1);
		if (peer)
			set_inbound(peer, UNIX_IN_SHUT);
		waitq_wake_key(&u->writers, POLLOUT | POLLHUP, false);
		waitq_wake_key(&u->readers, POLLIN | POLLHUP, false);
	}
	return 0;
}

/* ---- as a file ---- */

static bool can_write(struct unix_socket *u)
{
	struct unix_socket *peer;

	if (READ_ONCE(u->state) == UNIX_LISTENING)
		return false;
	if (u->socket.type == SOCK_DGRAM)
		return unix_packet_has_room(u) && unix_datagram_has_room(u);
	if (u->socket.type == SOCK_SEQPACKET)
		return unix_packet_has_room(u);
	peer = __atomic_load_n(&u->peer, __ATOMIC_ACQUIRE);
	return !peer || unix_stream_has_room(u, peer);
}

static u32 unix_poll(struct file *file, struct poll_table *table)
{
	struct unix_socket *u = file->data;
	bool shut, out_shut, datagram = u->socket.type == SOCK_DGRAM;
	u32 events = 0;

	poll_wait(table, &u->readers);
	poll_wait(table, &u->writers);
	shut = unix_inbound(u) & UNIX_IN_SHUT;
	out_shut = READ_ONCE(u->outbound_shut);
	if (READ_ONCE(u->socket.error))
		events |= POLLERR;
	if (shut)
		events |= POLLRDHUP | POLLIN | POLLRDNORM;
	if (shut && out_shut)
		events |= POLLHUP;
	if (unix_has_arrivals(u) || READ_ONCE(u->backlog.next) != &u->backlog)
		events |= POLLIN | POLLRDNORM;
	if (!datagram && READ_ONCE(u->state) == UNIX_IDLE)
		events |= POLLHUP;
	if (can_write(u))
		events |= POLLOUT | POLLWRNORM | POLLWRBAND;
	return events;
}

/* For SIOCOUTQ: bytes that were sent and not yet read. */
static u32 bytes_outbound(struct unix_socket *u)
{
	struct unix_socket *peer = __atomic_load_n(&u->peer, __ATOMIC_ACQUIRE);

	if (u->socket.type != SOCK_STREAM)
		return READ_ONCE(u->sent_bytes);
	return peer ? (u32)READ_ONCE(peer->stream.nr_bytes) : 0;
}

static long unix_ioctl(struct file *file, unsigned cmd, u64 arg)
{
	struct unix_socket *u = file->data;
	u32 count;

	switch (cmd) {
	case FIONREAD:
		if (READ_ONCE(u->state) == UNIX_LISTENING)
			return -EINVAL;
		count = u->socket.type == SOCK_DGRAM ? unix_packet_first_len(u)
						     : unix_arrived_bytes(u);
		break;
	case SIOCOUTQ:
		count = bytes_outbound(u);
		break;
	default:
		return -ENOTTY;
	}
	return put_user_u32(count, (u32 __user *)arg);
}

const struct file_ops unix_stream_file_ops = {
	.read = unix_stream_read,
	.write = unix_stream_write,
	.ioctl = unix_ioctl,
	.poll = unix_poll,
	.release = unix_release,
};

const struct file_ops unix_packet_file_ops = {
	.read = unix_packet_read,
	.write = unix_packet_write,
	.ioctl = unix_ioctl,
	.poll = unix_poll,
	.release = unix_release,
};

/* ---- options ---- */

static int peer_groups(struct unix_socket *u, void *value, u32 *len)
{
	const struct cred *cred;
	u32 bytes;
	int err = 0;

	spin_lock(&unix_names);
	cred = u->peer_cred;
	if (cred)
		cred_get(cred);
	spin_unlock(&unix_names);
	if (!cred)
		return -ENODATA;
	bytes = cred->nr_groups * (u32)sizeof(gid_t);
	if (bytes <= *len)
		memcpy(value, cred->groups, bytes);
	else
		err = -ERANGE;
	*len = bytes;
	cred_put(cred);
	return err;
}

static int unix_get_option(struct socket *socket, int name, void *value, u32 *len)
{
	struct socket_credentials credentials = {.pid = 0, .uid = (uid_t)-1, .gid = (gid_t)-1};
	struct unix_socket *u = unix_of(socket);

	u32 listens = READ_ONCE(u->state) == UNIX_LISTENING;

	if (name == SO_PEERGROUPS)
		return peer_groups(u, value, len);
	if (name == SO_ACCEPTCONN) {
		*len = min(*len, (u32)sizeof(listens));
		memcpy(value, &listens, *len);
		return 0;
	}
	if (name != SO_PEERCRED)
		return -ENOPROTOOPT;
	spin_lock(&unix_names);
	if (u->peer_cred) {
		credentials.pid = u->peer_pid;
		credentials.uid = u->peer_cred->euid;
		credentials.gid = u->peer_cred->egid;
	}
	spin_unlock(&unix_names);
	*len = min(*len, (u32)sizeof(credentials));
	memcpy(value, &credentials, *len);
	return 0;
}

static void unix_option_changed(struct socket *socket, int name)
{
	struct unix_socket *u = unix_of(socket);

	/* A receiver wakes by the new limit: threads that wait by the old one look again now. */
	if (name == SO_SNDBUF || name == SO_SNDBUFFORCE)
		waitq_wake_key(&u->writers, POLLOUT | POLLWRNORM | POLLWRBAND, false);
	if (name != SO_PASSCRED)
		return;
	mutex_lock(&u->lock);
	if (socket_option(socket, SO_PASSCRED))
		__atomic_fetch_or(&u->inbound, UNIX_IN_CREDS, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(&u->inbound, ~UNIX_IN_CREDS, __ATOMIC_RELAXED);
	mutex_unlock(&u->lock);
}

const struct socket_ops unix_stream_ops = {
	.bind = unix_bind,
	.listen = unix_listen,
	.accept = unix_accept,
	.connect = unix_stream_connect,
	.get_name = unix_get_name,
	.shutdown = unix_shutdown,
	.send = unix_stream_send,
	.receive = unix_stream_receive,
	.get_option = unix_get_option,
	.option_changed = unix_option_changed,
};

const struct socket_ops unix_seqpacket_ops = {
	.bind = unix_bind,
	.listen = unix_listen,
	.accept = unix_accept,
	.connect = unix_stream_connect,
	.get_name = unix_get_name,
	.shutdown = unix_shutdown,
	.send = unix_packet_send,
	.receive = unix_packet_receive,
	.get_option = unix_get_option,
	.option_changed = unix_option_changed,
};

const struct socket_ops unix_packet_ops = {
	.bind = unix_bind,
	.connect = unix_datagram_connect,
	.get_name = unix_get_name,
	.shutdown = unix_shutdown,
	.send = unix_packet_send,
	.receive = unix_packet_receive,
	.get_option = unix_get_option,
	.option_changed = unix_option_changed,
};

void unix_init(void)
{
	spin_lock_init(&unix_names, socket_names);
	slab_cache_init(&unix_cache, "unix", sizeof(struct unix_socket), 64);
	unix_name_init();
	unix_flight_init();
}
