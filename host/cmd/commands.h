/* SPDX-License-Identifier: MIT */
/*
 * The commands of `creance`: each takes argv beginning with its own name and returns the exit
 * status.
 */
#pragma once

#include <stdbool.h>

struct command {
	const char *name;
	const char *summary;
	const char *help; /* what `creance help NAME` prints */
	int (*run)(int argc, char **argv);
	bool own_options; /* it has none of those that guest_options_help lists */
};

extern const struct command command_run, command_shell, command_debug, command_bench, command_trace,
	command_regimes;

/* The options that these share, for their help texts. */
extern const char guest_options_help[];
