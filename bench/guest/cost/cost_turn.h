/* SPDX-License-Identifier: MIT */
/*
 * A turn that two hand to each other by a futex: each sets it, wakes the other, and waits.
 */
#pragma once
#include "cost.h"
#include <errno.h>
#include <linux/futex.h>

/*
 * Gives the turn to the other of two, whose futex @turn is, and waits until it has come back to
 * @self, 0 or 1. @private: FUTEX_PRIVATE_FLAG if the two are threads, else 0.
 * Returns: 0 or a negative errno.
 */
static inline long cost_hand_over(int *turn, int self, int private)
{
	long result;

	__atomic_store_n(turn, !self, __ATOMIC_RELEASE);
	result = cost_call3(SYS_futex, (long)turn, FUTEX_WAKE | private, 1);
	if (result < 0)
		return result;
	while (__atomic_load_n(turn, __ATOMIC_ACQUIRE) != self) {
		result = cost_call4(SYS_futex, (long)turn, FUTEX_WAIT | private, !self, 0);
		if (result < 0 && result != -EAGAIN && result != -EINTR)
			return result;
	}
	return 0;
}

/* The other's part of that, as 1, until a call fails. */
static inline void cost_hand_back(int *turn, int private)
{
	while (__atomic_load_n(turn, __ATOMIC_ACQUIRE) != 1)
		cost_call4(SYS_futex, (long)turn, FUTEX_WAIT | private, 0, 0);
	while (cost_hand_over(turn, 1, private) == 0)
		;
}

/* A row's round of two threads: @ops times to the other and back. */
static inline int64_t cost_turn_round(int *turn, long ops)
{
	long error = 0;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops && !error; i++)
		error = cost_hand_over(turn, 0, FUTEX_PRIVATE_FLAG);
	return error ? error : cost_end(begin);
}
