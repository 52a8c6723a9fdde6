// SPDX-License-Identifier: MIT
/* sys_message.c -- sending and receiving on sockets: sendto to recvmmsg. */
#include "core/errno.h"
#include "ipc/socket_message.h"
#include "syscall/syscalls.h"
#include "vm/io_vector.h"
#include "vm/time_copy.h"

long sys_sendto(int fd, const void __user *buf, size_t len, unsigned flags,
		const void __user *address, int address_len)
{
	struct socket_message message = {.flags = flags};
	struct socket_address to;
	struct socket_ref s;
	struct uio uio;
	long result = socket_get(fd, &s);

	if (result)
		return result;
	uio_init_user(&uio, (void __user *)buf, min(len, RW_BYTES_MAX));
	message.uio = &uio;
	if (address) {
		result = socket_address_from_user(&to, address, address_len);
		message.address = address_len ? &to : NULL;
	}
	if (!result)
		result = flags || address || !len ? socket_send(&s, &message)
						  : file_write(s.ref.file, &uio, NULL);
	socket_put(&s);
	return result;
}

long sys_recvfrom(int fd, void __user *buf, size_t len, unsigned flags, void __user *address,
		  u32 __user *address_len)
{
	struct socket_message message = {.flags = flags};
	struct socket_address from;
	struct socket_ref s;
	struct uio uio;
	long result = socket_get(fd, &s), err;

	if (result)
		return result;
	uio_init_user(&uio, buf, min(len, RW_BYTES_MAX));
	message.uio = &uio;
	if (address) {
		from.len = 0;
		message.address = &from;
	}
	result = flags || address || !len ? socket_receive(&s, &message)
					  : file_read(s.ref.file, &uio, NULL);
	if (result >= 0 && address) {
		err = socket_address_to_user(address, address_len, &from);
		if (err)
			result = err;
	}
	socket_put(&s);
	return result;
}

long sys_sendmsg(int fd, const struct socket_msghdr __user *msg, unsigned flags)
{
	struct socket_ref s;
	long result = socket_get(fd, &s);

	if (result)
		return result;
	result = socket_send_header(&s, msg, flags);
	socket_put(&s);
	return result;
}

long sys_recvmsg(int fd, struct socket_msghdr __user *msg, unsigned flags)
{
	struct socket_ref s;
	long result = socket_get(fd, &s);

	if (result)
		return result;
	result = socket_receive_header(&s, msg, flags);
	socket_put(&s);
	return result;
}

long sys_sendmmsg(int fd, struct socket_mmsghdr __user *messages, unsigned nr, unsigned flags)
{
	struct socket_ref s;
	long result = socket_get(fd, &s);

	if (result)
		return result;
	result = socket_send_several(&s, messages, nr, flags);
	socket_put(&s);
	return result;
}

long sys_recvmmsg(int fd, struct socket_mmsghdr __user *messages, unsigned nr, unsigned flags,
		  struct __kernel_timespec __user *timeout)
{
	struct socket_ref s;
	u64 deadline;
	long result = copy_timeout_from_user(&deadline, timeout);

	if (!result)
		result = socket_get(fd, &s);
	if (result)
		return result;
	result = socket_receive_several(&s, messages, nr, flags, deadline);
	socket_put(&s);
	if (result > 0 && timeout && copy_timespec_to_user(timeout, deadline_left(deadline)))
		result = -EFAULT;
	return result;
}
