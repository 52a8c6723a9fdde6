// SPDX-License-Identifier: MIT
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "image/cpio_write.h"
#include "image/guest_user.h"
#include "base/unit.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "broken\n:\nbroken:x:\nbroken:x:12\nbroken:x:-3:4:\n"
			     "huge:x:99999999999:1::\n"
			     "user:x:1000:100:user:/home:/bin/sh\n"
			     "last:x:7:8";

static struct file_map base;

static int make_base(void **state)
{
	struct cpio_writer w;
	int fd = memfd_create("base", 0);

	(void)state;
	cpio_begin(&w, fd, 0);
	cpio_add_file(&w, "etc/passwd", 0644, passwd, sizeof(passwd) - 1);
	assert_int_equal(cpio_end(&w), 0);
	base.len = w.offset;
	base.data = mmap(NULL, base.len, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	return base.data == MAP_FAILED;
}

static void expect(const char *text, uint32_t uid, uint32_t gid)
{
	struct guest_user user;

	assert_int_equal(guest_user_parse(text, &base, &user), 0);
	assert_int_equal(user.uid, uid);
	assert_int_equal(user.gid, gid);
}

static void test_good(void **state)
{
	(void)state;
	expect("root", 0, 0);
	expect("user", 1000, 100);
	expect("last", 7, 8);
	expect("1000", 1000, 100);
	expect("1001", 1001, 1001);
	expect("0", 0, 0);
	expect("1000:5", 1000, 5);
	expect("4294967294:0", 4294967294u, 0);
}

static void test_bad(void **state)
{
	static const char *const texts[] = {"",	   "other", "broken", "huge", "1x",	    "1:",
					    "1:x", ":1",    "-1",     "1:2:", "4294967295", "1 "};
	struct guest_user user;

	(void)state;
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(guest_user_parse(texts[i], &base, &user), -EINVAL);
}

static void test_default(void **state)
{
	struct guest_user user = guest_user_default();

	(void)state;
	assert_int_not_equal(user.uid, 0);
	assert_int_not_equal(user.gid, 0);
	assert_string_equal(guest_user_folder(&user), "/tmp");
	if (getuid())
		assert_int_equal(user.uid, getuid());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_default),
	};

	return cmocka_run_group_tests(tests, make_base, NULL);
}
