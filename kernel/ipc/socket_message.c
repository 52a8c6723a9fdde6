// SPDX-License-Identifier: MIT
/*
 * socket_message.c -- addresses and messages between programs and the families of sockets, which
 * know neither their layout nor descriptors.
 *
 * Idea.  The structures of the ABI are read and written here. A family gets an address in kernel
 *   memory, segments as a uio, and the place of the control buffer. Each header is copied in once,
 *   so that what was checked is what is used.
 * Invariants.
 *   M1  accept reserves its descriptor first: a connection that it takes from the backlog is not
 *       lost for want of a number.
 *   M2  Of several messages the number that were done is reported. An error after them is kept in
 *       socket->error for the next call, as on Linux.
 * Locks.  None; may sleep. The file is held by the struct socket_ref.
 * Cost.  sendmmsg and recvmmsg do at most UIO_MAXIOV messages, and end when the thread is killed.
 * Tests.  tests/guest/socket/socket_dgram.c, socket_seqpacket.c, socket_storm.c.
 */
#include "ipc/socket_message.h"

#include "core/errno.h"
#include "vm/io_vector.h"
#include "time/clock.h"
#include "vm/user_copy.h"

#include <linux/uio.h>

long socket_get(int fd, struct socket_ref *out)
{
	out->ref = fd_get_light(fd);
	if (unlikely(!out->ref.file))
		return -EBADF;
	out->socket = socket_of_file(out->ref.file);
	if (likely(out->socket))
		return 0;
	fd_put_light(out->ref);
	return -ENOTSOCK;
}

/* ---- addresses ---- */

long socket_address_from_user(struct socket_address *out, const void __user *address, int len)
{
	if (len < 0 || len > (int)sizeof(out->bytes))
		return -EINVAL;
	out->family = AF_UNSPEC;
	out->len = (u32)len;
	return len && copy_from_user(out->bytes, address, (size_t)len) ? -EFAULT : 0;
}

long socket_address_to_user(void __user *address, u32 __user *len,
			    const struct socket_address *from)
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

long socket_name_to_user(struct socket *socket, bool of_peer, void __user *address, u32 __user *len)
{
	struct socket_address name;
	long err = socket->ops->get_name(socket, of_peer, &name);

	return err ? err : socket_address_to_user(address, len, &name);
}

long socket_accept(const struct socket_ref *s, void __user *address, u32 __user *len, int flags)
{
	struct file *file;
	long err;
	int fd;

	if (!s->socket->ops->accept)
		return -EOPNOTSUPP;
	fd = fd_reserve(0, flags & SOCK_CLOEXEC);
	if (fd < 0)
		return fd;
	err = s->socket->ops->accept(s->socket, (int)READ_ONCE(s->ref.file->flags),
				     flags & O_NONBLOCK, &file);
	if (!err && address) {
		err = socket_name_to_user(socket_of_file(file), true, address, len);
		if (err)
			file_put(file);
		if (err == -ENOTCONN) /* the peer has closed it meanwhile */
			err = -ECONNABORTED;
	}
	if (err) {
		fd_unreserve(fd);
		return err;
	}
	fd_fill(fd, file);
	return fd;
}

/* ---- messages ---- */

ssize_t socket_send(const struct socket_ref *s, struct socket_message *message)
{
	if (READ_ONCE(s->ref.file->flags) & O_NONBLOCK)
		message->flags |= MSG_DONTWAIT;
	return s->socket->ops->send(s->socket, message);
}

ssize_t socket_receive(const struct socket_ref *s, struct socket_message *message)
{
	if (READ_ONCE(s->ref.file->flags) & O_NONBLOCK)
		message->flags |= MSG_DONTWAIT;
	return s->socket->ops->receive(s->socket, message);
}

/* Copy in a struct msghdr. 0: the caller must call io_vector_free(). */
static long header_get(struct socket_msghdr *header, const struct socket_msghdr __user *from,
		       struct io_vector *vector, struct socket_message *message)
{
	int err = copy_from_user(header, from, sizeof(*header));

	if (err)
		return err;
	if (header->name_len < 0)
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

long socket_send_header(const struct socket_ref *s, const struct socket_msghdr __user *msg,
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
		result = socket_address_from_user(&to, (const void __user *)header.name,
						  min(header.name_len, (int)sizeof(to.bytes)));
		message.address = &to;
	}
	if (!result)
		result = socket_send(s, &message);
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

long socket_receive_header(const struct socket_ref *s, struct socket_msghdr __user *msg,
			   unsigned flags)
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
	result = socket_receive(s, &message);
	if (result >= 0) {
		err = header_put(&message, &header, msg);
		if (err)
			result = err;
	}
	io_vector_free(&vector);
	return result;
}

long socket_send_several(const struct socket_ref *s, struct socket_mmsghdr __user *messages,
			 unsigned nr, unsigned flags)
{
	unsigned done = 0;
	long result = 0;

	nr = min(nr, (unsigned)UIO_MAXIOV);
	while (done < nr) {
		result = socket_send_header(s, &messages[done].header, flags);
		if (result >= 0 && put_user_u32((u32)result, &messages[done].len))
			result = -EFAULT;
		if (result < 0)
			break;
		done++;
		if (thread_kill_pending(current_thread()))
			break;
	}
	return done ? (long)done : result;
}

long socket_receive_several(const struct socket_ref *s, struct socket_mmsghdr __user *messages,
			    unsigned nr, unsigned flags, u64 deadline_ns)
{
	bool for_one = flags & MSG_WAITFORONE;
	long result = 0;
	unsigned done = 0;

	nr = min(nr, (unsigned)UIO_MAXIOV);
	flags &= ~MSG_WAITFORONE;
	result = socket_take_error(s->socket);
	if (result)
		return result;
	while (done < nr) {
		result = socket_receive_header(s, &messages[done].header, flags);
		if (result >= 0 && put_user_u32((u32)result, &messages[done].len))
			result = -EFAULT;
		if (result < 0)
			break;
		done++;
		if (for_one)
			flags |= MSG_DONTWAIT;
		if (thread_kill_pending(current_thread()) ||
		    (deadline_ns != DEADLINE_NEVER && clock_monotonic_ns() >= deadline_ns))
			break;
	}
	if (!done)
		return result;
	if (result < 0 && result != -EAGAIN && result > -512) /* reported by the next call */
		__atomic_store_n(&s->socket->error, (s32)-result, __ATOMIC_RELAXED);
	return done;
}
