// SPDX-License-Identifier: MIT
/*
 * trace_html.c -- a trace as one self-contained page.
 *
 * Idea.  The page (host/trace/page) has its data in one JSON object: columns of numbers, with one
 *   place for each event, and each string once; it draws only the visible rows and pictures. What
 *   needs all events, including those that the filter removes, is computed here: the states of
 *   threads, which return belongs to which trap, which wake-up led to which run, which message to
 *   which interrupt.
 * Invariants.
 *   H1  The data contain no '<', so that no name or text of a program can end the element that
 *       contains them, and the page inserts strings into the document only as text.
 *   H2  `states`, `pairs`, `wakes`, `messages`, `folds` and `names` speak of events by their places
 *       in the columns.
 *   H3  Of the time before the filter's start, only the states at its start are shown.
 * Cost.  Some 100 bytes an event while it is written, some 60 in the page.
 * Tests.  trace_html_test.c, tests/system/trace_page.t.
 */
#include "trace/trace_html.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/trace_json.h"
#include "trace/trace_page.h"
#include "trace/trace_shown.h"
#include "trace/trace_slices.h"
#include "trace/trace_source.h"
#include "trace/trace_states.h"
#include "trace/trace_strings.h"

#define SAFE_INTEGER (UINT64_C(1) << 53) /* JavaScript's numbers are exact below */
#define NO_PLACE UINT32_MAX

/* A list of numbers that grows; one that could not is `failed` from then on. */
struct numbers {
	uint64_t *all;
	size_t nr, room;
	bool failed;
};

enum column {
	COL_NS, /* since the event before */
	COL_CPU,
	COL_THREAD,
	COL_KIND,
	COL_NAME, /* from here on: numbers of strings */
	COL_PROGRAM,
	COL_HARDWARE,
	COL_OS,
	COL_SOURCE,
	COL_STATES, /* five numbers a change: ns since the one before, CPU, thread, state, event */
	COL_PAIRS,  /* two: trap, return */
	COL_WAKES,  /* two: wake-up, run */
	COL_MESSAGES, /* two: message, the interrupt that it is on another CPU */
	COL_FOLDS, /* four: the first event that is not shown at once, how many, of whom, of boot */
	COL_BOOTS, /* for each CPU: the place behind its last event before it ran a thread; or 0 */
	COL_NAMES, /* three: a thread has a name from this event on: event, thread, string */
	NR_COLUMNS
};

static const char *const column_names[NR_COLUMNS] = {
	"ns",	  "cpu",    "thread", "kind",  "name",	   "program", "hardware", "os",
	"source", "states", "pairs",  "wakes", "messages", "folds",   "boots",	  "names",
};

struct page {
	const struct trace_report *report;
	struct trace_model model;
	struct trace_shown shown;
	struct trace_fold fold; /* the events before the next that is shown */
	size_t boots[TRACE_CPUS_MAX];
	struct trace_states states;
	struct trace_strings strings;
	struct trace_nest *nests; /* one for each actor */
	size_t *names;		  /* for each actor: its name's string; 0: none yet */
	size_t nr_actors;	  /* that there is room for */
	struct numbers columns[NR_COLUMNS];
	struct numbers messages; /* two: message, interrupt, as places in the log */
	uint32_t *places;	 /* of the log's events in the columns; NO_PLACE: left out */
	uint64_t last_ns, last_change_ns;
	bool begun; /* the filter's time has begun */
	char *args; /* JSON, in the order of the events */
	size_t args_len;
	FILE *args_out;
};

static void add(struct numbers *list, uint64_t number)
{
	if (list->nr == list->room) {
		size_t room = list->room ? 2 * list->room : 1024;
		uint64_t *all = realloc(list->all, room * sizeof(*all));

		if (!all) {
			list->failed = true;
			return;
		}
		list->all = all;
		list->room = room;
	}
	list->all[list->nr++] = number;
}

static void add_string(struct page *p, enum column column, const char *text)
{
	long number = trace_strings_number(&p->strings, text ? text : "");

	if (number < 0)
		p->columns[column].failed = true;
	else
		add(&p->columns[column], (uint64_t)number);
}

