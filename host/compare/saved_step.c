// SPDX-License-Identifier: MIT
/*
 * saved_step.c -- events become steps, each of one thread.
 *
 * Idea.  The two events of a call, a trap or an interrupt become one step, whose text has arguments
 *   and result. Each thread has a stack of what is open. What the kernel does to a thread that does
 *   not run, such as its first switch to the CPU, is a step of that thread ("gets the CPU").
 * Invariants.
 *   B1  An event's time, until the CPU's next event, belongs to one step: to the innermost that is
 *       open of the thread that then runs, or if the scheduler works to its own. So costs add up to
 *       the time in the kernel.
 *   B2  A stack has at most NEST_MAX places; what is deeper in a hostile file becomes a step that
 *       is never open.
 *   B3  Nothing of a line's JSON is kept, only strings: as JSON a hostile line may need a hundred
 *       times its own length.
 *   B4  The times of all steps together are at most TIMES_MAX, so no sum of them wraps, and a
 *       double has each exactly.
 * Tests.  saved_trace_test.c.
 */
#include "compare/saved_step.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compare/saved_call.h"
#include "compare/saved_event.h"
#include "compare/saved_string.h"
#include "compare/step_text.h"
#include "trace/trace_hash.h"

enum { NEST_MAX = 8, INIT_TID = 1 };

#define TIMES_MAX (1ull << 53) /* ns: a hundred days */

/* A step that has begun and not ended. */
struct open_step {
	size_t step; /* its place in the trace */
	enum trace_event begin;
	unsigned detail;
	struct saved_call *call; /* of a call; else NULL */
};

struct running {
	struct open_step open[NEST_MAX];
	unsigned nr_open;
	bool early; /* something was done to the thread, and its creation was not seen yet */
};

/* Which thread a number means now; open addressing. */
struct tid_slot {
	uint32_t tid;
	uint32_t thread; /* plus 1; 0: free */
};

struct saved_builder {
	struct saved_trace *trace;
	const struct saved_wanted *wanted;
	struct trace_strings *strings;
	struct running *running; /* by thread */
	struct tid_slot *slots;
	size_t nr_slots;
	uint32_t roots; /* threads whose parent is not known */
	/* By CPU: the thread that the last switch chose, if there was one. */
	uint32_t current[TRACE_CPUS_MAX];
	bool switched[TRACE_CPUS_MAX];
	uint32_t last_thread; /* the thread that the last event was about; SAVED_NONE */
};

/* ---- threads ---- */

static struct tid_slot *slot_of(struct tid_slot *slots, size_t nr, uint32_t tid)
{
	size_t i = trace_hash_number(tid) % nr;

	while (slots[i].thread && slots[i].tid != tid)
		i = (i + 1) % nr;
	return &slots[i];
}

static uint32_t find_thread(const struct saved_builder *b, uint32_t tid)
{
	const struct tid_slot *slot = b->nr_slots ? slot_of(b->slots, b->nr_slots, tid) : NULL;

	return slot && slot->thread ? slot->thread - 1 : SAVED_NONE;
}

static uint32_t place_of(void *context, uint32_t tid)
{
	return find_thread(context, tid);
}

static int grow_threads(struct saved_builder *b)
{
	struct saved_trace *t = b->trace;
	size_t room = t->threads_room ? 2 * t->threads_room : 16, nr_slots = 4 * room;
	struct saved_thread *threads = realloc(t->threads, room * sizeof(*threads));
	struct running *running;
	struct tid_slot *slots;

	if (!threads)
		return -ENOMEM;
	t->threads = threads;
	running = realloc(b->running, room * sizeof(*running));
	if (!running)
		return -ENOMEM;
	b->running = running;
	slots = calloc(nr_slots, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < b->nr_slots; i++)
		if (b->slots[i].thread)
			*slot_of(slots, nr_slots, b->slots[i].tid) = b->slots[i];
	free(b->slots);
	b->slots = slots;
	b->nr_slots = nr_slots;
	t->threads_room = room;
	return 0;
}

/* From now on @tid means a new thread, which the thread @parent has made. */
static int make_thread(struct saved_builder *b, uint32_t tid, uint32_t parent)
{
	struct saved_trace *t = b->trace;
	struct saved_thread *new_thread;
	uint32_t *siblings;

	if (t->nr_threads == t->threads_room && grow_threads(b))
		return -ENOMEM;
	siblings = parent == SAVED_NONE ? &b->roots : &t->threads[parent].children;
	new_thread = &t->threads[t->nr_threads];
	*new_thread = (struct saved_thread){.tid = tid, .parent = parent, .ordinal = (*siblings)++};
	b->running[t->nr_threads] = (struct running){.nr_open = 0};
	*slot_of(b->slots, b->nr_slots, tid) = (struct tid_slot){tid, (uint32_t)++t->nr_threads};
	return 0;
}

