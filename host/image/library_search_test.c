// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/elf_check.h"
#include "image/elf_dynamic.h"
#include "image/ld_cache.h"
#include "image/library_search.h"
#include "base/signals.h"
#include "base/unit.h"

/*
 * Programs made by the compiler: prog needs libone.so (by DT_RUNPATH $ORIGIN/libs), which needs
 * libtwo.so (by its own DT_RPATH $ORIGIN/deeper); orphan needs libtwo.so and says not where it is.
 */
static char folder[] = "/tmp/creance-libs-XXXXXX";
static const struct file_map no_base = {"", 0};
static int real_stderr;

static void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void shell(const char *format, ...)
{
	char command[1000];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	assert_int_equal(system(command), 0);
}

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	shell("mkdir -p libs/deeper && echo 'int two(void) { return 2; }' >two.c && "
	      "echo 'int two(void); int one(void) { return two() - 1; }' >one.c && "
	      "echo 'int one(void); int main(void) { return one(); }' >prog.c && "
	      "echo 'int two(void); int main(void) { return two(); }' >orphan.c");
	shell("cc -shared -fPIC -o libs/deeper/libtwo.so.2 two.c -Wl,-soname,libtwo.so && "
	      "ln -s libtwo.so.2 libs/deeper/libtwo.so");
	shell("cc -shared -fPIC -o libs/libone.so one.c -Llibs/deeper -ltwo "
	      "-Wl,--disable-new-dtags,-rpath,'$ORIGIN/deeper'");
	shell("cc -o prog prog.c -Llibs -lone -Wl,--enable-new-dtags,-rpath,'$ORIGIN/libs' "
	      "-Wl,-rpath-link,libs/deeper");
	shell("cc -o orphan orphan.c -Llibs/deeper -ltwo");
	real_stderr = dup(STDERR_FILENO);
	dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	dup2(real_stderr, STDERR_FILENO);
	shell("/bin/rm -rf %s", folder);
	return 0;
}

