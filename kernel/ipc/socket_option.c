// SPDX-License-Identifier: MIT
/*
 * socket_option.c -- setsockopt(2) and getsockopt(2) at SOL_SOCKET, the same for all families.
 *
 * Parts.  One case for each option. Switches are bits of socket->options. Limits and timeouts are
 *   fields that senders and receivers read without a lock; each is one word. What has no effect
 *   here is kept and shown (socket->kept). Options that are not known here are the family's to show
 *   (ops->get_option).
 * Tests.  tests/guest/socket/socket_options.c.
 */
#include "core/errno.h"
#include "ipc/socket.h"
#include "lib/string.h"
#include "time/clock.h"
#include "vfs/cred.h"
#include "vm/user_copy.h"

#include <asm/socket.h>
#include <linux/time_types.h>

#define SEND_MIN 4608U /* Linux's minimum, which contains its own overhead */
#define RECEIVE_MIN 2304U
#define OPTION_BYTES_MAX 1024U /* of a result: the longest is SO_PEERGROUPS */
#define BUFFER_FORCED_MAX 0x3fffffffU

/* Options that are on or off: a bit of socket->options each. */
#define SWITCHES                                                                                   \
	(1UL << SO_DEBUG | 1UL << SO_REUSEADDR | 1UL << SO_DONTROUTE | 1UL << SO_BROADCAST |       \
	 1UL << SO_KEEPALIVE | 1UL << SO_OOBINLINE | 1UL << SO_NO_CHECK | 1UL << SO_REUSEPORT |    \
	 1UL << SO_PASSCRED | 1UL << SO_PASSSEC | 1UL << SO_TIMESTAMP_OLD |                        \
	 1UL << SO_TIMESTAMPNS_OLD | 1UL << SO_RXQ_OVFL | 1UL << SO_WIFI_STATUS |                  \
	 1UL << SO_NOFCS | 1UL << SO_SELECT_ERR_QUEUE)

/* Values that are stored without effect: indices of socket->kept. */
enum { KEPT_PRIORITY, KEPT_MARK, KEPT_LINGER_ON, KEPT_LINGER_SECONDS };

static bool is_switch(int name)
{
	return name > 0 && name < 64 && SWITCHES >> name & 1;
}