static int see_creation(struct saved_builder *b, const struct saved_event *e)
{
	uint32_t tid = saved_event_number(e->args, "tid"), known;

	if ((e->event != TRACE_process_create && e->event != TRACE_thread_create) ||
	    tid == SAVED_NONE)
		return 0;
	known = find_thread(b, tid);
	/* A process's first thread may be named by both. */
	if (known != SAVED_NONE && (b->running[known].early || e->event == TRACE_thread_create)) {
		b->running[known].early = false;
		return 0;
	}
	return make_thread(b, tid, find_thread(b, e->tid));
}

/* Can it be a thread of the program? Not init, the idle loop, or one of the kernel's. */
static bool may_be_program(uint32_t tid)
{
	return tid > INIT_TID && tid <= INT32_MAX;
}

/*
 * The thread that is not known yet whose step this is: the one that runs, or the one that it is
 * done to. Returns: its number; SAVED_NONE: there is none, it belongs to the step before.
 */
static uint32_t new_thread(const struct saved_builder *b, const struct saved_event *e, bool *early)
{
	uint32_t object = saved_event_object(e);

	*early = false;
	if (b->wanted->all || (e->event == TRACE_syscall_enter && may_be_program(e->tid)))
		return e->tid;
	if (b->last_thread != SAVED_NONE)
		return SAVED_NONE;
	*early = object != SAVED_NONE && may_be_program(object);
	return *early ? object : e->tid;
}

/* The thread whose step the event is, made if need be. Returns: 0 or -ENOMEM. */
static int choose_thread(struct saved_builder *b, const struct saved_event *e, uint32_t *thread)
{
	uint32_t object = find_thread(b, saved_event_object(e)), tid;
	bool early;

	*thread = find_thread(b, e->tid);
	if (e->event == TRACE_user_enter && object != SAVED_NONE)
		*thread = object;
	if (*thread == SAVED_NONE && !b->wanted->all)
		*thread = object;
	if (*thread == SAVED_NONE) {
		tid = new_thread(b, e, &early);
		*thread = b->last_thread;
		if (tid != SAVED_NONE || b->last_thread == SAVED_NONE) {
			if (make_thread(b, tid, SAVED_NONE))
				return -ENOMEM;
			*thread = (uint32_t)b->trace->nr_threads - 1;
			b->running[*thread].early = early;
		}
	}
	b->last_thread = *thread;
	return 0;
}

/* ---- steps ---- */

static int add_step(struct saved_builder *b, const struct saved_event *e, uint32_t thread)
{
	struct saved_trace *t = b->trace;
	char kind[256];
	struct trace_text text = TRACE_TEXT(kind);

	if (t->nr == t->room) {
		size_t room = t->room ? 2 * t->room : 4096;
		void *steps = realloc(t->steps, room * sizeof(*t->steps));

		if (!steps)
			return -ENOMEM;
		t->steps = steps;
		t->room = room;
	}
	step_text_kind(&text, e->event, e->name);
	t->steps[t->nr++] = (struct saved_step){.thread = thread, .line = e->line};
	return saved_string(b->strings, kind, &t->steps[t->nr - 1].kind);
}

static int set_texts(const struct saved_builder *b, size_t step, const char *text, const char *key)
{
	struct saved_step *s = &b->trace->steps[step];
	int err = saved_string(b->strings, text, &s->text);

	return err ? err : saved_string(b->strings, key, &s->key);
}

static int set_call(const struct saved_builder *b, size_t step, const char *name,
		    const struct saved_call *call, const json_t *result)
{
	char shown[STEP_TEXT_BYTES], same[STEP_TEXT_BYTES];
	struct trace_text text = TRACE_TEXT(shown), key = TRACE_TEXT(same);
	struct step_names names = {place_of, (void *)b};

	step_text_call(&text, &key, name, call, result, &names);
	return set_texts(b, step, shown, same);
}

/* "handle the trap: page fault (…)" is of any trap; what matters is behind it. */
static const char *kernel_text(const struct saved_event *e)
{
	static const char begin[] = "handle the trap: ";
	static const char *const columns[] = {"os", "hardware", "program"};
	const char *text = "";

	for (unsigned i = 0; !*text && i < sizeof(columns) / sizeof(columns[0]); i++)
		text = step_text_member(e->json, columns[i]);
	if (strncmp(text, begin, strlen(begin)) == 0)
		text += strlen(begin);
	if (e->event == TRACE_trap_exit || e->event == TRACE_interrupt_exit || !*text)
		text = e->name ? e->name : trace_event_row(e->event)->name;
	return text;
}

