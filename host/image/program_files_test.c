// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/cpio_write.h"
#include "image/program_files.h"
#include "base/say.h"
#include "base/unit.h"

static char folder[] = "/tmp/creance-collect-XXXXXX";
static struct file_map base;
static int base_fd, real_stderr;
static char key[100]; /* a private file that is no program */

static const char *in(const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void make_file(const char *name, unsigned mode, const char *text)
{
	int fd = open(in(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	fchmod(fd, mode);
	close(fd);
}

/* The base has the folders bin and usr/bin and the programs bin/sh and usr/bin/env. */
static int set_up(void **state)
{
	struct cpio_writer w;

	(void)state;
	assert_non_null(mkdtemp(folder));
	base_fd = memfd_create("base", 0);
	cpio_begin(&w, base_fd, 0);
	cpio_add_folder(&w, "bin", 0755);
	cpio_add_folder(&w, "usr", 0755);
	cpio_add_folder(&w, "usr/bin", 0755);
	cpio_add_file(&w, "bin/sh", 0755, "x", 1);
	cpio_add_file(&w, "usr/bin/env", 0755, "x", 1);
	assert_int_equal(cpio_end(&w), 0);
	base.len = w.offset;
	base.data = mmap(NULL, base.len, PROT_READ, MAP_SHARED, base_fd, 0);
	assert_ptr_not_equal(base.data, MAP_FAILED);
	snprintf(key, sizeof(key), "%s/key", folder);
	make_file("key", 0600, "secret\n");
	assert_int_equal(mkdir(in("project"), 0755), 0);
	real_stderr = dup(STDERR_FILENO);
	dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
	return 0;
}

static int tear_down(void **state)
{
	char command[100];

	(void)state;
	dup2(real_stderr, STDERR_FILENO);
	munmap((void *)(uintptr_t)base.data, base.len);
	snprintf(command, sizeof(command), "/bin/rm -rf %s", folder);
	return system(command);
}

/* Collect the script @text. Returns: the exit status; *@tree is to be ended by the caller. */
static int collect(struct file_tree *tree, const char *text)
{
	const struct guest_options options = {0};
	struct program p;

	make_file("script", 0755, text);
	assert_int_equal(program_find(&p, in("script"), &base), 0);
	file_tree_init(tree, &base);
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
	assert_non_null(file_tree_find(&tree, in("script")));
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
	const char *files[] = {folder, NULL};
	struct guest_options options = {0};
	char text[400], project[100];
	struct file_tree tree;

	(void)state;
	snprintf(text, sizeof(text), "#!%s\n", key);
	make_file("project/script", 0755, text);
	make_file("project/script-for-a-folder", 0755, "#!/etc\n");
	snprintf(text, sizeof(text),
		 "cd %s && echo 'int main(void) { return 0; }' >m.c && "
		 "cc -o project/keyed m.c -Wl,--dynamic-linker=%s",
		 folder, key);
	assert_int_equal(system(text), 0);
	snprintf(project, sizeof(project), "%s/project", folder);
	files[0] = project;
	options.files.items = files;
	options.files.nr = 1;
	file_tree_init(&tree, &base);
	assert_int_equal(program_files_collect(&tree, NULL, &options), 0);
	assert_non_null(file_tree_find(&tree, in("project/keyed")));
	assert_non_null(file_tree_find(&tree, in("project/script")));
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
