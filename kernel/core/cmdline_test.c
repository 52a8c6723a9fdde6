// SPDX-License-Identifier: MIT
// UNIT: lib/boot_options.c lib/parse.c lib/string.c
/*
 * cmdline_test.c -- words of the command line.
 *
 * Idea. Tables of lines and answers, then random lines, in which each question is answered by a
 *   second reader that takes the line apart with strtok().
 */
#include "unit_test.h"

#include "core/cmdline.c"

static unsigned nr_logged;

void log_write(enum log_level level, const char *subsystem, const char *fmt, ...)
{
	nr_logged++;
}

/* The last value of @name in @text, or NULL; its @nr occurrences with a value; is it there? */
struct answer {
	const char *last;
	unsigned nr;
	bool has;
};

static struct answer ask(char *text, const char *name)
{
	struct answer answer = {NULL, 0, false};
	size_t len = strlen(name);

	for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
		if (strncmp(word, name, len) != 0)
			continue;
		if (word[len] == '=') {
			answer.last = word + len + 1;
			answer.nr++;
		}
		answer.has |= word[len] == '=' || !word[len];
	}
	return answer;
}

static void check(const char *text, const char *name)
{
	char copy[256], value[64];
	struct answer answer;

	strcpy(copy, text);
	answer = ask(copy, name);
	cmdline_init(text);
	assert_string_equal(cmdline_text(), text);
	assert_int_equal(cmdline_has(name), answer.has);
	assert_int_equal(cmdline_string(name, value, sizeof(value)), answer.nr > 0);
	if (answer.nr)
		assert_string_equal(value, answer.last);
	for (unsigned i = 0; i < answer.nr + 2; i++)
		assert_int_equal(cmdline_string_at(name, i, value, sizeof(value)), i < answer.nr);
	if (answer.nr)
		assert_true(cmdline_lists(name, answer.last));
	assert_false(cmdline_lists(name, "none of these"));
}

static void each_word_is_found(void **state)
{
	static const char *const words[] = {
		"tick",	    "tick=5", "tick=", "ticks=7", "nofast=clock", "nofast=fault",
		"epoch=12", "=",      "tic=1", "x",	  "  ",		  "tick=a=b"};
	static const char *const names[] = {"tick", "nofast", "epoch"};
	u64 random = 3;

	check("", "tick");
	for (unsigned i = 0; i < 20000; i++) {
		char text[256] = "";

		for (u64 n = unit_random(&random) % 8; n > 0; n--) {
			strcat(text, words[unit_random(&random) % ARRAY_SIZE(words)]);
			if (unit_random(&random) % 8)
				strcat(text, " ");
		}
		for (unsigned k = 0; k < ARRAY_SIZE(names); k++)
			check(text, names[k]);
	}
}

static void a_long_value_is_cut(void **state)
{
	char value[4];

	cmdline_init("tick=123456789 epoch=1");
	assert_true(cmdline_string("tick", value, sizeof(value)));
	assert_string_equal(value, "123");
}

static void numbers(void **state)
{
	static const struct {
		const char *line;
		u64 value;
		bool logged;
	} rows[] = {
		{"", 42, false},
		{"epoch", 42, false},
		{"epoch=7", 7, false},
		{"epoch=0x10", 16, false},
		{"epoch=7 epoch=8", 8, false},
		{"epoch=", 42, true},
		{"epoch=7x", 42, true},
		{"epoch=-1", 42, true},
		{"epoch=99999999999999999999", 42, true},
		{"epoch=18446744073709551615", ~0UL, false},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		nr_logged = 0;
		cmdline_init(rows[i].line);
		assert_int_equal(cmdline_u64("epoch", 42), rows[i].value);
		assert_int_equal(nr_logged, rows[i].logged);
	}
}

static void seeds(void **state)
{
	static const struct {
		const char *value;
		bool valid;
		u64 seed;
		u32 one_in;
	} rows[] = {
		{"5", true, 5, 100},  {"5,20", true, 5, 20},	     {"0x5,1", true, 5, 1},
		{"5,0", false, 0, 0}, {"5,", false, 0, 0},	     {",5", false, 0, 0},
		{"x", false, 0, 0},   {"5,4294967296", false, 0, 0},
	};
	char text[64];

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		u64 seed = 0;
		u32 one_in = 100;

		nr_logged = 0;
		snprintf(text, sizeof(text), "fail_alloc=%s", rows[i].value);
		cmdline_init(text);
		assert_int_equal(cmdline_seed("fail_alloc", &seed, &one_in), rows[i].valid);
		assert_int_equal(nr_logged, !rows[i].valid);
		if (rows[i].valid)
			assert_int_equal(seed, rows[i].seed);
		assert_int_equal(one_in, rows[i].valid ? rows[i].one_in : 100);
	}
}

static void what_is_no_option_is_logged(void **state)
{
	static const struct {
		const char *line;
		unsigned logged;
	} rows[] = {{"", 0},
		    {"  epoch=7  nofast=fault ", 0},
		    {"nonsense", 1},
		    {"epoc=7 epoch=7 epochs=7", 2},
		    {"=", 1},
		    {"nofast=nothing", 1},
		    {"a_word_that_is_longer_than_the_line_of_the_log_has_room_for_in_one_piece=1",
		     1}};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		nr_logged = 0;
		cmdline_init(rows[i].line);
		cmdline_check();
		assert_int_equal(nr_logged, rows[i].logged);
	}
}

UNIT_MAIN(cmocka_unit_test(each_word_is_found), cmocka_unit_test(a_long_value_is_cut),
	  cmocka_unit_test(numbers), cmocka_unit_test(seeds),
	  cmocka_unit_test(what_is_no_option_is_logged))
