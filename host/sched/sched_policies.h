/* SPDX-License-Identifier: MIT */
/* The policies that a kernel has, as its file /proc/creance/sched tells them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sched/workload.h"

enum { SCHED_POLICIES_MAX = 16, SCHED_RANGES_MAX = 64, SCHED_WHY_BYTES = 512 };

/* The values that a setting may have: from @least to @most, in nanoseconds if it is a time. */
struct sched_range {
	char of[WORKLOAD_POLICY_BYTES]; /* POLICY,SETTING */
	bool is_time;
	uint64_t least, most;
};

struct sched_policies {
	unsigned nr, nr_ranges;
	char all[SCHED_POLICIES_MAX][2 * WORKLOAD_POLICY_BYTES]; /* NAME[,SETTING=VALUE...] */
	struct sched_range ranges[SCHED_RANGES_MAX];
};

/*
 * Take the lines "available NAME[,SETTING=VALUE...]" and "range NAME,SETTING LEAST MOST[ ns]" of
 * @text; others are not ours.
 */
void sched_policies_read(struct sched_policies *policies, const char *text);

/* Which of them @policy names, with other values or none; NULL: none. */
const char *sched_policies_find(const struct sched_policies *policies, const char *policy);

/*
 * Is @policy, NAME[,SETTING=VALUE...], one that the kernel takes? Returns: 0, or -EINVAL with what
 * is wrong, a colon, and what would be right in @why.
 */
int sched_policies_check(const struct sched_policies *policies, const char *policy,
			 char why[SCHED_WHY_BYTES]) __attribute__((warn_unused_result));

/* Print all with their usual settings, and what values these may have. */
void sched_policies_print(FILE *out, const struct sched_policies *policies);

/* Is @setting one of @policy, which is NAME[,SETTING=VALUE...]? */
bool sched_policy_has(const char *policy, const char *setting);

/* Do two of that form name the same policy? */
bool sched_policy_is_same(const char *a, const char *b);
