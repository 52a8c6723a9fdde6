// SPDX-License-Identifier: MIT
#include "base/writable.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unit.h"

static char folder[] = "/tmp/creance-writable-XXXXXX";

static int enter_folder(void **state)
{
	(void)state;
	return !mkdtemp(folder) || chdir(folder);
}

static int remove_folder(void **state)
{
	(void)state;
	unlink("file");
	unlink("pipe");
	unlink("link");
	unlink("made/link");
	rmdir("made");
	return chdir("/") || rmdir(folder);
}

static void test_nothing_is_changed(void **state)
{
	struct stat st;
	int fd = open("file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	(void)state;
	assert_int_equal(write(fd, "kept", 4), 4);
	close(fd);
	assert_int_equal(writable_try("file"), 0);
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_size, 4);
	assert_int_equal(writable_try("new"), 0);
	assert_int_equal(writable_try("./new"), 0);
	assert_int_equal(access("new", F_OK), -1);
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_int_equal(writable_try("pipe"), 0); /* and does not wait for a reader */
	assert_int_equal(writable_try("/dev/null"), 0);
}

/* The file of a link is made where the last of the links points to. */
static void test_links(void **state)
{
	(void)state;
	assert_int_equal(symlink("none/x", "link"), 0);
	assert_int_equal(writable_try("link"), -ENOENT);
	assert_int_equal(mkdir("made", 0700), 0);
	assert_int_equal(symlink("../link", "made/link"), 0);
	assert_int_equal(writable_try("made/link"), -ENOENT);
	assert_int_equal(unlink("link"), 0);
	assert_int_equal(symlink("made/x", "link"), 0);
	assert_int_equal(writable_try("link"), 0);
	assert_int_equal(writable_try("made/link"), 0);
	assert_int_equal(access("made/x", F_OK), -1);
	assert_int_equal(unlink("link"), 0);
	assert_int_equal(symlink("/none/x", "link"), 0);
	assert_int_equal(writable_try("made/link"), -ENOENT);
	assert_int_equal(unlink("link"), 0);
	assert_int_equal(symlink("link", "link"), 0);
	assert_int_equal(writable_try("link"), -ELOOP);
}

static void test_overwrites(void **state)
{
	(void)state;
	close(open("file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_true(writable_overwrites("new", "new"));
	assert_true(writable_overwrites("file", "./file"));
	assert_false(writable_overwrites("new", "file"));
	assert_false(writable_overwrites("file", "new"));
	unlink("link");
	assert_int_equal(link("file", "link"), 0);
	assert_true(writable_overwrites("link", "file"));
	unlink("link");
	assert_int_equal(symlink("file", "link"), 0);
	assert_true(writable_overwrites("link", "file"));
	assert_false(writable_overwrites("/dev/null", "/dev/../dev/null")); /* keeps nothing */
}

static void test_refusals(void **state)
{
	(void)state;
	assert_int_equal(writable_try(""), -ENOENT);
	assert_int_equal(writable_try("."), -EISDIR);
	assert_int_equal(writable_try("/"), -EISDIR);
	assert_int_equal(writable_try("no/such"), -ENOENT);
	assert_int_equal(writable_try("new/"), -ENOENT);
	assert_int_equal(writable_try("file/new"), -ENOTDIR);
	if (geteuid() != 0) /* root may write anywhere */
		assert_int_equal(writable_try("/new"), -EACCES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_changed),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_overwrites),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, enter_folder, remove_folder);
}
