// SPDX-License-Identifier: MIT
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/cpio_write.h"
#include "guest/guest_files.h"
#include "base/unit.h"

static const char *const argv[] = {"prog", "", "two words", NULL};
static const char *const envp[] = {"A=1", NULL};

static void test_overlay(void **state)
{
	static char body[10000];
	struct cpio_writer w;
	int base_fd = memfd_create("base", 0), fd;
	uint64_t len;

	(void)state;
	memset(body, 'p', sizeof(body));
	cpio_begin(&w, base_fd, 0);
	cpio_add_folder(&w, "usr", 0755);
	cpio_add_file(&w, "init", 0755, "i", 1);
	assert_int_equal(cpio_end(&w), 0);
	struct file_map base = {mmap(NULL, w.offset, PROT_READ, MAP_SHARED, base_fd, 0), w.offset};
	char source[] = "/tmp/creance-files-XXXXXX";
	int source_fd = mkstemp(source);
	assert_int_equal(write(source_fd, body, sizeof(body)), sizeof(body));
	assert_int_equal(fchmod(source_fd, 0711), 0);
	struct file_tree tree;
	file_tree_init(&tree, &base);
	assert_int_equal(file_tree_add_as(&tree, source, "/usr/x/prog", NULL), 0);
	struct guest_user user = {1000, 100};
	struct guest_files files = {&base, &tree,   "run", "/usr/x/prog", argv, envp,
				    &user, "typed", 5,	   false};
	assert_int_equal(guest_files_build(&files, &fd, &len), 0);
	assert_int_equal(len % CPIO_ALIGN, 0);
	struct stat st;
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, len);
	char *map = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
	struct cpio_found f = cpio_find(map, len, "usr/x/prog");
	assert_int_equal(f.mode, S_IFREG | 0500); /* others cannot read it here */
	assert_int_equal(((const char *)f.data - map) % CPIO_ALIGN, 0);
	assert_memory_equal(f.data, body, sizeof(body));
	assert_int_equal(cpio_find(map, len, "usr/x").mode, S_IFDIR | 0755);
	assert_int_equal(cpio_find(map, len, "init").len, 1);
	f = cpio_find(map, len, "creance/argv");
	assert_int_equal(f.len, 16);
	assert_memory_equal(f.data, "prog\0\0two words", 16);
	assert_int_equal(f.mode, S_IFREG | 0600);
	assert_int_equal(cpio_find(map, len, "creance/envp").mode, S_IFREG | 0600);
	f = cpio_find(map, len, "creance/stdin");
	assert_int_equal(f.len, 5);
	assert_memory_equal(f.data, "typed", 5);
	assert_int_equal(f.mode, S_IFREG | 0600);
	f = cpio_find(map, len, "creance/mode");
	assert_memory_equal(f.data, "run", 4);
	f = cpio_find(map, len, "creance/path");
	assert_memory_equal(f.data, "/usr/x/prog", 12);
	munmap(map, len);
	munmap((void *)(uintptr_t)base.data, base.len);
	close(fd);
	close(base_fd);
	close(source_fd);
	unlink(source);
	file_tree_fini(&tree);
}

static void test_environment(void **state)
{
	static const char *const defaults[] = {"PATH=/bin", "TERM=x", NULL};
	static const char *const given[] = {"TERM=y=z",	   "NEW=1", "FROM_HOST",
					    "NOT_ON_HOST", "TER=0", NULL};

	(void)state;
	setenv("FROM_HOST", "h", 1);
	unsetenv("NOT_ON_HOST");
	const char **list = guest_environment(defaults, given);
	assert_string_equal(list[0], "PATH=/bin");
	assert_string_equal(list[1], "TERM=y=z");
	assert_string_equal(list[2], "NEW=1");
	assert_string_equal(list[3], "FROM_HOST=h");
	assert_string_equal(list[4], "TER=0");
	assert_null(list[5]);
	free((char *)(uintptr_t)list[3]);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overlay),
		cmocka_unit_test(test_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