/* "the idle loop", "init", "thread 3": whom the scheduler chooses or wakes. */
static void add_thread_text(struct trace_text *text, uint32_t tid)
{
	if (tid == SAVED_NONE)
		trace_text_add(text, "a thread");
	else if (tid == 0)
		trace_text_add(text, "the idle loop");
	else if (tid == INIT_TID)
		trace_text_add(text, "init");
	else
		trace_text_add(text, "thread %d", (int)tid);
}

/* What the scheduler does, shorter than the table says it, which names each register. */
static void scheduler_text(const struct saved_event *e, bool passive, struct trace_text *text)
{
	const char *why = e->name ? e->name : "no reason";

	if (passive) {
		trace_text_add(text, e->event == TRACE_sched_switch ? "gets the CPU"
				     : e->event == TRACE_sched_pick ? "the scheduler picks it"
								    : "is woken");
		return;
	}
	trace_text_add(text, e->event == TRACE_sched_switch ? "switch to "
			     : e->event == TRACE_sched_pick ? "the scheduler picks "
							    : "wake ");
	add_thread_text(text, saved_event_object(e));
	if (e->event != TRACE_sched_wake)
		trace_text_add(text, " (%s)", why);
}

static int set_other(const struct saved_builder *b, size_t step, const struct saved_event *e,
		     uint32_t thread)
{
	char shown[STEP_TEXT_BYTES], same[STEP_TEXT_BYTES];
	struct trace_text text = TRACE_TEXT(shown), key = TRACE_TEXT(same);
	struct step_names names = {place_of, (void *)b};

	if (e->event == TRACE_sched_switch || e->event == TRACE_sched_pick ||
	    e->event == TRACE_sched_wake)
		scheduler_text(e, find_thread(b, e->tid) != thread, &text);
	else
		trace_text_add(&text, "%s", kernel_text(e));
	same[0] = '\0';
	step_text_key(&key, shown, false, &names);
	return set_texts(b, step, shown, same);
}

/* ---- what begins and ends ---- */

/* The last step of the trace opens, unless the stack is full (B2). Returns: 0 or -ENOMEM. */
static int open_step(struct saved_builder *b, const struct saved_event *e, uint32_t thread,
		     const struct saved_call *call, bool *open)
{
	struct running *r = &b->running[thread];
	struct saved_call *copy = NULL;

	*open = r->nr_open < NEST_MAX;
	if (!*open)
		return 0;
	if (e->event == TRACE_syscall_enter) {
		copy = saved_call_copy(call); /* B3 */
		if (!copy)
			return -ENOMEM;
	}
	r->open[r->nr_open++] = (struct open_step){b->trace->nr - 1, e->event, e->detail, copy};
	return 0;
}

/* The innermost open step does not end: a call has its text without a result. */
static int abandon_step(struct saved_builder *b, struct running *r)
{
	struct open_step *open = &r->open[--r->nr_open];
	const char *kind = trace_strings_text(b->strings, b->trace->steps[open->step].kind);
	char name[256];
	int err = 0;

	if (open->begin == TRACE_syscall_enter) {
		snprintf(name, sizeof(name), "%s", kind + strlen("call "));
		err = set_call(b, open->step, name, open->call, NULL);
	}
	free(open->call);
	return err;
}

/*
 * What the event ends, taken from the stack with what lies above; .begin none: it was not begun.
 * Returns: 0 or -ENOMEM.
 */
static int close_step(struct saved_builder *b, const struct saved_event *e, uint32_t thread,
		      struct open_step *ended)
{
	struct running *r = &b->running[thread];
	unsigned i = r->nr_open;
	int err = 0;

	while (i > 0 && (r->open[i - 1].begin != saved_event_begin_of(e->event) ||
			 r->open[i - 1].detail != e->detail))
		i--;
	*ended = (struct open_step){.begin = TRACE_none};
	if (i == 0)
		return 0;
	while (!err && r->nr_open > i)
		err = abandon_step(b, r);
	if (!err)
		*ended = r->open[--r->nr_open];
	return err;
}

/* A call's or a trap's end. */
static int take_end(struct saved_builder *b, const struct saved_event *e, uint32_t thread)
{
	static const struct saved_call none;
	struct open_step ended;
	int err = close_step(b, e, thread, &ended);
	bool begun = ended.begin != TRACE_none;
	size_t step = ended.step;

	if (!err && !begun) {
		err = add_step(b, e, thread);
		step = b->trace->nr - 1;
	}
	if (!err && e->event == TRACE_syscall_exit)
		err = set_call(b, step, e->name, ended.call ? ended.call : &none,
			       json_object_get(e->json, "result"));
	else if (!err && !begun)
		err = set_other(b, step, e, thread);
	free(ended.call);
	return err;
}

