/* SPDX-License-Identifier: MIT */
/* Between the files of ipc/unix/: the socket. Theory: unix_socket.c. */
#pragma once

#include "ipc/page_queue.h"
#include "ipc/unix/unix.h"
#include "ipc/unix/unix_ancillary.h"
#include "lib/hlist.h"
#include "sched/waitq.h"

#include <linux/un.h>

enum unix_state { UNIX_IDLE, UNIX_LISTENING, UNIX_CONNECTED };

/* An address in use. Sockets accepted from a listener share the listener's. */
struct SHARED unix_name {
	struct refcount refs;	    /* [a] */
	u32 len;		    /* [I] of address, family included */
	struct sockaddr_un address; /* [I] */
};

#define UNIX_IN_SHUT 1U	 /* nothing more is added to the queue */
#define UNIX_IN_CREDS 2U /* senders add their credentials: SO_PASSCRED, or not yet accepted */
#define UNIX_IN_DEAD 4U	 /* its file has ended */

struct SHARED unix_socket {
	struct socket socket; /* [I] its fields have tags of their own */

	/* what has arrived */
	struct mutex lock; /* class socket */
	u32 inbound;	   /* [lock] UNIX_IN_*; also read without the lock */
	union {
		struct page_queue stream;	  /* [lock] type SOCK_STREAM */
		struct {			  /* any other type */
			struct list_node packets; /* [lock] */
			u32 nr_packets;		  /* [lock] also read without the lock */
			u64 packet_bytes;	  /* [lock] also read without the lock */
		};
	};

	struct waitq readers; /* [I] wait for something to arrive */
	struct waitq writers; /* [I] wait for room where this socket sends */
	struct waitq senders; /* [I] wait for room in this queue or backlog */
	u32 sent_bytes;	      /* [a] of packets that exist, with their overhead: D1 */
	u32 outbound_shut;    /* [a] SHUT_WR was done here */

	struct mutex bind_lock; /* class socket_bind: one thread at a time gives it a name */

	struct unix_socket *peer;  /* [socket_names] referenced; set once for streams: also [a] */
	enum unix_state state;	   /* [socket_names] also read without the lock */
	bool dead;		   /* [socket_names] its file has ended */
	struct unix_name *name;	   /* [socket_names] set once, referenced; NULL: none */
	struct inode *bound_to;	   /* [socket_names] the socket file, referenced; NULL: none */
	struct hlist_node by_name; /* [socket_names] */
	struct list_node backlog;  /* [socket_names] connections to accept, by backlog_node */
	struct list_node backlog_node; /* [socket_names] */
	u32 nr_backlog, max_backlog;   /* [socket_names] */
	struct list_node followers;    /* [socket_names] datagram sockets that wait for room here */
	struct list_node follower_node; /* [socket_names] */
	const struct cred *peer_cred;	/* [socket_names] SO_PEERCRED, referenced; NULL: none */
	pid_t peer_pid;			/* [socket_names] */

	struct list_node flight_node; /* [socket_flight] in a list of sockets in flight */
	u32 nr_flights;		      /* [socket_flight] messages that carry its file */
	u32 nr_unexplained;	      /* [socket_flight] during a collection: see unix_collect.c */
	bool doubted, reached;	      /* [socket_flight] during a collection */
};

static inline struct unix_socket *unix_of(struct socket *socket)
{
	return container_of(socket, struct unix_socket, socket);
}
static inline void unix_get(struct unix_socket *u)
{
	refcount_get(&u->socket.refs);
}
/* Give a reference back; the last one frees the socket. Context: task; may sleep. */
void unix_put(struct unix_socket *u);
/* A new socket of @type with one reference; NULL: no memory. */
struct unix_socket *unix_alloc(int type);
/*
 * End @u: its file ends (@accepted), or the file of the listener that would have accepted it. Takes
 * over the caller's reference. Context: task; may sleep.
 */
void unix_end(struct unix_socket *u, bool accepted);
extern const struct file_ops unix_stream_file_ops, unix_packet_file_ops;
extern const struct socket_ops unix_stream_ops, unix_packet_ops, unix_seqpacket_ops;
/*
 * A file for a socket of @type, without the socket: 0, -ENFILE, -ENOMEM. @flags: O_NONBLOCK or 0.
 */
int unix_file_alloc(int type, int flags, struct file **out) __must_check;
/* The unix socket behind @file, or NULL. */
struct unix_socket *unix_of_file(const struct file *file);

/* UNIX_IN_* without u->lock: what was queued before UNIX_IN_SHUT was set is seen after it. */
static inline u32 unix_inbound(const struct unix_socket *u)
{
	return __atomic_load_n(&u->inbound, __ATOMIC_ACQUIRE);
}

/* Has anything arrived that was not received yet? Read without u->lock. */
static inline bool unix_has_arrivals(const struct unix_socket *u)
{
	return u->socket.type == SOCK_STREAM ? !page_queue_is_empty(&u->stream)
					     : READ_ONCE(u->nr_packets) != 0;
}
/* How many bytes? Read without u->lock. */
static inline u32 unix_arrived_bytes(const struct unix_socket *u)
{
	return (u32)(u->socket.type == SOCK_STREAM ? READ_ONCE(u->stream.nr_bytes)
						   : READ_ONCE(u->packet_bytes));
}

/* Guards names, peers and backlogs of all sockets. Class socket_names. */
extern struct spinlock unix_names;

/* Is there room for threads that wait to send? Only with at most a quarter of the limit in use. */
static inline bool unix_stream_has_room(const struct unix_socket *from,
					const struct unix_socket *to)
{
	return (u64)READ_ONCE(to->stream.nr_pages) * PAGE_SIZE * 4 <=
	       READ_ONCE(from->socket.send_limit_bytes);
}
static inline bool unix_packet_has_room(const struct unix_socket *from)
{
	return (u64)READ_ONCE(from->sent_bytes) * 4 <= READ_ONCE(from->socket.send_limit_bytes);
}

/* ---- the queues: unix_stream.c, unix_packet.c ---- */
ssize_t unix_stream_read(struct file *file, struct uio *uio, u64 *pos);
ssize_t unix_stream_write(struct file *file, struct uio *uio, u64 *pos);
ssize_t unix_stream_send(struct socket *socket, struct socket_message *message);
ssize_t unix_stream_receive(struct socket *socket, struct socket_message *message);
ssize_t unix_packet_read(struct file *file, struct uio *uio, u64 *pos);
ssize_t unix_packet_write(struct file *file, struct uio *uio, u64 *pos);
ssize_t unix_packet_send(struct socket *socket, struct socket_message *message);
ssize_t unix_packet_receive(struct socket *socket, struct socket_message *message);
/* Remove everything from the queue. True: there was something. */
bool unix_stream_purge(struct unix_socket *u) REQUIRES(u->lock);
/* The same; the packets are moved to @removed, which the caller frees after it drops u->lock. */
bool unix_packet_purge(struct unix_socket *u, struct list_node *removed) REQUIRES(u->lock);
void unix_packet_free_all(struct list_node *removed);
/* Call @visit for all ancillary data in the queue. */
void unix_stream_visit(struct unix_socket *u, void (*visit)(struct unix_ancillary *ancillary))
	REQUIRES(u->lock);
void unix_packet_visit(struct unix_socket *u, void (*visit)(struct unix_ancillary *ancillary))
	REQUIRES(u->lock);
/* For FIONREAD: the length of the first packet, 0 without one. */
u32 unix_packet_first_len(struct unix_socket *u);
