// SPDX-License-Identifier: MIT
/* What may be a guest's disk. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/disk_image.h"
#include "base/say.h"
#include "base/unit.h"

static void assert_image(const char *text, const char *path, bool read_only)
{
	struct disk_image image;

	disk_image_parse(&image, text);
	assert_string_equal(image.path, path);
	assert_int_equal(image.read_only, read_only);
	free(image.path);
}

static void test_parse(void **state)
{
	(void)state;
	assert_image("a.img", "a.img", false);
	assert_image("a.img:ro", "a.img", true);
	assert_image("a.img:rw", "a.img", false);
	assert_image("a:ro:rw", "a:ro", false); /* a name that ends like that */
	assert_image("a.img:rO", "a.img:rO", false);
	assert_image(":ro", ":ro", false);
	assert_image("ro", "ro", false);
	assert_image("", "", false);
}

static void test_check(void **state)
{
	char path[] = "/tmp/disk-XXXXXX";
	char *read_only, *fifo;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(disk_image_check(path), -EINVAL); /* empty */
	assert_int_equal(ftruncate(fd, 511), 0);
	assert_int_equal(disk_image_check(path), -EINVAL);
	assert_int_equal(ftruncate(fd, 512), 0);
	assert_int_equal(disk_image_check(path), 0);
	read_only = must_format("%s:ro", path);
	assert_int_equal(disk_image_check(read_only), 0);
	unlink(path);
	assert_int_equal(disk_image_check(path), -EINVAL);
	fifo = must_format("%s:rw", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(disk_image_check(fifo), -EINVAL); /* and does not wait */
	assert_int_equal(disk_image_check(read_only), -EINVAL);
	unlink(path);
	assert_int_equal(disk_image_check("/tmp"), -EINVAL);
	assert_int_equal(disk_image_check("/dev/null"), -EINVAL);
	free(read_only);
	free(fifo);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
