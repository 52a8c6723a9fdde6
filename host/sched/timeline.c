// SPDX-License-Identifier: MIT
/*
 * timeline.c -- from the events of a machine to the times of jobs.
 *
 * Idea.  trace_states.c tells each change of a thread's state. Which threads are a job's is known
 *   from a name (job_names.h) and from the events that make processes and threads. A job's state
 *   follows from how many of its threads run and are ready; each change of it ends a span.
 * Invariants.
 *   T1  job_of has a place for each actor that the states know, and is 0 for those of no job.
 *   T2  `running` and `ready` count the job's threads in these states, from its arrival on.
 *   T3  Spans are in the trace's time until all is read, and then moved to the workload's.
 * Tests.  timeline_test.c, tests/system/sched_command.t.
 */
#include "sched/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sched/job_names.h"
#include "trace/trace_model.h"
#include "trace/trace_states.h"

/* A job while the trace is read. */
struct reading {
	bool named;	   /* its first thread has the name: the next wake-up is the arrival */
	size_t main_actor; /* valid if named */
	unsigned threads;  /* that have not ended */
	unsigned running, ready; /* T2 */
	enum span_state state;
	uint64_t since_ns; /* of the state */
	uint64_t count_ns; /* until when cpu_ns is counted */
	unsigned cpu;
};

/* A change of threads that has begun on a CPU. */
struct change {
	bool open, switched;
	uint64_t began_ns;
};

struct reader {
	struct timeline *timeline;
	const struct workload *workload;
	struct trace_model model;
	struct trace_states states;
	unsigned char *job_of; /* by actor: the job's number plus 1; T1 */
	size_t room;
	struct reading jobs[WORKLOAD_JOBS_MAX];
	struct change changes[TRACE_CPUS_MAX];
};

int timeline_add_span(struct timeline *t, const struct timeline_span *span)
{
	if (span->to_ns <= span->from_ns)
		return 0;
	if (t->nr_spans == t->room) {
		size_t room = t->room ? 2 * t->room : 256;
		struct timeline_span *spans = realloc(t->spans, room * sizeof(*spans));

		if (!spans)
			return -ENOMEM;
		t->spans = spans;
		t->room = room;
	}
	t->spans[t->nr_spans++] = *span;
	return 0;
}

void timeline_fini(struct timeline *t)
{
	free(t->spans);
	*t = (struct timeline){0};
}

/* ---- whose a thread is ---- */

static int make_room(struct reader *r)
{
	size_t room = r->states.room;
	unsigned char *job_of;

	if (room <= r->room)
		return 0;
	job_of = realloc(r->job_of, room);
	if (!job_of)
		return -ENOMEM;
	memset(job_of + r->room, 0, room - r->room);
	r->job_of = job_of;
	r->room = room;
	return 0;
}

/* The actor of thread @tid. -ENOMEM. */
static long actor_of(struct reader *r, uint64_t tid, unsigned cpu)
{
	long actor = trace_states_actor(&r->states, (uint32_t)tid, cpu);

	return actor >= 0 && make_room(r) ? -ENOMEM : actor;
}

/* The new thread @tid belongs where @parent does, which is the first thread of a process. */
static int inherit(struct reader *r, uint64_t tid, uint64_t parent, unsigned cpu)
{
	long from = actor_of(r, parent, cpu), to = actor_of(r, tid, cpu);

	if (from < 0 || to < 0)
		return -ENOMEM;
	if (r->job_of[from])
		r->jobs[r->job_of[from] - 1].threads++;
	r->job_of[to] = r->job_of[from];
	return 0;
}

