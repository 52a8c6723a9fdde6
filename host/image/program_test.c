// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/cpio_write.h"
#include "image/program.h"
#include "base/say.h"
#include "base/unit.h"

static char folder[] = "/tmp/creance-program-XXXXXX";
static struct file_map base;
static int base_fd, real_stderr;

static void make_file(const char *name, const char *text, unsigned mode)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	fchmod(fd, mode);
	close(fd);
}

static int set_up(void **state)
{
	struct cpio_writer w;

	(void)state;
	assert_non_null(mkdtemp(folder));
	base_fd = memfd_create("base", 0);
	cpio_begin(&w, base_fd, 0);
	cpio_add_folder(&w, "bin", 0755);
	cpio_add_file(&w, "bin/sh", 0755, "x", 1);
	cpio_add_file(&w, "bin/only-there", 0755, "x", 1);
	assert_int_equal(cpio_end(&w), 0);
	base.len = w.offset;
	base.data = mmap(NULL, base.len, PROT_READ, MAP_SHARED, base_fd, 0);
	assert_ptr_not_equal(base.data, MAP_FAILED);
	make_file("script", "#!/bin/sh\necho\n", 0755);
	make_file("script-of-the-host", "#!/usr/bin/perl\n", 0755);
	make_file("script-of-nobody", "#!/usr/bin/nothing-of-that-name\n", 0755);
	make_file("text", "hello\n", 0755);
	make_file("not-executable", "#!/bin/sh\n", 0644);
	setenv("PATH", folder, 1);
	assert_int_equal(chdir(folder), 0);
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

static int status_of(const char *name)
{
	struct program p;
	int status = program_find(&p, name, &base);

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
	assert_int_equal(program_find(&p, "only-there", &base), 0);
	assert_null(p.host_path);
	assert_string_equal(p.guest_path, "/bin/only-there");
	program_fini(&p);
	assert_int_equal(program_find(&p, "/bin/only-there", &base), 0);
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
	snprintf(host, sizeof(host), "%s/../%s/script", folder, folder + 5);
	snprintf(guest, sizeof(guest), "%s/script", folder);
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
	snprintf(path, sizeof(path), "%s/script", folder);
	assert_int_equal(program_find(&p, "script", &base), 0);
	assert_string_equal(p.guest_path, path);
	assert_int_equal(p.permissions, 0755);
	assert_int_equal(p.file.len, 15);
	program_fini(&p);
	assert_int_equal(program_find(&p, "./script", &base), 0);
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
