// SPDX-License-Identifier: MIT
/* socket_options.c -- making sockets, setsockopt, getsockopt, and arguments that are wrong. */
#include "socket_test.h"
#include <sys/time.h>

static int option(int fd, int name)
{
	int value = -12345;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &len) ? -errno : value;
}

static int set(int fd, int name, int value)
{
	return setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value));
}

TEST(create, "what kinds of socket there are")
{
	int fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));

	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
	CHECK_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
	CHECK_OK(socket(AF_UNIX, SOCK_SEQPACKET, 0));
	CHECK_OK(socket(AF_UNIX, SOCK_STREAM, AF_UNIX));
	CHECK_ERR(socket(AF_UNIX, SOCK_STREAM, 17), EPROTONOSUPPORT);
	CHECK_ERR(socket(AF_UNIX, SOCK_RDM, 0), ESOCKTNOSUPPORT);
	CHECK_ERR(socket(AF_UNIX, 15, 0), EINVAL);
	CHECK_ERR(socket(AF_UNIX, SOCK_STREAM | 0x100, 0), EINVAL);
	CHECK_ERR(socket(-1, SOCK_STREAM, 0), EAFNOSUPPORT);
	CHECK_ERR(socket(1234, SOCK_STREAM, 0), EAFNOSUPPORT);
	CHECK_ERR(socketpair(AF_UNIX, SOCK_STREAM, 0, wild(16)), EFAULT);
}

TEST(facts, "what a socket tells of itself")
{
	int fd = (int)MUST(socket(AF_UNIX, SOCK_SEQPACKET, 0));

	CHECK_EQ(option(fd, SO_TYPE), SOCK_SEQPACKET);
	CHECK_EQ(option(fd, SO_DOMAIN), AF_UNIX);
	CHECK_EQ(option(fd, SO_PROTOCOL), 0);
	CHECK_EQ(option(fd, SO_ERROR), 0);
	CHECK_EQ(option(fd, SO_ACCEPTCONN), 0);
	CHECK_EQ(option(fd, SO_SNDBUF), 212992);
	CHECK_EQ(option(fd, SO_RCVBUF), 212992);
	CHECK_EQ(option(fd, SO_RCVLOWAT), 1);
	MUST(bind_to(fd, "s"));
	MUST(listen(fd, 1));
	CHECK_EQ(option(fd, SO_ACCEPTCONN), 1);
	CHECK_ERR(set(fd, SO_TYPE, 1), ENOPROTOOPT);
	CHECK_ERR(set(fd, SO_ACCEPTCONN, 1), ENOPROTOOPT);
}

TEST(switches, "switches are kept")
{
	static const int names[] = {SO_REUSEADDR, SO_KEEPALIVE, SO_BROADCAST, SO_PASSCRED,
				    SO_DONTROUTE};
	int fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		CHECK_EQ(option(fd, names[i]), 0);
		CHECK_OK(set(fd, names[i], 5));
		CHECK_EQ(option(fd, names[i]), 1);
		CHECK_OK(set(fd, names[i], 0));
		CHECK_EQ(option(fd, names[i]), 0);
	}
}

TEST(buffers, "the send buffer's size can be set, and is what it says")
{
	static char block[400000];
	int p[2];

	make_pair(SOCK_DGRAM, p);
	CHECK_OK(set(p[0], SO_SNDBUF, 20000));
	CHECK_EQ(option(p[0], SO_SNDBUF), 40000);
	CHECK_ERR(send(p[0], block, 40000, 0), EMSGSIZE);
	CHECK_EQ(send(p[0], block, 30000, 0), 30000);
	CHECK_OK(set(p[0], SO_SNDBUF, 1));
	CHECK_EQ(option(p[0], SO_SNDBUF), 4608);
	CHECK_OK(set(p[0], SO_RCVBUF, 1));
	CHECK_EQ(option(p[0], SO_RCVBUF), 2304);
	CHECK_OK(set(p[1], SO_SNDBUF, 100000000));
	CHECK_GE(option(p[1], SO_SNDBUF), 425984); /* bounded by the system's limit */
	CHECK_LE(option(p[1], SO_SNDBUF), 1 << 28);
	make_pair(SOCK_STREAM, p);
	long n, small = 0, large = 0;

	while ((n = send(p[0], block, 1000, MSG_DONTWAIT)) > 0)
		large += n;
	CHECK_OK(set(p[1], SO_SNDBUF, 8000));
	while ((n = send(p[1], block, 1000, MSG_DONTWAIT)) > 0)
		small += n;
	CHECK(small > 0 && small < large / 2);
}

