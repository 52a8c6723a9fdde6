// SPDX-License-Identifier: MIT
/* socket_connect.c -- listen, connect and accept: order, backlog, states, who waits for whom. */
#include "socket_test.h"

static int stream(int flags)
{
	return (int)MUST(socket(AF_UNIX, SOCK_STREAM | flags, 0));
}

TEST(order, "connections are accepted in order; bytes may precede that")
{
	int listener = listen_at(SOCK_STREAM, "s", 5), clients[3];
	char c;

	for (int i = 0; i < 3; i++) {
		clients[i] = stream(0);
		MUST(connect_to(clients[i], "s"));
		CHECK_EQ(write(clients[i], "012" + i, 1), 1);
	}
	for (int i = 0; i < 3; i++) {
		int fd = (int)MUST(accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));

		CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
		CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
		CHECK_EQ(read(fd, &c, 1), 1);
		CHECK_EQ(c, "012"[i]);
		CHECK_EQ(write(fd, &c, 1), 1);
		c = 0;
		CHECK_EQ(read(clients[i], &c, 1), 1);
		CHECK_EQ(c, "012"[i]);
	}
	MUST(fcntl(listener, F_SETFL, O_NONBLOCK));
	CHECK_ERR(accept(listener, NULL, NULL), EAGAIN);
}

TEST(states, "what each state refuses")
{
	int listener = listen_at(SOCK_STREAM, "s", 5), client = stream(0), fd = stream(0);
	char c;

	CHECK_ERR(listen(fd, 5), EINVAL); /* no name */
	CHECK_ERR(accept(fd, NULL, NULL), EINVAL);
	CHECK_ERR(read(fd, &c, 1), EINVAL);
	CHECK_ERR(send(fd, "x", 1, MSG_NOSIGNAL), ENOTCONN);
	CHECK_ERR(read(listener, &c, 1), EINVAL);
	CHECK_ERR(send(listener, "x", 1, MSG_NOSIGNAL), ENOTCONN);
	CHECK_ERR(connect_to(listener, "s"), EINVAL);
	CHECK_OK(listen(listener, 7));
	MUST(connect_to(client, "s"));
	CHECK_ERR(connect_to(client, "s"), EISCONN);
	CHECK_ERR(listen(client, 1), EINVAL);
	MUST(bind_to(client, "late"));
	CHECK_ERR(listen(client, 1), EINVAL);
	struct sockaddr_un to;
	socklen_t len = make_address(&to, "s");

	CHECK_ERR(sendto(client, "x", 1, 0, (struct sockaddr *)&to, len), EISCONN);
	CHECK_ERR(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, len), EOPNOTSUPP);
	len = sizeof(to);
	CHECK_ERR(getpeername(fd, (struct sockaddr *)&to, &len), ENOTCONN);
	CHECK_ERR(getpeername(listener, (struct sockaddr *)&to, &len), ENOTCONN);
}

TEST(backlog, "a full backlog: EAGAIN, or waiting until one is accepted")
{
	int listener = listen_at(SOCK_STREAM, "s", 1), fd, nr = 0;

	for (;;) {
		fd = stream(SOCK_NONBLOCK);
		if (connect_to(fd, "s"))
			break;
		nr++;
	}
	CHECK_EQ(errno, EAGAIN);
	CHECK_EQ(nr, 2); /* one more than asked for */
	pid_t pid = SPAWN(CHECK_OK(connect_to(stream(0), "s")));

	tap_wait_asleep(pid);
	MUST(accept(listener, NULL, NULL));
	CHECK_EXITED(tap_wait(pid), 0);
	pid = SPAWN(close(listener); CHECK_ERR(connect_to(stream(0), "s"), ECONNREFUSED));
	tap_wait_asleep(pid);
	close(listener);
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(waiting, "accept waits for a connection")
{
	int listener = listen_at(SOCK_STREAM, "s", 1);
	pid_t pid = SPAWN({
		int fd = (int)MUST(accept(listener, NULL, NULL));

		CHECK_EQ(write(fd, "hi", 2), 2);
	});
	int client = stream(0);
	char buffer[4];

	tap_wait_asleep(pid);
	MUST(connect_to(client, "s"));
	CHECK_EQ(read(client, buffer, 4), 2);
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(never_accepted, "who was never accepted is reset when the listener goes")
{
	int listener = listen_at(SOCK_STREAM, "s", 5), client = stream(0);
	char c;

	MUST(connect_to(client, "s"));
	CHECK_EQ(write(client, "x", 1), 1);
	close(listener);
	CHECK_ERR(read(client, &c, 1), ECONNRESET);
	CHECK_EQ(read(client, &c, 1), 0);
	CHECK_ERR(send(client, "x", 1, MSG_NOSIGNAL), EPIPE);
}

TEST(listener_shutdown, "shutdown wakes who waits in accept")
{
	int listener = listen_at(SOCK_STREAM, "s", 5);
	pid_t pid = SPAWN(CHECK_ERR(accept(listener, NULL, NULL), EINVAL));

	tap_wait_asleep(pid);
	CHECK_OK(shutdown(listener, SHUT_RD));
	CHECK_EXITED(tap_wait(pid), 0);
	CHECK_ERR(connect_to(stream(0), "s"), ECONNREFUSED);
}

TEST(accept_arguments, "accept's address, and what is wrong with its arguments")
{
	int listener = listen_at(SOCK_STREAM, "s", 5), client = stream(0);
	struct sockaddr_un address;
	socklen_t len = sizeof(address);

	MUST(bind_to(client, "caller"));
	MUST(connect_to(client, "s"));
	CHECK_OK(accept(listener, (struct sockaddr *)&address, &len));
	CHECK_EQ(len, 9);
	CHECK_STR(address.sun_path, "caller");
	CHECK_ERR(syscall(SYS_accept4, listener, NULL, NULL, 1), EINVAL);
	client = stream(0);
	MUST(connect_to(client, "s"));
	len = (socklen_t)-1;
	CHECK_ERR(accept(listener, (struct sockaddr *)&address, &len), EINVAL);
}

TEST(many, "a server answers forty clients of four processes")
{
	int listener = listen_at(SOCK_STREAM, "@many", 100);
	pid_t pids[4];

	for (int p = 0; p < 4; p++)
		pids[p] = SPAWN({
			for (int i = 0; i < 10; i++) {
				int fd = stream(0);
				int value = p * 100 + i;
				int answer = 0;

				MUST(connect_to(fd, "@many"));
				CHECK_EQ(write(fd, &value, 4), 4);
				CHECK_EQ(recv(fd, &answer, 4, MSG_WAITALL), 4);
				CHECK_EQ(answer, value * 3);
				close(fd);
			}
		});
	for (int i = 0; i < 40; i++) {
		int fd = (int)MUST(accept(listener, NULL, NULL)), value = 0;

		CHECK_EQ(recv(fd, &value, 4, MSG_WAITALL), 4);
		value *= 3;
		CHECK_EQ(write(fd, &value, 4), 4);
		close(fd);
	}
	for (int p = 0; p < 4; p++)
		CHECK_EXITED(tap_wait(pids[p]), 0);
}
