/* SPDX-License-Identifier: MIT */
/* Lines of the kernel around the places that steps name, as they were when this was built. */
#pragma once

struct trace_source {
	const char *place; /* "kernel/syscall/sys_file.c:22" */
	unsigned first;	   /* the number of the first line of `text` */
	const char *text;  /* lines, separated by newlines */
};

/* The lines around @place; NULL: no step names it. */
const struct trace_source *trace_source_find(const char *place);
