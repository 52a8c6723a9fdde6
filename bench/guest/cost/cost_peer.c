// SPDX-License-Identifier: MIT
/*
 * The other process of a row that takes two.
 */
#include "cost.h"
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int connect_ends(enum cost_peer_kind kind, int mine[2], int other[2])
{
	int a[2], b[2];

	if (kind == COST_PEER_UNIX) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, a) < 0)
			return -errno;
		mine[0] = mine[1] = a[0];
		other[0] = other[1] = a[1];
		return 0;
	}
	if (pipe(a) < 0 || pipe(b) < 0)
		return -errno;
	mine[0] = a[0], mine[1] = b[1];
	other[0] = b[0], other[1] = a[1];
	return 0;
}

static void close_ends(const int ends[2])
{
	close(ends[0]);
	if (ends[1] != ends[0])
		close(ends[1]);
}

int cost_peer_start(struct cost_peer *peer, enum cost_peer_kind kind, void (*body)(int in, int out))
{
	int mine[2] = {-1, -1}, other[2] = {-1, -1};
	int error = connect_ends(kind, mine, other);

	if (error)
		return error;
	peer->pid = fork();
	if (peer->pid < 0)
		return -errno;
	if (peer->pid == 0) {
		close_ends(mine);
		body(other[0], other[1]);
		_exit(0);
	}
	close_ends(other);
	peer->in = mine[0];
	peer->out = mine[1];
	return 0;
}

void cost_peer_stop(struct cost_peer *peer)
{
	int ends[2] = {peer->in, peer->out};

	kill(peer->pid, SIGKILL);
	waitpid(peer->pid, NULL, 0);
	close_ends(ends);
}
