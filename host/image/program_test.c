// SPDX-License-Identifier: MIT
#include "image/fake_files.h"
#include "image/program.h"
#include "base/say.h"

static struct fake_files fake;

static int set_up(void **state)
{
	static const char *const folders[] = {"bin", NULL};
	static const char *const programs[] = {"bin/sh", "bin/only-there", NULL};

	(void)state;
	fake_files_begin(&fake, folders, programs);
	fake_file(&fake, "script", 0755, "#!/bin/sh\necho\n");
	fake_file(&fake, "script-of-the-host", 0755, "#!/usr/bin/perl\n");
	fake_file(&fake, "script-of-nobody", 0755, "#!/usr/bin/nothing-of-that-name\n");
	fake_file(&fake, "text", 0755, "hello\n");
	fake_file(&fake, "not-executable", 0644, "#!/bin/sh\n");
	setenv("PATH", fake.folder, 1);
	assert_int_equal(chdir(fake.folder), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return fake_files_end(&fake);
}

static int status_of(const char *name)
{
	struct program p;
	int status = program_find(&p, name, &fake.base);

	program_fini(&p);
	return status;
}

static void test_status(void **state)
{
	char path[200];

	(void)state;
	assert_int_equal(status_of("script"), 0);
	assert_int_equal(status_of("./script"), 0);
	assert_int_equal(status_of("script-of-the-host"), 0);
	assert_int_equal(status_of("script-of-nobody"), STATUS_NOT_EXECUTABLE);
	assert_int_equal(status_of("text"), STATUS_NOT_EXECUTABLE);
	assert_int_equal(status_of("./not-executable"), STATUS_NOT_EXECUTABLE);
	assert_int_equal(status_of("not-executable"), STATUS_NOT_FOUND); /* PATH passes over it */
	assert_int_equal(status_of("/tmp"), STATUS_NOT_EXECUTABLE);
	assert_int_equal(status_of("nothing-of-that-name"), STATUS_NOT_FOUND);
	assert_int_equal(status_of("/nowhere/prog"), STATUS_NOT_FOUND);
	assert_int_equal(status_of("./script/prog"), STATUS_NOT_FOUND);
	assert_int_equal(status_of(""), STATUS_NOT_FOUND);
	/* This test itself is dynamically linked. */
	assert_true(readlink("/proc/self/exe", path, sizeof(path)) > 0);
	assert_int_equal(status_of("/proc/self/exe"), 0);
}

static void test_guests_own(void **state)
{
	struct program p;

	(void)state;
	assert_int_equal(program_find(&p, "only-there", &fake.base), 0);
	assert_null(p.host_path);
	assert_string_equal(p.guest_path, "/bin/only-there");
	program_fini(&p);
	assert_int_equal(program_find(&p, "/bin/only-there", &fake.base), 0);
	assert_string_equal(p.guest_path, "/bin/only-there");
	program_fini(&p);
}

static void assert_guest_path(const char *host, const char *guest)
{
	char *path = program_guest_path(host);

	assert_string_equal(path, guest);
	free(path);
}

static void test_guest_path(void **state)
{
	char host[200], guest[200];

	(void)state;
	assert_guest_path("/bin/busybox", "/bin/busybox");
	assert_guest_path("//a/.//b/./c", "/a/b/c");
	assert_guest_path("/a/..b/.c", "/a/..b/.c");
	snprintf(host, sizeof(host), "%s/../%s/script", fake.folder, fake.folder + 5);
	snprintf(guest, sizeof(guest), "%s/script", fake.folder);
	assert_guest_path(host, guest);
	assert_guest_path("/dev/shm/prog", "/creance/program");
	assert_guest_path("/proc/self/fd/9", "/creance/program");
	assert_guest_path("/./init", "/creance/program");
	assert_guest_path("/device/prog", "/device/prog");
}

static void test_found_on_path(void **state)
{
	struct program p;
	char path[200];

	(void)state;
	snprintf(path, sizeof(path), "%s/script", fake.folder);
	assert_int_equal(program_find(&p, "script", &fake.base), 0);
	assert_string_equal(p.guest_path, path);
	assert_int_equal(p.permissions, 0755);
	assert_int_equal(p.file.len, 15);
	program_fini(&p);
	assert_int_equal(program_find(&p, "./script", &fake.base), 0);
	assert_string_equal(p.guest_path, path);
	program_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_guests_own),
		cmocka_unit_test(test_guest_path),
		cmocka_unit_test(test_found_on_path),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
