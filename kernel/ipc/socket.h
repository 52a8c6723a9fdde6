/* SPDX-License-Identifier: MIT */
/*
 * Sockets as the system calls see them: what all families have in common, and the hooks that each
 * family implements. socket(7).
 */
#pragma once

#include "core/errno.h"
#include "lib/refcount.h"
#include "uapi/socket_abi.h"
#include "vfs/file/file.h"

#define SOCKET_ADDRESS_MAX 128U

struct socket_address {
	union {
		u16 family;
		u8 bytes[SOCKET_ADDRESS_MAX];
	};
	u32 len;
};

/* One message that is sent or received: the arguments of send*(2) and recv*(2). */
struct socket_message {
	struct uio *uio;
	unsigned flags;			/* wanted MSG_*; O_NONBLOCK means MSG_DONTWAIT, too  */
	unsigned flags_out;		/* receive: MSG_* of the message                     */
	struct socket_address *address; /* send: the receiver's; receive: the sender's; NULL */
	void __user *control;		/* NULL: none                                        */
	size_t control_len;		/* bytes of it; receive: the room that is left       */
};

struct socket;

/* All may sleep. A NULL hook means -EOPNOTSUPP. Errors as in section 2 of the manual. */
struct socket_ops {
	int (*bind)(struct socket *socket, const struct socket_address *address);
	int (*listen)(struct socket *socket, int backlog);
	/* A new file, in no descriptor table yet. @listener_flags, @flags: O_NONBLOCK or 0. */
	int (*accept)(struct socket *socket, int listener_flags, int flags, struct file **out);
	int (*connect)(struct socket *socket, const struct socket_address *address, int flags);
	/* The socket's own address, or its peer's. */
	int (*get_name)(struct socket *socket, bool of_peer, struct socket_address *out);
	int (*shutdown)(struct socket *socket, int how);
	ssize_t (*send)(struct socket *socket, struct socket_message *message);
	ssize_t (*receive)(struct socket *socket, struct socket_message *message);
	/*
	 * An option of SOL_SOCKET that only the family knows, into @value, which has *len bytes;
	 * *len becomes what was written. -ENOPROTOOPT: it does not know it either.
	 */
	int (*get_option)(struct socket *socket, int name, void *value, u32 *len);
	/* A bit of socket->options or a limit has changed. NULL: nothing to do. */
	void (*option_changed)(struct socket *socket, int name);
};

/* The first part of every family's socket. */
struct SHARED socket {
	const struct socket_ops *ops; /* [I] */
	u16 family, type;	      /* [I] AF_*, SOCK_* */
	struct refcount refs;	      /* [a] the file's, and those of sockets that point to it */
	u64 options;		      /* [a] bit SO_x (below 64): that option is on */
	s32 error;		      /* [a] an errno to report once; 0: none */
	u32 send_limit_bytes;	      /* [a] SO_SNDBUF */
	u32 receive_limit_bytes;      /* [a] SO_RCVBUF: stored, without effect */
	u32 receive_low_bytes;	      /* [a] SO_RCVLOWAT */
	u64 receive_timeout_ns;	      /* [a] SO_RCVTIMEO; 0: none */
	u64 send_timeout_ns;	      /* [a] SO_SNDTIMEO; 0: none */
	u32 kept[4];		      /* [a] options stored without effect: see socket_option.c */
	struct file *file;	      /* [a] NULL: not yet accepted, or closed */
};
#define SOCKET_BUFFER_DEFAULT 212992U

/* Set up the common part; one reference. */
void socket_init(struct socket *socket, const struct socket_ops *ops, int family, int type);
/*
 * socket(2) and socketpair(2), with SOCK_NONBLOCK in @type: new files. 0, -EAFNOSUPPORT,
 * -EPROTONOSUPPORT, -ESOCKTNOSUPPORT, -EINVAL, -EOPNOTSUPP, -ENFILE, -ENOMEM.
 */
int socket_create(int family, int type, int protocol, struct file **out) __must_check;
int socket_create_pair(int family, int type, int protocol, struct file *out[2]) __must_check;
/* A file without a socket, until socket_file_set: 0, -ENFILE, -ENOMEM. */
int socket_file_alloc(const struct file_ops *ops, int flags, struct file **out) __must_check;
void socket_file_set(struct file *file, struct socket *socket);

/* The socket behind @file, or NULL. */
static inline struct socket *socket_of_file(const struct file *file)
{
	return S_ISSOCK(inode_mode(file->inode)) ? file->data : NULL;
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
 * The deadline of a call that begins now, for a timeout of a socket; 0: it has none.
 */
u64 socket_deadline(u64 timeout_ns);
/*
 * What a call returns whose wait ended with @err (0, -EINTR, -ETIMEDOUT): a call with a deadline is
 * not restarted after a signal.
 */
int socket_wait_error(int err, u64 deadline_ns);

/* The hooks, where they exist. */
static inline int socket_bind(struct socket *socket, const struct socket_address *address)
{
	return socket->ops->bind ? socket->ops->bind(socket, address) : -EOPNOTSUPP;
}
static inline int socket_connect(struct socket *socket, const struct socket_address *address,
				 int flags)
{
	return socket->ops->connect ? socket->ops->connect(socket, address, flags) : -EOPNOTSUPP;
}
static inline int socket_listen(struct socket *socket, int backlog)
{
	return socket->ops->listen ? socket->ops->listen(socket, backlog) : -EOPNOTSUPP;
}
static inline int socket_shutdown(struct socket *socket, int how)
{
	return socket->ops->shutdown ? socket->ops->shutdown(socket, how) : -EOPNOTSUPP;
}

/* setsockopt(2) and getsockopt(2). *@len: the room, then the bytes written. */
int socket_set_option(struct socket *socket, int level, int name, const void __user *value, u32 len)
	__must_check;
int socket_get_option(struct socket *socket, int level, int name, void __user *value,
		      u32 __user *len) __must_check;
