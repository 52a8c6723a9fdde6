// SPDX-License-Identifier: MIT
/* The texts of a step: the templates of its row, with values in the place of {names}. */
#include <string.h>

#include "trace/trace_model.h"

static void add_chars(struct trace_text *text, const uint64_t *words, unsigned nr)
{
	char chars[TRACE_ARGS * sizeof(uint64_t) + 1];

	memcpy(chars, words, nr * sizeof(uint64_t));
	chars[nr * sizeof(uint64_t)] = '\0';
	for (char *c = chars; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?'; /* whatever a process calls itself */
	trace_text_add(text, "%s", chars);
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
}

/* The value of {word}: an argument's, or what only the reader knows. */
static void add_value(const struct trace_step *s, const char *word, size_t len,
		      struct trace_text *text)
{
	for (unsigned i = 0; i < s->row->nr_args; i++) {
		if (!is_word(word, len, s->row->args[i].name))
			continue;
		if (s->event == TRACE_syscall_exit && is_word(word, len, "result"))
			trace_result_text(text, s->detail, s->args[i]);
		else
			trace_step_arg_text(s, i, text);
		return;
	}
	if (is_word(word, len, "call"))
		trace_call_text(text, s->detail, s->args);
	else if (is_word(word, len, "thread"))
		trace_text_add(text, "%s", s->thread);
	else
		add_name_or_number(s, text); /* {name} {trap} {why} {detail} */
}

/* The handler's end is not the return: what the row says of the return comes with user_enter. */
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
	const char *template = s->row->texts[column], *end = template + strlen(template);
	bool put_off = is_put_off(s);

	text->buffer[text->len] = '\0';
	if (put_off && column == TRACE_HARDWARE)
		return;
	if (put_off && strstr(template, returning))
		end = strstr(template, returning);
	if (put_off && end >= template + 2 && end[-2] == ';')
		end -= 2;
	while (template <end) {
		const char *open = memchr(template, '{', (size_t)(end - template));
		const char *close = open ? strchr(open, '}') : NULL;

		if (!close) {
			trace_text_add(text, "%.*s", (int)(end - template), template);
			return;
		}
		trace_text_add(text, "%.*s", (int)(open - template), template);
		add_value(s, open + 1, (size_t)(close - open - 1), text);
		template = close + 1;
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
