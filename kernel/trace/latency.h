/* SPDX-License-Identifier: MIT */
/* The longest stretches with interrupts off, and with preemption off: of the latency build. */
#pragma once

#include "lib/compiler.h"

enum latency_kind { LATENCY_IRQS, LATENCY_PREEMPT, LATENCY_NR_KINDS };

/* All stretches from one place to another: how often, and the longest. */
struct latency_place {
	u64 cycles; /* the longest */
	u64 times;  /* how often it was among the longest, since it has been kept */
	vaddr_t begin, end;
};
#define LATENCY_NR_PLACES 16

/* Copy what CPU @cpu has kept, longest first; rows that are not used have 0 cycles. */
void latency_get(unsigned cpu, enum latency_kind kind, struct latency_place out[LATENCY_NR_PLACES]);
/* Forget all. */
void latency_reset(void);
