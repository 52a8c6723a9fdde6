// SPDX-License-Identifier: MIT
/* socket_peers.c -- datagram sockets whose peer changes, and senders that wait for room at one. */
#include "tap.h"
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>

#define RACE_NS 600000000LL
#define STRANGERS 2

static struct sockaddr_un name_of(const char *text)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "peers-%d-%s", (int)getppid(), text);
	return name;
}

static int bound(const char *text)
{
	struct sockaddr_un name = name_of(text);
	int fd = (int)MUST(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));

	MUST(bind(fd, (struct sockaddr *)&name, sizeof(name)));
	return fd;
}

static void join(int fd, const char *text)
{
	struct sockaddr_un name = name_of(text);

	MUST(connect(fd, (struct sockaddr *)&name, sizeof(name)));
}

/*
 * A sender's time slice may end between the check of the receiver's peer and the queue. More
 * senders make it less likely, as each of them has its slice before the receiver goes on.
 */
TEST(strangers, "a socket that has changed its peer gets nothing of others any more")
{
	long long end = tap_now_ns(CLOCK_MONOTONIC) + RACE_NS;
	struct sockaddr_un to = name_of("receiver");
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int receiver = bound("receiver"), stranger = bound("stranger");
	pid_t senders[STRANGERS];
	char text[8];

	bound("first");
	bound("second");
	for (int i = 0; i < STRANGERS; i++)
		senders[i] = SPAWN(for (;;) {
			sendto(stranger, "bad", 3, 0, (struct sockaddr *)&to, sizeof(to));
		});

	while (tap_now_ns(CLOCK_MONOTONIC) < end) {
		MUST(connect(receiver, &none, sizeof(none)));
		sched_yield();
		join(receiver, "first");
		join(receiver, "second"); /* what the first may have sent goes, and all the rest */
		sched_yield();
		if (recv(receiver, text, sizeof(text), 0) >= 0) {
			FAIL("a stranger's packet arrived");
			break;
		}
	}
	for (int i = 0; i < STRANGERS; i++) {
		kill(senders[i], SIGKILL);
		tap_wait(senders[i]);
	}
}

static short writable(int fd, int timeout_ms)
{
	struct pollfd one = {.fd = fd, .events = POLLOUT};

	return poll(&one, 1, timeout_ms) == 1 ? one.revents : 0;
}

/* Fills the queue of the receiver. */
static void fill(int fd)
{
	while (send(fd, "x", 1, 0) == 1)
		;
	CHECK_EQ(errno, EAGAIN);
}

TEST(room, "all who wait for room at a socket hear of it, and of its end")
{
	int receiver = bound("receiver"), senders[40];
	pid_t waiters[40];
	char c;

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 40; i++) {
			senders[i] = (int)MUST(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
			join(senders[i], "receiver");
		}
		fill(senders[0]);
		for (int i = 0; i < 40; i++) {
			CHECK_EQ(writable(senders[i], 0), 0);
			waiters[i] =
				SPAWN(close(receiver); CHECK_EQ(writable(senders[i], -1), POLLOUT));
		}
		for (int i = 0; i < 40; i++)
			tap_wait_asleep(waiters[i]);
		if (round)
			close(receiver);
		else
			MUST(recv(receiver, &c, 1, 0));
		for (int i = 0; i < 40; i++) {
			CHECK_EXITED(tap_wait(waiters[i]), 0);
			close(senders[i]);
		}
		while (!round && recv(receiver, &c, 1, 0) == 1)
			;
	}
}
