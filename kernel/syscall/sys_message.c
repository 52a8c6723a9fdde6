// SPDX-License-Identifier: MIT
/* sys_message.c -- sending and receiving on sockets: sendto to recvmmsg. */
#include "core/errno.h"
#include "lib/string.h"
#include "vm/io_vector.h"
#include "syscall/socket_copy.h"
#include "syscall/syscalls.h"
#include "time/clock.h"
#include "vm/user_copy.h"

#include <linux/uio.h>

/* ---- addresses ---- */

long socket_address_get(struct socket_address *out, const void __user *address, int len)
{
	if (len < 0 || len > (int)sizeof(out->bytes))
		return -EINVAL;
	out->family = AF_UNSPEC;
	out->len = (u32)len;
	return len && copy_from_user(out->bytes, address, (size_t)len) ? -EFAULT : 0;
}

long socket_address_put(const struct socket_address *from, void __user *address, u32 __user *len)
{
	u32 room;

	if (get_user_u32(&room, len))
		return -EFAULT;
	if ((int)room < 0)
		return -EINVAL;
	room = min(room, from->len);
	if (room && copy_to_user(address, from->bytes, room))
		return -EFAULT;
	return put_user_u32(from->len, len) ? -EFAULT : 0;
}

/* ---- one message ---- */

static ssize_t send_message(const struct file *file, struct socket *socket,
			    struct socket_message *message)
{
	if (READ_ONCE(file->flags) & O_NONBLOCK)
		message->flags |= MSG_DONTWAIT;
	return socket->ops->send(socket, message);
}

static ssize_t receive_message(const struct file *file, struct socket *socket,
			       struct socket_message *message)
{
	if (READ_ONCE(file->flags) & O_NONBLOCK)
		message->flags |= MSG_DONTWAIT;
	return socket->ops->receive(socket, message);
}

long sys_sendto(int fd, const void __user *buf, size_t len, unsigned flags,
		const void __user *address, int address_len)
{
	struct socket_message message = {.flags = flags};
	struct socket_address to;
	struct socket *socket;
	struct fd_ref ref;
	struct uio uio;
	long result = socket_get(fd, &ref, &socket);

	if (result)
		return result;
	uio_init_user(&uio, (void __user *)buf, min(len, RW_BYTES_MAX));
	message.uio = &uio;
	if (address) {
		result = socket_address_get(&to, address, address_len);
		message.address = address_len ? &to : NULL;
	}
	if (!result)
		result = flags || address || !len ? send_message(ref.file, socket, &message)
						  : file_write(ref.file, &uio, NULL);
	fd_put_light(ref);
	return result;
}

long sys_recvfrom(int fd, void __user *buf, size_t len, unsigned flags, void __user *address,
		  u32 __user *address_len)
{
	struct socket_message message = {.flags = flags};
	struct socket_address from;
	struct socket *socket;
	struct fd_ref ref;
	struct uio uio;
	long result = socket_get(fd, &ref, &socket), err;

	if (result)
		return result;
	uio_init_user(&uio, buf, min(len, RW_BYTES_MAX));
	message.uio = &uio;
	if (address) {
		from.len = 0;
		message.address = &from;
	}
	result = flags || address || !len ? receive_message(ref.file, socket, &message)
					  : file_read(ref.file, &uio, NULL);
	if (result >= 0 && address) {
		err = socket_address_put(&from, address, address_len);
		if (err)
			result = err;
	}
	fd_put_light(ref);
	return result;
}

/* ---- messages with everything ---- */

/* Copy in a struct msghdr. 0: the caller must call io_vector_free(). */
static long header_get(struct socket_msghdr *header, const void __user *from,
		       struct io_vector *vector, struct socket_message *message)
{
	int err = copy_from_user(header, from, sizeof(*header));

	if (err)
		return err;
	if (header->name_len < 0 || (header->name && header->name_len < 0))
		return -EINVAL;
	if (header->nr_iov > UIO_MAXIOV)
		return -EMSGSIZE;
	err = io_vector_get(vector, (const struct iovec __user *)header->iov, header->nr_iov);
	if (err)
		return err;
	message->uio = &vector->uio;
	if (header->control_len > 0x7fffffffU) {
		io_vector_free(vector);
		return -ENOBUFS;
	}
	if (header->control && header->control_len) {
		message->control = (void __user *)header->control;
		message->control_len = header->control_len;
	}
	return 0;
}

static long send_one(struct file *file, struct socket *socket, const void __user *msg,
		     unsigned flags)
{
	struct socket_message message = {.flags = flags};
	struct socket_msghdr header;
	struct socket_address to;
	struct io_vector vector;
	long result = header_get(&header, msg, &vector, &message);

	if (result)
		return result;
	if (header.name && header.name_len) {
		result = socket_address_get(&to, (const void __user *)header.name,
					    min(header.name_len, (int)sizeof(to.bytes)));
		message.address = &to;
	}
	if (!result)
		result = send_message(file, socket, &message);
	io_vector_free(&vector);
	return result;
}

/* Write the results of a receive back to the header at @msg. */
static long header_put(const struct socket_message *message, const struct socket_msghdr *header,
		       struct socket_msghdr __user *msg)
{
	u32 flags = message->flags_out | (message->flags & MSG_CMSG_CLOEXEC);
	u64 used = message->control ? (u64)message->control - header->control : 0;
	u32 room;

