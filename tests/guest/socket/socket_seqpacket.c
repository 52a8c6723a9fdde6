// SPDX-License-Identifier: MIT
/* socket_seqpacket.c -- connections that keep the boundaries of messages. */
#include "socket_test.h"

static int ends[2];

TEST(boundaries, "messages keep their boundaries; truncation is told")
{
	static struct received r;
	char buffer[16];

	make_pair(SOCK_SEQPACKET, ends);
	CHECK_EQ(write(ends[0], "one", 3), 3);
	CHECK_EQ(write(ends[0], "two and more", 12), 12);
	CHECK_EQ(read(ends[1], buffer, 16), 3);
	CHECK_EQ(receive_all(ends[1], &r, 5, 0, 0), 5);
	CHECK(r.flags & MSG_TRUNC);
	CHECK_ERR(recv(ends[1], buffer, 16, MSG_DONTWAIT), EAGAIN);
	CHECK_EQ(write(ends[1], "back", 4), 4);
	CHECK_EQ(recv(ends[0], buffer, 16, MSG_PEEK), 4);
	CHECK_EQ(recv(ends[0], buffer, 16, 0), 4);
}

TEST(flags, "what recvmsg says of a whole message")
{
	static struct received r;

	make_pair(SOCK_SEQPACKET, ends);
	MUST(send(ends[0], "abc", 3, MSG_EOR));
	CHECK_EQ(receive_all(ends[1], &r, 16, 0, 0), 3);
	CHECK_EQ(r.flags & ~MSG_EOR, 0);
}

TEST(connections, "listen, connect and accept, names on both sides")
{
	struct sockaddr_un address;
	socklen_t len = sizeof(address);
	int listener = listen_at(SOCK_SEQPACKET, "server", 5);
	int client = (int)MUST(socket(AF_UNIX, SOCK_SEQPACKET, 0));
	char buffer[8];

	CHECK_ERR(read(client, buffer, 8), ENOTCONN);
	CHECK_ERR(write(client, "x", 1), ENOTCONN);
	CHECK_OK(connect_to(client, "server"));
	CHECK_EQ(write(client, "early", 5), 5);
	int server = (int)MUST(accept(listener, (struct sockaddr *)&address, &len));

	CHECK_EQ(len, 2);
	CHECK_EQ(read(server, buffer, 8), 5);
	CHECK_EQ(send(server, "reply", 5, 0), 5);
	CHECK_EQ(read(client, buffer, 8), 5);
	len = sizeof(address);
	CHECK_OK(getpeername(client, (struct sockaddr *)&address, &len));
	CHECK_STR(address.sun_path, "server");
}

TEST(end, "the end of a connection: 0, EPIPE, ECONNRESET")
{
	char buffer[8];

	make_pair(SOCK_SEQPACKET, ends);
	MUST(write(ends[0], "last", 4));
	close(ends[0]);
	CHECK_EQ(read(ends[1], buffer, 8), 4);
	CHECK_EQ(read(ends[1], buffer, 8), 0);
	CHECK_ERR(send(ends[1], "x", 1, MSG_NOSIGNAL), EPIPE);
	make_pair(SOCK_SEQPACKET, ends);
	MUST(write(ends[0], "unread", 6));
	close(ends[1]);
	CHECK_ERR(read(ends[0], buffer, 8), ECONNRESET);
	CHECK_EQ(read(ends[0], buffer, 8), 0);
}

TEST(shutdown, "half of a connection can be closed")
{
	char buffer[8];

	make_pair(SOCK_SEQPACKET, ends);
	MUST(write(ends[0], "a", 1));
	CHECK_OK(shutdown(ends[0], SHUT_WR));
	CHECK_ERR(send(ends[0], "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_EQ(read(ends[1], buffer, 8), 1);
	CHECK_EQ(read(ends[1], buffer, 8), 0);
	CHECK_EQ(write(ends[1], "b", 1), 1);
	CHECK_EQ(read(ends[0], buffer, 8), 1);
}

TEST(waiting, "a writer waits for room, a reader for messages")
{
	static char block[10000];
	int sent = 0;

	make_pair(SOCK_SEQPACKET, ends);
	pid_t pid = SPAWN({
		close(ends[0]);
		for (int i = 0; i < 200; i++)
			CHECK_EQ(write(ends[1], block, sizeof(block)), sizeof(block));
	});

	close(ends[1]);
	tap_wait_asleep(pid);
	while (read(ends[0], block, sizeof(block)) == sizeof(block))
		sent++;
	CHECK_EQ(sent, 200);
	CHECK_EXITED(tap_wait(pid), 0);
}
