/* SPDX-License-Identifier: MIT */
/* The matrix of rogues and regimes, for people and for programs. */
#pragma once

#include <stdio.h>

#include "regimes/regime_judge.h"
#include "regimes/regime_rogues.h"

/* One run: its verdict. */
struct regime_cell {
	const struct regime_rogue *rogue;
	int regime;
	bool wanted;
	struct regime_seen seen;
	double seconds;
};

/* Rogues by row, REGIMES cells in each; rows and cells that were not selected are left out. */
void regime_print(FILE *out, const struct regime_cell *cells, size_t nr_rows);
/* The same as one JSON text with a newline at its end (docs/regimes.md). The caller frees it. */
char *regime_json(const struct regime_cell *cells, size_t nr_rows);
