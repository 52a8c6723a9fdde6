/* SPDX-License-Identifier: MIT */
/* What two sequences of numbers have in common. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STEP_DIFF_NO_LIMIT SIZE_MAX

struct step_diff {
	const uint32_t *a, *b;
	size_t nr_a, nr_b;
	/* Per element, set by step_diff_find: it has no partner in the other sequence. */
	uint8_t *gone, *added;
	bool bounded; /* set: more may be marked than need be */
};

/* The work that two sequences of @nr elements in all are worth. */
size_t step_diff_limit(size_t nr);

/*
 * Mark as few elements as possible so that those of a and of b that are left are the same, in the
 * same order. @limit: a part in which more than so many differences are searched in vain is divided
 * where the search came furthest, and the result is `bounded`.
 * Returns: 0 or -ENOMEM. Time: (nr_a + nr_b) * min(differences, limit). Memory: linear.
 */
int step_diff_find(struct step_diff *diff, size_t limit) __attribute__((warn_unused_result));
