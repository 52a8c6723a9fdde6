/* SPDX-License-Identifier: MIT */
/* Shared by the files of the socket calls: from descriptor to socket, and addresses in and out. */
#pragma once

#include "ipc/socket.h"
#include "vfs/file/fdtable.h"

/*
 * The socket of @fd for this call: 0 (the caller must call fd_put_light(*ref)), -EBADF, -ENOTSOCK.
 */
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
/* Copy in an address. 0, -EINVAL, -EFAULT. */
long socket_address_get(struct socket_address *out, const void __user *address, int len);
/*
 * Copy out an address: *@len is the size of the program's buffer, and is set to the address's
 * length. 0, -EINVAL, -EFAULT.
 */
long socket_address_put(const struct socket_address *from, void __user *address, u32 __user *len);
