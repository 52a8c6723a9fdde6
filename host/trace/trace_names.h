/* SPDX-License-Identifier: MIT */
/* What the numbers in events mean: names. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A text that grows in a buffer of fixed size; what does not fit is left out. */
struct trace_text {
	char *buffer;
	size_t size, len;
};

#define TRACE_TEXT(array) ((struct trace_text){(array), sizeof(array), 0})

void trace_text_add(struct trace_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Append @len bytes as they are. */
void trace_text_put(struct trace_text *text, const char *bytes, size_t len);

/* Leave the first @len bytes. */
void trace_text_cut(struct trace_text *text, size_t len);

/* Kinds of numbers that have names. Those of traps, reasons and states are the kernel's. */
enum trace_naming {
	TRACE_TRAPS,
	TRACE_REASONS, /* for which the scheduler picks */
	TRACE_STATES,
	TRACE_SIGNALS,
	TRACE_ERRNOS,
	/* "kernel/syscall/sys_file.c:22": where the kernel does it */
	TRACE_EVENT_SOURCES,
	TRACE_CALL_SOURCES,
	TRACE_TRAP_SOURCES,
	NR_TRACE_NAMINGS
};

/* The name of @number; NULL: it has none. */
const char *trace_name(enum trace_naming naming, unsigned number);
