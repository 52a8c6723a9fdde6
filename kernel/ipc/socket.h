/* SPDX-License-Identifier: MIT */
/*
 * Sockets as the system calls see them: what all families have in common, and the hooks by which a
 * family does its part. socket(7).
 */
#pragma once

#include "lib/refcount.h"
#include "uapi/socket_abi.h"
#include "vfs/file.h"

#define SOCKET_ADDRESS_MAX 128U

struct socket_address {
	union {
		u16 family;
		u8 bytes[SOCKET_ADDRESS_MAX];
	};
	u32 len;
};

/* One message on its way in or out: what send*(2) and recv*(2) are about. */
struct socket_message {
	struct uio *uio;
	unsigned flags;			/* MSG_* asked for, MSG_DONTWAIT also by O_NONBLOCK  */
	unsigned flags_out;		/* receive: MSG_* of what came                       */
	struct socket_address *address; /* send: where to; receive: from where; NULL: none   */
	void __user *control;		/* NULL: none                                        */
	size_t control_len;		/* bytes of it; receive: what is left of the room    */
};

struct socket;

/* All may sleep. NULL hooks: -EOPNOTSUPP. Errors as in section 2 of the manual. */
struct socket_ops {
	int (*bind)(struct socket *socket, const struct socket_address *address);
	int (*listen)(struct socket *socket, int backlog);
	/* A new file, not yet in a table. @flags: O_NONBLOCK of the listener and of the new one. */
	int (*accept)(struct socket *socket, int listener_flags, int flags, struct file **out);
	int (*connect)(struct socket *socket, const struct socket_address *address, int flags);
	/* Its own address, or the peer's. */
	int (*get_name)(struct socket *socket, bool of_peer, struct socket_address *out);
	int (*shutdown)(struct socket *socket, int how);
	ssize_t (*send)(struct socket *socket, struct socket_message *message);
	ssize_t (*receive)(struct socket *socket, struct socket_message *message);
	/* An option of SOL_SOCKET that only the family can answer, into *@value of *@len bytes (cut
	 * to what there is). -ENOPROTOOPT: none of its own either. */
	int (*get_option)(struct socket *socket, int name, void *value, u32 *len);
	/* A switch has changed in socket->options, or a limit. NULL: nothing to do. */
	void (*option_changed)(struct socket *socket, int name);
};

/* The part that every family's socket begins with. */
struct SHARED socket {
	const struct socket_ops *ops; /* [I] */
	u16 family, type;	      /* [I] AF_*, SOCK_* */
	u32 refs;		      /* [a] its file's, and those of sockets that point to it */
	u64 options;		      /* [a] bit SO_x: that switch is on (x < 64) */
	s32 error;		      /* [a] an errno to report once; 0: none */
	u32 send_limit_bytes;	      /* [a] SO_SNDBUF */
	u32 receive_limit_bytes;      /* [a] SO_RCVBUF: kept, nothing depends on it */
	u32 receive_low_bytes;	      /* [a] SO_RCVLOWAT */
	u64 receive_timeout_ns;	      /* [a] SO_RCVTIMEO; 0: none */
	u64 send_timeout_ns;	      /* [a] SO_SNDTIMEO; 0: none */
	u32 kept[4];	   /* [a] values of options without effect: see socket_option.c */
	struct file *file; /* [a] NULL: a connection not yet accepted, or closed */
};
#define SOCKET_BUFFER_DEFAULT 212992U

/* Set the common part. */
void socket_init(struct socket *socket, const struct socket_ops *ops, int family, int type);
/*
 * socket(2) and socketpair(2), with SOCK_NONBLOCK in @type: new files. 0, -EAFNOSUPPORT,
 * -EPROTONOSUPPORT, -ESOCKTNOSUPPORT, -EINVAL, -EOPNOTSUPP, -ENFILE, -ENOMEM.
 */
int socket_create(int family, int type, int protocol, struct file **out) __must_check;
int socket_create_pair(int family, int type, int protocol, struct file *out[2]) __must_check;
/* A file without a socket yet: socket_file_set puts it there. 0, -ENFILE, -ENOMEM. */
int socket_file_alloc(const struct file_ops *ops, int flags, struct file **out) __must_check;
void socket_file_set(struct file *file, struct socket *socket);

/* The socket behind @file, or NULL. */
static inline struct socket *socket_of_file(const struct file *file)
{
	return S_ISSOCK(file->inode->mode) ? file->data : NULL;
}
static inline bool socket_option(const struct socket *socket, int name)
{
	return __atomic_load_n(&socket->options, __ATOMIC_RELAXED) >> name & 1;
}
/* The pending error as a negative number, which is then no longer pending; 0. */
static inline int socket_take_error(struct socket *socket)
{
	if (likely(!__atomic_load_n(&socket->error, __ATOMIC_RELAXED)))
		return 0;
	return -__atomic_exchange_n(&socket->error, 0, __ATOMIC_RELAXED);
}
/*
 * How long a call may wait that began now: @timeout_ns is one of the socket's. And what it returns
 * when the wait ended with @err (-EINTR, -ETIMEDOUT): a call with a timeout is not restarted.
 */
u64 socket_deadline(u64 timeout_ns);
int socket_wait_error(int err, u64 deadline_ns);

/* setsockopt(2), getsockopt(2) at SOL_SOCKET. *len: room, then what was written. */
int socket_set_option(struct socket *socket, int name, const void __user *value, u32 len)
	__must_check;
int socket_get_option(struct socket *socket, int name, void *value, u32 *len) __must_check;
