// SPDX-License-Identifier: MIT
/*
 * trace_states.c -- the states of threads, from the steps that change them.
 *
 * Idea.  Each step says which thread runs and whether it begins or ends in user mode, so a trace
 *   may begin anywhere and may lack events: a state that a step shows is valid from then on. All
 *   idle threads have the number 0; here each CPU has its own.
 * Invariants.
 *   T1  At most one thread runs on a CPU: when a thread gets it, the one before has left it.
 *   T2  A thread runs on one CPU at most: seen on another, it has left the first.
 *   T3  After EXITED nothing follows, until a new thread has the number.
 * Tests.  trace_states_test.c.
 */
#include "trace/trace_states.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/trace_hash.h"

void trace_states_init(struct trace_states *s)
{
	*s = (struct trace_states){0};
	for (unsigned cpu = 0; cpu < TRACE_CPUS_MAX; cpu++)
		s->on_cpu[cpu] = TRACE_NO_STEP;
}

void trace_states_fini(struct trace_states *s)
{
	free(s->actors);
	free(s->by_tid);
	trace_states_init(s);
}

/* ---- the threads ---- */

#define ACTORS_MAX (1u << 20) /* as trace_model.c has it */

static size_t *slot_of(size_t *by_tid, size_t slots, const struct trace_actor *actors, uint32_t tid,
		       unsigned cpu)
{
	size_t i = trace_hash_number(tid | (tid ? 0 : (uint64_t)cpu << 32)) % slots;

	for (; by_tid[i]; i = (i + 1) % slots) {
		const struct trace_actor *a = &actors[by_tid[i] - 1];

		if (a->tid == tid && (tid || a->cpu == cpu))
			break;
	}
	return &by_tid[i];
}

static int make_room(struct trace_states *s)
{
	struct trace_actor *actors;
	size_t *by_tid;
	size_t room = s->room ? 2 * s->room : 64, slots = 4 * room;

	if (s->nr < s->room)
		return 0;
	actors = realloc(s->actors, room * sizeof(*actors));
	if (!actors)
		return -ENOMEM;
	s->actors = actors;
	by_tid = calloc(slots, sizeof(*by_tid));
	if (!by_tid)
		return -ENOMEM;
	for (size_t i = 0; i < s->nr; i++)
		*slot_of(by_tid, slots, actors, actors[i].tid, actors[i].cpu) = i + 1;
	free(s->by_tid);
	s->by_tid = by_tid;
	s->slots = slots;
	s->room = room;
	return 0;
}

long trace_states_actor(struct trace_states *s, uint32_t tid, unsigned cpu)
{
	size_t *slot;

	if (make_room(s))
		return -ENOMEM;
	slot = slot_of(s->by_tid, s->slots, s->actors, tid, cpu);
	if (!*slot && s->nr == ACTORS_MAX)
		return -ENOMEM;
	if (!*slot) {
		s->actors[s->nr++] =
			(struct trace_actor){.tid = tid, .cpu = cpu, .woken = TRACE_NO_STEP};
		*slot = s->nr;
	}
	return (long)*slot - 1;
}

/* ---- what a step says ---- */

struct turn {
	struct trace_states *s;
	struct trace_change *changes;
	unsigned nr;
	unsigned cpu;
};

static void become(struct turn *turn, size_t actor, enum trace_state to)
{
	struct trace_states *s = turn->s;
	struct trace_actor *a = &s->actors[actor];
	struct trace_change *change = &turn->changes[turn->nr];
	bool runs = trace_state_runs(to), ran = trace_state_runs(a->state);

	if (a->state == to && (!runs || s->on_cpu[turn->cpu] == actor))
		return;
	*change = (struct trace_change){actor, runs ? turn->cpu : a->cpu, a->state, to,
					runs && !ran ? a->woken : TRACE_NO_STEP};
	turn->nr++;
	if (ran && s->on_cpu[a->cpu] == actor)
		s->on_cpu[a->cpu] = TRACE_NO_STEP;
	if (runs) {
		s->on_cpu[turn->cpu] = actor;
		a->woken = TRACE_NO_STEP;
		if (a->tid)
			a->cpu = turn->cpu; /* T2 */
	}
	a->state = to;
}

