/* SPDX-License-Identifier: MIT */
/*
 * option_table.h -- options as tables: the parser, the help texts and docs/command.md come from the
 * same rows.
 *
 * Idea. A command has one or more groups of rows. Each row says how the option is written, what its
 *   value may be, and which field of the command's structure receives the value. What a row cannot
 *   say is a function of the row.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option_kind {
	OPTION_FLAG,   /* no value; field: bool */
	OPTION_HELP,   /* as FLAG, and nothing after it is read */
	OPTION_NUMBER, /* from least to most; field: unsigned */
	OPTION_SIZE,   /* bytes, with a unit; field: uint64_t */
	OPTION_TIME,   /* with a unit; field: uint64_t, nanoseconds */
	OPTION_CHOICE, /* one of `words`; field: an enum, the word's index */
	OPTION_TEXT,   /* anything; field: const char * */
	OPTION_CALL,   /* `take` does what is to be done */
};

struct option_row {
	const char *name; /* without "--"; NULL ends a group */
	char letter;	  /* of the short form; 0: none */
	enum option_kind kind;
	const char *argument;	  /* what the help calls the value; NULL: there is none */
	size_t at;		  /* offset of the field in the group's structure */
	uint64_t least, most;	  /* NUMBER, SIZE */
	const char *noun;	  /* CHOICE: what the words name; NUMBER: what it counts, or NULL */
	const char *const *words; /* CHOICE: ends with NULL */
	/* CALL. Returns: 0, or -EINVAL after a message. @value is NULL when there is none. */
	int (*take)(void *to, const char *value);
	const char *help; /* a newline breaks the line */
};

struct option_group {
	const char *title; /* of the list in the help */
	const struct option_row *rows;
};

/* A group, and the structure that its values go to. */
struct option_target {
	const struct option_group *group;
	void *to;
};

/* How options and operands follow each other. */
enum option_order {
	OPTIONS_FIRST, /* the first operand ends the options: what follows is a program's */
	OPTIONS_ANYWHERE
};

/*
 * Read the options of `creance @argv[0]` into the @targets, which end with a group NULL.
 * OPTIONS_ANYWHERE moves the operands to the end of @argv.
 * Returns: the index of the first operand, or -EINVAL after a message. Values point into @argv.
 */
int options_read(const struct option_target *targets, enum option_order order, int argc,
		 char **argv) __attribute__((warn_unused_result));

/* Print the group's title and its rows, as help. */
void option_group_print(FILE *out, const struct option_group *group);
/* The same as a table of docs/command.md. */
void option_group_print_markdown(FILE *out, const struct option_group *group);

/* "16M", "1G", "512K": bytes. Returns: 0 or -EINVAL (no unit, no number, too large). */
int option_parse_size(const char *text, uint64_t *bytes) __attribute__((warn_unused_result));

/* "1500us", "1.5ms", "2s", "300ns"; only "0" needs no unit. Returns: 0 or -EINVAL. */
int option_parse_time(const char *text, uint64_t *ns) __attribute__((warn_unused_result));
