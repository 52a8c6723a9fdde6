/* SPDX-License-Identifier: MIT */
/* The commands of `creance`. */
#pragma once

#include <stdio.h>

#include "cmd/option_table.h"

struct command {
	const char *name;
	const char *summary;
	const char *usage;
	const char *text;		      /* of the help, up to the options */
	const struct option_group *groups[3]; /* ends with NULL */
	/* @argv begins with the command's own name. Returns: the exit status. */
	int (*run)(int argc, char **argv);
};

extern const struct command command_run, command_shell, command_debug, command_bench, command_trace,
	command_regimes;

/* All of them, in the order of the help; ends with NULL. */
extern const struct command *const commands[];

/* Print what `creance help NAME` shows. */
void command_print_help(FILE *out, const struct command *command);

/* Print docs/command.md: the help of all commands, and the kernel's options. */
void commands_print_markdown(FILE *out);
