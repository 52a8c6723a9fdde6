/* SPDX-License-Identifier: MIT */
/*
 * option_table.h -- options as tables: the parser, the help texts and docs/command.md come from the
 * same rows.
 *
 * Idea. A command has one or more groups of rows. Each row says how the option is written, what its
 *   value may be, what the value is if the option is not given, and which field of the command's
 *   structure receives it. What a row cannot say is a function of the row.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/guest_options.h"

enum option_kind {
	OPTION_FLAG,	/* no value; field: bool */
	OPTION_HELP,	/* no value, no field; nothing after it is read */
	OPTION_NUMBER,	/* from least to most; field: unsigned */
	OPTION_SECONDS, /* whole ones, from least to most, "5" or "5s"; field: unsigned */
	OPTION_SIZE,	/* bytes, with a unit, from least to most; field: uint64_t */
	OPTION_TIME,	/* with a unit; field: uint64_t, nanoseconds */
	OPTION_CHOICE,	/* one of `words`; field: an enum, the word's index */
	OPTION_TEXT,	/* anything that `take` accepts; field: const char * */
	OPTION_PAIR,	/* the next word is its second value; field: const char *[2] */
	OPTION_LIST,	/* as OPTION_TEXT, any number of times; field: struct option_list */
	OPTION_CALL,	/* `take` does what is to be done */
};

struct option_row {
	const char *name; /* without "--"; NULL ends a group */
	char letter;	  /* of the short form; 0: none */
	enum option_kind kind;
	const char *argument; /* what the help calls the value; NULL: there is none */
	size_t at;	      /* offset of the field in the command's structure */
	uint64_t least, most;
	const char *noun;	  /* CHOICE: what the words name; NUMBER: what it counts, or NULL */
	const char *const *words; /* CHOICE: ends with NULL */
	/* CALL: the @i-th word that it accepts, for completion; NULL: there are no more. */
	const char *(*nth_word)(unsigned i);
	/* Returns: 0, or -EINVAL after a message. TEXT, LIST: may be NULL. */
	int (*take)(void *to, const char *value);
	const char *usual; /* the value if the option is not given; NULL: the field is zero */
	const char *help;  /* a newline breaks the line; the usual value is added */
};

/*
 * What a row consists of after its name, so that it takes a line or two. @field is of the structure
 * that a file with rows names OPTIONS.
 */
#define LETTER(c) .letter = (c)
#define FLAG(field) .kind = OPTION_FLAG, FIELD(field)
#define NUMBER(arg, field, min, max)                                                               \
	.kind = OPTION_NUMBER, .argument = (arg), FIELD(field), .least = (min), .most = (max)
#define SECONDS(arg, field, min, max)                                                              \
	.kind = OPTION_SECONDS, .argument = (arg), .noun = "seconds", FIELD(field),                \
	.least = (min), .most = (max)
#define SIZE(arg, field, min, max)                                                                 \
	.kind = OPTION_SIZE, .argument = (arg), FIELD(field), .least = (min), .most = (max)
#define TIME(arg, field) .kind = OPTION_TIME, .argument = (arg), FIELD(field)
#define CHOICE(arg, field, list)                                                                   \
	.kind = OPTION_CHOICE, .argument = (arg), FIELD(field), .words = (list)
#define NOUN(text) .noun = (text)
#define TEXT(arg, field) .kind = OPTION_TEXT, .argument = (arg), FIELD(field)
#define PAIR(arg, field) .kind = OPTION_PAIR, .argument = (arg), FIELD(field)
#define LIST(arg, field) .kind = OPTION_LIST, .argument = (arg), FIELD(field)
#define CHECK(function) .take = (function)
#define CALL(arg, function) .kind = OPTION_CALL, .argument = (arg), .take = (function)
#define WORDS(function) .nth_word = (function)
#define USUAL(value) .usual = (value)
#define HELP(text) .help = (text)
#define FIELD(field) .at = offsetof(OPTIONS, field)
#define HELP_ROW                                                                                   \
	{"help", LETTER('h'), .kind = OPTION_HELP, HELP("show this help")},                        \
	{                                                                                          \
		.name = NULL                                                                       \
	}

struct option_group {
	const char *title; /* of the list in the help */
	const struct option_row *rows;
};

/* How options and operands follow each other. */
enum option_order {
	OPTIONS_FIRST, /* the first operand ends the options: what follows is a program's */
	OPTIONS_ANYWHERE,
	OPTIONS_BEFORE_DASHES /* anywhere before "--", which is an operand: programs follow it */
};

enum { OPTIONS_HELP = -1000 /* no errno */ };

/*
 * Set the fields of @to, which are all zero, to their usual values, and then to what the options of
 * `creance @argv[0]` say. @groups ends with NULL. Except for OPTIONS_FIRST the operands are moved
 * to the end of @argv.
 * Returns: the index of the first operand, OPTIONS_HELP, or -EINVAL after a message. Values point
 * into @argv; options_free is due in every case.
 */
int options_read(const struct option_group *const *groups, void *to, enum option_order order,
		 int argc, char **argv) __attribute__((warn_unused_result));

/* The @i-th word that the option's value may be; NULL: there are no more, or any value may be. */
const char *option_word(const struct option_row *row, unsigned i);

/*
 * A message that @value is none of the words that @nth_word has, with the one that was probably
 * meant; else @hint, or all of them where that is NULL.
 */
void option_say_unknown(const char *noun, const char *value, const char *(*nth_word)(unsigned i),
			const char *hint);

/*
 * The first row whose field is not the same in two structures of the options; NULL: none. Of texts
 * the addresses are compared, of lists the lengths alone. So if one structure was read from no
 * words, this is an option that was given to the other; but what was given as a number or a word
 * that is usual is not seen, nor is an option without a field.
 */
const struct option_row *options_first_other(const struct option_group *const *groups,
					     const void *a, const void *b);

/* Free the lists. */
void options_free(const struct option_group *const *groups, void *to);

/* Print the group's title and its rows, as help of @width columns. */
void option_group_print(FILE *out, const struct option_group *group, unsigned width);
/* The same as a table of docs/command.md. */
void option_group_print_markdown(FILE *out, const struct option_group *group);

/* "16M", "1G", "512K": bytes. Returns: 0 or -EINVAL (no unit, no number, too large). */
int option_parse_size(const char *text, uint64_t *bytes) __attribute__((warn_unused_result));

/* "1500us", "1.5ms", "2s", "300ns"; only "0" needs no unit. Returns: 0 or -EINVAL. */
int option_parse_time(const char *text, uint64_t *ns) __attribute__((warn_unused_result));
