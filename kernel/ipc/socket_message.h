/* SPDX-License-Identifier: MIT */
/* Sockets as programs name and use them: by descriptors, addresses in their memory, and msghdrs. */
#pragma once

#include "ipc/socket.h"
#include "vfs/file/fdtable.h"

/* The socket of a descriptor for the duration of one call. */
struct socket_ref {
	struct fd_ref ref;
	struct socket *socket;
};
/* 0: socket_put is due; -EBADF, -ENOTSOCK. */
long socket_get(int fd, struct socket_ref *out) __must_check;
static inline void socket_put(const struct socket_ref *s)
{
	fd_put_light(s->ref);
}

/* Copy in an address. 0, -EINVAL, -EFAULT. */
long socket_address_from_user(struct socket_address *out, const void __user *address, int len)
	__must_check;
/*
 * Copy out an address: *@len is the size of the program's buffer, and is set to the address's
 * length. 0, -EINVAL, -EFAULT.
 */
long socket_address_to_user(void __user *address, u32 __user *len,
			    const struct socket_address *from) __must_check;

/* getsockname(2), getpeername(2). */
long socket_name_to_user(struct socket *socket, bool of_peer, void __user *address, u32 __user *len)
	__must_check;

/*
 * accept4(2): a new descriptor; the peer's address is written, unless @address is NULL. With an
 * error no connection is lost but one whose peer's address could not be written.
 */
long socket_accept(const struct socket_ref *s, void __user *address, u32 __user *len, int flags)
	__must_check;

/* send(2) and recv(2); O_NONBLOCK of the file means MSG_DONTWAIT. */
ssize_t socket_send(const struct socket_ref *s, struct socket_message *message) __must_check;
ssize_t socket_receive(const struct socket_ref *s, struct socket_message *message) __must_check;
/* sendmsg(2) and recvmsg(2). */
long socket_send_header(const struct socket_ref *s, const struct socket_msghdr __user *msg,
			unsigned flags) __must_check;
long socket_receive_header(const struct socket_ref *s, struct socket_msghdr __user *msg,
			   unsigned flags) __must_check;
/*
 * sendmmsg(2) and recvmmsg(2): how many messages, or the error of the first. @deadline_ns: receive
 * no further one afterwards.
 */
long socket_send_several(const struct socket_ref *s, struct socket_mmsghdr __user *messages,
			 unsigned nr, unsigned flags) __must_check;
long socket_receive_several(const struct socket_ref *s, struct socket_mmsghdr __user *messages,
			    unsigned nr, unsigned flags, u64 deadline_ns) __must_check;
