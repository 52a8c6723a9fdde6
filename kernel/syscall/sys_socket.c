// SPDX-License-Identifier: MIT
/* sys_socket.c -- creating, naming, connecting and configuring sockets. */
#include "core/errno.h"
#include "ipc/socket_message.h"
#include "syscall/syscalls.h"

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
	struct socket_ref s;
	long err = socket_get(fd, &s);

	if (err)
		return err;
	err = socket_address_from_user(&copy, address, len);
	if (!err)
		err = socket_bind(s.socket, &copy);
	socket_put(&s);
	return err;
}

long sys_connect(int fd, const void __user *address, int len)
{
	struct socket_address copy;
	struct socket_ref s;
	long err = socket_get(fd, &s);

	if (err)
		return err;
	err = socket_address_from_user(&copy, address, len);
	if (!err)
		err = socket_connect(s.socket, &copy, (int)s.ref.file->flags);
	socket_put(&s);
	return err;
}

long sys_listen(int fd, int backlog)
{
	struct socket_ref s;
	long result = socket_get(fd, &s);

	if (result)
		return result;
	result = socket_listen(s.socket, backlog);
	socket_put(&s);
	return result;
}

long sys_accept4(int fd, void __user *address, u32 __user *len, int flags)
{
	struct socket_ref s;
	long result = flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK) ? -EINVAL : socket_get(fd, &s);

	if (result)
		return result;
	result = socket_accept(&s, address, len, flags);
	socket_put(&s);
	return result;
}

long sys_accept(int fd, void __user *address, u32 __user *len)
{
	return sys_accept4(fd, address, len, 0);
}

long sys_shutdown(int fd, int how)
{
	struct socket_ref s;
	long result = socket_get(fd, &s);

	if (result)
		return result;
	result = socket_shutdown(s.socket, how);
	socket_put(&s);
	return result;
}

long sys_getsockname(int fd, void __user *address, u32 __user *len)
{
	struct socket_ref s;
	long result = socket_get(fd, &s);

	if (result)
		return result;
	result = socket_name_to_user(s.socket, false, address, len);
	socket_put(&s);
	return result;
}

long sys_getpeername(int fd, void __user *address, u32 __user *len)
{
	struct socket_ref s;
	long result = socket_get(fd, &s);

	if (result)
		return result;
	result = socket_name_to_user(s.socket, true, address, len);
	socket_put(&s);
	return result;
}

/* ---- options ---- */

long sys_setsockopt(int fd, int level, int name, const void __user *value, int len)
{
	struct socket_ref s;
	long result = len < 0 ? -EINVAL : socket_get(fd, &s);

	if (result)
		return result;
	result = socket_set_option(s.socket, level, name, value, (u32)len);
	socket_put(&s);
	return result;
}

long sys_getsockopt(int fd, int level, int name, void __user *value, u32 __user *len)
{
	struct socket_ref s;
	long result = socket_get(fd, &s);

	if (result)
		return result;
	result = socket_get_option(s.socket, level, name, value, len);
	socket_put(&s);
	return result;
}
