// SPDX-License-Identifier: MIT
/*
 * trace_text.c -- the texts of a step.
 *
 * Idea.  A step's row has a pattern for each column: {name} stands for a value, and what is in [ ]
 *   is left out if the step does not involve user mode. A handler that ends without a return to
 *   user mode leaves the part about the return to the step user_enter.
 * Invariants.
 *   X1  Names that programs chose are shown by printable_text: no control character reaches a
 *       terminal.
 * Tests.  trace_table_test.c, trace_html_test.c, tests/system/trace.t.
 */
#include <string.h>

#include "lib/printable.h"
#include "trace/trace_model.h"

static void add_chars(struct trace_text *text, const uint64_t *words, unsigned nr)
{
	char chars[TRACE_ARGS * sizeof(uint64_t)], shown[4 * sizeof(chars) + 1];

	memcpy(chars, words, nr * sizeof(uint64_t));
	printable_text(shown, sizeof(shown), chars, strnlen(chars, nr * sizeof(uint64_t)));
	trace_text_add(text, "%s", shown); /* a process chooses its name */
}

void trace_step_arg_text(const struct trace_step *s, unsigned i, struct trace_text *text)
{
	unsigned nr = 1;

	switch (s->row->args[i].kind) {
	case TRACE_KIND_dec:
		trace_text_add(text, "%lld", (long long)s->args[i]);
		break;
	case TRACE_KIND_text:
		while (i + nr < s->row->nr_args && s->row->args[i + nr].kind == TRACE_KIND_text)
			nr++;
		add_chars(text, &s->args[i], nr);
		break;
	default:
		trace_text_add(text, "0x%llx", (unsigned long long)s->args[i]);
	}
}

static bool is_word(const char *word, size_t len, const char *wanted)
{
	return strlen(wanted) == len && memcmp(word, wanted, len) == 0;
}

static void add_name_or_number(const struct trace_step *s, struct trace_text *text)
{
	if (s->name)
		trace_text_add(text, "%s", s->name);
	else
		trace_text_add(text, "%u", s->detail);
	if (s->event != TRACE_message_send && s->partner.index != TRACE_NO_STEP)
		trace_text_add(text, " from CPU %u", s->partner.cpu);
}

static void add_self(const struct trace_step *s, struct trace_text *text)
{
	if (s->tid)
		trace_text_add(text, "thread %d", (int)s->tid);
	else
		trace_text_add(text, "the idle CPU");
}

/* What the hardware reports about a page fault (Intel SDM 3A 4.7), after the trap's name. */
static void add_cause(const struct trace_step *s, struct trace_text *text)
{
	enum { PRESENT = 1, WRITE = 2, FETCH = 16 };
	static const char *const of_write[] = {
		[TRACE_WRITE_REFUSED] = "not allowed",
		[TRACE_WRITE_GRANTED] = "allowed from now on",
		[TRACE_WRITE_COPIED] = "copy",
	};
	uint64_t error = s->args[2];
	enum trace_write write =
		(error & (PRESENT | WRITE)) == (PRESENT | WRITE) ? s->write : TRACE_WRITE_REFUSED;

	add_name_or_number(s, text);
	if (!s->name || strcmp(s->name, "page fault") != 0)
		return;
	trace_text_add(text, " (%s 0x%llx: %s)",
		       error & FETCH		     ? "fetch from"
		       : write == TRACE_WRITE_COPIED ? "write to a shared page"
		       : error & WRITE		     ? "write to"
						     : "read from",
		       (unsigned long long)s->args[1],
		       error & PRESENT ? of_write[write] : "not present");
}

/* Why the scheduler picks: "thread 2 was preempted". The names are the kernel's. */
static void add_why(const struct trace_step *s, struct trace_text *text)
{
	static const char *const words[][2] = {
		{"preempted", "was preempted"},
		{"yielded", "yields"},
		{"blocked", "blocks"},
		{"exited", "has ended"},
		{"reclassed", "changed its policy"},
	};
	const char *name = s->name ? s->name : "";

	if (!s->tid) {
		trace_text_add(text, s->boots ? "the boot is done" : "the CPU was idle");
		return;
	}
	trace_text_add(text, "thread %d", (int)s->tid);
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(name, words[i][0]))
			name = words[i][1];
	trace_text_add(text, *name ? " %s" : "%s leaves", name);
}

/* "exit 1", "SIGSEGV": a wait status. */
static void add_status(uint64_t status, struct trace_text *text)
{
	const char *name = trace_name(TRACE_SIGNALS, status & 0x7f);

	if (status & 0x7f)
		trace_text_add(text, "%s", name ? name : "signal");
	else
		trace_text_add(text, "exit %u", (unsigned)(status >> 8 & 0xff));
}

