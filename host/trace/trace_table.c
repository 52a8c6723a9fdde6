// SPDX-License-Identifier: MIT
/*
 * trace_table.c -- the protocol as a table of three columns.
 *
 * Idea.  Two passes. The first decides which steps are shown (the boot's, and what concerns the
 *   program's processes) and gives each a key, which is the same for steps that read the same; then
 *   runs of a sequence of steps that repeats are found by their keys. The second writes: the parts
 *   of a step below each other in the order in which they happen, each in the column of its actor.
 * Invariants.
 *   B1  Where steps are left out, a line says how many, or how often they repeat.
 *   B2  No line is longer than the width.
 * Cost.  16 bytes for each step shown; a comparison of up to PERIOD_MAX keys for each.
 * Tests.  trace_table_test.c, tests/system/trace.t.
 */
#include "trace/trace_table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "trace/trace_hash.h"
#include "trace/trace_shown.h"
#include "trace/trace_width.h"

enum { PERIOD_MAX = 64, TIMES_MIN = 3, NARROW = 100 };

struct shown {
	size_t index; /* in the log */
	uint64_t key;
};

struct table {
	FILE *out;
	const struct trace_report *report;
	struct trace_shown shown;
	struct shown *all;
	size_t nr, room;
	size_t nr_wanted;	     /* by the filter, shown or summed up */
	unsigned time, cost, thread; /* widths of these */
	unsigned digits;	     /* of a microsecond */
	unsigned left;		     /* width of what precedes the columns */
	unsigned column;	     /* width of one */
	struct trace_fold hidden;    /* since the last one shown */
	bool booting;		     /* a heading was written */
	bool running;		     /* past the boot */
};

/* ---- which steps, and which are the same ---- */

/* An address in the program does not make a step a different one. */
static bool is_part_of_key(const struct trace_step *s, unsigned arg)
{
	switch (s->event) {
	case TRACE_syscall_exit:
		return arg == 0;
	case TRACE_trap_enter:
		return arg == 2 || arg == 3;
	case TRACE_trap_exit:
	case TRACE_interrupt_enter:
	case TRACE_interrupt_exit:
		return arg == 1 && s->event != TRACE_interrupt_enter;
	case TRACE_user_enter:
	case TRACE_sched_pick:
		return arg == 0;
	case TRACE_sched_switch:
		return arg < 3;
	default:
		return true;
	}
}

static uint64_t mix(uint64_t key, uint64_t value)
{
	key = (key ^ value) * 0x9e3779b97f4a7c15u;
	return key ^ key >> 29;
}

/* Steps of a loop stay the same if only what is in a buffer differs. */
static uint64_t key_of_call(const struct call_view *v, uint64_t key)
{
	char buffer[TRACE_TEXT_BYTES];

	if (v->returned)
		key = mix(key, v->result);
	for (unsigned i = 0; i < call_nr_shown(v); i++) {
		struct trace_text text = TRACE_TEXT(buffer);

		buffer[0] = '\0';
		if (call_is_buffer(v, i) && !v->returned)
			key = mix(key, v->args[i]);
		else if (!v->returned)
			call_argument_text(&text, v, i);
		else if (!call_is_buffer(v, i))
			call_written_text(&text, v, i);
		key = mix(key, trace_hash_text(buffer));
	}
	return key;
}

static uint64_t key_of(const struct trace_step *s)
{
	uint64_t key = mix(mix((uint64_t)s->event << 16 | s->detail, s->tid), s->to_user);
	unsigned nr = s->row->nr_args;

	if (s->call.call)
		return key_of_call(&s->call, key);
	for (unsigned i = 0; i < nr; i++)
		if (is_part_of_key(s, i))
			key = mix(key, s->args[i]);
	return mix(key, s->write);
}

static bool has_text(const struct trace_step *s)
{
	char buffer[TRACE_TEXT_BYTES];

	for (unsigned column = 0; column < NR_TRACE_COLUMNS; column++) {
		struct trace_text text = TRACE_TEXT(buffer);

		if (!*s->row->texts[column])
			continue;
		trace_step_text(s, column, &text);
		if (text.len)
			return true;
	}
	return false;
}

static int add_shown(struct table *t, const struct trace_step *s)
{
	if (t->nr == t->room) {
		size_t room = t->room ? 2 * t->room : 1024;
		void *all = realloc(t->all, room * sizeof(*t->all));

		if (!all)
			return -ENOMEM;
		t->all = all;
		t->room = room;
	}
	t->all[t->nr++] = (struct shown){s->index, key_of(s)};
	return 0;
}