TEST(timeouts, "SO_RCVTIMEO and SO_SNDTIMEO end a wait with EAGAIN")
{
	struct timeval tv = {0, 50000}, got;
	static char block[1 << 20];
	socklen_t len = sizeof(got);
	long long start;
	int p[2], listener = listen_at(SOCK_STREAM, "s", 0);
	char c;

	make_pair(SOCK_STREAM, p);
	MUST(setsockopt(p[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	MUST(setsockopt(p[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	CHECK_OK(getsockopt(p[0], SOL_SOCKET, SO_RCVTIMEO, &got, &len));
	CHECK(len == sizeof(got) && got.tv_sec == 0 && got.tv_usec >= 50000 && got.tv_usec < 60000);
	start = tap_now_ns(CLOCK_MONOTONIC);
	CHECK_ERR(read(p[0], &c, 1), EAGAIN);
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 49000000);
	CHECK(write(p[0], block, sizeof(block)) > 0);
	CHECK_ERR(write(p[0], block, sizeof(block)), EAGAIN);
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 140000000);
	MUST(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	CHECK_ERR(accept(listener, NULL, NULL), EAGAIN);
	tv.tv_usec = 1000000;
	CHECK_ERR(setsockopt(p[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), EDOM);
	CHECK_ERR(setsockopt(p[0], SOL_SOCKET, SO_RCVTIMEO, &tv, 8), EINVAL);
	make_pair(SOCK_DGRAM, p);
	tv.tv_usec = 20000;
	MUST(setsockopt(p[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	CHECK_ERR(read(p[0], &c, 1), EAGAIN);
}

TEST(low_water, "SO_RCVLOWAT: so much must be there")
{
	char buffer[8];
	int p[2];

	make_pair(SOCK_STREAM, p);
	MUST(set(p[1], SO_RCVLOWAT, 3));
	pid_t pid = SPAWN(CHECK_EQ(read(p[1], buffer, 8), 3));

	MUST(write(p[0], "ab", 2));
	tap_wait_asleep(pid);
	MUST(write(p[0], "c", 1));
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(unknown, "unknown options and levels, lengths, pointers")
{
	int fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)), value = 1;
	socklen_t len = sizeof(value);

	CHECK_ERR(setsockopt(fd, SOL_SOCKET, 4242, &value, sizeof(value)), ENOPROTOOPT);
	CHECK_ERR(getsockopt(fd, SOL_SOCKET, 4242, &value, &len), ENOPROTOOPT);
	CHECK_ERR(setsockopt(fd, 6, 1, &value, sizeof(value)), EOPNOTSUPP);
	CHECK_ERR(getsockopt(fd, 6, 1, &value, &len), EOPNOTSUPP);
	CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, 3), EINVAL);
	CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, wild(16), 4), EFAULT);
	CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, (socklen_t)-1), EINVAL);
	CHECK_ERR(getsockopt(fd, SOL_SOCKET, SO_TYPE, wild(16), &len), EFAULT);
	CHECK_ERR(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, wild(16)), EFAULT);
	len = 2;
	CHECK_OK(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
	CHECK_EQ(len, 2);
	len = 100;
	CHECK_OK(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
	CHECK_EQ(len, 4);
}

TEST(not_sockets, "every call says ENOTSOCK of a file and EBADF of nothing")
{
	static const int calls[] = {SYS_connect,     SYS_accept,      SYS_sendto,
				    SYS_recvfrom,    SYS_sendmsg,     SYS_recvmsg,
				    SYS_shutdown,    SYS_bind,	      SYS_listen,
				    SYS_getsockname, SYS_getpeername, SYS_setsockopt,
				    SYS_getsockopt,  SYS_accept4};
	int file = tap_file("f", ""), path;
	struct msghdr msg = {0};

	MUST(bind_to((int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)), "s"));
	path = (int)MUST(open("s", O_PATH));
	for (unsigned i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		CHECK_ERR(syscall(calls[i], file, &msg, 0, 0, 0, 0), ENOTSOCK);
		CHECK_ERR(syscall(calls[i], 9999, &msg, 0, 0, 0, 0), EBADF);
		CHECK_ERR(syscall(calls[i], path, &msg, 0, 0, 0, 0), EBADF);
	}
}

TEST(pointers, "bad pointers in messages and addresses")
{
	struct sockaddr_un address;
	struct iovec iov = {wild(16), 5};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	socklen_t len = sizeof(address);
	char c;
	int p[2];

	make_pair(SOCK_STREAM, p);
	CHECK_ERR(syscall(SYS_sendmsg, p[0], wild(16), 0), EFAULT);
	CHECK_ERR(syscall(SYS_recvmsg, p[0], wild(16), 0), EFAULT);
	CHECK_ERR(syscall(SYS_sendmsg, p[0], &msg, 0), EFAULT);
	msg.msg_iov = wild(16);
	CHECK_ERR(syscall(SYS_sendmsg, p[0], &msg, 0), EFAULT);
	iov.iov_base = &c;
	iov.iov_len = 1;
	msg.msg_iov = &iov;
	msg.msg_control = wild(16);
	msg.msg_controllen = 20;
	CHECK_ERR(syscall(SYS_sendmsg, p[0], &msg, 0), EFAULT);
	msg.msg_control = NULL;
	msg.msg_controllen = 0;
	msg.msg_iovlen = 5000;
	CHECK_ERR(syscall(SYS_sendmsg, p[0], &msg, 0), EMSGSIZE);
	CHECK_ERR(getsockname(p[0], wild(16), &len), EFAULT);
	CHECK_ERR(getsockname(p[0], (struct sockaddr *)&address, wild(16)), EFAULT);
	len = (socklen_t)-5;
	CHECK_ERR(getsockname(p[0], (struct sockaddr *)&address, &len), EINVAL);
	CHECK_ERR(bind(p[0], wild(16), 10), EFAULT);
	CHECK_ERR(connect(p[0], wild(16), 10), EFAULT);
	CHECK_ERR(shutdown(p[0], 3), EINVAL);
	CHECK_ERR(shutdown(p[0], -1), EINVAL);
	char control[40] = {1}; /* a header that is too short */
	msg.msg_iovlen = 1;
	msg.msg_control = control;
	msg.msg_controllen = sizeof(control);
	CHECK_ERR(syscall(SYS_sendmsg, p[0], &msg, 0), EINVAL);
}

TEST(more_room, "a larger SO_SNDBUF lets a sender go on that waits for room")
{
	char bytes[8192] = {0};
	int p[2];

	make_pair(SOCK_STREAM, p);
	MUST(set(p[0], SO_SNDBUF, 1));
	pid_t sender = SPAWN(CHECK_EQ(write(p[0], bytes, sizeof(bytes)), sizeof(bytes));
			     CHECK_EQ(write(p[0], bytes, sizeof(bytes)), sizeof(bytes)));

	tap_wait_asleep(sender);
	MUST(set(p[0], SO_SNDBUF, 200000));
	CHECK_EXITED(tap_wait(sender), 0);
}
