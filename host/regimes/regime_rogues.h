/* SPDX-License-Identifier: MIT */
/* Which rogues `creance regimes` sets loose, and under what. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { REGIMES = 3 };
extern const char *const regime_names[REGIMES];

struct regime_rogue {
	const char *name;  /* /rogues/NAME in the guest */
	const char *title; /* for the matrix */
	const char *what;  /* what it does: "It ..." */
	bool stays;	   /* it never ends by itself */
};

extern const struct regime_rogue regime_rogues[];
extern const size_t nr_regime_rogues;

/* By name; NULL: there is none. */
const struct regime_rogue *regime_rogue_find(const char *name);
/* Index of the regime @name, or -1. */
int regime_find(const char *name);
