/* SPDX-License-Identifier: MIT */
/* The workloads that come with the command: the texts in host/sched/workloads. */
#pragma once

#include <stddef.h>

struct builtin_workload {
	const char *name;
	const char *text, *end;
};

/* By name; NULL: there is none. */
const struct builtin_workload *builtin_workload_find(const char *name);

/* The @i-th; NULL: there are no more. */
const struct builtin_workload *builtin_workload(unsigned i);
const char *builtin_workload_name(unsigned i);