static const char *in(const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int add(struct file_tree *tree, const char *name, const char *library_path)
{
	struct library_search search;
	struct elf_verdict verdict;
	struct file_map file;

	assert_int_equal(file_map_open(&file, in(name)), 0);
	elf_check(file.data, file.len, &verdict);
	assert_int_equal(verdict.kind, ELF_DYNAMIC);
	file_map_close(&file);
	file_tree_init(tree, &no_base);
	library_search_init(&search, tree, library_path);
	int err = library_search_add(&search, in(name), verdict.detail, false);
	library_search_fini(&search);
	return err;
}

static void test_closure(void **state)
{
	struct file_tree tree;
	bool has_libc = false, has_linker = false;

	(void)state;
	assert_int_equal(add(&tree, "prog", NULL), 0);
	assert_non_null(file_tree_find(&tree, in("libs/libone.so")));
	/* Found by a path with "..", or by a link: the file is where it is. */
	assert_non_null(file_tree_find(&tree, in("libs/deeper/libtwo.so.2")));
	assert_string_equal(file_tree_find(&tree, in("libs/deeper/libtwo.so"))->target,
			    "libtwo.so.2");
	for (unsigned i = 0; i < tree.nr; i++) {
		has_libc |= strstr(tree.all[i]->guest, "/libc.so.6") != NULL;
		has_linker |= strstr(tree.all[i]->guest, "/ld-linux-x86-64.so.2") != NULL;
	}
	assert_true(has_libc);
	assert_true(has_linker);
	file_tree_fini(&tree);
}

static void test_library_path(void **state)
{
	struct file_tree tree;
	char list[300];

	(void)state;
	assert_int_equal(add(&tree, "orphan", NULL), -ENOENT);
	file_tree_fini(&tree);
	snprintf(list, sizeof(list), "/nowhere:%s/libs/deeper", folder);
	assert_int_equal(add(&tree, "orphan", list), 0);
	assert_non_null(file_tree_find(&tree, in("libs/deeper/libtwo.so.2")));
	file_tree_fini(&tree);
}

static void test_unfit_files_are_passed_over(void **state)
{
	struct file_tree tree;
	char list[300];

	(void)state;
	shell("mkdir -p unfit && echo no library >unfit/libtwo.so");
	snprintf(list, sizeof(list), "%s/unfit", folder);
	assert_int_equal(add(&tree, "orphan", list), -ENOENT);
	file_tree_fini(&tree);
	snprintf(list, sizeof(list), "%s/unfit:%s/libs/deeper", folder, folder);
	assert_int_equal(add(&tree, "orphan", list), 0);
	assert_null(file_tree_find(&tree, in("unfit/libtwo.so")));
	file_tree_fini(&tree);
}

/* A value is not searched for tokens again: this would not end. */
static void test_folder_called_as_a_token(void **state)
{
	struct file_tree tree;
	char list[8300];

	(void)state;
	shell("mkdir -p 'odd/$ORIGIN/x' && cp libs/deeper/libtwo.so.2 odd/libtwo.so");
	shell("cc -o 'odd/$ORIGIN/prog' orphan.c -Llibs/deeper -ltwo "
	      "-Wl,--disable-new-dtags,-rpath,'$ORIGIN/..'");
	assert_int_equal(add(&tree, "odd/$ORIGIN/prog", NULL), 0);
	assert_non_null(file_tree_find(&tree, in("odd/libtwo.so")));
	file_tree_fini(&tree);
	/* Longer than any path: passed over. */
	for (unsigned i = 0; i < 1024; i++)
		memcpy(list + 8 * i, "/$ORIGIN", 8);
	snprintf(list + 8192, sizeof(list) - 8192, ":%s/odd", folder);
	assert_int_equal(add(&tree, "orphan", list), 0);
	assert_non_null(file_tree_find(&tree, in("odd/libtwo.so")));
	file_tree_fini(&tree);
}

/* A FIFO of the library's name is passed over: it would be waited for. */
static void test_fifo(void **state)
{
	struct file_tree tree;
	char list[300];

	(void)state;
	shell("mkdir -p pipes && mkfifo pipes/libtwo.so");
	snprintf(list, sizeof(list), "%s/pipes:%s/libs/deeper", folder, folder);
	assert_int_equal(add(&tree, "orphan", list), 0);
	assert_null(file_tree_find(&tree, in("pipes/libtwo.so")));
	file_tree_fini(&tree);
}

static void test_dynamic_linker_that_is_no_program(void **state)
{
	struct file_tree tree;

	(void)state;
	shell("echo secret >key && chmod 0600 key && "
	      "echo 'int main(void) { return 0; }' >main.c");
	shell("cc -o keyed main.c -Wl,--dynamic-linker=%s", in("key"));
	assert_int_equal(add(&tree, "keyed", NULL), -EACCES);
	assert_null(file_tree_find(&tree, in("key")));
	file_tree_fini(&tree);
}

static void test_a_signal_ends_it(void **state)
{
	struct file_tree tree;

	(void)state;
	signal(SIGINT, SIG_DFL); /* a background job of a script ignores it */
	signals_install(false);
	raise(SIGINT);
	assert_int_equal(add(&tree, "prog", NULL), -EINTR);
	assert_int_equal(signals_ending(signals_take()), SIGINT);
	signals_reset();
	file_tree_fini(&tree);
}

/* However a library is cut off, the reader stays inside of it. */
static void test_cut_off(void **state)
{
	struct file_map file;
	struct elf_dynamic dynamic;

	(void)state;
	assert_int_equal(file_map_open(&file, in("libs/libone.so")), 0);
	assert_int_equal(elf_dynamic_read(&dynamic, &file), 0);
	assert_string_equal(dynamic.rpath, "$ORIGIN/deeper");
	assert_string_equal(dynamic.needed[0], "libtwo.so");
	elf_dynamic_free(&dynamic);
	for (size_t len = 0; len < file.len; len += len < 2000 ? 1 : 61) {
		struct file_map cut = {malloc(len ? len : 1), len};

		memcpy((void *)(uintptr_t)cut.data, file.data, len);
		if (elf_dynamic_read(&dynamic, &cut) == 0)
			elf_dynamic_free(&dynamic);
		free((void *)(uintptr_t)cut.data);
	}
	file_map_close(&file);
}

static int count(void *ctx, const char *path)
{
	unsigned *nr = ctx;

	assert_int_equal(*path, '/');
	++*nr;
	return 0;
}

static void test_cache(void **state)
{
	struct file_map file;
	unsigned nr = 0;

	(void)state;
	if (file_map_open(&file, LD_CACHE_PATH))
		skip();
	assert_int_equal(ld_cache_find(&file, "libc.so.6", count, &nr), 0);
	assert_true(nr >= 1);
	nr = 0;
	assert_int_equal(ld_cache_find(&file, "libc.so.", count, &nr), 0);
	assert_int_equal(nr, 0);
	for (size_t len = 0; len < file.len; len += len < 200 ? 1 : 997) {
		struct file_map cut = {malloc(len ? len : 1), len};

		memcpy((void *)(uintptr_t)cut.data, file.data, len);
		ld_cache_find(&cut, "libc.so.6", count, &nr);
		free((void *)(uintptr_t)cut.data);
	}
	file_map_close(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closure),
		cmocka_unit_test(test_library_path),
		cmocka_unit_test(test_unfit_files_are_passed_over),
		cmocka_unit_test(test_folder_called_as_a_token),
		cmocka_unit_test(test_fifo),
		cmocka_unit_test(test_dynamic_linker_that_is_no_program),
		cmocka_unit_test(test_a_signal_ends_it),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_cache),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
