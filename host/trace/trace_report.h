/* SPDX-License-Identifier: MIT */
/* What every format gets: the log, what to take of it, and the facts about the run. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "trace/trace_filter.h"
#include "trace/trace_log.h"

struct trace_report {
	const struct trace_log *log;
	const struct trace_filter *filter;
	const char *kernel;	    /* its file's name */
	const char *const *program; /* argv; ends with NULL */
	const char *end;	    /* "exit 0", "signal 11", "the guest died" */
	const char *kernel_options; /* json: those that the user gave; NULL: none */
	bool instructions;	    /* json: a nanosecond is an instruction */
	uint32_t root_pid;	    /* table: the program's process; 0: init's first child */
	bool all;		    /* table: also what does not concern the program's processes */
	const char *source_base;    /* html: where the tree's files are; NULL: beside the page */
	unsigned width;		    /* table: of the terminal */
};