static int set_switch(struct socket *socket, int name, bool on)
{
	if (name == SO_DEBUG && on && !capable(CAP_NET_ADMIN))
		return -EACCES;
	if (on)
		__atomic_fetch_or(&socket->options, 1UL << name, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(&socket->options, ~(1UL << name), __ATOMIC_RELAXED);
	if (socket->ops->option_changed)
		socket->ops->option_changed(socket, name);
	return 0;
}

/* Set *limit to twice @value, as Linux does, which adds its own overhead. */
static void set_limit(u32 *limit, int value, u32 least, u32 most)
{
	u32 wanted = value < 0 ? most : min((u32)value, most);

	WRITE_ONCE(*limit, max(wanted * 2, least));
}

static int set_buffer(struct socket *socket, int name, int value)
{
	bool force = name == SO_SNDBUFFORCE || name == SO_RCVBUFFORCE;
	u32 most = SOCKET_BUFFER_DEFAULT;

	if (force) {
		if (!capable(CAP_NET_ADMIN))
			return -EPERM;
		most = BUFFER_FORCED_MAX;
		value = max(value, 0);
	}
	if (name == SO_SNDBUF || name == SO_SNDBUFFORCE)
		set_limit(&socket->send_limit_bytes, value, SEND_MIN, most);
	else
		set_limit(&socket->receive_limit_bytes, value, RECEIVE_MIN, most);
	if (socket->ops->option_changed)
		socket->ops->option_changed(socket, name);
	return 0;
}

static int set_timeout(u64 *timeout, const void __user *value, u32 len)
{
	struct __kernel_old_timeval tv;
	u64 ns;

	if (len < sizeof(tv))
		return -EINVAL;
	if (copy_from_user(&tv, value, sizeof(tv)))
		return -EFAULT;
	if (tv.tv_usec < 0 || tv.tv_usec >= 1000000)
		return -EDOM;
	if (tv.tv_sec < 0)
		ns = 1; /* do not wait: 0 would mean no timeout */
	else if (__builtin_mul_overflow((u64)tv.tv_sec, NS_PER_SECOND, &ns) ||
		 __builtin_add_overflow(ns, (u64)tv.tv_usec * NS_PER_US, &ns))
		ns = 0;
	WRITE_ONCE(*timeout, ns);
	return 0;
}

static int set_linger(struct socket *socket, const void __user *value, u32 len)
{
	u32 linger[2]; /* struct linger: on, seconds */

	if (len < sizeof(linger))
		return -EINVAL;
	if (copy_from_user(linger, value, sizeof(linger)))
		return -EFAULT;
	WRITE_ONCE(socket->kept[KEPT_LINGER_ON], !!linger[0]);
	if (linger[0])
		WRITE_ONCE(socket->kept[KEPT_LINGER_SECONDS], linger[1]);
	return 0;
}

static int set_number(struct socket *socket, int name, int value)
{
	switch (name) {
	case SO_SNDBUF:
	case SO_RCVBUF:
	case SO_SNDBUFFORCE:
	case SO_RCVBUFFORCE:
		return set_buffer(socket, name, value);
	case SO_RCVLOWAT:
		WRITE_ONCE(socket->receive_low_bytes,
			   value < 0 ? 0x7fffffffU : max((u32)value, 1U));
		return 0;
	case SO_PRIORITY:
		if ((value < 0 || value > 6) && !capable(CAP_NET_ADMIN))
			return -EPERM;
		WRITE_ONCE(socket->kept[KEPT_PRIORITY], (u32)value);
		return 0;
	case SO_MARK:
		if (!capable(CAP_NET_ADMIN))
			return -EPERM;
		WRITE_ONCE(socket->kept[KEPT_MARK], (u32)value);
		return 0;
	case SO_BSDCOMPAT:
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int socket_set_option(struct socket *socket, int level, int name, const void __user *value, u32 len)
{
	u32 number;

	if (level != SOL_SOCKET)
		return -EOPNOTSUPP;
	if (len < sizeof(number))
		return -EINVAL;
	if (get_user_u32(&number, (const u32 __user *)value))
		return -EFAULT;
	if (is_switch(name))
		return set_switch(socket, name, number);
	switch (name) {
	case SO_RCVTIMEO_OLD:
		return set_timeout(&socket->receive_timeout_ns, value, len);
	case SO_SNDTIMEO_OLD:
		return set_timeout(&socket->send_timeout_ns, value, len);
	case SO_LINGER:
		return set_linger(socket, value, len);
	default:
		return set_number(socket, name, (int)number);
	}
}

/* ---- reading ---- */

static int get_number(struct socket *socket, int name, u32 *value)
{
	switch (name) {
	case SO_TYPE:
		*value = socket->type;
		return 0;
	case SO_DOMAIN:
		*value = socket->family;
		return 0;
	case SO_PROTOCOL:
		*value = 0;
		return 0;
	case SO_ERROR:
		*value = (u32)-socket_take_error(socket);
		return 0;
	case SO_SNDBUF:
		*value = socket->send_limit_bytes;
		return 0;
	case SO_RCVBUF:
		*value = socket->receive_limit_bytes;
		return 0;
	case SO_RCVLOWAT:
		*value = socket->receive_low_bytes;
		return 0;
	case SO_SNDLOWAT:
		*value = 1;
		return 0;
	case SO_PRIORITY:
		*value = socket->kept[KEPT_PRIORITY];
		return 0;
	case SO_MARK:
		*value = socket->kept[KEPT_MARK];
		return 0;
	case SO_BSDCOMPAT:
		*value = 0;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static void get_timeout(u64 ns, struct __kernel_old_timeval *tv)
{
	tv->tv_sec = (long)(ns / NS_PER_SECOND);
	tv->tv_usec = (long)(ns % NS_PER_SECOND / NS_PER_US);
}

/* Copy @size bytes to @value, or as many as *len allows. */
static int answer(void *value, u32 *len, const void *from, u32 size)
{
	*len = min(*len, size);
	memcpy(value, from, *len);
	return 0;
}

/* Into @value, which has *len bytes; *len becomes what was written. */
static int get_option(struct socket *socket, int name, void *value, u32 *len)
{
	struct __kernel_old_timeval tv;
	u32 number;
	int err;

	if (is_switch(name)) {
		number = socket_option(socket, name);
		return answer(value, len, &number, sizeof(number));
	}
	switch (name) {
	case SO_RCVTIMEO_OLD:
		get_timeout(socket->receive_timeout_ns, &tv);
		return answer(value, len, &tv, sizeof(tv));
	case SO_SNDTIMEO_OLD:
		get_timeout(socket->send_timeout_ns, &tv);
		return answer(value, len, &tv, sizeof(tv));
	case SO_LINGER:
		return answer(value, len, &socket->kept[KEPT_LINGER_ON], 2 * sizeof(u32));
	default:
		break;
	}
	err = get_number(socket, name, &number);
	if (!err)
		return answer(value, len, &number, sizeof(number));
	return socket->ops->get_option ? socket->ops->get_option(socket, name, value, len) : err;
}

int socket_get_option(struct socket *socket, int level, int name, void __user *value,
		      u32 __user *len)
{
	u8 buffer[OPTION_BYTES_MAX];
	u32 size;
	int err;

	if (level != SOL_SOCKET)
		return -EOPNOTSUPP;
	if (get_user_u32(&size, len))
		return -EFAULT;
	if ((int)size < 0)
		return -EINVAL;
	size = min(size, (u32)sizeof(buffer));
	err = get_option(socket, name, buffer, &size);
	if (err && err != -ERANGE)
		return err;
	if (!err && copy_to_user(value, buffer, size))
		return -EFAULT;
	return put_user_u32(size, len) ? -EFAULT : err;
}
