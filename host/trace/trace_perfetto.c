// SPDX-License-Identifier: MIT
/*
 * trace_perfetto.c -- a trace for Perfetto's viewer and its queries.
 *
 * Idea.  Two passes: the first learns the threads' names and processes, which are written first;
 *   the second writes, for each thread, the states that the scheduler gives it and the slices that
 *   it is in (user, trap, handler, return), flows from wake-ups to runs and from messages to the
 *   interrupts that they are on another CPU, and counters.
 * Invariants.
 *   P1  Every slice is closed, at the end of the trace at the latest, and they nest.
 *   P2  A thread gets only a free CPU: the thread that had it has left before, with its own state.
 *   P3  Times never go back.
 * The filter.  Times and processes; not events, since states and slices need all.
 * Numbers.  For Perfetto, thread 0 is the idle threads of all CPUs, whose states are not written,
 *   and no number is negative: the kernel's own threads are numbered from KERNEL_PID on.
 * Tests.  trace_perfetto_test.c, tests/system/trace_perfetto.t.
 */
#include "trace/trace_perfetto.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/perfetto_packet.h"
#include "trace/trace_slices.h"
#include "trace/trace_states.h"

#define KERNEL_PID 0x40000000u

/* Tracks: what it is in the upper half, its number in the lower. */
#define TRACK_THREAD ((uint64_t)1 << 32)
#define TRACK_CPU ((uint64_t)2 << 32)
#define TRACK_READY ((uint64_t)3 << 32)
#define TRACK_FREE ((uint64_t)4 << 32)

#define STATE(name) PERFETTO__GENERIC_KERNEL_TASK_STATE_EVENT__TASK_STATE_ENUM__TASK_STATE_##name

struct perfetto {
	struct perfetto_writer w;
	const struct trace_report *report;
	struct trace_model model;
	struct trace_states states;
	struct trace_nest *nests; /* one for each actor */
	size_t nr_nests;
	size_t first; /* step in the filter's time; TRACE_NO_STEP: not reached yet */
	int64_t ready[TRACE_CPUS_MAX]; /* the counters' last values */
	int64_t free_pages;
};

static int64_t tid_of(uint32_t tid)
{
	return (int32_t)tid < 0 ? (int64_t)KERNEL_PID - (int32_t)tid : tid;
}

static int64_t pid_of(const struct perfetto *p, uint32_t tid)
{
	return (int32_t)tid < 0 ? (int64_t)KERNEL_PID : trace_model_pid(&p->model, tid);
}

/* Does the filter ask for the thread's process? */
static bool is_wanted_tid(const struct perfetto *p, uint32_t tid)
{
	const struct trace_filter *f = p->report->filter;
	bool wanted = f->nr_pids == 0;

	for (unsigned i = 0; i < f->nr_pids; i++)
		wanted |= tid && f->pids[i] == trace_model_pid(&p->model, tid);
	return wanted;
}

static bool is_wanted(const struct perfetto *p, const struct trace_actor *a)
{
	return is_wanted_tid(p, a->tid);
}

static uint64_t track_of(const struct trace_actor *a)
{
	return a->tid ? TRACK_THREAD + (uint64_t)tid_of(a->tid) : TRACK_CPU + a->cpu;
}

static const char *name_of(const struct perfetto *p, uint32_t tid)
{
	const struct trace_thread *t = trace_model_thread(&p->model, tid);

	return t ? t->name : "";
}

/* ---- what comes before the events ---- */

static void write_thread(struct perfetto *p, uint32_t tid)
{
	Perfetto__GenericKernelProcessTree tree = PERFETTO__GENERIC_KERNEL_PROCESS_TREE__INIT;
	Perfetto__GenericKernelProcessTree__Thread thread =
		PERFETTO__GENERIC_KERNEL_PROCESS_TREE__THREAD__INIT;
	Perfetto__GenericKernelProcessTree__Process process =
		PERFETTO__GENERIC_KERNEL_PROCESS_TREE__PROCESS__INIT;
	Perfetto__GenericKernelProcessTree__Thread *threads[] = {&thread};
	Perfetto__GenericKernelProcessTree__Process *processes[] = {&process};
	const struct trace_thread *t = trace_model_thread(&p->model, tid);
	int64_t pid = pid_of(p, tid);

	thread.has_tid = thread.has_pid = thread.has_is_main_thread = 1;
	thread.tid = tid_of(tid);
	thread.pid = pid;
	thread.comm = (char *)name_of(p, tid);
	thread.is_main_thread = thread.tid == pid;
	process.has_pid = process.has_ppid = 1;
	process.pid = pid;
	process.ppid = (int32_t)tid < 0 || !t ? 0 : t->parent;
	process.cmdline = (int32_t)tid < 0 ? (char *)"kernel" : thread.comm;
	tree.n_threads = 1;
	tree.threads = threads;
	tree.n_processes = thread.is_main_thread || pid == KERNEL_PID ? 1 : 0;
	tree.processes = processes;
	perfetto_write_tree(&p->w, &tree);
}

