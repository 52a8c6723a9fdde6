/* SPDX-License-Identifier: MIT */
/* Do the time-stamp counters of all CPUs agree? Asked while they start. */
#pragma once

#include "lib/compiler.h"

/*
 * On a CPU that starts: compare its counter with the boot CPU's, set it right if need be, and wait
 * for what the boot CPU decides. False: it must not be used. Context: interrupts off.
 */
bool smp_clock_join(unsigned cpu) __must_check;
/*
 * On the boot CPU: have all CPUs below @end compared, which have begun, and let them go on. False:
 * the counter of one disagrees, which the log tells, and all stay where they are.
 */
bool smp_clock_decide(unsigned end) __must_check;
