/* SPDX-License-Identifier: MIT */
/* What a process, or a thread, has used so far. How it is counted: usage.h. */
#pragma once

#include "sched/sched.h"

/* CPU time and counts, for getrusage and wait4. */
struct process_usage {
	u64 user_ns, system_ns;
	u64 faults_minor, faults_major;
	u64 switches_voluntary, switches_forced;
	u64 peak_resident_pages;
};

/* CPU time as it was shown last: no part of it may be less the next time. */
struct SHARED cpu_times {
	u64 user_ns, system_ns; /* [process->lock] */
};

/* What a process has used, as it is counted. */
struct SHARED process_counts {
	struct cpu_totals cpu;	      /* [a] of all threads */
	u64 ticks_user, ticks_system; /* [a] that found one of its threads in each mode */
	struct cpu_times shown;	      /* [process->lock] */
	/* [process->lock] faults and peak of address spaces it had */
	struct process_usage past_maps;
};
