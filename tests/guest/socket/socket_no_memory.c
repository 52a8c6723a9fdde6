// SPDX-License-Identifier: MIT
/*
 * socket_no_memory.c -- every allocation of a socket call may fail: the debug kernel refuses the
 * n-th one, for each n, while a child does the calls. Nothing may break, and nothing may be left.
 */
#include "socket_test.h"
#include "tap_refuse.h"

#define NTH_MAX 40

static char block[40000];
static struct received r;

static void exchange(int type)
{
	int p[2];

	if (socketpair(AF_UNIX, type, 0, p))
		return;
	send(p[0], block, sizeof(block), MSG_DONTWAIT | MSG_NOSIGNAL);
	send_fds(p[0], block, 5000, p, 2);
	receive_all(p[1], &r, 100, 200, MSG_DONTWAIT | MSG_PEEK);
	receive_all(p[1], &r, 60000, 200, MSG_DONTWAIT);
	receive_all(p[1], &r, 60000, 200, MSG_DONTWAIT);
	close(p[0]);
	close(p[1]);
}

static void streams(void)
{
	exchange(SOCK_STREAM);
}

static void packets(void)
{
	exchange(SOCK_SEQPACKET);
}

static void connections(void)
{
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);

	bind_to(listener, "s");
	listen(listener, 2);
	connect_to(client, "s");
	fcntl(listener, F_SETFL, O_NONBLOCK);
	close(accept(listener, NULL, NULL));
	close(client);
	close(listener);
}

static void remove_name(void)
{
	unlink("s");
}

TEST(streams, "streams, whichever allocation fails")
{
	tap_refuse_each(NTH_MAX, streams, NULL);
}

TEST(packets, "packets, whichever allocation fails")
{
	tap_refuse_each(NTH_MAX, packets, NULL);
}

TEST(connections, "names and connections, whichever allocation fails")
{
	tap_refuse_each(NTH_MAX, connections, remove_name);
}
