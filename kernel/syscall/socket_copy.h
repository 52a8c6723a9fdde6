/* SPDX-License-Identifier: MIT */
/* Between the files of the socket calls: from descriptor to socket, and addresses in and out. */
#pragma once

#include "ipc/socket.h"
#include "vfs/fdtable.h"

/* The socket behind @fd for this call: 0 (fd_put_light(*ref) is due), -EBADF, -ENOTSOCK. */
static inline long socket_get(int fd, struct fd_ref *ref, struct socket **out)
{
	*ref = fd_get_light(fd);
	if (unlikely(!ref->file))
		return -EBADF;
	*out = socket_of_file(ref->file);
	if (unlikely(!*out)) {
		fd_put_light(*ref);
		return -ENOTSOCK;
	}
	return 0;
}
/* From a program: 0, -EINVAL, -EFAULT. */
long socket_address_get(struct socket_address *out, const void __user *address, int len);
/* To a program that says at @len how much room it has, and is told how much it would take. */
long socket_address_put(const struct socket_address *from, void __user *address, u32 __user *len);
