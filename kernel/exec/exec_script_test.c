// SPDX-License-Identifier: MIT
/* exec_script_test.c -- what the first line of a script says, for lines of all lengths. */
#include "unit_test.h"

#include "exec/exec_script.c"

#define HEAD 256
#define UNUSED "?"

static struct exec_arguments arguments;
static char pushed[4][HEAD + 1], opened[HEAD + 1], path[] = "./script";
static unsigned nr_pushed, nr_dropped;
static int push_error;

void exec_arguments_drop_first(struct exec_arguments *to)
{
	nr_dropped++;
}

int exec_arguments_push(struct exec_arguments *to, const char *string)
{
	if (push_error)
		return push_error;
	strcpy(pushed[nr_pushed++], string);
	to->prefix[0] = pushed[nr_pushed - 1];
	return 0;
}

int exec_open(struct exec_request *request, int at, const char *name, int flags)
{
	assert_null(request->file);
	strcpy(opened, name);
	return 0;
}

void file_free(struct file *file)
{
	fail_msg("the script has more holders");
}

/* exec_script() of the first @len bytes of @text, as they are read from the file. */
static int run(const char *text, size_t len, unsigned depth)
{
	static struct file file;
	struct exec_request request = {.arguments = &arguments, .path = path, .file = &file};

	refcount_init(&file.refs, 2);
	request.head_len = (u32)min(len, sizeof(request.head));
	memcpy(request.head, text, request.head_len);
	memset(pushed, 0, sizeof(pushed));
	memset(opened, 0, sizeof(opened));
	nr_pushed = nr_dropped = 0;
	return exec_script(&request, depth);
}

/* The interpreter is @name and, if it is not UNUSED, has @argument before the script's name. */
static void check(const char *text, size_t len, const char *name, const char *argument)
{
	unsigned n = 0;

	assert_int_equal(run(text, len, 0), 1);
	assert_int_equal(nr_dropped, 1);
	assert_string_equal(pushed[n++], path);
	if (strcmp(argument, UNUSED) != 0)
		assert_string_equal(pushed[n++], argument);
	assert_string_equal(pushed[n++], name);
	assert_int_equal(nr_pushed, n);
	assert_string_equal(opened, name);
}

static void a_line_names_interpreter_and_argument(void **state)
{
#define TEXT(text) text, sizeof(text) - 1
	static const struct {
		const char *text;
		size_t len;
		const char *name, *argument;
	} rows[] = {
		{TEXT("#!/bin/sh\n"), "/bin/sh", UNUSED},
		{TEXT("#!/bin/sh"), "/bin/sh", UNUSED}, /* the file ends there */
		{TEXT("#! \t/bin/sh \t\necho"), "/bin/sh", UNUSED},
		{TEXT("#!/bin/sh -x\necho"), "/bin/sh", "-x"},
		{TEXT("#!/bin/sh \t -x  -y\t \necho"), "/bin/sh", "-x  -y"},
		{TEXT("#!/bin/sh -x"), "/bin/sh", "-x"},
		{TEXT("#!/bin/sh -x\r\n"), "/bin/sh", "-x\r"},
		{TEXT("#!sh\n#!/bin/no\n"), "sh", UNUSED},
		{TEXT("#!/bin/sh\0 -x\n"), "/bin/sh", UNUSED}, /* a NUL ends the line */
		{TEXT("#!/bin/sh -x\0y\n"), "/bin/sh", "-x"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check(rows[i].text, rows[i].len, rows[i].name, rows[i].argument);
}

static void what_is_no_script_is_left_to_others(void **state)
{
	assert_int_equal(run(TEXT(""), 0), 0);
	assert_int_equal(run(TEXT("#"), 0), 0);
	assert_int_equal(run(TEXT("# !/bin/sh\n"), 0), 0);
	assert_int_equal(run(TEXT("\x7f"
				  "ELF"),
			     0),
			 0);
	assert_int_equal(nr_pushed + nr_dropped, 0);
	assert_int_equal(run(TEXT("#!"), 0), -EACCES);
	assert_int_equal(run(TEXT("#! \t"), 0), -EACCES);
	assert_int_equal(run(TEXT("#! \0/bin/sh\n"), 0), -EACCES);
	assert_int_equal(run(TEXT("#!\n/bin/sh\n"), 0), -ENOEXEC);
	assert_int_equal(run(TEXT("#! \t \n/bin/sh\n"), 0), -ENOEXEC);
	assert_int_equal(nr_pushed + nr_dropped, 0);
}

/* A name of every length, ended by a newline, an argument or the file's end, in a long file. */
static void a_name_that_is_cut_is_refused(void **state)
{
	static const char *const ends[] = {"\n", " argument\n", "\t\n", ""};
	char text[3 * HEAD], name[2 * HEAD];

	for (size_t len = 1; len < HEAD + 10; len++) {
		memset(name, '/', len);
		name[len] = '\0';
		for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
			int used = snprintf(text, sizeof(text), "#!%s%s", name, ends[i]);
			int result = run(text, (size_t)used, 0);

			/* The name ends among the first bytes, or with the file. */
			assert_int_equal(result, len + 2 < HEAD ? 1 : -ENOEXEC);
			if (result == 1)
				assert_string_equal(opened, name);
		}
	}
}

/* One argument of every length: it is cut as Linux cuts it. */
static void an_argument_that_is_cut_is_used(void **state)
{
	char text[4 * HEAD], argument[3 * HEAD];

	for (size_t len = 1; len < 2 * HEAD; len++) {
		memset(argument, 'a', len);
		argument[len] = '\0';
		snprintf(text, sizeof(text), "#!/bin/sh %s\n", argument);
		if (len > HEAD - 10 - 1)
			argument[HEAD - 10 - 1] = '\0';
		check(text, strlen(text), "/bin/sh", argument);
	}
}

static void scripts_of_scripts(void **state)
{
	/* The script's name is there already, in the place of its interpreter's argv[0]. */
	assert_int_equal(run(TEXT("#!/bin/sh -x\n"), 1), 1);
	assert_int_equal(nr_dropped, 0);
	assert_int_equal(nr_pushed, 2);
	assert_string_equal(pushed[0], "-x");
	assert_string_equal(opened, "/bin/sh");
	assert_int_equal(run(TEXT("#!/bin/sh\n"), SCRIPT_DEPTH_MAX - 1), 1);
	assert_int_equal(run(TEXT("#!/bin/sh\n"), SCRIPT_DEPTH_MAX), -ELOOP);
	assert_int_equal(run(TEXT("\x7f"
				  "ELF"),
			     SCRIPT_DEPTH_MAX),
			 0);
	push_error = -E2BIG;
	assert_int_equal(run(TEXT("#!/bin/sh\n"), 0), -E2BIG);
	push_error = 0;
	assert_string_equal(opened, "");
}

UNIT_MAIN(cmocka_unit_test(a_line_names_interpreter_and_argument),
	  cmocka_unit_test(what_is_no_script_is_left_to_others),
	  cmocka_unit_test(a_name_that_is_cut_is_refused),
	  cmocka_unit_test(an_argument_that_is_cut_is_used), cmocka_unit_test(scripts_of_scripts))
