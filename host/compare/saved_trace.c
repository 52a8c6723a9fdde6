// SPDX-License-Identifier: MIT
/*
 * saved_trace.c -- reading a trace back from its file.
 *
 * Idea.  The file is read line by line, each a JSON object (docs/trace.md): the first describes the
 *   run and says how many follow. An object is freed before the next line is read.
 * Invariants.
 *   S1  The file is not trusted. Whatever it contains, the answer is a trace or a message with the
 *       file, the line, and what to do; what is kept is bounded by the file's length.
 *   S2  A file that was cut off, also between two lines, is no trace: its end would look like a
 *       difference.
 * Tests.  saved_trace_test.c, tests/system/trace_compare.t.
 */
#include "compare/saved_trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "compare/saved_lines.h"
#include "compare/saved_step.h"
#include "compare/saved_string.h"
#include "compare/step_text.h"
#include "trace/trace_json.h"

#define STEPS_MAX 268435456.0
#define NAME_ONE "name a file that 'creance trace --format json -o FILE' has written"
#define AGAIN "trace the program again with 'creance trace --format json -o FILE'"

struct reading {
	struct saved_trace *trace;
	const struct saved_wanted *wanted;
	struct trace_strings *strings;
	struct saved_lines lines;
	uint32_t line; /* its number */
};

static int no_memory(const struct saved_trace *t)
{
	say("%s: no memory left on this host for the trace: compare shorter ones, or a part with --filter",
	    t->path);
	return -EINVAL;
}

static int not_a_trace(const struct saved_trace *t)
{
	say("%s is no trace that was saved as JSON: " NAME_ONE, t->path);
	return -EINVAL;
}

static int cannot_be_read(const struct saved_trace *t, int err)
{
	say("%s cannot be read (%s): " NAME_ONE, t->path, strerror(-err));
	return -EINVAL;
}

/* Integers above INT64_MAX, which addresses are, would be errors; none of ours needs all bits. */
static json_t *parse(const char *line, size_t len, json_error_t *error)
{
	return json_loadb(line, len, JSON_DECODE_INT_AS_REAL, error);
}

/* ---- the first line ---- */

/* argv as one would write it; a word with a blank in quotes. */
static int set_program(struct reading *r, const json_t *words)
{
	char buffer[STEP_TEXT_BYTES] = "";
	struct trace_text text = TRACE_TEXT(buffer);

	/* What follows has no room when the text is full. */
	for (size_t i = 0; i < json_array_size(words) && text.len < text.size - 1; i++) {
		const char *word = json_string_value(json_array_get(words, i));
		bool plain = word && *word && !strpbrk(word, " \t\n'\"\\$&;|<>()*?");

		trace_text_add(&text, "%s%s%s%s", i ? " " : "", plain ? "" : "'", word ? word : "",
			       plain ? "" : "'");
	}
	return saved_string(r->strings, buffer, &r->trace->program);
}

static int set_texts(struct reading *r, const json_t *head)
{
	struct saved_trace *t = r->trace;
	const struct {
		const char *key;
		uint32_t *string;
	} texts[] = {
		{"end", &t->end},
		{"kernel", &t->kernel},
		{"kernel_options", &t->kernel_options},
	};
	int err = set_program(r, json_object_get(head, "program"));

	for (unsigned i = 0; !err && i < sizeof(texts) / sizeof(texts[0]); i++)
		err = saved_string(r->strings, step_text_member(head, texts[i].key),
				   texts[i].string);
	return err ? no_memory(t) : 0;
}

static uint64_t sum_of(const json_t *numbers)
{
	double sum = 0;

	for (size_t i = 0; i < json_array_size(numbers); i++)
		sum += json_number_value(json_array_get(numbers, i));
	return sum > 0 && sum < 0x1p63 ? (uint64_t)sum : 0;
}

static int take_head(struct reading *r, const json_t *head)
{
	struct saved_trace *t = r->trace;
	const json_t *version = json_object_get(head, "creance_trace");
	double steps = json_number_value(json_object_get(head, "steps"));

	if (!json_is_number(version))
		return not_a_trace(t);
	if (json_number_value(version) != TRACE_JSON_VERSION) {
		say("%s is a trace of version %g, and this command reads version %d: " AGAIN
		    " of this version",
		    t->path, json_number_value(version), TRACE_JSON_VERSION);
		return -EINVAL;
	}
	if (!json_is_number(json_object_get(head, "steps")) || !(steps >= 0 && steps < STEPS_MAX)) {
		say("%s, line 1: the number of steps is missing, as in earlier versions: " AGAIN,
		    t->path);
		return -EINVAL;
	}
	t->nr_lines = (uint64_t)steps;
	t->instructions = json_is_true(json_object_get(head, "instructions"));
	t->lost = sum_of(json_object_get(head, "lost"));
	return set_texts(r, head);
}

