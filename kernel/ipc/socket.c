// SPDX-License-Identifier: MIT
/* socket.c -- the families of sockets, and what they have in common. */
#include "ipc/socket.h"

#include "core/assert.h"
#include "core/errno.h"
#include "ipc/unix/unix.h"
#include "time/clock.h"

void socket_init(struct socket *socket, const struct socket_ops *ops, int family, int type)
{
	socket->ops = ops;
	socket->family = (u16)family;
	socket->type = (u16)type;
	refcount_init(&socket->refs, 1);
	socket->send_limit_bytes = SOCKET_BUFFER_DEFAULT;
	socket->receive_limit_bytes = SOCKET_BUFFER_DEFAULT;
	socket->receive_low_bytes = 1;
}

/* The checks of socket(2) and socketpair(2): 0 or error. *type loses its flags to *flags. */
static int check_kind(int family, int *type, int protocol, int *flags)
{
	*flags = *type & ~SOCK_TYPE_MASK;
	*type &= SOCK_TYPE_MASK;
	if (*flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	if (family < 0 || family >= AF_MAX)
		return -EAFNOSUPPORT;
	if (*type < 0 || *type >= SOCK_MAX)
		return -EINVAL;
	if (family != AF_UNIX)
		return -EAFNOSUPPORT;
	if (protocol && protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	if (*type == SOCK_RAW)
		*type = SOCK_DGRAM; /* as on Linux */
	if (*type != SOCK_STREAM && *type != SOCK_DGRAM && *type != SOCK_SEQPACKET)
		return -ESOCKTNOSUPPORT;
	return 0;
}

int socket_create(int family, int type, int protocol, struct file **out)
{
	int flags, err = check_kind(family, &type, protocol, &flags);

	return err ? err : unix_create(type, flags & O_NONBLOCK, out);
}

int socket_create_pair(int family, int type, int protocol, struct file *out[2])
{
	int flags, err = check_kind(family, &type, protocol, &flags);

	return err ? err : unix_create_pair(type, flags & O_NONBLOCK, out);
}

int socket_file_alloc(const struct file_ops *ops, int flags, struct file **out)
{
	struct inode *inode;
	int err = anon_inode_create(S_IFSOCK | 0777, &inode);

	if (err)
		return err;
	err = file_alloc(inode, NULL, ops, O_RDWR | (flags & O_NONBLOCK), out);
	inode_put(inode); /* the file holds it */
	return err;
}

void socket_file_set(struct file *file, struct socket *socket)
{
	debug_assert(!file->data && !socket->file); /* each has one of the other */
	debug_assert(S_ISSOCK(inode_mode(file->inode)));
	file->data = socket;
	__atomic_store_n(&socket->file, file, __ATOMIC_RELEASE);
}

u64 socket_deadline(u64 timeout_ns)
{
	u64 deadline;

	if (!timeout_ns || __builtin_add_overflow(clock_monotonic_ns(), timeout_ns, &deadline))
		return DEADLINE_NEVER;
	return deadline;
}

int socket_wait_error(int err, u64 deadline_ns)
{
	if (err == -ETIMEDOUT)
		return -EAGAIN;
	if (err == -EINTR && deadline_ns == DEADLINE_NEVER)
		return -ERESTARTSYS;
	return err;
}
