/* SPDX-License-Identifier: MIT */
/* Which thread runs where, and in which mode: the states of threads, step by step. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/trace_model.h"

enum trace_state {
	TRACE_STATE_NONE, /* not known yet */
	TRACE_STATE_USER,
	TRACE_STATE_KERNEL,
	TRACE_STATE_READY,
	TRACE_STATE_BLOCKED,
	TRACE_STATE_EXITED,
	TRACE_STATE_IDLE, /* of a CPU's idle thread: nothing to do */
	NR_TRACE_STATES
};

static inline bool trace_state_runs(enum trace_state state)
{
	return state == TRACE_STATE_USER || state == TRACE_STATE_KERNEL ||
	       state == TRACE_STATE_IDLE;
}

#define TRACE_CHANGES_MAX 4u

struct trace_actor {
	uint32_t tid; /* 0: the idle thread of `cpu` */
	unsigned cpu; /* where it was seen last */
	enum trace_state state;
	size_t woken; /* the step that made it ready; TRACE_NO_STEP: it was not blocked */
};

struct trace_change {
	size_t actor; /* its place in trace_states.actors, which it keeps */
	unsigned cpu;
	enum trace_state from, to;
	size_t woken; /* it gets the CPU: the step that woke it, or TRACE_NO_STEP */
};

struct trace_states {
	struct trace_actor *actors;
	size_t nr, room;
	size_t *by_tid; /* places in actors plus 1; open addressing */
	size_t slots;
	size_t on_cpu[TRACE_CPUS_MAX]; /* the thread that runs there; TRACE_NO_STEP: not known */
};

void trace_states_init(struct trace_states *states);
void trace_states_fini(struct trace_states *states);

/*
 * Take the next step, and report its changes: the thread that leaves a CPU before the one that gets
 * it. Returns: the number of changes, or -ENOMEM.
 */
int trace_states_take(struct trace_states *states, const struct trace_step *step,
		      struct trace_change changes[TRACE_CHANGES_MAX])
	__attribute__((warn_unused_result));

/* The place of the thread @tid, or of @cpu's idle thread if it is 0. -ENOMEM: no memory. */
long trace_states_actor(struct trace_states *states, uint32_t tid, unsigned cpu);
