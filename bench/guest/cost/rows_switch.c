// SPDX-License-Identifier: MIT
/*
 * Rows: the context switch by lmbench's method, and sched_yield between two processes.
 *
 * context_switch_P_W  P processes on one CPU form a ring and pass a token by pipes; each that
 *                     gets it sums an array of W KiB of its own and passes it on. A lap is P
 *                     switches. What writing, reading and summing cost without a switch is
 *                     measured first, by one process that sends the token round the same number
 *                     of pipes, and taken off: the minimum of some rounds
 * yield_processes     two processes on one CPU that do nothing but sched_yield (cost_yield.c), for
 *                     one switch; they note in shared memory which ran last
 */
#include "cost.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAX_RING = 16, MAX_WORK = 16 << 10, OVERHEAD_ROUNDS = 11, OVERHEAD_LAPS = 20 };
#define RING(processes, kib) ((processes) << 8 | (kib))

static int pipes[MAX_RING][2];
static int work[MAX_WORK / sizeof(int)];
static volatile int sum_sink;
static int64_t lap_overhead; /* hundredths of a tick, for a lap */

static __attribute__((noinline)) void sum(long kib)
{
	int total = 0;

	for (long i = 0; i < kib * 1024 / (long)sizeof(int); i++)
		total += work[i];
	sum_sink = total;
}

static inline long hop(int from, int to, long kib)
{
	char token = 0;
	long failed = cost_read(from, &token, 1) ^ 1;

	sum(kib);
	return failed | (cost_write(to, &token, 1) ^ 1);
}

static int measure_overhead(long nr, long kib)
{
	char token = 0;
	int64_t best = INT64_MAX;

	for (int i = 0; i < OVERHEAD_ROUNDS; i++) {
		uint64_t begin = cost_begin();
		int64_t ticks;

		for (long lap = 0; lap < OVERHEAD_LAPS; lap++)
			for (long p = 0; p < nr; p++) {
				if (cost_write(pipes[p][1], &token, 1) != 1 ||
				    cost_read(pipes[p][0], &token, 1) != 1)
					return -EIO;
				sum(kib);
			}
		ticks = cost_end(begin);
		if (ticks < best)
			best = ticks;
	}
	lap_overhead = best * 100 / OVERHEAD_LAPS;
	return 0;
}

static int setup_ring(long arg)
{
	long nr = arg >> 8, kib = arg & 0xff;
	int error;

	for (long p = 0; p < nr; p++)
		if (pipe(pipes[p]) < 0)
			return -errno;
	memset(work, 1, sizeof(work));
	error = measure_overhead(nr, kib);
	if (error)
		return error;
	for (long p = 1; p < nr; p++) {
		pid_t child = fork();

		if (child < 0)
			return -errno;
		if (child == 0) {
			memset(work, (int)p, sizeof(work));
			while (hop(pipes[p][0], pipes[(p + 1) % nr][1], kib) == 0)
				;
			_exit(0);
		}
	}
	memset(work, 1, sizeof(work));
	return 0;
}

/* A switch is the operation: @ops of them, a multiple of the ring's size. */
static int64_t round_ring(long ops, long arg)
{
	long nr = arg >> 8, kib = arg & 0xff, laps = ops / nr;
	char token = 0;
	long failed = 0;
	uint64_t begin = cost_begin();
	int64_t ticks;

	for (long lap = 0; lap < laps && !failed; lap++) {
		failed |= cost_write(pipes[1][1], &token, 1) ^ 1;
		failed |= cost_read(pipes[0][0], &token, 1) ^ 1;
		sum(kib);
	}
	ticks = cost_end(begin) - lap_overhead * laps / 100;
	return failed ? -EIO : ticks < 0 ? 0 : ticks;
}

static struct cost_turns *turns;

static void yield_forever(int in, int out)
{
	for (;;)
		cost_take_turn(turns, 1);
}

static int setup_yield(long arg)
{
	static struct cost_peer peer;

	turns = mmap(NULL, COST_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (turns == MAP_FAILED)
		return -errno;
	return cost_peer_start(&peer, COST_PEER_PIPE, yield_forever);
}

static int64_t round_yield(long ops, long arg)
{
	return cost_yield_round(turns, ops);
}

#define CONTEXT_SWITCH(processes, kib)                                                             \
	{                                                                                          \
		.key = "context_switch_" #processes "_" #kib, .ops = 160, .flags = COST_ONE_CPU,   \
		.arg = RING(processes, kib), .setup = setup_ring, .round = round_ring              \
	}

const struct cost_row cost_rows_switch[] = {
	CONTEXT_SWITCH(2, 0),
	CONTEXT_SWITCH(2, 16),
	CONTEXT_SWITCH(8, 0),
	CONTEXT_SWITCH(8, 16),
	CONTEXT_SWITCH(16, 0),
	CONTEXT_SWITCH(16, 16),
	{.key = "yield_processes",
	 .ops = 500,
	 .flags = COST_ONE_CPU,
	 .setup = setup_yield,
	 .round = round_yield},
	{},
};
