/* SPDX-License-Identifier: MIT */
/*
 * What a CPU has run itself. With -icount the emulator runs all CPUs in one thread, in turns, and
 * their counters go on during the turns of others. Latency build only (trace/latency.c).
 */
#pragma once

#include "lib/compiler.h"
#include "sync/latency_hooks.h"

#if LATENCY_BUILD
/* Two of these of one CPU can be compared if both are known and `nr_missed` is the same. */
struct own_time {
	u64 cycles;    /* that this CPU has run, from some moment on */
	u64 nr_missed; /* of its turns, or others', whose begin or end is unknown */
	bool is_known; /* it is known when the present turn began */
};
/* On machines without turns: the counter. Context: preemption or interrupts off. */
struct own_time arch_own_time(void);
/* Are turns set apart? If not, every time is known. */
bool arch_turns_are_marked(void);
#endif