static int choose(struct table *t, struct trace_model *m)
{
	struct trace_step step;
	int err = 0;

	while (!err && trace_model_next(m, &step)) {
		bool shown = trace_shown_takes(&t->shown, m, &step);

		if (!trace_filter_takes(t->report->filter, m, &step))
			continue;
		t->nr_wanted++;
		if (shown && has_text(&step))
			err = add_shown(t, &step);
	}
	return err;
}

static bool same(const struct table *t, size_t a, size_t b, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (t->all[a + i].key != t->all[b + i].key)
			return false;
	return true;
}

/* How often the @period steps from @at come one after another. */
static size_t count_times(const struct table *t, size_t at, size_t period)
{
	size_t times = 1;

	while (at + (times + 1) * period <= t->nr && same(t, at, at + times * period, period))
		times++;
	return times;
}

/* A run that repeats at @at: its period and how often; period 0: there is none. */
static size_t find_run(const struct table *t, size_t at, size_t *times)
{
	for (size_t period = 1; period <= PERIOD_MAX && at + TIMES_MIN * period <= t->nr;
	     period++) {
		if (t->all[at].key != t->all[at + period].key)
			continue;
		*times = count_times(t, at, period);
		if (*times >= TIMES_MIN)
			return period;
	}
	*times = 1;
	return 0;
}

/* ---- layout ---- */

/* The first "; " that is not in parentheses; NULL: there is none. */
static const char *part_end(const char *text)
{
	int depth = 0;

	for (; *text; text++) {
		depth += (*text == '(') - (*text == ')');
		if (depth == 0 && text[0] == ';' && text[1] == ' ')
			return text;
	}
	return NULL;
}

/*
 * The next line of a cell: up to the end of a part ("; "), or as many words as fit, or a piece of
 * a word. *len bytes of *text are it; the return value is where the rest begins.
 */
static const char *next_line(const char *text, unsigned width, size_t *len)
{
	size_t fits = trace_width_bytes(text, width);
	const char *part = part_end(text);

	if (part && (size_t)(part - text) <= fits) {
		*len = (size_t)(part - text);
		return part + 2;
	}
	return trace_width_line(text, width, 0, len);
}

/* One line: @left is padded, then the three columns with @text in the @at-th. */
static void put_line(struct table *t, const char *left, unsigned at, const char *text, size_t len)
{
	FILE *out = t->out;

	fputs(left, out);
	trace_width_pad(out, t->left - trace_width(left, strlen(left)));
	for (unsigned i = 0; i < NR_TRACE_COLUMNS; i++) {
		fputs("│", out);
		if (i != at && i + 1 < NR_TRACE_COLUMNS) {
			trace_width_pad(out, t->column + 1);
		} else if (i == at) {
			fprintf(out, " %.*s", (int)len, text);
			if (i + 1 < NR_TRACE_COLUMNS)
				trace_width_pad(out, t->column - trace_width(text, len));
		}
	}
	putc('\n', out);
}

/* The position of a column in the figures. */
static unsigned place_of(enum trace_column column)
{
	return column == TRACE_OS ? 0 : column == TRACE_HARDWARE ? 1 : 2;
}

static void put_rule(struct table *t)
{
	for (unsigned i = 0; i < t->left; i++)
		fputs("─", t->out);
	for (unsigned i = 0; i < NR_TRACE_COLUMNS; i++) {
		fputs("┼", t->out);
		for (unsigned j = 0; j < t->column + 1; j++)
			fputs("─", t->out);
	}
	putc('\n', t->out);
}

static void put_heading_line(struct table *t, const char *left, const char *const words[])
{
	fputs(left, t->out);
	trace_width_pad(t->out, t->left - trace_width(left, strlen(left)));
	for (unsigned i = 0; i < NR_TRACE_COLUMNS; i++) {
		size_t len = trace_width_bytes(words[i], t->column);

		fprintf(t->out, "│ %.*s", (int)len, words[i]);
		if (i + 1 < NR_TRACE_COLUMNS)
			trace_width_pad(t->out, t->column - trace_width(words[i], len));
	}
	putc('\n', t->out);
}

