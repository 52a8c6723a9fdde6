// SPDX-License-Identifier: MIT
#include "image/fake_files.h"
#include "image/program_files.h"
#include "base/say.h"

static struct fake_files fake;
static char key[100]; /* a private file that is no program */

/* The base has the folders bin and usr/bin and the programs bin/sh and usr/bin/env. */
static int set_up(void **state)
{
	static const char *const folders[] = {"bin", "usr", "usr/bin", NULL};
	static const char *const programs[] = {"bin/sh", "usr/bin/env", NULL};

	(void)state;
	fake_files_begin(&fake, folders, programs);
	snprintf(key, sizeof(key), "%s/key", fake.folder);
	fake_file(&fake, "key", 0600, "secret\n");
	assert_int_equal(mkdir(fake_path(&fake, "project"), 0755), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return fake_files_end(&fake);
}

/* Collect the script @text. Returns: the exit status; *@tree is to be ended by the caller. */
static int collect(struct file_tree *tree, const char *text)
{
	const struct guest_options options = {0};
	struct program p;

	fake_file(&fake, "script", 0755, text);
	assert_int_equal(program_find(&p, fake_path(&fake, "script"), &fake.base), 0);
	file_tree_init(tree, &fake.base);
	int status = program_files_collect(tree, &p, &options);
	program_fini(&p);
	return status;
}

static void assert_key_stays(const char *format, int expected)
{
	struct file_tree tree;
	char text[300];

	snprintf(text, sizeof(text), format, key);
	assert_int_equal(collect(&tree, text), expected);
	assert_null(file_tree_find(&tree, key));
	assert_non_null(file_tree_find(&tree, fake_path(&fake, "script")));
	file_tree_fini(&tree);
}

static void test_env_brings_only_programs(void **state)
{
	(void)state;
	/* The option's argument is not the program. */
	assert_key_stays("#!/usr/bin/env -S -u %s sh\n", 0);
	assert_key_stays("#!/usr/bin/env -S --unset %s sh\n", 0);
	assert_key_stays("#!/usr/bin/env -iC %s sh\n", 0);
	assert_key_stays("#!/usr/bin/env %s\n", STATUS_NOT_EXECUTABLE);
	assert_key_stays("#!/usr/bin/env ./../../..%s\n", 0);
}

static void test_the_guests_own_stay(void **state)
{
	struct file_tree tree;

	(void)state;
	assert_int_equal(collect(&tree, "#!/usr/bin/../bin/env sh\n"), 0);
	assert_null(file_tree_find(&tree, "/usr/bin/env"));
	file_tree_fini(&tree);
	assert_int_equal(collect(&tree, "#!/bin/./../bin//sh\n"), 0);
	assert_null(file_tree_find(&tree, "/bin/sh"));
	file_tree_fini(&tree);
}

/* A folder's files may name what they like; what is no program of ours stays. */
static void test_interpreters_in_a_folder(void **state)
{
	const char *files[] = {fake.folder, NULL};
	struct guest_options options = {0};
	char text[400], project[100];
	struct file_tree tree;

	(void)state;
	snprintf(text, sizeof(text), "#!%s\n", key);
	fake_file(&fake, "project/script", 0755, text);
	fake_file(&fake, "project/script-for-a-folder", 0755, "#!/etc\n");
	snprintf(text, sizeof(text),
		 "cd %s && echo 'int main(void) { return 0; }' >m.c && "
		 "cc -o project/keyed m.c -Wl,--dynamic-linker=%s",
		 fake.folder, key);
	assert_int_equal(system(text), 0);
	snprintf(project, sizeof(project), "%s/project", fake.folder);
	files[0] = project;
	options.files.items = files;
	options.files.nr = 1;
	file_tree_init(&tree, &fake.base);
	assert_int_equal(program_files_collect(&tree, NULL, &options), 0);
	assert_non_null(file_tree_find(&tree, fake_path(&fake, "project/keyed")));
	assert_non_null(file_tree_find(&tree, fake_path(&fake, "project/script")));
	assert_null(file_tree_find(&tree, key));
	file_tree_fini(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_env_brings_only_programs),
		cmocka_unit_test(test_the_guests_own_stay),
		cmocka_unit_test(test_interpreters_in_a_folder),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