/* A call that begins gets its text when it ends, so that the text is made once. */
static int take_other(struct saved_builder *b, const struct saved_event *e, uint32_t thread)
{
	struct saved_call call = saved_call_read(json_object_get(e->json, "call"));
	bool open = false;
	int err = add_step(b, e, thread);

	if (!err && saved_event_begins(e->event))
		err = open_step(b, e, thread, &call, &open);
	if (!err && e->event != TRACE_syscall_enter)
		err = set_other(b, b->trace->nr - 1, e, thread);
	else if (!err && !open)
		err = set_call(b, b->trace->nr - 1, e->name, &call, NULL);
	return err;
}

/*
 * B1. The time after the event is the scheduler's, or that of what the thread that now runs has
 * open. @own: the step that the event made; SAVED_NONE: none.
 */
static void spend(struct saved_builder *b, const struct saved_event *e, size_t own)
{
	uint32_t thread = find_thread(b, b->switched[e->cpu] ? b->current[e->cpu] : e->tid);
	const struct running *r = thread == SAVED_NONE ? NULL : &b->running[thread];
	bool schedules = e->event == TRACE_sched_pick || e->event == TRACE_sched_switch;

	if (r && r->nr_open && !schedules)
		own = r->open[r->nr_open - 1].step;
	else if (!r && !schedules)
		return; /* it runs on for others */
	if (own != SAVED_NONE)
		b->trace->steps[own].cost_ns += e->cost_ns;
	b->trace->kernel_ns += e->cost_ns;
	b->trace->program_ns += e->runs_ns;
}

static int take_step(struct saved_builder *b, const struct saved_event *e)
{
	size_t before = b->trace->nr;
	uint32_t thread;
	int err = choose_thread(b, e, &thread);

	if (!err && e->tid == b->trace->threads[thread].tid)
		err = saved_string(b->strings, step_text_member(e->json, "thread"),
				   &b->trace->threads[thread].name);
	if (!err && saved_event_begin_of(e->event) == TRACE_none)
		err = take_other(b, e, thread);
	else if (!err)
		err = take_end(b, e, thread);
	if (!err)
		spend(b, e, b->trace->nr > before ? before : SAVED_NONE);
	return err;
}

/* B4. The member of the event that would make a sum too large; NULL. */
static const char *excess(const struct saved_trace *t, const struct saved_event *e)
{
	if (e->cost_ns > TIMES_MAX - t->kernel_ns)
		return "cost_ns";
	return e->runs_ns > TIMES_MAX - t->program_ns ? "runs_ns" : NULL;
}

/* ---- all ---- */

int saved_builder_take(struct saved_builder *b, const json_t *step, uint32_t line,
		       const char **wrong)
{
	struct saved_event e;
	int err;

	*wrong = saved_event_read(&e, step, line);
	if (!*wrong)
		*wrong = excess(b->trace, &e);
	if (*wrong)
		return -EINVAL;
	if (e.event == TRACE_sched_switch) {
		b->switched[e.cpu] = true;
		b->current[e.cpu] = saved_event_number(e.args, "next");
	}
	if (!e.of_program && !b->wanted->all)
		return 0;
	err = see_creation(b, &e);
	if (!err && (b->wanted->filter->events[e.event] || e.event == TRACE_panic))
		return take_step(b, &e);
	if (!err) /* B1: what is hidden is done for the step that is open around it */
		spend(b, &e, SAVED_NONE);
	return err;
}

int saved_builder_end(struct saved_builder *b)
{
	int err = 0;

	for (size_t i = 0; i < b->trace->nr_threads; i++)
		while (b->running[i].nr_open)
			err = abandon_step(b, &b->running[i]) ? -ENOMEM : err;
	return err;
}

struct saved_builder *saved_builder_new(struct saved_trace *trace,
					const struct saved_wanted *wanted,
					struct trace_strings *strings)
{
	struct saved_builder *b = malloc(sizeof(*b));

	if (b)
		*b = (struct saved_builder){.trace = trace,
					    .wanted = wanted,
					    .strings = strings,
					    .last_thread = SAVED_NONE};
	return b;
}

void saved_builder_free(struct saved_builder *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->trace->nr_threads; i++)
		while (b->running[i].nr_open)
			free(b->running[i].open[--b->running[i].nr_open].call);
	free(b->running);
	free(b->slots);
	free(b);
}
