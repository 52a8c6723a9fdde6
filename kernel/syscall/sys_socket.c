// SPDX-License-Identifier: MIT
/* sys_socket.c -- creating, naming, connecting and configuring sockets. */
#include "core/errno.h"
#include "ipc/socket.h"
#include "syscall/socket_copy.h"
#include "syscall/syscalls.h"
#include "vm/user_copy.h"

#include <asm/socket.h>

#define OPTION_BYTES_MAX 1024U /* of a result: the longest is SO_PEERGROUPS */

/* ---- creation ---- */

long sys_socket(int family, int type, int protocol)
{
	struct file *file;
	int err = socket_create(family, type, protocol, &file);

	return err ? err : fd_install(file, 0, type & SOCK_CLOEXEC);
}

long sys_socketpair(int family, int type, int protocol, int __user *fds)
{
	struct file *ends[2];
	int err = socket_create_pair(family, type, protocol, ends);

	return err ? err : fd_install_pair(ends, type & SOCK_CLOEXEC, fds);
}

/* ---- names and connections ---- */

long sys_bind(int fd, const void __user *address, int len)
{
	struct socket_address copy;
	struct socket *socket;
	struct fd_ref ref;
	long err = socket_get(fd, &ref, &socket);

	if (err)
		return err;
	err = socket_address_get(&copy, address, len);
	if (!err)
		err = socket->ops->bind ? socket->ops->bind(socket, &copy) : -EOPNOTSUPP;
	fd_put_light(ref);
	return err;
}

long sys_connect(int fd, const void __user *address, int len)
{
	struct socket_address copy;
	struct socket *socket;
	struct fd_ref ref;
	long err = socket_get(fd, &ref, &socket);

	if (err)
		return err;
	err = socket_address_get(&copy, address, len);
	if (!err)
		err = socket->ops->connect
			      ? socket->ops->connect(socket, &copy, (int)ref.file->flags)
			      : -EOPNOTSUPP;
	fd_put_light(ref);
	return err;
}

long sys_listen(int fd, int backlog)
{
	struct socket *socket;
	struct fd_ref ref;
	long err = socket_get(fd, &ref, &socket);

	if (err)
		return err;
	err = socket->ops->listen ? socket->ops->listen(socket, backlog) : -EOPNOTSUPP;
	fd_put_light(ref);
	return err;
}

/* Copy out the peer's address of a connection that has just been accepted. */
static long tell_peer(struct file *file, void __user *address, u32 __user *len)
{
	struct socket *socket = socket_of_file(file);
	struct socket_address peer;
	long err;

	if (!address)
		return 0;
	err = socket->ops->get_name(socket, true, &peer);
	return err ? -ECONNABORTED : socket_address_put(&peer, address, len);
}

static long accept_on(struct file *listener, struct socket *socket, void __user *address,
		      u32 __user *len, int flags)
{
	struct file *file;
	long err;
	int fd;

	if (!socket->ops->accept)
		return -EOPNOTSUPP;
	fd = fd_reserve(0, flags & SOCK_CLOEXEC);
	if (fd < 0)
		return fd;
	err = socket->ops->accept(socket, (int)READ_ONCE(listener->flags), flags & O_NONBLOCK,
				  &file);
	if (!err) {
		err = tell_peer(file, address, len);
		if (err)
			file_put(file);
	}
	if (err) {
		fd_unreserve(fd);
		return err;
	}
	fd_fill(fd, file);
	return fd;
}

long sys_accept4(int fd, void __user *address, u32 __user *len, int flags)
{
	struct socket *socket;
	struct fd_ref ref;
	long result;

	if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	result = socket_get(fd, &ref, &socket);
	if (result)
		return result;
	result = accept_on(ref.file, socket, address, len, flags);
	fd_put_light(ref);
	return result;
}

long sys_accept(int fd, void __user *address, u32 __user *len)
{
	return sys_accept4(fd, address, len, 0);
}

long sys_shutdown(int fd, int how)
{
	struct socket *socket;
	struct fd_ref ref;
	long err = socket_get(fd, &ref, &socket);

	if (err)
		return err;
	err = socket->ops->shutdown ? socket->ops->shutdown(socket, how) : -EOPNOTSUPP;
	fd_put_light(ref);
	return err;
}

static long get_name(int fd, bool of_peer, void __user *address, u32 __user *len)
{
	struct socket_address name;
	struct socket *socket;
	struct fd_ref ref;
	long err = socket_get(fd, &ref, &socket);

	if (err)
		return err;
	err = socket->ops->get_name(socket, of_peer, &name);
	if (!err)
		err = socket_address_put(&name, address, len);
	fd_put_light(ref);
	return err;
}

long sys_getsockname(int fd, void __user *address, u32 __user *len)
{
	return get_name(fd, false, address, len);
}

long sys_getpeername(int fd, void __user *address, u32 __user *len)
{
	return get_name(fd, true, address, len);
}

/* ---- options ---- */

long sys_setsockopt(int fd, int level, int name, const void __user *value, int len)
{
	struct socket *socket;
	struct fd_ref ref;
	long err;

	if (len < 0)
		return -EINVAL;
	err = socket_get(fd, &ref, &socket);
	if (err)
		return err;
	err = level == SOL_SOCKET ? socket_set_option(socket, name, value, (u32)len) : -EOPNOTSUPP;
	fd_put_light(ref);
	return err;
}

static long get_option(struct socket *socket, int name, void __user *value, u32 __user *len)
{
	u8 buffer[OPTION_BYTES_MAX];
	u32 size;
	long err;

	if (get_user_u32(&size, len))
		return -EFAULT;
	if ((int)size < 0)
		return -EINVAL;
	size = min(size, (u32)sizeof(buffer));
	err = socket_get_option(socket, name, buffer, &size);
	if (err && err != -ERANGE)
		return err;
	if (!err && copy_to_user(value, buffer, size))
		return -EFAULT;
	return put_user_u32(size, len) ? -EFAULT : err;
}

long sys_getsockopt(int fd, int level, int name, void __user *value, u32 __user *len)
{
	struct socket *socket;
	struct fd_ref ref;
	long err = socket_get(fd, &ref, &socket);

	if (err)
		return err;
	err = level == SOL_SOCKET ? get_option(socket, name, value, len) : -EOPNOTSUPP;
	fd_put_light(ref);
	return err;
}
