// SPDX-License-Identifier: MIT
/*
 * Rows: threads.
 *
 * yield_threads       two threads on one CPU that do nothing but sched_yield (cost_yield.c), for
 *                     one switch
 * futex_handoff       a token to another thread and back: each sets it, wakes the other, and
 *                     waits; a round trip is two hand-overs
 * thread_create_join  pthread_create and pthread_join of a thread that returns at once: what libc
 *                     does for it (a stack mapped and unmapped) is part of it
 */
#include "cost.h"
#include "cost_turn.h"
#include <pthread.h>

static struct cost_turns turns;
static int turn; /* whose turn it is: 0 or 1; also the futex */

static __attribute__((noreturn)) void *yield_forever(void *arg)
{
	for (;;)
		cost_take_turn(&turns, 1);
}

static int start(void *(*body)(void *))
{
	pthread_t thread;

	return -pthread_create(&thread, NULL, body, NULL);
}

static int setup_yield(long arg)
{
	return start(yield_forever);
}

static int64_t round_yield(long ops, long arg)
{
	return cost_yield_round(&turns, ops);
}

static void *hand_back(void *arg)
{
	cost_hand_back(&turn, FUTEX_PRIVATE_FLAG);
	return NULL;
}

static int setup_futex(long arg)
{
	return start(hand_back);
}

static int64_t round_futex(long ops, long arg)
{
	return cost_turn_round(&turn, ops);
}

static void *nothing(void *arg)
{
	return arg;
}

static int64_t round_create(long ops, long arg)
{
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops; i++) {
		pthread_t thread;
		int error = pthread_create(&thread, NULL, nothing, NULL);

		if (error)
			return -error;
		pthread_join(thread, NULL);
	}
	return cost_end(begin);
}

const struct cost_row cost_rows_thread[] = {
	{.key = "yield_threads",
	 .ops = 500,
	 .flags = COST_ONE_CPU,
	 .setup = setup_yield,
	 .round = round_yield},
	{.key = "futex_handoff",
	 .ops = 100,
	 .flags = COST_ONE_CPU,
	 .setup = setup_futex,
	 .round = round_futex},
	{.key = "thread_create_join", .ops = 30, .flags = COST_ONE_CPU, .round = round_create},
	{},
};
