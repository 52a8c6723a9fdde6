// SPDX-License-Identifier: MIT
/*
 * The clock of the cost program: what it costs to read, how fine it is, how fast it ticks.
 *
 * The cost is the smallest difference of two reads in a row, the resolution the smallest that is
 * not zero (a virtual counter may advance in steps). The rate is compared with CLOCK_MONOTONIC
 * over 25 ms; each of the two comparisons takes the closest of a few brackets. With a machine
 * that counts instructions a tick is one instruction and the rate is 1 GHz.
 */
#include "cost.h"
#include <stdio.h>
#include <time.h>

enum { READS = 2000, BRACKETS = 20, WINDOW_NS = 25000000 };

uint64_t cost_clock_overhead;

static uint64_t monotonic_ns(void)
{
	struct timespec now = {};

	cost_call3(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* One moment on both clocks. */
static void read_both(uint64_t *ticks, uint64_t *ns)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < BRACKETS; i++) {
		uint64_t before = cost_ticks(), middle = monotonic_ns(), after = cost_ticks();

		if (after - before < best) {
			best = after - before;
			*ticks = before + best / 2;
			*ns = middle;
		}
	}
}

void cost_clock_init(void)
{
	uint64_t least = UINT64_MAX, least_nonzero = UINT64_MAX;
	uint64_t ticks0, ns0, ticks1, ns1, khz;

	for (int i = 0; i < READS; i++) {
		uint64_t before = cost_ticks(), difference = cost_ticks() - before;

		if (difference < least)
			least = difference;
		if (difference && difference < least_nonzero)
			least_nonzero = difference;
	}
	read_both(&ticks0, &ns0);
	do
		read_both(&ticks1, &ns1);
	while (ns1 - ns0 < WINDOW_NS);
	khz = (uint64_t)((double)(ticks1 - ticks0) * 1e6 / (double)(ns1 - ns0) + 0.5);
	cost_clock_overhead = least;
	printf("cost: clock tsc_khz=%llu overhead=%llu resolution=%llu\n", (unsigned long long)khz,
	       (unsigned long long)least,
	       (unsigned long long)(least_nonzero == UINT64_MAX ? 0 : least_nonzero));
}
