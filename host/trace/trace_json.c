// SPDX-License-Identifier: MIT
/*
 * trace_json.c -- one object a line, so that a trace of any length can be read as a stream.
 *
 * Idea.  Integers are written with all their digits; 64-bit values may be above 2^53, where readers
 *   that know only floating-point numbers lose some. docs/trace.md has the schema.
 * Tests.  trace_table_test.c, tests/system/trace.t.
 */
#include "trace/trace_json.h"

#include <inttypes.h>
#include <string.h>

#include "trace/trace_shown.h"

/* How many bytes the UTF-8 character at @s has; 0: it is none. */
static unsigned utf8_bytes(const unsigned char *s)
{
	unsigned nr = s[0] < 0x80   ? 1
		      : s[0] < 0xc2 ? 0
		      : s[0] < 0xe0 ? 2
		      : s[0] < 0xf0 ? 3
		      : s[0] < 0xf5 ? 4
				    : 0;

	for (unsigned i = 1; i < nr; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return nr;
}

/* The number of bytes from @s on that need no escape in a string. */
static size_t plain_bytes(const unsigned char *s)
{
	size_t len = 0;

	while (s[len] >= ' ' && s[len] < 0x7f && s[len] != '"' && s[len] != '\\' && s[len] != '<')
		len++;
	return len;
}

/* The control characters above ASCII, some of which terminals obey. */
static bool is_c1(const unsigned char *s)
{
	return s[0] == 0xc2 && s[1] < 0xa0;
}

/* U+2028 and U+2029, which some readers take for line ends. */
static bool is_line_end(const unsigned char *s)
{
	return s[0] == 0xe2 && s[1] == 0x80 && (s[2] & 0xfe) == 0xa8;
}

static unsigned write_escaped(FILE *out, const unsigned char *s)
{
	fprintf(out, "\\u%04x", *s == '<' ? *s : 0x2000 + (s[2] & 0x3f));
	return *s == '<' ? 1 : 3;
}

void trace_json_string(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	fputc('"', out);
	while (*s) {
		size_t plain = plain_bytes(s);
		unsigned nr = plain ? 0 : utf8_bytes(s);

		if (plain)
			fwrite(s, 1, plain, out);
		else if (*s == '<' ||
			 is_line_end(s)) /* so that it may be in a page's script, too */
			nr = write_escaped(out, s);
		else if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if (*s < ' ' || *s == 0x7f)
			fprintf(out, "\\u%04x", *s);
		else if (nr == 0)
			fputs("\\ufffd", out);
		else if (is_c1(s))
			fprintf(out, "\\u%04x", s[1]);
		else
			fwrite(s, 1, nr, out);
		s += plain ? plain : nr ? nr : 1;
	}
	fputc('"', out);
}

static void write_string(FILE *out, const char *key, const char *value)
{
	fputs(",\"", out);
	fputs(key, out);
	fputs("\":", out);
	trace_json_string(out, value);
}

void trace_json_run(FILE *out, const struct trace_report *r)
{
	fputs(",\"lost\":[", out);
	for (unsigned cpu = 0; cpu < r->log->nr_cpus; cpu++)
		fprintf(out, "%s%" PRIu64, cpu ? "," : "", r->log->lost[cpu]);
	fprintf(out, "],\"torn\":%" PRIu64 ",\"program\":[", r->log->torn);
	for (unsigned i = 0; r->program && r->program[i]; i++) {
		fputs(i ? "," : "", out);
		trace_json_string(out, r->program[i]);
	}
	putc(']', out);
}

static void write_run(FILE *out, const struct trace_report *r, size_t nr_events, size_t nr_steps)
{
	fprintf(out,
		"{\"creance_trace\":%d,\"frequency_hz\":%" PRIu64
		",\"cpus\":%u,\"events\":%zu,\"steps\":%zu",
		TRACE_JSON_VERSION, r->log->frequency_hz, r->log->nr_cpus, nr_events, nr_steps);
	trace_json_run(out, r);
	write_string(out, "kernel", r->kernel);
	write_string(out, "kernel_options", r->kernel_options ? r->kernel_options : "");
	fprintf(out, ",\"instructions\":%s", r->instructions ? "true" : "false");
	write_string(out, "end", r->end);
	fputs("}\n", out);
}

static void write_args(FILE *out, const struct trace_step *s)
{
	char buffer[TRACE_TEXT_BYTES];
	const char *comma = "";

	fputs(",\"args\":{", out);
	for (unsigned i = 0; i < s->row->nr_args; i++) {
		enum trace_kind kind = s->row->args[i].kind;

		if (trace_arg_is_rest(s->row, i))
			continue;
		fprintf(out, "%s\"%s\":", comma, s->row->args[i].name);
		comma = ",";
		if (kind == TRACE_KIND_text) {
			struct trace_text text = TRACE_TEXT(buffer);

			trace_step_arg_text(s, i, &text);
			trace_json_string(out, buffer);
		} else if (kind == TRACE_KIND_dec) {
			fprintf(out, "%" PRId64, (int64_t)s->args[i]);
		} else {
			fprintf(out, "%" PRIu64, s->args[i]);
		}
	}
	putc('}', out);
}

/* "const char *": without the kernel's mark of pointers to the program's memory. */
static void write_type(FILE *out, const char *type)
{
	static const char mark[] = "__user ";
	const char *at = strstr(type, mark);

	if (at)
		fprintf(out, "%.*s%s", (int)(at - type), type, at + strlen(mark));
	else
		fputs(type, out);
}

/* "call": {"text": …, "arguments": [{"arg": …, "type": …, "text": …}, …]} */
static void write_call(FILE *out, const struct call_view *v)
{
	char buffer[TRACE_TEXT_BYTES];
	struct trace_text text = TRACE_TEXT(buffer);

	call_text(&text, v);
	fputs(",\"call\":{\"text\":", out);
	trace_json_string(out, buffer);
	fputs(",\"arguments\":[", out);
	for (unsigned i = 0; i < call_nr_shown(v); i++) {
		trace_text_cut(&text, 0);
		call_argument_text(&text, v, i);
		fprintf(out, "%s{\"arg\":\"%s\",\"type\":\"", i ? "," : "", v->call->args[i].name);
		write_type(out, v->call->args[i].type);
		putc('"', out);
		write_string(out, "text", buffer);
		putc('}', out);
	}
	fputs("]}", out);
}

/* "result": {"text": …, "written": [{"arg": …, "text": …}, …]} */
static void write_result(FILE *out, const struct call_view *v)
{
	char buffer[TRACE_TEXT_BYTES];
	struct trace_text text = TRACE_TEXT(buffer);
	const char *comma = "";

	call_result_text(&text, v);
	fputs(",\"result\":{\"text\":", out);
	trace_json_string(out, buffer);
	fputs(",\"written\":[", out);
	for (unsigned i = 0; i < call_nr_shown(v); i++) {
		trace_text_cut(&text, 0);
		buffer[0] = '\0';
		if (!call_written_text(&text, v, i))
			continue;
		fprintf(out, "%s{\"arg\":\"%s\"", comma, v->call->args[i].name);
		write_string(out, "text", buffer);
		putc('}', out);
		comma = ",";
	}
	fputs("]}", out);
}

/* What the time until the CPU's next event is: the kernel's, or after to_user the program's. */
static void write_times(FILE *out, const struct trace_step *s)
{
	if (s->to_user)
		fprintf(out, ",\"runs_ns\":%" PRIu64, s->lasts_ns);
	else if (!s->idles)
		fprintf(out, ",\"cost_ns\":%" PRIu64, s->lasts_ns);
}

/* What the number is called; a call that has no name is called as its text says. */
static void write_name(FILE *out, const struct trace_step *s)
{
	const char *name = s->name || !s->call.call ? s->name : s->call.call->name;

	if (name)
		write_string(out, "name", name);
}

/* When the other CPU took the message; or which CPU sent it, and when. */
static void write_partner(FILE *out, const struct trace_step *s)
{
	if (s->partner.index == TRACE_NO_STEP)
		return;
	if (s->event == TRACE_message_send)
		fprintf(out, ",\"received_ns\":%" PRIu64, s->partner.ns);
	else
		fprintf(out, ",\"from_cpu\":%u,\"sent_ns\":%" PRIu64, s->partner.cpu,
			s->partner.ns);
}

static void write_step(FILE *out, const struct trace_step *s, bool of_program)
{
	static const char *const keys[] = {
		[TRACE_PROGRAM] = "program", [TRACE_HARDWARE] = "hardware", [TRACE_OS] = "os"};
	char buffer[TRACE_TEXT_BYTES];

	fprintf(out, "{\"ns\":%" PRIu64 ",\"cpu\":%u,\"tid\":%d,\"pid\":%u", s->ns, s->cpu,
		(int)s->tid, s->pid);
	write_string(out, "thread", s->thread);
	fprintf(out, ",\"event\":\"%s\"", s->row->name);
	if (*s->row->detail)
		fprintf(out, ",\"detail\":%u", s->detail);
	write_name(out, s);
	write_args(out, s);
	if (s->event == TRACE_syscall_enter)
		write_call(out, &s->call);
	else if (s->event == TRACE_syscall_exit)
		write_result(out, &s->call);
	write_partner(out, s);
	fprintf(out, "%s%s", s->from_user ? ",\"from_user\":true" : "",
		s->to_user ? ",\"to_user\":true" : "");
	fputs(of_program ? ",\"of_program\":true" : "", out);
	write_times(out, s);
	for (unsigned column = 0; column < NR_TRACE_COLUMNS; column++) {
		struct trace_text text = TRACE_TEXT(buffer);

		trace_step_text(s, column, &text);
		if (text.len)
			write_string(out, keys[column], buffer);
	}
	if (s->source)
		write_string(out, "source", s->source);
	fputs("}\n", out);
}

/* How many steps the filter takes: a reader sees by it whether its file is whole. */
static size_t count_steps(const struct trace_report *r, struct trace_model *m)
{
	struct trace_step step;
	size_t nr = 0;

	while (trace_model_next(m, &step))
		nr += trace_filter_takes(r->filter, m, &step);
	trace_model_rewind(m);
	return nr;
}

static void write_steps(FILE *out, const struct trace_report *r, struct trace_model *m,
			struct trace_shown *shown)
{
	struct trace_step step;

	while (trace_model_next(m, &step)) {
		bool of_program =
			trace_shown_takes(shown, m, &step) && !trace_event_is_boot(step.event);

		if (trace_filter_takes(r->filter, m, &step))
			write_step(out, &step, of_program);
	}
}

int trace_json_write(FILE *out, const struct trace_report *r)
{
	struct trace_filter everyone = *r->filter;
	struct trace_report rooted = *r;
	struct trace_model model;
	struct trace_shown shown;
	int err = trace_model_init(&model, r->log);

	if (err)
		return err;
	/* What is the program's depends neither on --all nor on --pid. */
	everyone.nr_pids = 0;
	rooted.filter = &everyone;
	rooted.all = false;
	err = trace_shown_init(&shown, &rooted);
	if (!err) {
		write_run(out, r, model.nr_steps, count_steps(r, &model));
		write_steps(out, r, &model, &shown);
	}
	trace_shown_fini(&shown);
	trace_model_fini(&model);
	return err;
}
