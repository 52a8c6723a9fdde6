// SPDX-License-Identifier: MIT
/* socket_poll.c -- poll, select and epoll on sockets; shutdown; signals while waiting. */
#include "socket_test.h"
#include <sys/epoll.h>
#include <sys/select.h>

#define ALL (POLLIN | POLLOUT | POLLRDHUP)

static int ends[2];

TEST(stream, "a stream is readable with bytes, writable with room")
{
	static char block[65536];

	make_pair(SOCK_STREAM, ends);
	CHECK_EQ(poll_one(ends[0], ALL, 0), POLLOUT);
	MUST(write(ends[0], "x", 1));
	CHECK_EQ(poll_one(ends[1], ALL, 0), POLLIN | POLLOUT);
	CHECK_EQ(poll_one(ends[1], POLLIN | POLLRDNORM | POLLPRI, 0), POLLIN | POLLRDNORM);
	while (send(ends[0], block, sizeof(block), MSG_DONTWAIT) > 0)
		;
	CHECK_EQ(poll_one(ends[0], ALL, 0), 0);
	pid_t pid = SPAWN(CHECK_EQ(poll_one(ends[0], ALL, 20000), POLLOUT));

	tap_wait_asleep(pid);
	while (recv(ends[1], block, sizeof(block), MSG_DONTWAIT) > 0)
		;
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(hangup, "POLLHUP when the peer is gone, POLLRDHUP when it will not send")
{
	make_pair(SOCK_STREAM, ends);
	MUST(shutdown(ends[1], SHUT_WR));
	CHECK_EQ(poll_one(ends[0], ALL, 0), POLLIN | POLLOUT | POLLRDHUP);
	CHECK_EQ(poll_one(ends[1], ALL, 0), POLLOUT);
	close(ends[1]);
	CHECK_EQ(poll_one(ends[0], ALL, 0), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
	CHECK_EQ(poll_one(ends[0], 0, 0), POLLHUP);
	make_pair(SOCK_STREAM, ends);
	MUST(write(ends[0], "x", 1));
	close(ends[1]);
	CHECK_EQ(poll_one(ends[0], 0, 0), POLLHUP | POLLERR);
}

TEST(unconnected, "sockets without a connection; a listener is readable with one")
{
	int fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)),
	    listener = listen_at(SOCK_STREAM, "s", 3);

	CHECK_EQ(poll_one(fd, ALL, 0), POLLOUT | POLLHUP);
	CHECK_EQ(poll_one(listener, ALL, 0), 0);
	pid_t pid = SPAWN(CHECK_EQ(poll_one(listener, ALL, 20000), POLLIN));

	tap_wait_asleep(pid);
	MUST(connect_to(fd, "s"));
	CHECK_EXITED(tap_wait(pid), 0);
	CHECK_EQ(poll_one(fd, ALL, 0), POLLOUT);
}

TEST(wakes, "who polls is woken by bytes, by shutdown and by the end")
{
	for (int i = 0; i < 3; i++) {
		make_pair(i == 1 ? SOCK_SEQPACKET : SOCK_STREAM, ends);
		pid_t pid = SPAWN({
			close(ends[1]);
			CHECK(poll_one(ends[0], POLLIN, 20000) & POLLIN);
		});

		close(ends[0]);
		tap_wait_asleep(pid);
		if (i == 0)
			MUST(write(ends[1], "x", 1));
		else if (i == 1)
			MUST(shutdown(ends[1], SHUT_WR));
		close(ends[1]);
		CHECK_EXITED(tap_wait(pid), 0);
	}
}

TEST(select_call, "select sees the same")
{
	struct timeval tv = {5, 0};
	fd_set in, out;

	make_pair(SOCK_DGRAM, ends);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(ends[1], &in);
	FD_SET(ends[1], &out);
	MUST(write(ends[0], "x", 1));
	CHECK_EQ(select(ends[1] + 1, &in, &out, NULL, &tv), 2);
	CHECK(FD_ISSET(ends[1], &in) && FD_ISSET(ends[1], &out));
}