/* @actor runs on the CPU in @state. Another thread that was there has left without an event. T1. */
static void run(struct turn *turn, size_t actor, enum trace_state state)
{
	size_t had = turn->s->on_cpu[turn->cpu];

	if (had != actor && had != TRACE_NO_STEP)
		become(turn, had, TRACE_STATE_NONE);
	become(turn, actor, state);
}

/* The state of the thread that a switch takes the CPU from; the names are the kernel's. */
static enum trace_state state_after(const struct trace_step *step)
{
	const char *state = trace_name(TRACE_STATES, (unsigned)step->args[2]);

	if (!state || !strcmp(state, "ready") || !strcmp(state, "running"))
		return TRACE_STATE_READY;
	return !strcmp(state, "dead") ? TRACE_STATE_EXITED : TRACE_STATE_BLOCKED;
}

static int take_switch(struct turn *turn, const struct trace_step *step)
{
	long previous = trace_states_actor(turn->s, (uint32_t)step->args[0], step->cpu);
	long next = trace_states_actor(turn->s, (uint32_t)step->args[1], step->cpu);

	if (previous < 0 || next < 0)
		return -ENOMEM;
	become(turn, (size_t)previous,
	       turn->s->actors[previous].tid ? state_after(step) : TRACE_STATE_NONE);
	run(turn, (size_t)next, turn->s->actors[next].tid ? TRACE_STATE_KERNEL : TRACE_STATE_IDLE);
	return 0;
}

/* Another thread is made, or made ready. */
static int take_ready(struct turn *turn, const struct trace_step *step)
{
	long woken = trace_states_actor(turn->s, (uint32_t)step->args[0], step->cpu);
	struct trace_actor *a;

	if (woken < 0)
		return -ENOMEM;
	a = &turn->s->actors[woken];
	if (!a->tid || trace_state_runs(a->state))
		return 0;
	a->woken = step->index;
	become(turn, (size_t)woken, TRACE_STATE_READY);
	return 0;
}

int trace_states_take(struct trace_states *s, const struct trace_step *step,
		      struct trace_change changes[TRACE_CHANGES_MAX])
{
	struct turn turn = {.s = s, .changes = changes, .cpu = step->cpu};
	uint32_t tid = trace_step_tid(step);
	long self = trace_states_actor(s, tid, step->cpu);
	enum trace_state state = TRACE_STATE_KERNEL;
	int err = 0;

	if (self < 0 || step->cpu >= TRACE_CPUS_MAX)
		return -ENOMEM;
	if (step->event == TRACE_sched_switch) {
		err = take_switch(&turn, step);
		return err ? err : (int)turn.nr;
	}
	if (step->event == TRACE_address_space && s->on_cpu[step->cpu] != TRACE_NO_STEP)
		return 0; /* part of a switch: still on the stack of the thread that has left */
	if (step->to_user)
		state = TRACE_STATE_USER;
	else if (!tid && (step->event == TRACE_interrupt_exit || step->event == TRACE_trap_exit))
		state = TRACE_STATE_IDLE;
	else if (!tid && s->actors[self].state == TRACE_STATE_IDLE &&
		 step->event != TRACE_interrupt_enter && step->event != TRACE_trap_enter)
		state = TRACE_STATE_IDLE;
	if (s->actors[self].state != TRACE_STATE_EXITED || trace_state_runs(state))
		run(&turn, (size_t)self, state); /* T3 */
	if (step->event == TRACE_sched_wake || step->event == TRACE_thread_create)
		err = take_ready(&turn, step);
	return err ? err : (int)turn.nr;
}
