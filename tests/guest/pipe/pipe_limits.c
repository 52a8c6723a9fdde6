// SPDX-License-Identifier: MIT
/* pipe_limits.c -- what the pipes of one user may hold: pipe(7), "pipe-user-pages-soft". */
#include "tap.h"

#define USER 40961
#define LARGE (1 << 20)
#define LARGE_PAGES (LARGE / 4096)
#define DEFAULT_PAGES 16
#define PIPES_MAX 500

static int pipes[PIPES_MAX][2];

static long pages_max(void)
{
	char text[32] = "";
	int fd = (int)MUST(open("/proc/sys/fs/pipe-user-pages-soft", O_RDONLY));

	MUST(read(fd, text, sizeof(text) - 1));
	close(fd);
	if (atol(text) % LARGE_PAGES)
		tap_skip("the limit is no multiple of 1 MiB");
	return atol(text);
}

/* Pipes of 1 MiB until the limit refuses one, which stays small: how many have that size. */
static int fill(void)
{
	int nr = 0;

	for (; nr < PIPES_MAX; nr++) {
		MUST(pipe(pipes[nr]));
		if (fcntl(pipes[nr][0], F_SETPIPE_SZ, LARGE) < 0)
			break;
	}
	return nr;
}

TEST(grow, "an unprivileged user's pipes grow up to the limit, then not: EPERM")
{
	long max = pages_max();

	tap_become(USER);
	int nr = fill();
	CHECK(nr > 0 && nr < PIPES_MAX);
	CHECK_EQ(errno, EPERM);
	CHECK_EQ(nr, max / LARGE_PAGES);
}

TEST(small, "beyond the limit a new pipe is small, and works")
{
	char c = 0;
	int small[2];

	pages_max();
	tap_become(USER + 1);
	fill();
	MUST(pipe(small));
	CHECK_EQ(fcntl(small[0], F_GETPIPE_SZ), 8192);
	CHECK_EQ(write(small[1], "x", 1), 1);
	CHECK_EQ(read(small[0], &c, 1), 1);
	CHECK_EQ(c, 'x');
	CHECK_ERR(fcntl(small[0], F_SETPIPE_SZ, DEFAULT_PAGES * 4096), EPERM);
}

TEST(back, "what is closed, or made smaller, may be had again; a child's pipes count, too")
{
	pages_max();
	tap_become(USER + 2);
	int nr = fill();

	MUST(fcntl(pipes[0][0], F_SETPIPE_SZ, 4096));
	MUST(fcntl(pipes[1][0], F_SETPIPE_SZ, 4096));
	CHECK_EQ(fcntl(pipes[nr][0], F_SETPIPE_SZ, LARGE), LARGE);
	CHECK_ERR(fcntl(pipes[0][0], F_SETPIPE_SZ, LARGE), EPERM);
	close(pipes[1][0]);
	close(pipes[1][1]);
	CHECK_EXITED(IN_CHILD(int own[2]; MUST(pipe(own));
			      CHECK(fcntl(own[0], F_SETPIPE_SZ, LARGE / 2) == LARGE / 2);
			      CHECK_ERR(fcntl(pipes[0][0], F_SETPIPE_SZ, LARGE), EPERM)),
		     0);
	CHECK_EQ(fcntl(pipes[0][0], F_SETPIPE_SZ, LARGE), LARGE);
}

TEST(root, "root's pipes have no such limit")
{
	long max = pages_max();

	SKIP_IF(geteuid() != 0, "not root");
	for (long used = 0; used <= max; used += LARGE_PAGES) {
		int p[2];

		MUST(pipe(p));
		CHECK_EQ(fcntl(p[0], F_SETPIPE_SZ, LARGE), LARGE);
	}
}
