// SPDX-License-Identifier: MIT
/* socket_storm.c -- several messages at a call, and several processes at the same sockets. */
#include "socket_test.h"
#include <sys/epoll.h>

static int ends[2];

TEST(several, "sendmmsg and recvmmsg move several messages")
{
	char out[3][4] = {"aaa", "bb", "c"}, in[4][8];
	struct iovec to[3], from[4];
	struct mmsghdr send[3] = {0}, receive[4] = {0};
	struct timespec ts = {0, 20000000};

	make_pair(SOCK_DGRAM, ends);
	for (int i = 0; i < 3; i++) {
		to[i] = (struct iovec){out[i], 3 - (size_t)i};
		send[i].msg_hdr.msg_iov = &to[i];
		send[i].msg_hdr.msg_iovlen = 1;
	}
	for (int i = 0; i < 4; i++) {
		from[i] = (struct iovec){in[i], 8};
		receive[i].msg_hdr.msg_iov = &from[i];
		receive[i].msg_hdr.msg_iovlen = 1;
	}
	CHECK_EQ(syscall(SYS_sendmmsg, ends[0], send, 3, 0), 3);
	CHECK_EQ(send[1].msg_len, 2);
	CHECK_EQ(syscall(SYS_recvmmsg, ends[1], receive, 4, MSG_WAITFORONE, NULL), 3);
	CHECK(receive[0].msg_len == 3 && receive[1].msg_len == 2 && receive[2].msg_len == 1);
	CHECK(in[0][0] == 'a' && in[1][0] == 'b' && in[2][0] == 'c');
	CHECK_EQ(syscall(SYS_sendmmsg, ends[0], send, 2, 0), 2);
	CHECK_EQ(syscall(SYS_recvmmsg, ends[1], receive, 2, 0, &ts), 2);
	CHECK_ERR(syscall(SYS_recvmmsg, ends[1], receive, 2, MSG_DONTWAIT, NULL), EAGAIN);
	CHECK_ERR(syscall(SYS_sendmmsg, ends[0], wild(16), 1, 0), EFAULT);
	ts.tv_nsec = -1;
	CHECK_ERR(syscall(SYS_recvmmsg, ends[1], receive, 2, 0, &ts), EINVAL);
}

/* One round of everything a process can do to the common sockets without waiting. */
static void round_of_calls(unsigned *seed)
{
	static struct received r;
	static char block[20000];
	int fds[2] = {ends[0], ends[1]}, p[2];

	*seed = *seed * 1103515245 + 12345;
	switch (*seed >> 16 & 7) {
	case 0:
		send(ends[*seed >> 8 & 1], block, *seed >> 18 & 16383, MSG_DONTWAIT | MSG_NOSIGNAL);
		break;
	case 1:
	case 2:
		recv(ends[*seed >> 8 & 1], block, sizeof(block), MSG_DONTWAIT);
		break;
	case 3:
		send_fds(ends[*seed >> 8 & 1], block, 100, fds, 2);
		break;
	case 4:
		if (receive_all(ends[*seed >> 8 & 1], &r, 5000, 400, MSG_DONTWAIT) >= 0)
			for (unsigned i = 0; i < r.nr_fds; i++)
				close(r.fds[i]);
		break;
	case 5:
		if (receive_all(ends[*seed >> 8 & 1], &r, 50, 400, MSG_DONTWAIT | MSG_PEEK) >= 0)
			for (unsigned i = 0; i < r.nr_fds; i++)
				close(r.fds[i]);
		break;
	default:
		MUST(socketpair(AF_UNIX, *seed & 0x1000 ? SOCK_STREAM : SOCK_SEQPACKET, 0, p));
		send_fds(p[0], "x", 1, p, 2);
		send_fds(p[1], "x", 1, fds, 2);
		close(p[0]);
		close(p[1]);
		break;
	}
}

static void storm(int type)
{
	pid_t pids[4];

	make_pair(type, ends);
	for (int p = 0; p < 4; p++)
		pids[p] = SPAWN({
			unsigned seed = (unsigned)p * 7919 + 1;

			for (int i = 0; i < 1500; i++)
				round_of_calls(&seed);
		});
	for (int p = 0; p < 4; p++)
		CHECK_EXITED(tap_wait(pids[p]), 0);
	close(ends[0]);
	close(ends[1]);
}

TEST(stream_storm, "four processes send bytes and descriptors through one stream")
{
	storm(SOCK_STREAM);
}

TEST(packet_storm, "four processes send packets and descriptors through one pair")
{
	storm(SOCK_SEQPACKET);
	storm(SOCK_DGRAM);
}

TEST(logger, "many datagrams of many processes reach one reader, each whole")
{
	int server = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), counts[6] = {0};
	struct {
		int who, number;
		char rest[100];
	} note;

	MUST(bind_to(server, "log"));
	for (int p = 0; p < 6; p++)
		SPAWN({
			int fd = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));

			MUST(connect_to(fd, "log"));
			note.who = p;
			for (note.number = 0; note.number < 100; note.number++)
				CHECK_EQ(write(fd, &note, sizeof(note)), sizeof(note));
		});
	for (int i = 0; i < 600; i++) {
		CHECK_EQ(read(server, &note, sizeof(note)), sizeof(note));
		CHECK_EQ(note.number, counts[note.who]++);
	}
	for (int p = 0; p < 6; p++)
		CHECK_EXITED(tap_wait(-1), 0);
}

TEST(connections, "connecting, sending and closing at random leaves nothing")
{
	int listener = listen_at(SOCK_STREAM, "@storm", 4);
	pid_t server = SPAWN({
		char block[300];

		for (;;) {
			int fd = accept(listener, NULL, NULL);

			if (fd < 0)
				break;
			recv(fd, block, sizeof(block), MSG_DONTWAIT);
			send(fd, block, 10, MSG_NOSIGNAL);
			close(fd);
		}
	});
	pid_t pids[3];

	for (int p = 0; p < 3; p++)
		pids[p] = SPAWN({
			for (int i = 0; i < 300; i++) {
				int fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));

				MUST(connect_to(fd, "@storm"));
				if (i & 1)
					send(fd, "something", 9, MSG_NOSIGNAL);
				if (i & 2)
					send_fds(fd, "x", 1, &fd, 1);
				close(fd);
			}
		});
	for (int p = 0; p < 3; p++)
		CHECK_EXITED(tap_wait(pids[p]), 0);
	kill(server, SIGKILL);
	tap_wait(server);
}