/* "6", "-ENOENT", and what the call wrote: "0 (statbuf {st_mode=S_IFREG|0644, ...})". */
static void add_result(const struct trace_step *s, struct trace_text *text)
{
	const char *before = " (";

	call_result_short(text, &s->call);
	for (unsigned i = 0; i < call_nr_shown(&s->call); i++) {
		size_t len = text->len;

		trace_text_add(text, "%s%s ", before, s->call.call->args[i].name);
		if (call_written_text(text, &s->call, i)) {
			before = ", ";
			continue;
		}
		trace_text_cut(text, len);
	}
	if (before[0] == ',')
		trace_text_add(text, ")");
}

/* "10.0 ms": three digits and the unit that suits them. */
static void add_span(struct trace_text *text, uint64_t ns)
{
	static const char *const units[] = {"ns", "µs", "ms", "s"};
	double value = (double)ns;
	unsigned unit = 0;

	while (value >= 999.5 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1000;
		unit++;
	}
	trace_text_add(text, "%.*f %s",
		       unit == 0 || value >= 99.95 ? 0
		       : value >= 9.995		   ? 1
						   : 2,
		       value, units[unit]);
}

/* The value of {word}: an argument's, or what only the reader knows. */
static void add_value(const struct trace_step *s, const char *word, size_t len,
		      struct trace_text *text)
{
	for (unsigned i = 0; i < s->row->nr_args; i++) {
		if (!is_word(word, len, s->row->args[i].name))
			continue;
		if (s->event == TRACE_syscall_exit && is_word(word, len, "result"))
			add_result(s, text);
		else if (is_word(word, len, "status"))
			add_status(s->args[i], text);
		else if (is_word(word, len, "period_ns"))
			add_span(text, s->args[i]);
		else
			trace_step_arg_text(s, i, text);
		return;
	}
	if (is_word(word, len, "call"))
		call_text(text, &s->call);
	else if (is_word(word, len, "self"))
		add_self(s, text);
	else if (is_word(word, len, "cause"))
		add_cause(s, text);
	else if (is_word(word, len, "why"))
		add_why(s, text);
	else
		add_name_or_number(s, text); /* {name} {trap} {detail} */
}

/* What is in [ ] is left out if the step does not involve user mode. */
static void put_pattern(const struct trace_step *s, const char *pattern, const char *end,
			struct trace_text *text)
{
	bool with_user = s->from_user || s->to_user, left_out = false;
	size_t len;

	while (pattern < end) {
		const char *close = *pattern == '{' ? strchr(pattern, '}') : NULL;

		if (close && !left_out)
			add_value(s, pattern + 1, (size_t)(close - pattern - 1), text);
		else if (*pattern == '[')
			left_out = !with_user;
		else if (*pattern == ']')
			left_out = false;
		pattern = close ? close + 1 : pattern + (strchr("{[]", *pattern) != NULL);
		len = strcspn(pattern, "{[]");
		if (len > (size_t)(end - pattern))
			len = (size_t)(end - pattern);
		if (!left_out)
			trace_text_put(text, pattern, len);
		pattern += len;
	}
}

/*
 * The handler ends, but does not return yet: the row's text about the return belongs to user_enter.
 */
static bool is_put_off(const struct trace_step *s)
{
	if (s->event == TRACE_syscall_exit)
		return !s->to_user;
	return (s->event == TRACE_trap_exit || s->event == TRACE_interrupt_exit) && s->args[1] &&
	       !s->to_user;
}

void trace_step_text(const struct trace_step *s, enum trace_column column, struct trace_text *text)
{
	static const char returning[] = "return-from-trap";
	const char *pattern = s->row->texts[column], *end = pattern + strlen(pattern);
	bool put_off = is_put_off(s);

	text->buffer[text->len] = '\0';
	if (put_off && column == TRACE_HARDWARE)
		return;
	if (put_off && strstr(pattern, returning))
		end = strstr(pattern, returning);
	if (put_off && end >= pattern + 2 && end[-2] == ';')
		end -= 2;
	put_pattern(s, pattern, end, text);
}

void trace_step_run_text(const struct trace_step *s, struct trace_text *text)
{
	text->buffer[text->len] = '\0';
	if (s->thread && *s->thread)
		trace_text_add(text, "%s ", s->thread);
	trace_text_add(text, "%d runs", (int)trace_step_tid(s));
	if (s->lasts_ns) {
		trace_text_add(text, ": ");
		add_span(text, s->lasts_ns);
	}
}

const enum trace_column *trace_step_order(const struct trace_step *s)
{
	static const enum trace_column in[] = {TRACE_PROGRAM, TRACE_HARDWARE, TRACE_OS};
	static const enum trace_column out[] = {TRACE_OS, TRACE_HARDWARE, TRACE_PROGRAM};

	switch (s->event) {
	case TRACE_syscall_enter:
	case TRACE_trap_enter:
	case TRACE_interrupt_enter:
		return in;
	default:
		return out;
	}
}