	if (message->address) {
		room = min((u32)header->name_len, message->address->len);
		if (room &&
		    copy_to_user((void __user *)header->name, message->address->bytes, room))
			return -EFAULT;
		if (put_user_u32(message->address->len, (u32 __user *)&msg->name_len))
			return -EFAULT;
	}
	if (put_user_u32(flags, &msg->flags) || put_user_u64(used, &msg->control_len))
		return -EFAULT;
	return 0;
}

static long receive_one(struct file *file, struct socket *socket, void __user *msg, unsigned flags)
{
	struct socket_message message = {.flags = flags};
	struct socket_msghdr header;
	struct socket_address from;
	struct io_vector vector;
	long result = header_get(&header, msg, &vector, &message), err;

	if (result)
		return result;
	if (header.name) {
		from.len = 0;
		message.address = &from;
	}
	result = receive_message(file, socket, &message);
	if (result >= 0) {
		err = header_put(&message, &header, msg);
		if (err)
			result = err;
	}
	io_vector_free(&vector);
	return result;
}

long sys_sendmsg(int fd, const void __user *msg, unsigned flags)
{
	struct socket *socket;
	struct fd_ref ref;
	long result = socket_get(fd, &ref, &socket);

	if (result)
		return result;
	result = send_one(ref.file, socket, msg, flags);
	fd_put_light(ref);
	return result;
}

long sys_recvmsg(int fd, void __user *msg, unsigned flags)
{
	struct socket *socket;
	struct fd_ref ref;
	long result = socket_get(fd, &ref, &socket);

	if (result)
		return result;
	result = receive_one(ref.file, socket, msg, flags);
	fd_put_light(ref);
	return result;
}

/* ---- several messages ---- */

long sys_sendmmsg(int fd, void __user *messages, unsigned nr, unsigned flags)
{
	struct socket_mmsghdr __user *at = messages;
	struct socket *socket;
	struct fd_ref ref;
	unsigned done;
	long result = socket_get(fd, &ref, &socket);

	if (result)
		return result;
	nr = min(nr, (unsigned)UIO_MAXIOV);
	for (done = 0; done < nr; done++) {
		result = send_one(ref.file, socket, at + done, flags);
		if (result >= 0 && put_user_u32((u32)result, &at[done].len))
			result = -EFAULT;
		if (result < 0)
			break;
		if (thread_kill_pending(current_thread())) {
			done++;
			break;
		}
	}
	fd_put_light(ref);
	return done ? (long)done : nr ? result : 0;
}

static long receive_several(struct file *file, struct socket *socket,
			    struct socket_mmsghdr __user *at, unsigned nr, unsigned flags,
			    u64 deadline)
{
	bool for_one = flags & MSG_WAITFORONE;
	long result = 0;
	unsigned done = 0;

	flags &= ~MSG_WAITFORONE;
	result = socket_take_error(socket);
	if (result)
		return result;
	while (done < nr) {
		result = receive_one(file, socket, at + done, flags);
		if (result >= 0 && put_user_u32((u32)result, &at[done].len))
			result = -EFAULT;
		if (result < 0)
			break;
		done++;
		if (for_one)
			flags |= MSG_DONTWAIT;
		if (thread_kill_pending(current_thread()) ||
		    (deadline != DEADLINE_NEVER && clock_monotonic_ns() >= deadline))
			break;
	}
	if (!done)
		return result;
	if (result < 0 && result != -EAGAIN && result > -512) /* reported by the next call */
		__atomic_store_n(&socket->error, (s32)-result, __ATOMIC_RELAXED);
	return done;
}

/* Write the remaining time back. */
static long put_time_left(void __user *timeout, u64 deadline)
{
	u64 now = clock_monotonic_ns(), left = deadline > now ? deadline - now : 0;
	s64 value[2] = {(s64)(left / NS_PER_SECOND), (s64)(left % NS_PER_SECOND)};

	return copy_to_user(timeout, value, sizeof(value));
}

static long get_deadline(const void __user *timeout, u64 *deadline)
{
	s64 value[2];
	u64 ns;

	*deadline = DEADLINE_NEVER;
	if (!timeout)
		return 0;
	if (copy_from_user(value, timeout, sizeof(value)))
		return -EFAULT;
	if (value[0] < 0 || value[1] < 0 || value[1] >= (s64)NS_PER_SECOND)
		return -EINVAL;
	if (__builtin_mul_overflow((u64)value[0], NS_PER_SECOND, &ns) ||
	    __builtin_add_overflow(ns, (u64)value[1] + clock_monotonic_ns(), deadline))
		*deadline = DEADLINE_NEVER;
	return 0;
}

long sys_recvmmsg(int fd, void __user *messages, unsigned nr, unsigned flags, void __user *timeout)
{
	struct socket *socket;
	struct fd_ref ref;
	u64 deadline;
	long result = get_deadline(timeout, &deadline);

	if (result)
		return result;
	result = socket_get(fd, &ref, &socket);
	if (result)
		return result;
	nr = min(nr, (unsigned)UIO_MAXIOV);
	result = receive_several(ref.file, socket, messages, nr, flags, deadline);
	fd_put_light(ref);
	if (result > 0 && timeout && put_time_left(timeout, deadline))
		result = -EFAULT;
	return result;
}