/* ---- what an event is ---- */

static void write_arg(FILE *out, const struct trace_step *s, unsigned i)
{
	char buffer[TRACE_TEXT_BYTES];
	struct trace_text text = TRACE_TEXT(buffer);
	int64_t value = (int64_t)s->args[i];

	switch (s->row->args[i].kind) {
	case TRACE_KIND_text:
		trace_step_arg_text(s, i, &text);
		trace_json_string(out, buffer);
		break;
	case TRACE_KIND_dec:
		if (value < (int64_t)SAFE_INTEGER && value > -(int64_t)SAFE_INTEGER)
			fprintf(out, "%" PRId64, value);
		else
			fprintf(out, "\"%" PRId64 "\"", value);
		break;
	default:
		if (s->args[i] < SAFE_INTEGER)
			fprintf(out, "%" PRIu64, s->args[i]);
		else
			fprintf(out, "\"0x%" PRIx64 "\"", s->args[i]);
	}
}

/* An argument of a call by its name, as a person reads it; empty: the call has fewer. */
static void write_call_arg(FILE *out, const struct call_view *v, unsigned i)
{
	char buffer[TRACE_TEXT_BYTES];
	struct trace_text text = TRACE_TEXT(buffer);

	buffer[0] = '\0';
	if (i < call_nr_shown(v)) {
		trace_text_add(&text, "%s ", v->call->args[i].name);
		call_argument_text(&text, v, i);
	}
	trace_json_string(out, buffer);
}

static void add_event(struct page *p, const struct trace_step *s, size_t actor)
{
	static const enum column of[NR_TRACE_COLUMNS] = {
		[TRACE_PROGRAM] = COL_PROGRAM,
		[TRACE_HARDWARE] = COL_HARDWARE,
		[TRACE_OS] = COL_OS,
	};
	char buffer[TRACE_TEXT_BYTES];

	p->places[s->index] = (uint32_t)p->columns[COL_NS].nr;
	if (s->boots)
		p->boots[s->cpu % TRACE_CPUS_MAX] = p->columns[COL_NS].nr + 1;
	add(&p->columns[COL_NS], s->ns - p->last_ns);
	p->last_ns = s->ns;
	add(&p->columns[COL_CPU], s->cpu);
	add(&p->columns[COL_THREAD], actor);
	add(&p->columns[COL_KIND], s->event < NR_TRACE_EVENTS ? s->event : TRACE_none);
	add_string(p, COL_NAME, s->name);
	add_string(p, COL_SOURCE, s->source);
	for (unsigned column = 0; column < NR_TRACE_COLUMNS; column++) {
		struct trace_text text = TRACE_TEXT(buffer);

		buffer[0] = '\0';
		trace_step_text(s, column, &text);
		add_string(p, of[column], buffer);
	}
	for (unsigned i = 0; i < s->row->nr_args; i++) {
		if (trace_arg_is_rest(s->row, i))
			continue;
		putc(',', p->args_out);
		if (s->event == TRACE_syscall_enter)
			write_call_arg(p->args_out, &s->call, i);
		else
			write_arg(p->args_out, s, i);
	}
}

/* ---- what is computed from the events ---- */

/* The fold ends before the next event. */
static void end_fold(struct page *p)
{
	struct numbers *list = &p->columns[COL_FOLDS];

	if (!p->fold.steps)
		return;
	add(list, p->columns[COL_NS].nr - p->fold.steps);
	add(list, p->fold.steps);
	add_string(p, COL_FOLDS, p->fold.names);
	add(list, p->fold.boot);
	p->fold.steps = 0;
}

static void fold_event(struct page *p, const struct trace_step *s, bool shown)
{
	if (!shown && trace_fold_add(&p->fold, &p->shown, s))
		return;
	end_fold(p);
	if (!shown)
		(void)trace_fold_add(&p->fold, &p->shown, s);
}

static void add_change(struct page *p, uint64_t ns, unsigned cpu, size_t actor,
		       enum trace_state state)
{
	struct numbers *list = &p->columns[COL_STATES];
	size_t events = p->columns[COL_NS].nr;

