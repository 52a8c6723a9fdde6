/* SPDX-License-Identifier: MIT */
/* The policies that a kernel has, as its file /proc/creance/sched tells them. */
#pragma once

#include <stdbool.h>

#include "sched/workload.h"

enum { SCHED_POLICIES_MAX = 16 };

struct sched_policies {
	unsigned nr;
	char all[SCHED_POLICIES_MAX][2 * WORKLOAD_POLICY_BYTES]; /* NAME[,SETTING=VALUE...] */
};

/* Take the lines "available NAME[,SETTING=VALUE...]" of @text; others are not ours. */
void sched_policies_read(struct sched_policies *policies, const char *text);

/* Which of them @policy names, with other values or none; NULL: none. */
const char *sched_policies_find(const struct sched_policies *policies, const char *policy);

/* Is @setting one of @policy, which is NAME[,SETTING=VALUE...]? */
bool sched_policy_has(const char *policy, const char *setting);

/* Do two of that form name the same policy? */
bool sched_policy_is_same(const char *a, const char *b);
