/* SPDX-License-Identifier: MIT */
/* What SCHED_DEADLINE threads have reserved of the CPUs. */
#pragma once

#include "lib/compiler.h"

struct realtime_share;

/* Is all that is reserved now within @share of each CPU? Context: any. */
bool deadline_fits(const struct realtime_share *share);
