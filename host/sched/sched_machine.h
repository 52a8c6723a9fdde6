/* SPDX-License-Identifier: MIT */
/* A machine in which a workload runs under a policy, and which is the same each time. */
#pragma once

#include "base/guest_options.h"
#include "sched/sched_policies.h"
#include "sched/timeline.h"

struct sched_lab {
	/* icount, and user "root"; args are not used */
	const struct guest_options *options;
};

/* Ask the kernel which policies it has. Returns: 0, or an exit status after a message. */
int sched_machine_policies(const struct sched_lab *lab, struct sched_policies *policies)
	__attribute__((warn_unused_result));

/*
 * Run @workload, whose programs have paths of the guest, under @policy as the kernel takes it.
 * Returns: 0 with @timeline, or an exit status after a message; timeline_fini is due either way.
 */
int sched_machine_run(const struct sched_lab *lab, const struct workload *workload,
		      const char *policy, struct timeline *timeline)
	__attribute__((warn_unused_result));