static void write_thread_track(struct perfetto *p, const struct trace_actor *a)
{
	Perfetto__TrackDescriptor track = PERFETTO__TRACK_DESCRIPTOR__INIT;
	Perfetto__ThreadDescriptor thread = PERFETTO__THREAD_DESCRIPTOR__INIT;
	char name[64];

	track.has_uuid = 1;
	track.uuid = track_of(a);
	if (a->tid) {
		thread.has_pid = thread.has_tid = 1;
		thread.pid = (int32_t)pid_of(p, a->tid);
		thread.tid = (int32_t)tid_of(a->tid);
		thread.thread_name = (char *)name_of(p, a->tid);
		track.thread = &thread;
		track.has_disallow_merging_with_system_tracks = 1;
		track.disallow_merging_with_system_tracks = 1;
	} else {
		snprintf(name, sizeof(name), "CPU %u, no thread", a->cpu);
		track.name = name;
	}
	perfetto_write_track(&p->w, &track);
}

static void write_counter_track(struct perfetto *p, uint64_t uuid, const char *name)
{
	Perfetto__TrackDescriptor track = PERFETTO__TRACK_DESCRIPTOR__INIT;
	Perfetto__CounterDescriptor counter = PERFETTO__COUNTER_DESCRIPTOR__INIT;

	counter.has_unit = 1;
	counter.unit = PERFETTO__COUNTER_DESCRIPTOR__UNIT__UNIT_COUNT;
	track.has_uuid = 1;
	track.uuid = uuid;
	track.name = (char *)name;
	track.counter = &counter;
	perfetto_write_track(&p->w, &track);
}

static void write_descriptions(struct perfetto *p)
{
	perfetto_write_clock(&p->w);
	for (size_t i = 0; i < p->states.nr; i++) {
		if (!is_wanted(p, &p->states.actors[i]))
			continue;
		if (p->states.actors[i].tid)
			write_thread(p, p->states.actors[i].tid);
		write_thread_track(p, &p->states.actors[i]);
	}
	for (unsigned cpu = 0; cpu < p->report->log->nr_cpus; cpu++) {
		char name[64];

		snprintf(name, sizeof(name), "ready threads, CPU %u", cpu);
		write_counter_track(p, TRACK_READY + cpu, name);
	}
	write_counter_track(p, TRACK_FREE, "free pages");
}

/* ---- slices ---- */

static const char *name_of_trap(unsigned event, unsigned detail)
{
	const char *name =
		event == TRACE_syscall_enter ? call_name(detail) : trace_name(TRACE_TRAPS, detail);

	return name ? name : "?";
}

static void begin_slice(struct perfetto *p, uint64_t track, enum trace_slice slice, unsigned event,
			unsigned detail, struct perfetto_notes *notes)
{
	static const char *const categories[NR_TRACE_SLICES] = {
		[TRACE_SLICE_USER] = "user",
		[TRACE_SLICE_TRAP] = "trap",
		[TRACE_SLICE_HANDLER] = "handler",
		[TRACE_SLICE_RETURN] = "return",
	};
	char text[128];

	if (slice == TRACE_SLICE_TRAP)
		snprintf(text, sizeof(text), "trap: %s", name_of_trap(event, detail));
	else if (slice == TRACE_SLICE_HANDLER)
		snprintf(text, sizeof(text), "%s", name_of_trap(event, detail));
	else
		snprintf(text, sizeof(text), "%s",
			 slice == TRACE_SLICE_USER ? "user" : "return-from-trap");
	perfetto_write_begin(&p->w, track, categories[slice], text, notes);
}

struct note_texts {
	char texts[TRACE_ARGS][TRACE_TEXT_BYTES];
	char call[TRACE_TEXT_BYTES];
};

static void note_args(struct perfetto_notes *notes, struct note_texts *texts,
		      const struct trace_step *s)
{
	notes->nr = 0;
	for (unsigned i = 0; i < s->row->nr_args; i++) {
		struct trace_text text = TRACE_TEXT(texts->texts[i]);

		if (trace_arg_is_rest(s->row, i))
			continue;
		trace_step_arg_text(s, i, &text);
		perfetto_note(notes, s->row->args[i].name, texts->texts[i]);
	}
	if (s->source)
		perfetto_note(notes, "source", s->source);
	if (s->event == TRACE_syscall_enter) {
		struct trace_text text = TRACE_TEXT(texts->call);

		call_text(&text, &s->call);
		perfetto_note(notes, "call", texts->call);
	}
}