static void put_heading(struct table *t, const char *os)
{
	const char *const names[] = {os, "hardware", "program"};
	const char *const modes[] = {"(kernel mode)", "", "(user mode)"};
	char left[64];

	snprintf(left, sizeof(left), "%*s%*s  %s", (int)t->time + 1, "time µs", (int)t->cost,
		 "cost", t->report->log->nr_cpus > 1 ? "CPU thread" : "thread");
	put_heading_line(t, left, names);
	put_heading_line(t, "", modes);
	put_rule(t);
}

/* "echo 5": the thread's name, cut to what fits, and its number. */
static void thread_text(struct trace_text *text, const struct trace_step *s, unsigned room)
{
	char number[16];
	unsigned of_number = (unsigned)snprintf(number, sizeof(number), "%d", (int)s->tid) + 1;

	if (!s->tid)
		trace_text_add(text, s->boots ? "boot" : "idle");
	else if (s->thread && *s->thread)
		trace_text_add(text, "%.*s %s",
			       (int)trace_width_bytes(s->thread,
						      room > of_number ? room - of_number : 0),
			       s->thread, number);
	else
		trace_text_add(text, "%s", number);
}

/* Microseconds, right-aligned in @width; blank when there are none. */
static void time_text(const struct table *t, struct trace_text *text, unsigned width, bool known,
		      uint64_t ns)
{
	unsigned part = (unsigned)(ns % 1000);
	char number[32] = "";

	if (known)
		snprintf(number, sizeof(number), "%" PRIu64 ".%0*u", ns / 1000, (int)t->digits,
			 t->digits == 1 ? part / 100 : part);
	trace_text_add(text, "%*s", (int)width, number);
}

/* Lines of @text in @column; @left precedes the first, and is used up by it. */
static void put_cell(struct table *t, char *left, enum trace_column column, const char *text)
{
	while (*text) {
		const char *line = text;
		size_t len;

		text = next_line(line, t->column, &len);
		put_line(t, left, place_of(column), line, len);
		left[0] = '\0';
	}
}

/* The time that follows is the step's cost, or the program's, or the CPU is idle. */
static void put_step(struct table *t, const struct trace_step *s)
{
	const enum trace_column *order = trace_step_order(s);
	bool costs = s->lasts_ns && !s->to_user && !s->idles;
	char left[128], buffer[TRACE_TEXT_BYTES];
	struct trace_text whose = TRACE_TEXT(left), run = TRACE_TEXT(buffer);

	time_text(t, &whose, t->time, true, s->ns);
	time_text(t, &whose, t->cost, costs, s->lasts_ns);
	trace_text_add(&whose, "  ");
	if (t->report->log->nr_cpus > 1)
		trace_text_add(&whose, "%-3u ", s->cpu);
	thread_text(&whose, s, t->thread);
	for (unsigned i = 0; i < NR_TRACE_COLUMNS; i++) {
		struct trace_text text = TRACE_TEXT(buffer);

		trace_step_text(s, order[i], &text);
		put_cell(t, left, order[i], buffer);
	}
	if (!s->to_user)
		return;
	trace_step_run_text(s, &run);
	put_cell(t, left, TRACE_PROGRAM, buffer);
}

/* A note across all columns, from the time on. */
static void put_remark(struct table *t, const char *text)
{
	unsigned room = t->left + 3 * t->column;

	fprintf(t->out, "%*s%.*s\n", (int)t->time + 1, "… ",
		(int)trace_width_bytes(text, room - t->time), text);
}

/* ---- the second pass ---- */

static void put_hidden(struct table *t)
{
	char buffer[128];
	struct trace_text text = TRACE_TEXT(buffer);

	if (!t->hidden.steps)
		return;
	trace_fold_text(&t->hidden, &text);
	put_remark(t, buffer);
	t->hidden.steps = 0;
}

static void put_repeats(struct table *t, size_t at, size_t period, size_t times)
{
	char buffer[128];
	struct trace_text text = TRACE_TEXT(buffer);
	size_t last = t->all[at + times * period - 1].index;
	uint64_t ns = trace_log_ns(t->report->log, t->report->log->all[last].cycles);

	if (period == 1)
		trace_text_add(&text, "%zu times more", times - 1);
	else
		trace_text_add(&text, "the last %zu steps %zu times more", period, times - 1);
	trace_text_add(&text, ", until %" PRIu64 ".%03u", ns / 1000, (unsigned)(ns % 1000));
	put_remark(t, buffer);
}

