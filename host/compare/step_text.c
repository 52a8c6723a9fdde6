// SPDX-License-Identifier: MIT
/*
 * step_text.c -- a step in words, and as a key.
 *
 * Idea.  Two steps are the same if their keys are. A key is the step's text in which a mark stands
 *   for each number that differs between two runs of the same program on the same kernel: addresses
 *   (programs are loaded at random places), numbers of processes, times that the kernel tells.
 * Invariants.
 *   T1  What the program chooses stays in the key: the time that it wants to sleep, a signal's
 *       number, hexadecimal numbers below a page's size, such as flags.
 * Tests.  saved_trace_test.c.
 */
#include "compare/step_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "compare/saved_trace.h"
#include "trace/trace_filter.h"

enum { ADDRESS_LEAST = 0x1000 };

const char *step_text_member(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* ---- keys ---- */

static bool ends_with(const char *text, size_t len, const char *end)
{
	size_t of_end = strlen(end);

	return len >= of_end && memcmp(text + len - of_end, end, of_end) == 0;
}

/* Does what precedes a number, @len bytes at @text, say that it is a process's or a thread's? */
static bool names_process(const char *text, size_t len)
{
	static const char *const words[] = {"thread ", "process ", "pid=", "(by ", "PID "};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (ends_with(text, len, words[i]))
			return true;
	return false;
}

static bool names_time(const char *text, size_t len)
{
	static const char *const words[] = {"tv_sec=", "tv_nsec=", "tv_usec="};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (ends_with(text, len, words[i]))
			return true;
	return false;
}

static void add_process(struct trace_text *key, uint32_t pid, const struct step_names *names)
{
	uint32_t place = names->place(names->context, pid);

	if (place == SAVED_NONE)
		trace_text_add(key, "%u", pid);
	else
		trace_text_add(key, "#%u", place);
}

/* A number begins at text[*at]. */
static void add_number(struct trace_text *key, const char *text, size_t *at, bool written,
		       const struct step_names *names)
{
	const char *number = text + *at;
	bool hex = number[0] == '0' && number[1] == 'x';
	char *end;
	unsigned long long value = strtoull(number, &end, hex ? 16 : 10);
	bool is_time = written && names_time(text, *at);

	if (hex && value >= ADDRESS_LEAST)
		trace_text_add(key, "0x*");
	else if (is_time)
		trace_text_add(key, "*");
	else if (!hex && value <= UINT32_MAX && names_process(text, *at))
		add_process(key, (uint32_t)value, names);
	else
		trace_text_put(key, number, (size_t)(end - number));
	*at += (size_t)(end - number);
}

void step_text_key(struct trace_text *key, const char *text, bool written,
		   const struct step_names *names)
{
	size_t at = 0;

	while (text[at]) {
		size_t plain = at;

		/* Digits within a word are no number: "RT_1", "sys_openat2". */
		while (text[plain] && (!isdigit((unsigned char)text[plain]) ||
				       (plain > 0 && (isalnum((unsigned char)text[plain - 1]) ||
						      text[plain - 1] == '_'))))
			plain++;
		trace_text_put(key, text + at, plain - at);
		at = plain;
		if (text[at])
			add_number(key, text, &at, written, names);
	}
}

/* ---- calls ---- */

/* Calls whose result is the number of a process or a thread. */
static bool returns_process(const char *name)
{
	static const char *const calls[] = {
		"fork",	   "vfork",   "clone",	 "clone3", "wait4",  "getpid",		"gettid",
		"getppid", "getpgrp", "getpgid", "getsid", "setsid", "set_tid_address",
	};

	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(name, calls[i]) == 0)
			return true;
	return false;
}

/* Calls that fill buffers with what is another each time. */
static bool writes_chance(const char *name)
{
	return strcmp(name, "getrandom") == 0;
}

/* @text is a number of a process, or anything else. */
static void add_maybe_process(struct trace_text *key, const char *text,
			      const struct step_names *names)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (isdigit((unsigned char)*text) && !*end && value && value <= UINT32_MAX)
		add_process(key, (uint32_t)value, names);
	else
		step_text_key(key, text, false, names);
}

/* What the call wrote through the argument @arg; NULL: nothing. */
static const char *written_text(const json_t *result, const char *arg)
{
	const json_t *all = json_object_get(result, "written");

	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *one = json_array_get(all, i);

		if (strcmp(step_text_member(one, "arg"), arg) == 0)
			return step_text_member(one, "text");
	}
	return NULL;
}

static void add_argument(struct trace_text *text, struct trace_text *key, const char *name,
			 const struct saved_argument *argument, const json_t *result,
			 const struct step_names *names)
{
	const char *written = written_text(result, argument->name);
	const char *shown = written ? written : argument->text;

	trace_text_add(text, "%s", shown);
	if (strcmp(argument->type, "pid_t") == 0)
		add_maybe_process(key, shown, names);
	else if (written && writes_chance(name))
		trace_text_add(key, "*");
	else
		step_text_key(key, shown, written != NULL, names);
}

void step_text_call(struct trace_text *text, struct trace_text *key, const char *name,
		    const struct saved_call *call, const json_t *result,
		    const struct step_names *names)
{
	trace_text_add(text, "%s(", name);
	trace_text_add(key, "%s(", name);
	for (unsigned i = 0; i < call->nr; i++) {
		trace_text_add(text, "%s", i ? ", " : "");
		trace_text_add(key, "%s", i ? ", " : "");
		add_argument(text, key, name, &call->arguments[i], result, names);
	}
	trace_text_add(text, ")");
	trace_text_add(key, ")");
	if (!result)
		return;
	trace_text_add(text, " = %s", step_text_member(result, "text"));
	trace_text_add(key, " = ");
	if (returns_process(name))
		add_maybe_process(key, step_text_member(result, "text"), names);
	else
		step_text_key(key, step_text_member(result, "text"), true, names);
}

/* ---- kinds ---- */

void step_text_kind(struct trace_text *kind, enum trace_event event, const char *name)
{
	const char *group = trace_event_group(event), *rest = trace_event_row(event)->name;
	size_t len = strlen(group);
	bool named = name && (event == TRACE_syscall_enter || event == TRACE_syscall_exit ||
			      event == TRACE_trap_enter || event == TRACE_trap_exit ||
			      event == TRACE_interrupt_enter || event == TRACE_interrupt_exit);

	if (strncmp(rest, group, len) == 0 && rest[len] == '_')
		rest += len + 1;
	if (named)
		rest = name;
	if (!named || event == TRACE_syscall_enter || event == TRACE_syscall_exit ||
	    event == TRACE_trap_enter || event == TRACE_trap_exit)
		trace_text_add(kind, "%s ", group);
	for (; *rest; rest++)
		trace_text_put(kind, *rest == '_' && !named ? " " : rest, 1);
}