static void write_slices(struct perfetto *p, uint64_t track, const struct trace_step *s,
			 const struct trace_slice_op *ops, unsigned nr)
{
	struct perfetto_notes notes = {0};
	struct note_texts texts;
	bool said = false; /* the step's arguments, of one slice */

	if (nr)
		note_args(&notes, &texts, s);
	for (unsigned i = 0; i < nr; i++) {
		bool of_trap = ops[i].begin && ops[i].slice == TRACE_SLICE_TRAP;
		bool of_end = !ops[i].begin && ops[i].slice == TRACE_SLICE_HANDLER;
		bool tells = !said && (of_trap || of_end);

		said |= tells;
		if (ops[i].begin)
			begin_slice(p, track, ops[i].slice, s->event, s->detail,
				    tells ? &notes : NULL);
		else
			perfetto_write_end(&p->w, track, tells ? &notes : NULL);
	}
}

/* ---- states, flows, counters ---- */

static void write_change(struct perfetto *p, const struct trace_change *c)
{
	const struct trace_actor *a = &p->states.actors[c->actor];
	bool runs = trace_state_runs(c->to), ran = trace_state_runs(c->from);
	Perfetto__GenericKernelTaskStateEvent__TaskStateEnum state = STATE(RUNNING);

	if (!a->tid || (runs && ran) || !is_wanted(p, a))
		return;
	if (!runs)
		state = c->to == TRACE_STATE_BLOCKED  ? STATE(INTERRUPTIBLE_SLEEP)
			: c->to == TRACE_STATE_EXITED ? STATE(DEAD)
						      : STATE(RUNNABLE);
	perfetto_write_state(&p->w, tid_of(a->tid), c->cpu, name_of(p, a->tid), state);
	if (state == STATE(DEAD))
		perfetto_write_state(&p->w, tid_of(a->tid), c->cpu, name_of(p, a->tid),
				     STATE(DESTROYED));
	if (runs && c->woken != TRACE_NO_STEP && c->woken >= p->first &&
	    is_wanted_tid(p, p->report->log->all[c->woken].tid)) /* write_wake has begun it */
		perfetto_write_flow(&p->w, track_of(a), "gets the CPU", c->woken + 1, 1);
}

static void write_wake(struct perfetto *p, const struct trace_step *s, size_t actor)
{
	long woken = trace_states_actor(&p->states, (uint32_t)s->args[0], s->cpu);
	char name[64];

	/* Only if this step is the one that makes it ready. */
	if (woken < 0 || p->states.actors[woken].woken != s->index ||
	    !is_wanted(p, &p->states.actors[woken]) || !is_wanted(p, &p->states.actors[actor]))
		return;
	snprintf(name, sizeof(name), "%s %" PRId64,
		 s->event == TRACE_thread_create ? "creates" : "wakes",
		 tid_of((uint32_t)s->args[0]));
	perfetto_write_flow(&p->w, track_of(&p->states.actors[actor]), name, s->index + 1, 0);
}

/*
 * A message to another CPU, and the first interrupt that it is there. Of several that are one
 * interrupt the first leads to it.
 */
static void write_message(struct perfetto *p, const struct trace_step *s, size_t actor)
{
	uint64_t track = track_of(&p->states.actors[actor]);
	const struct trace_record *other = &p->report->log->all[s->partner.index];
	char name[128];

	if (s->event == TRACE_message_send) {
		snprintf(name, sizeof(name), "to CPU %u: %s", s->partner.cpu,
			 s->name ? s->name : "?");
		perfetto_write_flow(&p->w, track, name, s->index + 1, 0);
	} else if (s->partner.index >= p->first && is_wanted_tid(p, other->tid)) {
		snprintf(name, sizeof(name), "from CPU %u: %s", s->partner.cpu,
			 s->name ? s->name : "?");
		perfetto_write_flow(&p->w, track, name, s->partner.index + 1, 1);
	}
}

static void write_counters(struct perfetto *p, const struct trace_step *s)
{
	int64_t ready = (int64_t)s->args[1], free_pages = (int64_t)s->args[2];

	if (p->ready[s->cpu] != ready)
		perfetto_write_counter(&p->w, TRACK_READY + s->cpu, ready);
	if (p->free_pages != free_pages)
		perfetto_write_counter(&p->w, TRACK_FREE, free_pages);
	p->ready[s->cpu] = ready;
	p->free_pages = free_pages;
}

/* ---- the steps ---- */

