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
#include <linux/futex.h>
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

static inline long hand_over(int self)
{
	long result;

	__atomic_store_n(&turn, !self, __ATOMIC_RELEASE);
	result = cost_call3(SYS_futex, (long)&turn, FUTEX_WAKE_PRIVATE, 1);
	if (result < 0)
		return result;
	while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != self) {
		result = cost_call4(SYS_futex, (long)&turn, FUTEX_WAIT_PRIVATE, !self, 0);
		if (result < 0 && result != -EAGAIN && result != -EINTR)
			return result;
	}
	return 0;
}

static void *hand_back(void *arg)
{
	while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != 1)
		cost_call4(SYS_futex, (long)&turn, FUTEX_WAIT_PRIVATE, 0, 0);
	while (hand_over(1) == 0)
		;
	return NULL;
}

static int setup_futex(long arg)
{
	return start(hand_back);
}

static int64_t round_futex(long ops, long arg)
{
	long error = 0;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops && !error; i++)
		error = hand_over(0);
	return error ? error : cost_end(begin);
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