static int take_name(struct reader *r, const struct trace_step *step)
{
	char buffer[TRACE_TEXT_BYTES], name[JOB_NAME_BYTES];
	struct trace_text text = TRACE_TEXT(buffer);
	long actor = actor_of(r, step->args[0], step->cpu);

	if (actor < 0)
		return -ENOMEM;
	buffer[0] = '\0';
	trace_step_arg_text(step, 2, &text);
	for (unsigned i = 0; i < r->timeline->nr_jobs; i++) {
		snprintf(name, sizeof(name), JOB_NAME, i);
		if (strcmp(buffer, name) != 0 || r->jobs[i].named)
			continue;
		r->jobs[i] =
			(struct reading){.named = true, .main_actor = (size_t)actor, .threads = 1};
		r->job_of[actor] = (unsigned char)(i + 1);
	}
	return 0;
}

/* ---- states ---- */

static enum span_state state_of(const struct reading *job)
{
	return job->running ? SPAN_RUNS : job->ready ? SPAN_READY : SPAN_WAITS;
}

/* What has run until now counts. */
static void count_cpu(struct reader *r, unsigned number, uint64_t ns)
{
	struct reading *job = &r->jobs[number];

	r->timeline->jobs[number].cpu_ns += job->running * (ns - job->count_ns);
	job->count_ns = ns;
}

static int end_span(struct reader *r, unsigned number, uint64_t ns)
{
	struct reading *job = &r->jobs[number];
	struct timeline_span span = {number, job->cpu, job->state, job->since_ns, ns};

	job->since_ns = ns;
	return timeline_add_span(r->timeline, &span);
}

static void arrive(struct reader *r, unsigned number, uint64_t ns)
{
	struct timeline_job *job = &r->timeline->jobs[number];

	job->arrived = true;
	job->arrival_ns = ns;
	r->jobs[number].since_ns = r->jobs[number].count_ns = ns;
	r->jobs[number].state = SPAN_READY;
}

static bool runs(enum trace_state state)
{
	return state == TRACE_STATE_USER || state == TRACE_STATE_KERNEL;
}

static int take_change(struct reader *r, const struct trace_change *change, uint64_t ns)
{
	unsigned number = r->job_of[change->actor];
	struct timeline_job *done;
	struct reading *job;

	if (!number--)
		return 0;
	job = &r->jobs[number];
	done = &r->timeline->jobs[number];
	if (!done->arrived) {
		if (change->to != TRACE_STATE_READY || change->actor != job->main_actor)
			return 0;
		arrive(r, number, ns);
		job->ready = 1;
		return 0;
	}
	if (done->ended)
		return 0;
	count_cpu(r, number, ns);
	job->running += (unsigned)runs(change->to) - (unsigned)runs(change->from);
	job->ready += (unsigned)(change->to == TRACE_STATE_READY) -
		      (unsigned)(change->from == TRACE_STATE_READY);
	if (runs(change->to) && !done->ran) {
		done->ran = true;
		done->first_ns = ns;
	}
	if (state_of(job) == job->state && (!job->running || change->cpu == job->cpu))
		return 0;
	if (end_span(r, number, ns))
		return -ENOMEM;
	job->state = state_of(job);
	job->cpu = change->cpu;
	return 0;
}

/*
 * A thread begins to end. The job ends here and not when the thread leaves its CPU for the last
 * time: that may be after the machine has ended, because its end wakes run_jobs.
 */
static int take_exit(struct reader *r, const struct trace_step *step)
{
	long actor = actor_of(r, step->args[0], step->cpu);
	unsigned number;

	if (actor < 0)
		return -ENOMEM;
	number = r->job_of[actor];
	if (!number-- || !r->timeline->jobs[number].arrived || --r->jobs[number].threads)
		return 0;
	count_cpu(r, number, step->ns);
	r->timeline->jobs[number].ended = true;
	r->timeline->jobs[number].end_ns = step->ns;
	return end_span(r, number, step->ns);
}

/* ---- switches ---- */

/* Do the jobs go on: has one arrived, and has one not ended? */
static bool is_between(const struct reader *r)
{
	bool arrived = false, left = false;

	for (unsigned i = 0; i < r->timeline->nr_jobs; i++) {
		arrived |= r->timeline->jobs[i].arrived;
		left |= !r->timeline->jobs[i].ended;
	}
	return arrived && left;
}

