/* SPDX-License-Identifier: MIT */
/* What the numbers in events mean: names, and how calls and results are written. */
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

/* Names; a number that has none is NULL. Those of traps, reasons and states are the kernel's. */
const char *trace_trap_name(unsigned trap);
const char *trace_why_name(unsigned why);
const char *trace_state_name(unsigned state);
const char *trace_signal_name(unsigned signal);
const char *trace_errno_name(unsigned error);
const char *trace_call_name(unsigned number);
unsigned trace_call_nr_args(unsigned number);

/* "write(1, 0x4a2000, 6)": each argument as its type wants it. */
void trace_call_text(struct trace_text *text, unsigned number, const uint64_t *args);
/* "6", "-ENOENT", "0x7f1200000000": in the form that suits the call. */
void trace_result_text(struct trace_text *text, unsigned number, uint64_t result);

/* "kernel/syscall/sys_file.c:22": where the kernel does it; NULL: not known. */
const char *trace_event_source(unsigned event);
const char *trace_call_source(unsigned number);
const char *trace_trap_source(unsigned trap);
