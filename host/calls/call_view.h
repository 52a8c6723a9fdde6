/* SPDX-License-Identifier: MIT */
/*
 * A system call as far as a trace knows it, in words: what it was called with, what the memory that
 * its arguments point to contained, what it returned. Everything in it is the guest's, and so is
 * not trusted: texts are escaped, sizes are bounded.
 */
#pragma once

#include "calls/call_memory.h"
#include "calls/call_table.h"
#include "trace/trace_names.h"

struct call_view {
	const struct call *call;
	const uint64_t *args; /* NULL: the trace does not have the call's begin */
	bool returned;
	uint64_t result;
	struct call_memory memory;
};

/* Did it return an error? */
static inline bool call_failed(const struct call_view *view)
{
	return view->returned && view->result >= (uint64_t)-4095;
}

/* How many of the arguments mean something: open has a mode only if it may create a file. */
unsigned call_nr_shown(const struct call_view *view);
/* The first argument whose memory the call writes; call_nr_shown: there is none. */
unsigned call_first_out(const struct call_view *view);

/* Is argument @i a buffer, such as write's? */
bool call_is_buffer(const struct call_view *view, unsigned i);

/*
 * Append argument @i as strace shows it; memory that the call writes as it was at the return, and
 * as an address if the call has not returned.
 */
void call_argument_text(struct trace_text *text, const struct call_view *view, unsigned i);
/* Append the arguments from @from to before @to, with commas between them. */
void call_arguments_text(struct trace_text *text, const struct call_view *view, unsigned from,
			 unsigned to);
/* Append "write(1, "hello\n", 6)". */
void call_text(struct trace_text *text, const struct call_view *view);
/* Append the result as strace shows it: "3", "-1 ENOENT (No such file or directory)". */
void call_result_text(struct trace_text *text, const struct call_view *view);
/* Append the result as the kernel returns it: "3", "-ENOENT". */
void call_result_short(struct trace_text *text, const struct call_view *view);
/*
 * Append what the call wrote where argument @i points to. Returns: false, and nothing is appended,
 * if it wrote nothing there, or nothing is known.
 */
bool call_written_text(struct trace_text *text, const struct call_view *view, unsigned i);