	add(list, ns - p->last_change_ns);
	p->last_change_ns = ns;
	add(list, cpu);
	add(list, actor);
	add(list, state);
	add(list, events ? events - 1 : 0);
}

static void add_link(struct page *p, enum column column, size_t from, const struct trace_step *to)
{
	if (from == TRACE_NO_STEP || p->places[from] == NO_PLACE ||
	    p->places[to->index] == NO_PLACE)
		return;
	add(&p->columns[column], p->places[from]);
	add(&p->columns[column], p->places[to->index]);
}

/* The filter's time begins: the states at its beginning. H3. */
static void begin(struct page *p)
{
	uint64_t ns = p->report->filter->from_ns;

	p->begun = true;
	p->last_change_ns = 0;
	for (size_t i = 0; i < p->states.nr; i++)
		if (p->states.actors[i].state != TRACE_STATE_NONE)
			add_change(p, ns, p->states.actors[i].cpu, i, p->states.actors[i].state);
}

/* Room for what is known of @actor. Returns: 0 or -ENOMEM. */
static int have_room(struct page *p, size_t actor)
{
	size_t nr = 2 * actor + 64;
	struct trace_nest *nests;
	size_t *names;

	if (actor < p->nr_actors)
		return 0;
	nests = realloc(p->nests, nr * sizeof(*nests));
	if (!nests)
		return -ENOMEM;
	memset(nests + p->nr_actors, 0, (nr - p->nr_actors) * sizeof(*nests));
	p->nests = nests;
	names = realloc(p->names, nr * sizeof(*names));
	if (!names)
		return -ENOMEM;
	memset(names + p->nr_actors, 0, (nr - p->nr_actors) * sizeof(*names));
	p->names = names;
	p->nr_actors = nr;
	return 0;
}

/* The place of the thread @tid among the actors, with room for what is known of it; or -ENOMEM. */
static long actor_of(struct page *p, uint32_t tid, unsigned cpu)
{
	long actor = trace_states_actor(&p->states, tid, cpu);

	return actor < 0 || have_room(p, (size_t)actor) ? -ENOMEM : actor;
}

/* From the next event on, @actor has the name that the model knows now. */
static void see_name(struct page *p, size_t actor)
{
	const struct trace_thread *t = trace_model_thread(&p->model, p->states.actors[actor].tid);
	struct numbers *list = &p->columns[COL_NAMES];
	long name = t && *t->name ? trace_strings_number(&p->strings, t->name) : 0;

	if (name < 0)
		list->failed = true;
	if (name <= 0 || (size_t)name == p->names[actor])
		return;
	p->names[actor] = (size_t)name;
	add(list, p->columns[COL_NS].nr);
	add(list, actor);
	add(list, (uint64_t)name);
}

/* The names of the step's thread, and of the one that it makes or names. */
static int see_names(struct page *p, const struct trace_step *s, size_t actor)
{
	long other = (long)actor;

	if (s->event == TRACE_process_create)
		other = actor_of(p, (uint32_t)s->args[2], s->cpu);
	else if (s->event == TRACE_thread_create || s->event == TRACE_thread_name)
		other = actor_of(p, (uint32_t)s->args[0], s->cpu);
	if (other < 0)
		return -ENOMEM;
	see_name(p, actor);
	see_name(p, (size_t)other);
	return 0;
}

