/* SPDX-License-Identifier: MIT */
/*
 * Pairs of accesses to the same memory by two CPUs that nothing orders (races build only: make
 * races). An access that is meant to be unordered is marked: READ_ONCE, WRITE_ONCE, __atomic_*, or
 * data_race() of lib/compiler.h.
 */
#pragma once

#include "lib/compiler.h"

#ifdef RACES
#define RACES_BUILD 1

struct race_access {
	vaddr_t place; /* where it returns to from the check, right before the access */
	u32 size;
	u32 kind; /* lib/race_hooks.h */
};

struct race {
	/* The first has been watched and is plain. The second was met; size 0: only its effect. */
	struct race_access by[2];
	vaddr_t address; /* of the first, when the pair was met first */
	u64 times;
};
#define RACES_MAX 256

/* How often a place was watched, and how many races found no room. */
struct race_totals {
	u64 watched;
	u64 dropped;
};

/* The first program begins: watch from here on if there are several CPUs. Boot, once. */
void race_detector_start(void);
/* Copy the race number @index, in the order in which they were found. False: there are no more. */
bool race_get(unsigned index, struct race *out);
void race_totals_get(struct race_totals *out);
/* Forget all races. Context: any. */
void race_reset(void);
#else
#define RACES_BUILD 0
static __always_inline void race_detector_start(void)
{
}
#endif
