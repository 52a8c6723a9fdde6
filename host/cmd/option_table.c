// SPDX-License-Identifier: MIT
/*
 * option_table.c -- reading options, and printing their help, by tables of rows.
 *
 * Idea.  The rows become the tables of getopt_long, which splits the words; what a value may be,
 *   and every message, is ours. The usual value of an option is read by the same function as one
 *   that the user gives, so the help cannot promise another one.
 * Invariants.
 *   O1  Each error has printed one message, which says what to write instead.
 * Ownership.  Texts belong to argv or to the tables. The arrays of lists are allocated here and
 *   freed by options_free; an option cannot be given more often than argv has words, so they do not
 *   grow.
 * Tests.  options_test.c, bench_arguments_test.c, tests/system/errors.t.
 */
#include "cmd/option_table.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/suggest.h"
#include "cmd/help_text.h"

enum {
	FIRST_VALUE = 256 /* getopt's values of rows begin above all letters */,
	ROWS_MAX = 64,
	WORDS_MAX = 128
};

/* ---- values ---- */

int option_parse_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	unsigned long long number = strtoull(text, &end, 10);
	const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	if (errno || !unit)
		return -EINVAL;
	unsigned shift = 10u * (unsigned)(unit - units + 1);
	end++;
	if (strcmp(end, "") != 0 && strcasecmp(end, "B") != 0 && strcasecmp(end, "iB") != 0)
		return -EINVAL;
	if (number > (UINT64_MAX >> shift))
		return -EINVAL;
	*bytes = (uint64_t)number << shift;
	return 0;
}

int option_parse_time(const char *text, uint64_t *ns)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = {{"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"ns", 1}, {"µs", 1e3}};
	char *end;
	double value = strtod(text, &end);

	if (end == text || !(value >= 0) || value > 1e12)
		return -EINVAL;
	if (value == 0 && !*end) {
		*ns = 0;
		return 0;
	}
	for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit) != 0)
			continue;
		*ns = value * units[i].ns >= 1.8e19 ? UINT64_MAX
						    : (uint64_t)(value * units[i].ns + 0.5);
		return 0;
	}
	return -EINVAL;
}

/* @bytes as "16M": in the largest unit of which it is a whole number. */
static char *size_text(uint64_t bytes)
{
	unsigned unit = 0;

	while (unit < 4 && bytes >= 1024 && bytes % 1024 == 0) {
		bytes /= 1024;
		unit++;
	}
	return must_format("%llu%.1s", (unsigned long long)bytes, &" KMGT"[unit]);
}

/* Do digits make the whole of @text, so that only its unit is missing? */
static bool is_plain_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

static int take_number(const struct option_row *row, unsigned *field, const char *value)
{
	char *end;
	bool is_number;
	unsigned long n;

	errno = 0;
	n = strtoul(value, &end, 10);
	is_number = isdigit((unsigned char)*value) && !*end;
	if (!is_number || errno || n < row->least || n > row->most) {
		say("--%s %s is not a number%s%s from %llu to %llu: try --%s %llu", row->name,
		    value, row->noun ? " of " : "", row->noun ? row->noun : "",
		    (unsigned long long)row->least, (unsigned long long)row->most, row->name,
		    (unsigned long long)(is_number && n > row->most ? row->most : row->least));
		return -EINVAL;
	}
	*field = (unsigned)n;
	return 0;
}

/* What has a unit is a time, which must be whole seconds: "90s", "1500ms" is refused. */
static int take_seconds(const struct option_row *row, unsigned *field, const char *value)
{
	uint64_t ns;
	char number[24];

	if (option_parse_time(value, &ns) == 0 && ns > 0 && ns % 1000000000u == 0) {
		snprintf(number, sizeof(number), "%llu", (unsigned long long)(ns / 1000000000u));
		value = number;
	}
	return take_number(row, field, value);
}

