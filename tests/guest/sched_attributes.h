/* SPDX-License-Identifier: MIT */
/* The argument of sched_setattr(2) and sched_getattr(2), which the C library does not declare. */
#pragma once

/* As the kernel's, in its first version. */
struct attributes {
	unsigned size, policy;
	unsigned long flags;
	int nice;
	unsigned priority;
	unsigned long runtime, deadline, period;
};
