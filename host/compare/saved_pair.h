/* SPDX-License-Identifier: MIT */
/* Both traces of a comparison, read at the same time. */
#pragma once

#include "compare/comparison.h"

/*
 * Read the files @paths; both traces get their texts from @strings.
 * Returns: 0; -EINVAL after a message for each that is no trace. saved_trace_fini is due for both
 * in every case.
 */
int saved_pair_read(struct saved_trace traces[NR_SIDES], const char *const paths[NR_SIDES],
		    const struct saved_wanted *wanted, struct trace_strings *strings)
	__attribute__((warn_unused_result));