static void take_switches(struct reader *r, const struct trace_step *step)
{
	struct change *change = &r->changes[step->cpu % TRACE_CPUS_MAX];

	switch ((unsigned)step->event) {
	case TRACE_sched_pick:
		*change = (struct change){.open = is_between(r), .began_ns = step->ns};
		return;
	case TRACE_sched_switch:
		change->switched = step->args[0] != step->args[1];
		return;
	case TRACE_address_space:
		return; /* a part of it */
	}
	if (change->open && change->switched) {
		r->timeline->switches++;
		r->timeline->switch_ns += step->ns - change->began_ns;
	}
	change->open = false;
}

/* ---- all events ---- */

static int take_step(struct reader *r, const struct trace_step *step)
{
	struct trace_change changes[TRACE_CHANGES_MAX];
	int nr, err = 0;

	if (step->event == TRACE_process_create)
		err = inherit(r, step->args[2], step->args[1], step->cpu);
	else if (step->event == TRACE_thread_create)
		err = inherit(r, step->args[0], step->args[1], step->cpu);
	else if (step->event == TRACE_thread_name)
		err = take_name(r, step);
	if (err)
		return err;
	take_switches(r, step);
	nr = trace_states_take(&r->states, step, changes);
	if (nr < 0 || make_room(r))
		return -ENOMEM;
	for (int i = 0; i < nr && !err; i++)
		err = take_change(r, &changes[i], step->ns);
	if (!err && step->event == TRACE_thread_exit)
		err = take_exit(r, step);
	return err;
}

static uint64_t earlier(uint64_t ns, uint64_t start_ns)
{
	return ns > start_ns ? ns - start_ns : 0;
}

/* T3: the workload's time 0 is when its first job arrived, less what it says of that. */
static int move_to_start(struct reader *r)
{
	struct timeline *t = r->timeline;
	uint64_t start_ns = UINT64_MAX;

	for (unsigned i = 0; i < t->nr_jobs; i++) {
		struct timeline_job *job = &t->jobs[i];
		uint64_t zero_ns;

		if (!job->arrived || !job->ended)
			return -ENODATA;
		zero_ns = earlier(job->arrival_ns, r->workload->jobs[i].arrival_ns);
		start_ns = zero_ns < start_ns ? zero_ns : start_ns;
	}
	for (unsigned i = 0; i < t->nr_jobs; i++) {
		struct timeline_job *job = &t->jobs[i];

		job->arrival_ns = earlier(job->arrival_ns, start_ns);
		job->first_ns = earlier(job->first_ns, start_ns);
		job->end_ns = earlier(job->end_ns, start_ns);
		t->end_ns = job->end_ns > t->end_ns ? job->end_ns : t->end_ns;
	}
	for (size_t i = 0; i < t->nr_spans; i++) {
		t->spans[i].from_ns = earlier(t->spans[i].from_ns, start_ns);
		t->spans[i].to_ns = earlier(t->spans[i].to_ns, start_ns);
	}
	return 0;
}

int timeline_read(struct timeline *timeline, const struct workload *workload,
		  const struct trace_log *log)
{
	struct reader *r = calloc(1, sizeof(*r));
	struct trace_step step;
	int err = 0;

	*timeline = (struct timeline){.nr_jobs = workload->nr_jobs};
	if (!r)
		return -ENOMEM;
	r->timeline = timeline;
	r->workload = workload;
	trace_states_init(&r->states);
	err = trace_model_init(&r->model, log);
	if (!err) {
		while (!err && trace_model_next(&r->model, &step))
			err = take_step(r, &step);
		trace_model_fini(&r->model);
	}
	if (!err)
		err = move_to_start(r);
	trace_states_fini(&r->states);
	free(r->job_of);
	free(r);
	return err;
}
