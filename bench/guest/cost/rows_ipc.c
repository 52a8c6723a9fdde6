// SPDX-License-Identifier: MIT
/*
 * Rows: bytes through pipes and Unix sockets.
 *
 * pipe_self         a byte written and read by the same process: no switch
 * pipe_round_trip   a byte to another process and back, by two pipes;  unix_round_trip: by a pair
 *                   of stream sockets
 * pipe_64k          64 KiB written, then read, by one process; the pipe holds as much
 * pipe_bandwidth    64 KiB received from a process that writes all the time, in pieces of 64 KiB;
 *                   unix_bandwidth: by a stream socket
 */
#include "cost.h"
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static int ends[2];
static struct cost_peer peer;
static char chunk[COST_CHUNK];

static int setup_self(long size)
{
	if (pipe(ends) < 0)
		return -errno;
	if (size == 1)
		return 0;
	fcntl(ends[1], F_SETPIPE_SZ, (int)size); /* if it fails, the write tells */
	if (fcntl(ends[1], F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	return write(ends[1], chunk, (size_t)size) == size &&
			       read(ends[0], chunk, (size_t)size) == size
		       ? 0
		       : -ENOSPC;
}

static int64_t round_self(long ops, long size)
{
	int in = ends[0], out = ends[1];
	long failed = 0;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops; i++) {
		failed |= cost_write(out, chunk, (size_t)size) ^ size;
		failed |= cost_read(in, chunk, (size_t)size) ^ size;
	}
	return failed ? -EIO : cost_end(begin);
}

static void echo(int in, int out)
{
	while (cost_read(in, chunk, 1) == 1 && cost_write(out, chunk, 1) == 1)
		;
}

static int setup_round_trip(long kind)
{
	return cost_peer_start(&peer, (enum cost_peer_kind)kind, echo);
}

static int64_t round_round_trip(long ops, long kind)
{
	int in = peer.in, out = peer.out;
	long failed = 0;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops && !failed; i++) {
		failed |= cost_write(out, chunk, 1) ^ 1;
		failed |= cost_read(in, chunk, 1) ^ 1;
	}
	return failed ? -EIO : cost_end(begin);
}

static void pour(int in, int out)
{
	while (cost_write(out, chunk, COST_CHUNK) > 0)
		;
}

static int setup_bandwidth(long kind)
{
	return cost_peer_start(&peer, (enum cost_peer_kind)kind, pour);
}

static int64_t round_bandwidth(long ops, long kind)
{
	long wanted = ops * COST_CHUNK;
	uint64_t begin = cost_begin();

	while (wanted > 0) {
		long size = wanted < COST_CHUNK ? wanted : COST_CHUNK;
		long got = cost_read(peer.in, chunk, (size_t)size);

		if (got <= 0)
			return got ? got : -EPIPE;
		wanted -= got;
	}
	return cost_end(begin);
}

const struct cost_row cost_rows_ipc[] = {
	{.key = "pipe_self", .ops = 500, .arg = 1, .setup = setup_self, .round = round_self},
	{.key = "pipe_round_trip",
	 .ops = 100,
	 .arg = COST_PEER_PIPE,
	 .setup = setup_round_trip,
	 .round = round_round_trip},
	{.key = "pipe_64k", .ops = 20, .arg = COST_CHUNK, .setup = setup_self, .round = round_self},
	{.key = "pipe_bandwidth",
	 .ops = 20,
	 .arg = COST_PEER_PIPE,
	 .setup = setup_bandwidth,
	 .round = round_bandwidth},
	{.key = "unix_round_trip",
	 .ops = 100,
	 .arg = COST_PEER_UNIX,
	 .setup = setup_round_trip,
	 .round = round_round_trip},
	{.key = "unix_bandwidth",
	 .ops = 20,
	 .arg = COST_PEER_UNIX,
	 .setup = setup_bandwidth,
	 .round = round_bandwidth},
	{},
};
