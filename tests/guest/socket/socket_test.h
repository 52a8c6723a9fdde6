/* SPDX-License-Identifier: MIT */
/* socket_test.h -- what the socket tests share: addresses, pairs, control messages. */
#pragma once
#include "tap.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

/* An address by name; a leading '@' stands for the NUL of an abstract one. */
static inline socklen_t make_address(struct sockaddr_un *address, const char *name)
{
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	strcpy(address->sun_path, name);
	if (name[0] != '@')
		return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name) + 1);
	address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
}

static inline int bind_to(int fd, const char *name)
{
	struct sockaddr_un address;
	socklen_t len = make_address(&address, name);

	return bind(fd, (struct sockaddr *)&address, len);
}

static inline int connect_to(int fd, const char *name)
{
	struct sockaddr_un address;
	socklen_t len = make_address(&address, name);

	return connect(fd, (struct sockaddr *)&address, len);
}

/* A socket that listens at `name`. */
static inline int listen_at(int type, const char *name, int backlog)
{
	int fd = (int)MUST(socket(AF_UNIX, type, 0));

	MUST(bind_to(fd, name));
	MUST(listen(fd, backlog));
	return fd;
}

static inline void make_pair(int type, int ends[2])
{
	MUST(socketpair(AF_UNIX, type, 0, ends));
}

/* Events of poll(2) on one descriptor, or -errno. */
static inline int poll_one(int fd, short events, int timeout)
{
	struct pollfd one = {.fd = fd, .events = events, .revents = 0x7777};
	int got = poll(&one, 1, timeout);

	return got < 0 ? -errno : one.revents;
}

/* sendmsg with descriptors. */
static inline ssize_t send_fds(int fd, const void *bytes, size_t len, const int *fds, unsigned nr)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(300 * sizeof(int))];
	} control;
	struct iovec iov = {(void *)(uintptr_t)bytes, len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control};
	struct cmsghdr *c;

	memset(&control, 0, sizeof(control));
	msg.msg_controllen = CMSG_SPACE(nr * sizeof(int));
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(nr * sizeof(int));
	memcpy(CMSG_DATA(c), fds, nr * sizeof(int));
	return syscall(SYS_sendmsg, fd, &msg,
		       MSG_NOSIGNAL | MSG_DONTWAIT); /* musl has a limit of its own */
}

struct received {
	ssize_t len;
	int flags;
	unsigned nr_fds;
	int fds[300];
	bool has_credentials;
	struct ucred credentials;
	char bytes[70000];
};

/* recvmsg with room for `room` bytes of control messages, and of `want` bytes. */
static inline ssize_t receive_all(int fd, struct received *r, size_t want, size_t room, int flags)
{
	static union {
		struct cmsghdr align;
		char bytes[2048];
	} control;
	struct iovec iov = {r->bytes, want};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = room ? &control : NULL,
			     .msg_controllen = room};

	memset(r, 0, offsetof(struct received, bytes));
	r->len = recvmsg(fd, &msg, flags);
	r->flags = msg.msg_flags;
	if (r->len < 0)
		return r->len;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_RIGHTS) {
			r->nr_fds = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
			memcpy(r->fds, CMSG_DATA(c), r->nr_fds * sizeof(int));
		} else if (c->cmsg_type == SCM_CREDENTIALS) {
			r->has_credentials = true;
			memcpy(&r->credentials, CMSG_DATA(c), sizeof(r->credentials));
		}
	}
	return r->len;
}
