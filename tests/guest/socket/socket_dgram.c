// SPDX-License-Identifier: MIT
/* socket_dgram.c -- datagrams: boundaries, addresses, peers, limits. */
#include "socket_test.h"

static int ends[2];

TEST(boundaries, "each datagram is one read, also an empty one")
{
	char buffer[16];

	make_pair(SOCK_DGRAM, ends);
	CHECK_EQ(write(ends[0], "one", 3), 3);
	CHECK_EQ(send(ends[0], "", 0, 0), 0);
	CHECK_EQ(write(ends[0], "three", 5), 5);
	CHECK_EQ(read(ends[1], buffer, 16), 3);
	CHECK_EQ(recv(ends[1], buffer, 16, 0), 0);
	CHECK_EQ(read(ends[1], buffer, 16), 5);
	CHECK(!memcmp(buffer, "three", 5));
	CHECK_ERR(recv(ends[1], buffer, 16, MSG_DONTWAIT), EAGAIN);
}

TEST(truncation, "what does not fit is lost; MSG_TRUNC tells")
{
	static struct received r;
	char buffer[16];

	make_pair(SOCK_DGRAM, ends);
	for (int i = 0; i < 3; i++)
		MUST(write(ends[0], "0123456789", 10));
	CHECK_EQ(read(ends[1], buffer, 4), 4);
	CHECK_EQ(recv(ends[1], buffer, 4, MSG_TRUNC), 10);
	CHECK_EQ(receive_all(ends[1], &r, 4, 0, 0), 4);
	CHECK_EQ(r.flags, MSG_TRUNC);
	MUST(write(ends[0], "0123456789", 10));
	CHECK_EQ(recv(ends[1], buffer, 4, MSG_PEEK), 4);
	CHECK_EQ(recv(ends[1], buffer, 16, MSG_PEEK), 10);
	CHECK_EQ(recv(ends[1], buffer, 16, 0), 10);
}

TEST(large, "large datagrams arrive whole; too large ones are refused")
{
	static unsigned char block[300000], sink[300000];

	make_pair(SOCK_DGRAM, ends);
	for (unsigned i = 0; i < sizeof(block); i++)
		block[i] = (unsigned char)(i * 31 + (i >> 8));
	static const size_t sizes[] = {1535, 1536, 1537, 4096, 4097, 60000, 150000};

	for (unsigned i = 0; i < 7; i++) {
		CHECK_EQ(write(ends[0], block, sizes[i]), sizes[i]);
		memset(sink, 0, sizeof(sink));
		CHECK_EQ(read(ends[1], sink, sizeof(sink)), sizes[i]);
		CHECK(!memcmp(block, sink, sizes[i]));
	}
	CHECK_ERR(write(ends[0], block, sizeof(block)), EMSGSIZE);
}

TEST(addresses, "sendto finds a name, recvfrom tells one")
{
	struct sockaddr_un to, from;
	socklen_t len = make_address(&to, "server"), from_len = sizeof(from);
	int server = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	int client = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	char buffer[16];

	MUST(bind_to(server, "server"));
	CHECK_EQ(sendto(client, "anonymous", 9, 0, (struct sockaddr *)&to, len), 9);
	CHECK_EQ(recvfrom(server, buffer, 16, 0, (struct sockaddr *)&from, &from_len), 9);
	CHECK_EQ(from_len, 0);
	MUST(bind_to(client, "client"));
	CHECK_EQ(sendto(client, "named", 5, 0, (struct sockaddr *)&to, len), 5);
	from_len = sizeof(from);
	CHECK_EQ(recvfrom(server, buffer, 16, 0, (struct sockaddr *)&from, &from_len), 5);
	CHECK_EQ(from_len, 9);
	CHECK_STR(from.sun_path, "client");
	CHECK_EQ(sendto(server, "answer", 6, 0, (struct sockaddr *)&from, from_len), 6);
	CHECK_EQ(recv(client, buffer, 16, 0), 6);
	CHECK_ERR(send(client, "x", 1, 0), ENOTCONN);
	CHECK_ERR(write(client, "x", 1), ENOTCONN);
	from_len = 4;
	MUST(sendto(client, "named", 5, 0, (struct sockaddr *)&to, len));
	CHECK_EQ(recvfrom(server, buffer, 16, 0, (struct sockaddr *)&from, &from_len), 5);
	CHECK_EQ(from_len, 9); /* as long as it would be */
}

TEST(connected, "a connected socket sends to its peer, which others may not send to")
{
	struct sockaddr_un to, none = {.sun_family = AF_UNSPEC};
	socklen_t len = make_address(&to, "a");
	int a = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0)),
	    b = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0)),
	    c = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	char buffer[8];

	MUST(bind_to(a, "a"));
	MUST(bind_to(b, "b"));
	CHECK_OK(connect_to(b, "a"));
	CHECK_OK(connect_to(a, "b"));
	CHECK_EQ(write(b, "x", 1), 1);
	CHECK_EQ(read(a, buffer, 8), 1);
	CHECK_ERR(sendto(c, "x", 1, 0, (struct sockaddr *)&to, len), EPERM);
	CHECK_ERR(connect_to(c, "a"), EPERM);
	CHECK_OK(connect(a, (struct sockaddr *)&none, sizeof(none)));
	CHECK_EQ(sendto(c, "y", 1, 0, (struct sockaddr *)&to, len), 1);
	CHECK_EQ(read(a, buffer, 8), 1);
	CHECK_ERR(write(a, "x", 1), ENOTCONN);
	len = sizeof(to);
	CHECK_ERR(getpeername(a, (struct sockaddr *)&to, &len), ENOTCONN);
}