static int take_size(const struct option_row *row, uint64_t *field, const char *value)
{
	char *limit;

	if (is_plain_number(value)) {
		say("--%s %s has no unit: write %sM, %sK or %sG", row->name, value, value, value,
		    value);
		return -EINVAL;
	}
	if (option_parse_size(value, field)) {
		say("--%s %s is not a size: write a number with a unit, such as 64M or 1G",
		    row->name, value);
		return -EINVAL;
	}
	if (*field >= row->least && *field <= row->most)
		return 0;
	limit = size_text(*field < row->least ? row->least : row->most);
	say("--%s %s is too %s: give at %s %s", row->name, value,
	    *field < row->least ? "little" : "much", *field < row->least ? "least" : "most", limit);
	free(limit);
	return -EINVAL;
}

static int take_time(const struct option_row *row, uint64_t *field, const char *value)
{
	if (option_parse_time(value, field) == 0)
		return 0;
	if (is_plain_number(value))
		say("--%s %s has no unit: write %ss, %sms or %sus", row->name, value, value, value,
		    value);
	else
		say("--%s %s is not a time: write a number with a unit, such as 1500us, 1.5ms or 2s",
		    row->name, value);
	return -EINVAL;
}

/* "a, b or c"; the caller frees it. */
static char *list_words(const char *const *words)
{
	char *text = must_format("%s", words[0]);

	for (unsigned i = 1; words[i]; i++) {
		char *longer = must_format("%s%s%s", text, words[i + 1] ? ", " : " or ", words[i]);

		free(text);
		text = longer;
	}
	return text;
}

const char *option_word(const struct option_row *row, unsigned i)
{
	if (row->nth_word)
		return row->nth_word(i);
	return row->words ? row->words[i] : NULL;
}

/* "there is no machine 'amiga'", and which there is, or that @hint says it. */
static void say_unknown(const char *noun, const char *value, const char *const *words,
			const char *hint)
{
	const char *meant = suggest(value, words);
	char *list = meant || hint ? NULL : list_words(words);

	if (meant)
		say("there is no %s '%s': did you mean '%s'?", noun, value, meant);
	else
		say("there is no %s '%s': %s%s", noun, value, hint ? "" : "choose ",
		    hint ? hint : list);
	free(list);
}

void option_say_unknown(const char *noun, const char *value, const char *(*nth_word)(unsigned i),
			const char *hint)
{
	const char *words[WORDS_MAX + 1] = {NULL};

	for (unsigned i = 0; i < WORDS_MAX && (words[i] = nth_word(i)); i++)
		;
	say_unknown(noun, value, words, hint);
}

static int take_choice(const struct option_row *row, unsigned *field, const char *value)
{
	for (unsigned i = 0; row->words[i]; i++) {
		if (strcmp(value, row->words[i]) != 0)
			continue;
		*field = i;
		return 0;
	}
	say_unknown(row->noun, value, row->words, NULL);
	return -EINVAL;
}

static int take(const struct option_row *row, void *to, const char *value)
{
	void *field = (char *)to + row->at;
	struct option_list *list = field;

	if (row->take && row->take(to, value))
		return -EINVAL;
	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)field = true;
		return 0;
	case OPTION_NUMBER:
		return take_number(row, field, value);
	case OPTION_SECONDS:
		return take_seconds(row, field, value);
	case OPTION_SIZE:
		return take_size(row, field, value);
	case OPTION_TIME:
		return take_time(row, field, value);
	case OPTION_CHOICE:
		return take_choice(row, field, value);
	case OPTION_TEXT:
		*(const char **)field = value;
		return 0;
	case OPTION_PAIR:
		*(const char **)field = value;
		return 0;
	case OPTION_LIST:
		list->items[list->nr++] = value;
		return 0;
	case OPTION_HELP:
	case OPTION_CALL:
		return 0;
	}
	return -EINVAL;
}

/* ---- reading ---- */

/* The rows of all groups as getopt_long wants them; each row's value is its place in `rows`. */
struct reader {
	struct option list[ROWS_MAX + 1];
	char letters[2 * ROWS_MAX + 3];
	const struct option_row *rows[ROWS_MAX];
	int nr;
};