TEST(epoll, "epoll, level- and edge-triggered, also over connect and close")
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET}, got[4];
	int ep = (int)MUST(epoll_create1(0));
	char c;

	make_pair(SOCK_STREAM, ends);
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, ends[1], &event));
	CHECK_EQ(epoll_wait(ep, got, 4, 0), 0);
	MUST(write(ends[0], "a", 1));
	CHECK_EQ(epoll_wait(ep, got, 4, 1000), 1);
	CHECK_EQ(epoll_wait(ep, got, 4, 0), 0);
	MUST(write(ends[0], "b", 1));
	CHECK_EQ(epoll_wait(ep, got, 4, 1000), 1);
	MUST(read(ends[1], &c, 1));
	event.events = EPOLLIN | EPOLLRDHUP;
	MUST(epoll_ctl(ep, EPOLL_CTL_MOD, ends[1], &event));
	CHECK_EQ(epoll_wait(ep, got, 4, 0), 1);
	MUST(read(ends[1], &c, 1));
	CHECK_EQ(epoll_wait(ep, got, 4, 0), 0);
	pid_t pid = SPAWN({
		tap_sleep_ms(20);
		close(ends[0]);
	});

	close(ends[0]);
	CHECK_EQ(epoll_wait(ep, got, 4, 20000), 1);
	CHECK_EQ(got[0].events, EPOLLIN | EPOLLHUP | EPOLLRDHUP);
	CHECK_EXITED(tap_wait(pid), 0);
	close(ends[1]);
	CHECK_EQ(epoll_wait(ep, got, 4, 0), 0);
	int listener = listen_at(SOCK_STREAM, "s", 3),
	    fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));

	event.events = EPOLLIN;
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, listener, &event));
	MUST(connect_to(fd, "s"));
	CHECK_EQ(epoll_wait(ep, got, 4, 1000), 1);
}

TEST(shutdown, "each half of a stream can be closed, from either side")
{
	char buffer[8];

	make_pair(SOCK_STREAM, ends);
	MUST(write(ends[0], "ab", 2));
	CHECK_OK(shutdown(ends[0], SHUT_WR));
	CHECK_ERR(send(ends[0], "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_EQ(read(ends[1], buffer, 8), 2);
	CHECK_EQ(read(ends[1], buffer, 8), 0);
	CHECK_EQ(write(ends[1], "back", 4), 4);
	CHECK_EQ(read(ends[0], buffer, 8), 4);
	CHECK_OK(shutdown(ends[0], SHUT_RD));
	CHECK_EQ(read(ends[0], buffer, 8), 0);
	CHECK_ERR(send(ends[1], "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_OK(shutdown(ends[0], SHUT_RDWR));
	CHECK_OK(shutdown((int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), SHUT_RDWR));
	make_pair(SOCK_STREAM, ends);
	pid_t pid = SPAWN(CHECK_EQ(read(ends[0], buffer, 8), 0));

	tap_wait_asleep(pid);
	CHECK_OK(shutdown(ends[0], SHUT_RD));
	CHECK_EXITED(tap_wait(pid), 0);
}

static volatile sig_atomic_t handled;
static void handle(int sig)
{
	(void)sig;
	handled++;
}

static void on_alarm(int flags)
{
	struct sigaction action = {.sa_handler = handle, .sa_flags = flags};

	sigaction(SIGUSR1, &action, NULL);
}

TEST(signals, "a signal ends a wait with EINTR, or the call goes on after the handler")
{
	char c;

	make_pair(SOCK_STREAM, ends);
	pid_t pid = SPAWN({
		on_alarm(0);
		CHECK_ERR(read(ends[0], &c, 1), EINTR);
		on_alarm(SA_RESTART);
		CHECK_EQ(read(ends[0], &c, 1), 1);
		CHECK_EQ(handled, 2);
	});

	for (int i = 0; i < 2; i++) {
		tap_sleep_ms(20);
		tap_wait_asleep(pid);
		kill(pid, SIGUSR1);
	}
	tap_sleep_ms(20);
	tap_wait_asleep(pid);
	MUST(write(ends[1], "x", 1));
	CHECK_EXITED(tap_wait(pid), 0);
	/* With a timeout it is not restarted: signal(7). */
	pid = SPAWN({
		struct timeval tv = {20, 0};

		on_alarm(SA_RESTART);
		MUST(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
		CHECK_ERR(read(ends[0], &c, 1), EINTR);
	});
	tap_sleep_ms(20);
	tap_wait_asleep(pid);
	kill(pid, SIGUSR1);
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(epoll_dgram, "epoll tells a sender of datagrams of room at its peer")
{
	struct epoll_event event = {.events = EPOLLOUT | EPOLLET}, got[2];
	int ep = (int)MUST(epoll_create1(0)), server = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0)),
	    client = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	char c;

	MUST(bind_to(server, "s"));
	MUST(connect_to(client, "s"));
	while (send(client, "x", 1, MSG_DONTWAIT) == 1)
		;
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, client, &event));
	CHECK_EQ(epoll_wait(ep, got, 2, 0), 0);
	pid_t pid = SPAWN({
		tap_sleep_ms(20);
		while (recv(server, &c, 1, MSG_DONTWAIT) == 1)
			;
	});

	CHECK_EQ(epoll_wait(ep, got, 2, 20000), 1);
	CHECK_EQ(got[0].events, EPOLLOUT);
	CHECK_EXITED(tap_wait(pid), 0);
	close(server);
	CHECK_ERR(write(client, "x", 1), ECONNREFUSED);
}
