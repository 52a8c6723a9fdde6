/* SPDX-License-Identifier: MIT */
/* The commands of `creance`. */
#pragma once

#include <stdio.h>

#include "cmd/option_table.h"

/* What comes after a command's options. */
enum operands { OPERANDS_ANY, OPERANDS_NONE, OPERANDS_PROGRAM /* and its arguments */ };

struct command {
	const char *name;
	const char *summary;
	const char *usage;
	const char *text;		      /* of the help, up to the options */
	const struct option_group *groups[3]; /* ends with NULL */
	enum option_order order;
	enum operands operands;
	/* OPERANDS_PROGRAM: with these options there is none. NULL: there always is. */
	bool (*needs_no_program)(const void *options);
	/* For completion: the @i-th word that may be an operand, NULL after the last. */
	const char *(*nth_operand)(unsigned i);
	size_t options_size; /* of the structure that the rows' fields are in */
	/*
	 * What may be done before and after the options are read, besides what the rows say: set
	 * fields whose usual value is neither zero nor in a row; check the options together, and
	 * take the operands. Returns: 0, or -EINVAL after a message.
	 */
	void (*init)(void *options);
	int (*check)(void *options, int nr, char **operands);
	/* Returns: the exit status. */
	int (*run)(void *options);
	void (*fini)(void *options); /* NULL: check allocates nothing */
};

extern const struct command command_run, command_shell, command_debug, command_bench, command_trace,
	command_regimes, command_sched;

/* All of them, in the order of the help; ends with NULL. */
extern const struct command *const commands[];

/*
 * Read the arguments of @command into @options (options_size bytes); @argv begins with its name.
 * Returns: 0, OPTIONS_HELP, or -EINVAL after a message. Values point into @argv; command_free is
 * due in every case.
 */
int command_read(const struct command *command, void *options, int argc, char **argv)
	__attribute__((warn_unused_result));
void command_free(const struct command *command, void *options);

/* Read the arguments of @command, and run it or print its help. Returns: the exit status. */
int command_execute(const struct command *command, int argc, char **argv);

/* Print what `creance help NAME` shows. */
void command_print_help(FILE *out, const struct command *command);

/* Print docs/command.md: the help of all commands, and the kernel's options. */
void commands_print_markdown(FILE *out);