/* The filter's time begins: write what began before it and still goes on. */
static void begin(struct perfetto *p, size_t first)
{
	p->first = first;
	for (size_t i = 0; i < p->states.nr; i++) {
		const struct trace_actor *a = &p->states.actors[i];
		const struct trace_nest *n = &p->nests[i];
		struct trace_change change = {i, a->cpu, TRACE_STATE_NONE, a->state, TRACE_NO_STEP};

		if (!is_wanted(p, a))
			continue;
		if (a->state != TRACE_STATE_NONE && a->state != TRACE_STATE_EXITED)
			write_change(p, &change);
		if (n->user)
			begin_slice(p, track_of(a), TRACE_SLICE_USER, 0, 0, NULL);
		for (unsigned d = 0; d < n->depth; d++) {
			begin_slice(p, track_of(a), TRACE_SLICE_TRAP, n->open[d].event,
				    n->open[d].detail, NULL);
			begin_slice(p, track_of(a),
				    n->open[d].returns ? TRACE_SLICE_RETURN : TRACE_SLICE_HANDLER,
				    n->open[d].event, n->open[d].detail, NULL);
		}
	}
}

static void end_slices(struct perfetto *p, size_t actor, bool writes)
{
	struct trace_slice_op ops[TRACE_SLICE_OPS];
	unsigned nr = trace_nest_end(&p->nests[actor], ops);

	writes = writes && is_wanted(p, &p->states.actors[actor]);
	for (unsigned i = 0; i < nr && writes; i++)
		perfetto_write_end(&p->w, track_of(&p->states.actors[actor]), NULL);
}

static int take(struct perfetto *p, const struct trace_step *s)
{
	const struct trace_filter *filter = p->report->filter;
	bool writes = s->ns >= filter->from_ns;
	struct trace_change changes[TRACE_CHANGES_MAX];
	struct trace_slice_op ops[TRACE_SLICE_OPS];
	long actor = trace_states_actor(&p->states, trace_step_tid(s), s->cpu);
	size_t opened;
	unsigned nr_ops;
	int nr;

	if (actor < 0)
		return -ENOMEM;
	if (writes) {
		p->w.ns = s->ns;
		if (p->first == TRACE_NO_STEP)
			begin(p, s->index);
	}
	nr = trace_states_take(&p->states, s, changes);
	if (nr < 0)
		return nr;
	for (int i = 0; i < nr; i++) {
		if (writes)
			write_change(p, &changes[i]);
		if (changes[i].to == TRACE_STATE_EXITED)
			end_slices(p, changes[i].actor, writes);
	}
	nr_ops = trace_nest_take(&p->nests[actor], s, ops, &opened);
	if (!writes)
		return p->w.error;
	if (is_wanted(p, &p->states.actors[actor]))
		write_slices(p, track_of(&p->states.actors[actor]), s, ops, nr_ops);
	if (s->partner.index != TRACE_NO_STEP && is_wanted(p, &p->states.actors[actor]))
		write_message(p, s, (size_t)actor);
	if (s->event == TRACE_sched_wake || s->event == TRACE_thread_create)
		write_wake(p, s, (size_t)actor);
	if (s->event == TRACE_sched_pick)
		write_counters(p, s);
	return p->w.error;
}

/* Collect all threads of the trace, each with its last name. */
static int collect_threads(struct perfetto *p)
{
	struct trace_step step;
	struct trace_change changes[TRACE_CHANGES_MAX];
	int nr = 0;

	while (nr >= 0 && trace_model_next(&p->model, &step))
		nr = trace_states_take(&p->states, &step, changes);
	if (nr < 0)
		return nr;
	p->nr_nests = p->states.nr;
	p->nests = calloc(p->nr_nests ? p->nr_nests : 1, sizeof(*p->nests));
	return p->nests ? 0 : -ENOMEM;
}

static int write_all(struct perfetto *p)
{
	struct trace_step step;
	int err = collect_threads(p);

	if (err)
		return err;
	write_descriptions(p);
	trace_model_rewind(&p->model);
	trace_states_fini(&p->states);
	while (!err && trace_model_next(&p->model, &step) && step.ns <= p->report->filter->to_ns)
		err = take(p, &step);
	for (size_t i = 0; i < p->states.nr && p->first != TRACE_NO_STEP; i++)
		end_slices(p, i, true); /* P1 */
	return err ? err : p->w.error;
}

int trace_perfetto_write(FILE *out, const struct trace_report *report)
{
	struct perfetto p = {
		.w = {.out = out, .ns = report->filter->from_ns},
		.report = report,
		.first = TRACE_NO_STEP,
		.free_pages = -1,
	};
	int err;

	memset(p.ready, -1, sizeof(p.ready));
	trace_states_init(&p.states);
	err = trace_model_init(&p.model, report->log);
	if (!err)
		err = write_all(&p);
	free(p.nests);
	trace_states_fini(&p.states);
	trace_model_fini(&p.model);
	return err;
}
