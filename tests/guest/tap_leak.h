/* SPDX-License-Identifier: MIT */
/* tap_leak.h -- the kernel's counts before and after a test program. */
#pragma once
#include <stdbool.h>

enum { LEAK_MAX = 32 };

struct leak_counts {
	unsigned count;
	struct {
		char name[32];
		long long value;
	} row[LEAK_MAX];
};

/* Reads /proc/creance/counts. Returns false where there is none (Linux). */
bool leak_read(struct leak_counts *counts);
/*
 * Waits for the counts to be no higher than `before`: up to `tries` times 20 ms after they last
 * came closer. Returns whether they are; `after` holds the last reading.
 */
bool leak_settled(const struct leak_counts *before, struct leak_counts *after, int tries);
/* Prints the rows in which `after` exceeds `before`, as TAP diagnostics. */
void leak_explain(const struct leak_counts *before, const struct leak_counts *after);