static int read_head(struct reading *r)
{
	const char *line;
	size_t len;
	bool whole;
	json_error_t error;
	json_t *head;
	int err = saved_lines_next(&r->lines, &line, &len, &whole);

	if (err == -E2BIG)
		return not_a_trace(r->trace);
	if (err < 0)
		return cannot_be_read(r->trace, err);
	if (err == 0) {
		say("%s is empty: " AGAIN, r->trace->path);
		return -EINVAL;
	}
	r->line = 1;
	head = parse(line, len, &error);
	err = json_is_object(head) ? take_head(r, head) : not_a_trace(r->trace);
	json_decref(head);
	return err;
}

/* ---- the steps ---- */

static int cut_off(const struct reading *r, uint64_t steps)
{
	say("%s ends after %" PRIu64 " of its %" PRIu64
	    " steps, so a part of it is missing: copy it again, or " AGAIN,
	    r->trace->path, steps, r->trace->nr_lines);
	return -EINVAL;
}

static int damaged(const struct reading *r, const char *what)
{
	say("%s, line %u: %s, so the file was changed or damaged: copy it again, or " AGAIN,
	    r->trace->path, r->line, what);
	return -EINVAL;
}

static int take_line(struct reading *r, struct saved_builder *b, const char *line, size_t len)
{
	const char *wrong = "";
	char text[64];
	json_error_t error;
	json_t *step = parse(line, len, &error);
	int err;

	if (!json_is_object(step)) {
		json_decref(step);
		return damaged(r, "it is no JSON object");
	}
	err = saved_builder_take(b, step, r->line, &wrong);
	json_decref(step);
	if (err == -ENOMEM)
		return no_memory(r->trace);
	if (!err)
		return 0;
	snprintf(text, sizeof(text), "its \"%s\" is missing or wrong", wrong);
	return damaged(r, text);
}

static int read_steps(struct reading *r, struct saved_builder *b)
{
	const char *line;
	size_t len;
	bool whole;
	int got, err = 0;

	while (!err && (got = saved_lines_next(&r->lines, &line, &len, &whole)) > 0) {
		if (!whole)
			return cut_off(r, r->line - 1);
		if (r->line++ > r->trace->nr_lines)
			return damaged(r, "there are more steps than its first line says");
		err = take_line(r, b, line, len);
	}
	if (err)
		return err;
	if (got == -E2BIG) {
		r->line++;
		return damaged(r, "it is longer than a step can be");
	}
	if (got < 0) {
		say("%s, line %u: it cannot be read on (%s): copy it again", r->trace->path,
		    r->line, strerror(-got));
		return -EINVAL;
	}
	return r->line - 1 < r->trace->nr_lines ? cut_off(r, r->line - 1) : 0;
}

static int read_all(struct reading *r)
{
	struct saved_builder *b;
	int err = read_head(r);

	if (err)
		return err;
	b = saved_builder_new(r->trace, r->wanted, r->strings);
	err = b ? read_steps(r, b) : no_memory(r->trace);
	if (!err && saved_builder_end(b))
		err = no_memory(r->trace);
	saved_builder_free(b);
	return err;
}

int saved_trace_read(struct saved_trace *trace, const char *path, const struct saved_wanted *wanted,
		     struct trace_strings *strings)
{
	struct reading r = {.trace = trace, .wanted = wanted, .strings = strings};
	int err;

	*trace = (struct saved_trace){.path = path};
	err = saved_lines_open(&r.lines, path);
	if (err == -ENOMEM)
		err = no_memory(trace);
	else
		err = err ? cannot_be_read(trace, err) : read_all(&r);
	saved_lines_close(&r.lines);
	return err;
}

void saved_trace_fini(struct saved_trace *t)
{
	free(t->steps);
	free(t->threads);
	t->steps = NULL;
	t->threads = NULL;
}
