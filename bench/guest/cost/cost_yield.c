// SPDX-License-Identifier: MIT
/*
 * A round of sched_yield between two processes, or two threads.
 *
 * A fair scheduler lets a yield return at once while the other has had more than its share: for
 * some milliseconds after the other was created, or whenever the one was kept from running. So a
 * round first yields until the two alternate, and is taken again if they do not all the time. What
 * is left is divided by the switches there really were, not by the calls.
 */
#include "cost.h"

enum { SETTLED = 20, SETTLE_LIMIT = 2000000, TRIES = 20 };

/* Yields until each of SETTLED calls in a row was there and back; false if that never happens. */
static int settle(struct cost_turns *turns)
{
	long alternating = 0;

	for (long i = 0; i < SETTLE_LIMIT && alternating < SETTLED; i++) {
		long before = turns->switches;

		cost_take_turn(turns, 0);
		alternating = turns->switches > before ? alternating + 1 : 0;
	}
	return alternating >= SETTLED;
}

int64_t cost_yield_round(struct cost_turns *turns, long ops)
{
	for (int i = 0; i < TRIES && settle(turns); i++) {
		long before = turns->switches, happened;
		uint64_t begin = cost_begin();
		int64_t ticks;

		for (long j = 0; j < ops / 2; j++)
			cost_take_turn(turns, 0);
		ticks = cost_end(begin);
		happened = turns->switches - before;
		if (happened >= ops - ops / 10)
			return ticks * ops / happened;
	}
	return -EAGAIN;
}
