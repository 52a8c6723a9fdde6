/* SPDX-License-Identifier: MIT */
/* The longest stretches with interrupts off, and with preemption off (latency build only). */
#pragma once

#include "lib/compiler.h"

enum latency_kind { LATENCY_IRQS, LATENCY_PREEMPT, LATENCY_NR_KINDS };

/* All stretches between the same two places. */
struct latency_place {
	u64 cycles; /* the longest */
	u64 times;  /* how many there were since this pair has been kept */
	vaddr_t begin, end;
};
#define LATENCY_NR_PLACES 16

/* How many stretches of a CPU were measured, and how many put aside: latency.c, L3. */
struct latency_counts {
	u64 measured, put_aside;
};

/* Copy the rows of CPU @cpu, longest first; unused rows have 0 cycles. Context: any. */
void latency_get(unsigned cpu, enum latency_kind kind, struct latency_place out[LATENCY_NR_PLACES]);
/* The counts of CPU @cpu. Context: any. */
struct latency_counts latency_counts(unsigned cpu, enum latency_kind kind);
/* Clear all rows and counts. Context: task. */
void latency_reset(void);
