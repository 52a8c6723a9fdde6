// SPDX-License-Identifier: MIT
#include "compare/compare_json.h"

#include <inttypes.h>
#include <string.h>

#include "trace/trace_json.h"

static const char *const sides[NR_SIDES] = {"a", "b"};
static const char *text_of(const struct comparison *c, uint32_t string)
{
	return trace_strings_text(c->strings, string);
}

static void write_string(FILE *out, const char *key, const char *value)
{
	fprintf(out, ",\"%s\":", key);
	trace_json_string(out, value);
}

static void write_trace(FILE *out, const struct comparison *c, enum side side)
{
	const struct saved_trace *t = c->traces[side];

	fprintf(out, ",\"%s\":{\"steps\":%zu,\"threads\":%zu", sides[side], t->nr, t->nr_threads);
	fprintf(out, ",\"kernel_ns\":%" PRIu64 ",\"program_ns\":%" PRIu64 ",\"lost\":%" PRIu64,
		t->kernel_ns, t->program_ns, t->lost);
	fprintf(out, ",\"instructions\":%s", t->instructions ? "true" : "false");
	write_string(out, "file", t->path);
	write_string(out, "program", text_of(c, t->program));
	write_string(out, "kernel", text_of(c, t->kernel));
	write_string(out, "kernel_options", text_of(c, t->kernel_options));
	write_string(out, "end", text_of(c, t->end));
	putc('}', out);
}

static void write_head(FILE *out, const struct comparison *c)
{
	fprintf(out, "{\"creance_comparison\":1,\"same\":%s,\"bounded\":%s",
		comparison_is_same(c) ? "true" : "false", c->bounded ? "true" : "false");
	for (unsigned what = 0; what < NR_COMPARE_WHATS; what++)
		fprintf(out, ",\"%s\":%zu", compare_mark(what)->name, c->nr_of[what]);
	for (unsigned side = 0; side < NR_SIDES; side++)
		write_trace(out, c, side);
	fputs("}\n", out);
}

static void write_kind(FILE *out, const struct comparison *c, const struct compare_kind *k)
{
	fputs("{\"kind\":", out);
	trace_json_string(out, text_of(c, k->kind));
	for (unsigned side = 0; side < NR_SIDES; side++)
		fprintf(out, ",\"%s\":{\"count\":%" PRIu64 ",\"cost_ns\":%" PRIu64 "}", sides[side],
			k->count[side], k->cost_ns[side]);
	fputs("}\n", out);
}

static void write_side(FILE *out, const struct comparison *c, const struct compare_thread *thread,
		       enum side side, const struct saved_step *step)
{
	char buffer[128];
	struct trace_text text = TRACE_TEXT(buffer);

	compare_thread_text(&text, c, side, thread->thread[side]);
	fprintf(out, ",\"%s\":{\"line\":%u,\"cost_ns\":%" PRIu64, sides[side], step->line,
		step->cost_ns);
	write_string(out, "thread", buffer);
	write_string(out, "kind", text_of(c, step->kind));
	write_string(out, "text", text_of(c, step->text));
	putc('}', out);
}

static void write_row(FILE *out, const struct comparison *c, const struct compare_thread *thread,
		      const struct compare_row *row)
{
	fprintf(out, "{\"step\":\"%s\"", compare_mark(row->what)->name);
	for (unsigned side = 0; side < NR_SIDES; side++) {
		const struct saved_step *step = comparison_step(c, row, side);

		if (step)
			write_side(out, c, thread, side, step);
	}
	fputs("}\n", out);
}

static void write_equal(FILE *out, const struct compare_run *run)
{
	fprintf(out, "{\"step\":\"%s\",\"steps\":%zu", compare_mark(COMPARE_SAME)->name, run->nr);
	for (unsigned side = 0; side < NR_SIDES; side++)
		fprintf(out, ",\"%s\":{\"cost_ns\":%" PRIu64 "}", sides[side], run->cost_ns[side]);
	fputs("}\n", out);
}

/* Each difference is an object. */
static void write_thread(FILE *out, const struct comparison *c, const struct compare_thread *thread)
{
	size_t at = thread->first;

	while (at < thread->first + thread->nr) {
		struct compare_run run = compare_run_at(c, thread, at);

		if (compare_run_is_equal(&run))
			write_equal(out, &run);
		for (size_t i = 0; !compare_run_is_equal(&run) && i < run.nr; i++)
			write_row(out, c, thread, &c->rows[at + i]);
		at += run.nr;
	}
}

int compare_json_write(FILE *out, const struct compare_report *r)
{
	const struct comparison *c = r->comparison;

	write_head(out, c);
	for (size_t i = 0; i < c->nr_kinds; i++)
		write_kind(out, c, &c->kinds[i]);
	for (size_t i = 0; i < c->nr_threads; i++)
		write_thread(out, c, &c->threads[i]);
	return 0;
}
