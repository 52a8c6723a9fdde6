/* SPDX-License-Identifier: MIT */
/* Workloads whose jobs are programs. */
#pragma once

#include "base/guest_options.h"
#include "sched/workload.h"

/*
 * A workload of the @nr words after the first "--": programs with their arguments, separated by
 * further "--". Returns: 0, or -EINVAL after a message.
 */
int sched_programs_read(struct workload *workload, char **words, int nr)
	__attribute__((warn_unused_result));

/*
 * Find the programs of @workload on this host or in the guest: their commands get the guest's
 * paths, and @files, which has room for WORKLOAD_JOBS_MAX more, gets what is to be put there as
 * --file does; its new items are the caller's to free.
 * Returns: 0, or an exit status after a message.
 */
int sched_programs_find(struct workload *workload, struct option_list *files)
	__attribute__((warn_unused_result));