static int take(struct page *p, const struct trace_step *s)
{
	const struct trace_filter *filter = p->report->filter;
	bool in_time = s->ns >= filter->from_ns && s->ns <= filter->to_ns;
	struct trace_change changes[TRACE_CHANGES_MAX];
	struct trace_slice_op ops[TRACE_SLICE_OPS];
	bool shown = trace_shown_takes(&p->shown, &p->model, s);
	size_t opened;
	long actor;
	int nr;

	if (in_time && !p->begun)
		begin(p);
	actor = actor_of(p, trace_step_tid(s), s->cpu);
	if (actor < 0 || see_names(p, s, (size_t)actor))
		return -ENOMEM;
	if (trace_filter_takes(filter, &p->model, s)) {
		fold_event(p, s, shown);
		add_event(p, s, (size_t)actor);
	}
	nr = trace_states_take(&p->states, s, changes);
	for (int i = 0; i < nr && in_time; i++) {
		add_change(p, s->ns, changes[i].cpu, changes[i].actor, changes[i].to);
		add_link(p, COL_WAKES, changes[i].woken, s);
	}
	if (s->event == TRACE_message_send && s->partner.index != TRACE_NO_STEP) {
		add(&p->messages, s->index);
		add(&p->messages, s->partner.index);
	}
	trace_nest_take(&p->nests[actor], s, ops, &opened);
	add_link(p, COL_PAIRS, opened, s);
	return nr < 0 ? nr : 0;
}

/* ---- JSON ---- */

static void write_meta(FILE *out, const struct page *p)
{
	const struct trace_report *r = p->report;

	fprintf(out, "{\"meta\":{\"cpus\":%u,\"events\":%zu", r->log->nr_cpus, p->model.nr_steps);
	trace_json_run(out, r);
	fputs(",\"kernel\":", out);
	trace_json_string(out, r->kernel ? r->kernel : "");
	fputs(",\"end\":", out);
	trace_json_string(out, r->end ? r->end : "");
	fputs(",\"source_base\":", out);
	trace_json_string(out, r->source_base ? r->source_base : "");
	fputs("}", out);
}

static void write_kinds(FILE *out)
{
	static const char *const kinds[] = {[TRACE_KIND_hex] = "hex",
					    [TRACE_KIND_dec] = "dec",
					    [TRACE_KIND_ptr] = "ptr",
					    [TRACE_KIND_text] = "text",
					    [TRACE_KIND_flags] = "flags"};

	fputs(",\n\"kinds\":[", out);
	for (unsigned event = 0; event < NR_TRACE_EVENTS; event++) {
		const struct trace_event_row *row = trace_event_row(event);
		const char *comma = "";

		fprintf(out, "%s{\"name\":\"%s\",\"group\":\"%s\",\"args\":[", event ? "," : "",
			row->name ? row->name : "", event ? trace_event_group(event) : "");
		for (unsigned i = 0; i < row->nr_args; i++) {
			if (trace_arg_is_rest(row, i))
				continue;
			/* Those of a call have names of their own: write_call_arg. */
			fprintf(out, "%s[\"%s\",\"%s\"]", comma,
				event == TRACE_syscall_enter ? "" : row->args[i].name,
				kinds[row->args[i].kind]);
			comma = ",";
		}
		fputs("]}", out);
	}
	fputs("]", out);
}

/* Whose thread it is: the kernel's, the program's, or that of another process. */
static const char *part_of(const struct page *p, uint32_t tid)
{
	uint32_t pid = trace_model_pid(&p->model, tid);

	if (!pid)
		return "kernel";
	return p->shown.whole || trace_family_has(&p->shown.family, pid) ? "program" : "others";
}

/* Names as they are at the end; the earlier ones are in the column of names. */
static void write_threads(FILE *out, const struct page *p)
{
	fputs(",\n\"threads\":[", out);
	for (size_t i = 0; i < p->states.nr; i++) {
		const struct trace_actor *a = &p->states.actors[i];
		const struct trace_thread *t = trace_model_thread(&p->model, a->tid);

		fprintf(out, "%s{\"tid\":%" PRId32 ",\"pid\":%" PRId32 ",\"parent\":%" PRIu32,
			i ? "," : "", (int32_t)a->tid, (int32_t)trace_model_pid(&p->model, a->tid),
			t ? t->parent : 0);
		fputs(",\"name\":", out);
		trace_json_string(out, a->tid == 0 ? "idle" : t ? t->name : "");
		fprintf(out, ",\"part\":\"%s\",\"idle\":%s}", part_of(p, a->tid),
			a->tid ? "false" : "true");
	}
	fputs("]", out);
}