static void add_row(struct reader *r, const struct option_row *row)
{
	char *letter = r->letters + strlen(r->letters);

	assert(r->nr < ROWS_MAX);
	r->list[r->nr] = (struct option){row->name, row->argument ? required_argument : no_argument,
					 NULL, FIRST_VALUE + r->nr};
	if (row->letter) {
		*letter++ = row->letter;
		if (row->argument)
			*letter = ':';
	}
	r->rows[r->nr++] = row;
}

/* The place of the row that getopt's @value means. */
static int find_row(const struct reader *r, int value)
{
	if (value >= FIRST_VALUE)
		return value - FIRST_VALUE;
	for (int i = 0; i < r->nr; i++)
		if (r->rows[i]->letter == value)
			return i;
	return -1;
}

/* What a misspelt long option was probably meant to be, with its "--"; NULL. */
static const char *suggest_option(const struct reader *r, const char *written)
{
	const char *names[ROWS_MAX + 1] = {NULL};
	char word[64];

	if (strncmp(written, "--", 2) != 0)
		return NULL;
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(written + 2, "="), written + 2);
	for (int i = 0; i < r->nr; i++)
		names[i] = r->rows[i]->name;
	return suggest(word, names);
}

static int say_wrong(const struct reader *r, int option, char **argv)
{
	const char *written = argv[optind - 1], *meant = suggest_option(r, written);

	if (option == ':')
		say("%s needs a value: see 'creance help %s'", written, argv[0]);
	else if (optopt && optopt < FIRST_VALUE)
		say("%s has no option '-%c': see 'creance help %s'", argv[0], optopt, argv[0]);
	else if (optopt)
		say("%s takes no value: see 'creance help %s'", written, argv[0]);
	else if (meant)
		say("%s has no option '%s': did you mean '--%s'?", argv[0], written, meant);
	else
		say("%s has no option '%s': see 'creance help %s'", argv[0], written, argv[0]);
	return -EINVAL;
}

static struct option_list *list_of(const struct option_row *row, void *to)
{
	return row->kind == OPTION_LIST ? (void *)((char *)to + row->at) : NULL;
}

/* The fields as they are without any option. @max: of items in a list. */
static int set_usual(const struct reader *r, void *to, size_t max)
{
	int err = 0;

	for (int i = 0; !err && i < r->nr; i++) {
		struct option_list *list = list_of(r->rows[i], to);

		if (list)
			list->items = must_alloc((max + 1) * sizeof(*list->items));
		if (r->rows[i]->usual)
			err = take(r->rows[i], to, r->rows[i]->usual);
	}
	return err;
}

/* The word behind the value of a pair is the second. Returns: 0, or -EINVAL after a message. */
static int take_second(const struct option_row *row, void *to, int argc, char **argv)
{
	const char **field = (const char **)((char *)to + row->at);

	if (optind >= argc || (argv[optind][0] == '-' && argv[optind][1])) {
		say("--%s needs two values, and has only '%s': write --%s %s", row->name, field[0],
		    row->name, row->argument);
		return -EINVAL;
	}
	field[1] = argv[optind++];
	return 0;
}

/*
 * getopt has moved the operands behind the "--" just before @first. Put it where it was in
 * @written, the words before that. Returns: the index of the first operand, "--" included.
 */
static int put_dashes_back(char **argv, char *const *written, int first)
{
	char *dashes = argv[first - 1];
	int at = first - 1, nr_before;

	while (written[at] != dashes)
		at++;
	nr_before = at - (first - 1);
	memmove(argv + first - 1, argv + first, (size_t)nr_before * sizeof(*argv));
	argv[at] = dashes;
	return first - 1;
}

