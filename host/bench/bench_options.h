/* SPDX-License-Identifier: MIT */
/* The options of `creance bench`. */
#pragma once

#include <stdbool.h>

#include "bench/bench_result.h"
#include "base/guest_options.h"

struct bench_options {
	struct guest_options guest; /* the machine of all kernels */
	bool against_linux;
	bool goals; /* with against_linux: say which rows reach the project's goals */
	bool json;
	bool explain;
	bool latency;
	bool raise;	       /* with record: also budgets that were exceeded */
	unsigned rounds;       /* machines for each kernel */
	unsigned guest_rounds; /* in each machine; 0: as many as the guest's program likes */
	unsigned seconds;      /* of silence, after which a guest is given up */
	const char *budgets;   /* a file to compare with, or NULL */
	const char *record;    /* a file to write budgets to, or NULL */
	const char *output;    /* the folder of bench.json and bench.svg; NULL: the build's */
	char *keys;	       /* "a,b": the rows to measure, or NULL: all */
};
