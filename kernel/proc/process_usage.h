/* SPDX-License-Identifier: MIT */
/* What a process, or a thread, has used so far. How it is counted: usage.h. */
#pragma once

#include "lib/types.h"

/* CPU time and counts, for getrusage and wait4. */
struct process_usage {
	u64 user_ns, system_ns;
	u64 faults_minor, faults_major;
	u64 switches_voluntary, switches_forced;
	u64 peak_resident_pages;
};