int options_read(const struct option_group *const *groups, void *to, enum option_order order,
		 int argc, char **argv)
{
	struct reader *r = must_alloc(sizeof(*r));
	char **written = must_alloc((size_t)argc * sizeof(*written));
	const char *last_value = NULL;
	int value, err;

	strcpy(r->letters, order == OPTIONS_FIRST ? "+:" : ":");
	for (; *groups; groups++)
		for (const struct option_row *row = (*groups)->rows; row->name; row++)
			add_row(r, row);
	err = set_usual(r, to, (size_t)argc);
	memcpy(written, argv, (size_t)argc * sizeof(*written));
	optind = 0; /* also resets glibc's scanner, so that tests may parse again and again */
	opterr = 0;
	while (!err && (value = getopt_long(argc, argv, r->letters, r->list, NULL)) != -1) {
		int i = value == ':' || value == '?' ? -1 : find_row(r, value);

		last_value = optarg;
		err = i < 0 ? say_wrong(r, value, argv) : take(r->rows[i], to, optarg);
		if (!err && r->rows[i]->kind == OPTION_PAIR)
			err = take_second(r->rows[i], to, argc, argv);
		if (!err && r->rows[i]->kind == OPTION_HELP)
			err = OPTIONS_HELP;
	}
	value = optind; /* the first operand */
	if (!err && order == OPTIONS_BEFORE_DASHES && value > 1 && argv[value - 1] != last_value &&
	    strcmp(argv[value - 1], "--") == 0)
		value = put_dashes_back(argv, written, value);
	free(written);
	free(r);
	return err ? err : value;
}

/* How large the row's field is; 0: it has none. */
static size_t field_bytes(const struct option_row *row)
{
	switch (row->kind) {
	case OPTION_FLAG:
		return sizeof(bool);
	case OPTION_NUMBER:
	case OPTION_SECONDS:
	case OPTION_CHOICE:
		return sizeof(unsigned);
	case OPTION_SIZE:
	case OPTION_TIME:
		return sizeof(uint64_t);
	case OPTION_TEXT:
		return sizeof(const char *);
	case OPTION_PAIR:
		return 2 * sizeof(const char *);
	case OPTION_LIST:
	case OPTION_HELP:
	case OPTION_CALL:
		return 0;
	}
	return 0;
}

const struct option_row *options_first_other(const struct option_group *const *groups,
					     const void *a, const void *b)
{
	for (; *groups; groups++) {
		for (const struct option_row *row = (*groups)->rows; row->name; row++) {
			const char *x = (const char *)a + row->at, *y = (const char *)b + row->at;
			const struct option_list *all_x = (const void *)x, *all_y = (const void *)y;

			if (memcmp(x, y, field_bytes(row)) != 0 ||
			    (row->kind == OPTION_LIST && all_x->nr != all_y->nr))
				return row;
		}
	}
	return NULL;
}

void options_free(const struct option_group *const *groups, void *to)
{
	for (; *groups; groups++) {
		for (const struct option_row *row = (*groups)->rows; row->name; row++) {
			struct option_list *list = list_of(row, to);

			if (list) {
				free(list->items);
				*list = (struct option_list){0};
			}
		}
	}
}

/* ---- help ---- */

/* "-o, --output FILE"; the caller frees it. */
static char *row_text(const struct option_row *row)
{
	const char short_form[] = {'-', row->letter, ',', ' ', '\0'};

	return must_format("%s--%s%s%s", row->letter ? short_form : "", row->name,
			   row->argument ? " " : "", row->argument ? row->argument : "");
}

void option_group_print(FILE *out, const struct option_group *group, unsigned width)
{
	enum { INDENT = 22 };

	fprintf(out, "%s:\n", group->title);
	for (const struct option_row *row = group->rows; row->name; row++) {
		char *text = row_text(row);
		char *help = row->usual ? must_format("%s (%s)", row->help, row->usual)
					: must_format("%s", row->help);

		fprintf(out, "  %-*s ", INDENT - 3, text);
		if (strlen(text) > INDENT - 3)
			fprintf(out, "\n%*s", INDENT, "");
		help_fill(out, help, INDENT, width);
		free(help);
		free(text);
	}
}

void option_group_print_markdown(FILE *out, const struct option_group *group)
{
	fprintf(out, "\n%s:\n\n| option | |\n|---|---|\n", group->title);
	for (const struct option_row *row = group->rows; row->name; row++) {
		char *text = row_text(row);

		fprintf(out, "| `%s` | ", text);
		for (const char *at = row->help; *at; at++)
			fprintf(out, *at == '|' ? "\\|" : "%c", *at == '\n' ? ' ' : *at);
		fprintf(out, row->usual ? " (%s) |\n" : " |\n", row->usual);
		free(text);
	}
}
