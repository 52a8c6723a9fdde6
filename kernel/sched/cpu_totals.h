/* SPDX-License-Identifier: MIT */
/* What the threads of one process had of the CPU, those that have ended included. */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct SHARED cpu_totals {
	u64 run_cycles; /* [a] up to when each of them was last accounted for */
	u64 switches_voluntary, switches_forced; /* [a] */
};