/* The first send to `a` that finds no room, with a word to `told` before it. */
static void send_until_full(const char *to, int told)
{
	struct sockaddr_un address;
	socklen_t len = make_address(&address, to);
	int fd = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));

	while (sendto(fd, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&address, len) == 1)
		;
	CHECK_EQ(errno, EAGAIN);
	MUST(write(told, "f", 1));
	CHECK_EQ(sendto(fd, "y", 1, 0, (struct sockaddr *)&address, len), 1);
}

TEST(disconnected, "who gives up a peer drops what has arrived: senders that wait go on")
{
	struct sockaddr_un none = {.sun_family = AF_UNSPEC};
	int a = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0)),
	    b = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), p[2];
	char c;

	MUST(bind_to(a, "a"));
	MUST(bind_to(b, "b"));
	MUST(pipe(p));
	pid_t pid = SPAWN(send_until_full("a", p[1]));

	CHECK_EQ(read(p[0], &c, 1), 1);
	usleep(100000); /* it waits for room */
	CHECK_OK(connect_to(a, "b"));
	CHECK_OK(connect(a, (struct sockaddr *)&none, sizeof(none)));
	CHECK_EQ(recv(a, &c, 1, 0), 1);
	CHECK_EQ(c, 'y');
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(gone, "a peer that has gone refuses; then there is none")
{
	int server = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	int client = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));

	MUST(bind_to(server, "s"));
	MUST(connect_to(client, "s"));
	CHECK_EQ(write(client, "x", 1), 1);
	close(server);
	CHECK_ERR(write(client, "x", 1), ECONNREFUSED);
	CHECK_ERR(write(client, "x", 1), ENOTCONN);
	CHECK_ERR(connect_to(client, "s"), ECONNREFUSED);
	make_pair(SOCK_DGRAM, ends);
	close(ends[1]);
	CHECK_ERR(write(ends[0], "x", 1), ECONNREFUSED);
}

TEST(limited, "a receiver that does not read holds up its senders, and poll knows")
{
	int server = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	int client = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	char c;
	int sent = 0;

	MUST(bind_to(server, "s"));
	MUST(connect_to(client, "s"));
	while (send(client, "x", 1, MSG_DONTWAIT) == 1)
		sent++;
	CHECK_EQ(errno, EAGAIN);
	CHECK_GE(sent, 5);
	CHECK_LE(sent, 1000);
	CHECK_EQ(poll_one(client, POLLOUT, 0), 0);
	pid_t pid = SPAWN(CHECK_EQ(write(client, "y", 1), 1));

	tap_wait_asleep(pid);
	CHECK_EQ(read(server, &c, 1), 1);
	CHECK_EXITED(tap_wait(pid), 0);
	pid = SPAWN(CHECK_EQ(poll_one(client, POLLOUT, 20000), POLLOUT));
	tap_wait_asleep(pid);
	while (recv(server, &c, 1, MSG_DONTWAIT) == 1)
		;
	CHECK_EXITED(tap_wait(pid), 0);
	CHECK_EQ(poll_one(client, POLLOUT, 0), POLLOUT);
}

TEST(own_limit, "a pair is limited by what its sender may have on its way")
{
	static char block[20000];
	int sent = 0;

	make_pair(SOCK_DGRAM, ends);
	while (send(ends[0], block, sizeof(block), MSG_DONTWAIT) == sizeof(block))
		sent++;
	CHECK_EQ(errno, EAGAIN);
	CHECK_GE(sent, 2);
	CHECK_LE(sent, 20);
	CHECK_EQ(poll_one(ends[0], POLLOUT, 0), 0);
	pid_t pid = SPAWN(CHECK_EQ(write(ends[0], "y", 1), 1));

	tap_wait_asleep(pid);
	while (sent--)
		CHECK_EQ(read(ends[1], block, sizeof(block)), sizeof(block));
	CHECK_EXITED(tap_wait(pid), 0);
	CHECK_EQ(poll_one(ends[0], POLLOUT, 0), POLLOUT);
}

TEST(to_oneself, "a socket can send to itself; what nobody read goes with it")
{
	int fd = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	char buffer[8];

	MUST(bind_to(fd, "me"));
	CHECK_OK(connect_to(fd, "me"));
	CHECK_EQ(write(fd, "note", 4), 4);
	CHECK_EQ(read(fd, buffer, 8), 4);
	CHECK_EQ(write(fd, "note", 4), 4);
	CHECK_OK(unlink("me"));
}

TEST(queries, "FIONREAD is the next datagram's length; the kinds of call that do not apply")
{
	int fd = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), n;

	make_pair(SOCK_DGRAM, ends);
	MUST(write(ends[0], "abc", 3));
	MUST(write(ends[0], "defgh", 5));
	CHECK_OK(ioctl(ends[1], FIONREAD, &n));
	CHECK_EQ(n, 3);
	MUST(bind_to(fd, "x"));
	CHECK_ERR(listen(fd, 1), EOPNOTSUPP);
	CHECK_ERR(accept(fd, NULL, NULL), EOPNOTSUPP);
	CHECK_EQ(poll_one(fd, POLLIN | POLLOUT, 0), POLLOUT);
}

TEST(fault, "bad memory: the sender sends nothing, the receiver loses one")
{
	char buffer[8];

	make_pair(SOCK_DGRAM, ends);
	CHECK_ERR(write(ends[0], wild(16), 4), EFAULT);
	CHECK_ERR(recv(ends[1], buffer, 8, MSG_DONTWAIT), EAGAIN);
	MUST(write(ends[0], "abc", 3));
	MUST(write(ends[0], "de", 2));
	CHECK_ERR(read(ends[1], wild(16), 4), EFAULT);
	CHECK_EQ(read(ends[1], buffer, 8), 2);
}