/* The lines of source that steps name: {"FILE:LINE": [first line's number, text]}. */
static void write_sources(FILE *out, const struct page *p)
{
	const char *comma = "";

	fputs(",\n\"source_lines\":{", out);
	for (size_t i = 1; i < p->strings.nr; i++) {
		const struct trace_source *source =
			trace_source_find(trace_strings_text(&p->strings, i));

		if (!source)
			continue;
		fputs(comma, out);
		trace_json_string(out, source->place);
		fprintf(out, ":[%u,", source->first);
		trace_json_string(out, source->text);
		fputs("]", out);
		comma = ",";
	}
	fputs("}", out);
}

static int write_data(FILE *out, void *context)
{
	struct page *p = context;

	write_meta(out, p);
	write_kinds(out);
	write_threads(out, p);
	write_sources(out, p);
	fputs(",\n\"strings\":[", out);
	for (size_t i = 0; i < p->strings.nr; i++) {
		fputs(i ? "," : "", out);
		trace_json_string(out, trace_strings_text(&p->strings, i));
	}
	fputs("]", out);
	for (unsigned column = 0; column < NR_COLUMNS; column++) {
		const struct numbers *list = &p->columns[column];

		fprintf(out, ",\n\"%s\":[", column_names[column]);
		for (size_t i = 0; i < list->nr; i++)
			fprintf(out, "%s%" PRIu64, i ? "," : "", list->all[i]);
		fputs("]", out);
	}
	/* Each has a comma before it. */
	fprintf(out, ",\n\"args\":[%s]}\n", p->args_len ? p->args + 1 : "");
	return 0;
}

/* ---- all ---- */

static int prepare(struct page *p)
{
	const struct trace_log *log = p->report->log;
	int err;

	trace_states_init(&p->states);
	p->places = malloc((log->nr ? log->nr : 1) * sizeof(*p->places));
	p->args_out = open_memstream(&p->args, &p->args_len);
	if (!p->places || !p->args_out)
		return -ENOMEM;
	for (size_t i = 0; i < log->nr; i++)
		p->places[i] = NO_PLACE;
	err = trace_strings_init(&p->strings);
	if (!err)
		err = trace_shown_init(&p->shown, p->report);
	return err ? err : trace_model_init(&p->model, log);
}

/* Of messages and their interrupts those that are both in the columns. */
static void add_messages(struct page *p)
{
	const struct numbers *list = &p->messages;

	for (size_t i = 0; i + 1 < list->nr; i += 2) {
		uint32_t message = p->places[list->all[i]];
		uint32_t interrupt = p->places[list->all[i + 1]];

		if (message == NO_PLACE || interrupt == NO_PLACE)
			continue;
		add(&p->columns[COL_MESSAGES], message);
		add(&p->columns[COL_MESSAGES], interrupt);
	}
	p->columns[COL_MESSAGES].failed |= list->failed;
}

static int gather(struct page *p)
{
	struct trace_step step;
	int err = 0;

	while (!err && trace_model_next(&p->model, &step))
		err = take(p, &step);
	end_fold(p);
	add_messages(p);
	for (unsigned cpu = 0; cpu < p->report->log->nr_cpus; cpu++)
		add(&p->columns[COL_BOOTS], p->boots[cpu]);
	if (fflush(p->args_out))
		err = -ENOMEM;
	for (unsigned column = 0; column < NR_COLUMNS; column++)
		if (p->columns[column].failed)
			err = -ENOMEM;
	return err;
}

static void release(struct page *p)
{
	if (p->args_out)
		fclose(p->args_out);
	free(p->args);
	free(p->places);
	free(p->nests);
	free(p->names);
	for (unsigned column = 0; column < NR_COLUMNS; column++)
		free(p->columns[column].all);
	free(p->messages.all);
	trace_strings_fini(&p->strings);
	trace_states_fini(&p->states);
	trace_shown_fini(&p->shown);
	trace_model_fini(&p->model);
}

int trace_html_write(FILE *out, const struct trace_report *report)
{
	struct page p = {.report = report};
	int err = prepare(&p);

	if (!err)
		err = gather(&p);
	if (!err)
		err = trace_page_write(out, write_data, &p);
	release(&p);
	return err;
}
