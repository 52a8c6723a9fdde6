/* SPDX-License-Identifier: MIT */
/* The processes that were ended because memory ran out, for the report of the run. */
#pragma once

#include "lib/types.h"

struct oom_victims {
	u32 nr;
	pid_t last_pid;
	char last_name[16];
};

/* @name[@pid] is ended for want of memory. Context: any; takes a leaf lock. */
void oom_victims_note(const char *name, pid_t pid);
/* All since the boot. Context: any; takes a leaf lock. */
struct oom_victims oom_victims_read(void);