/* The model's step at the log's @index; steps before it that the filter wants count as hidden. */
static bool go_to(struct table *t, struct trace_model *m, size_t index, struct trace_step *step,
		  bool counts)
{
	while (trace_model_next(m, step)) {
		(void)trace_shown_takes(&t->shown, m, step);
		if (step->index == index)
			return true;
		if (!counts || !trace_filter_takes(t->report->filter, m, step) || !has_text(step))
			continue;
		if (!trace_fold_add(&t->hidden, &t->shown, step)) {
			put_hidden(t);
			(void)trace_fold_add(&t->hidden, &t->shown, step);
		}
	}
	return false;
}

/* The boot has a heading of its own, if the trace contains it. */
static void put_headings(struct table *t, bool boot)
{
	if (t->running || (boot && t->booting))
		return;
	if (t->booting)
		put_rule(t);
	put_heading(t, boot ? "OS at boot" : "OS at run");
	t->booting = true;
	t->running = !boot;
}

static void put_at(struct table *t, struct trace_model *m, size_t at)
{
	struct trace_step step;

	if (!go_to(t, m, t->all[at].index, &step, true))
		return;
	put_headings(t, trace_event_is_boot(step.event));
	put_hidden(t);
	put_step(t, &step);
}

static void put_all(struct table *t, struct trace_model *m)
{
	size_t at = 0;

	while (at < t->nr) {
		size_t times = 1, period = find_run(t, at, &times);
		struct trace_step step;

		if (!period)
			period = 1;
		for (size_t i = 0; i < period; i++)
			put_at(t, m, at + i);
		if (times > 1) {
			put_repeats(t, at, period, times);
			go_to(t, m, t->all[at + times * period - 1].index, &step, false);
		}
		at += period * times;
	}
	(void)go_to(t, m, SIZE_MAX, &(struct trace_step){0}, true);
	put_hidden(t);
}

static void put_end(struct table *t, size_t nr_steps)
{
	const struct trace_report *r = t->report;
	char buffer[128] = "";
	struct trace_text losses = TRACE_TEXT(buffer);

	put_rule(t);
	fprintf(t->out, "end: %s; %zu events", r->end, nr_steps);
	if (t->nr_wanted < nr_steps)
		fprintf(t->out, ", %zu of them within --filter, --from, --to and --pid",
			t->nr_wanted);
	if (trace_log_lost(r->log)) {
		trace_log_losses_text(r->log, &losses);
		fprintf(t->out, "; %s", buffer);
	}
	if (r->log->torn)
		fprintf(t->out, "; %" PRIu64 " were not written whole", r->log->torn);
	putc('\n', t->out);
}

/* B2. On a narrow terminal the columns need what digits and names would take. */
static void lay_out(struct table *t)
{
	const struct trace_report *r = t->report;
	bool narrow = r->width < NARROW;

	t->time = narrow ? 9 : 11;
	t->cost = narrow ? 8 : 11;
	t->thread = narrow ? 9 : 13;
	t->digits = narrow ? 1 : 3;
	t->left = t->time + t->cost + 2 + t->thread + 1 + (r->log->nr_cpus > 1 ? 4 : 0);
	t->column = (r->width - t->left) / NR_TRACE_COLUMNS - 2;
}

int trace_table_write(FILE *out, const struct trace_report *r)
{
	struct table t = {.out = out, .report = r};
	struct trace_model m;
	int err = trace_model_init(&m, r->log);

	if (err)
		return err;
	err = trace_shown_init(&t.shown, r);
	lay_out(&t);
	if (!err)
		err = choose(&t, &m);
	if (!err) {
		trace_model_rewind(&m);
		trace_shown_rewind(&t.shown);
		put_all(&t, &m);
		put_end(&t, m.nr_steps);
	}
	free(t.all);
	trace_shown_fini(&t.shown);
	trace_model_fini(&m);
	return err;
}

unsigned trace_table_width(void)
{
	const char *columns = getenv("COLUMNS");
	unsigned long width = columns ? strtoul(columns, NULL, 10) : 0;
	struct winsize size;

	if (!width && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	if (!width)
		width = 132;
	return width < TRACE_TABLE_WIDTH_MIN   ? TRACE_TABLE_WIDTH_MIN
	       : width > TRACE_TABLE_WIDTH_MAX ? TRACE_TABLE_WIDTH_MAX
					       : (unsigned)width;
}
