// SPDX-License-Identifier: MIT
/*
 * socket_no_memory.c -- every allocation of a socket call may fail: the debug kernel refuses the
 * n-th one, for each n, while a child does the calls. Nothing may break, and nothing may be left.
 */
#include "socket_test.h"

#define NTH_MAX 40

static int control = -1;
static char block[40000];
static struct received r;

static void write_file(const char *path, const char *text)
{
	int fd = (int)MUST(open(path, O_WRONLY));

	MUST(write(fd, text, strlen(text)));
	close(fd);
}

static void refuse_nth(int n)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", n);
	if (write(control, text, strlen(text)) < 0) /* which may be the one to be refused */
		MUST(write(control, text, strlen(text)));
}

static void sweep(void (*calls)(void))
{
	control = open("/proc/creance/fail_alloc", O_WRONLY);
	if (control < 0)
		tap_skip("allocations can be made to fail in Creance's debug kernel only");
	write_file("/proc/self/oom_score_adj", "-1000");
	for (int n = 1; n <= NTH_MAX; n++) {
		pid_t pid = fork();

		if (!pid) {
			write_file("/proc/self/oom_score_adj", "1000");
			refuse_nth(n);
			calls();
			_exit(0);
		}
		tap_wait(pid);
		refuse_nth(0); /* the calls may have been fewer */
		unlink("s");
	}
}

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

TEST(streams, "streams, whichever allocation fails")
{
	sweep(streams);
}

TEST(packets, "packets, whichever allocation fails")
{
	sweep(packets);
}

TEST(connections, "names and connections, whichever allocation fails")
{
	sweep(connections);
}
