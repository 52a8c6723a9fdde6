// SPDX-License-Identifier: MIT
/* A guest's start and end, with a script in the emulator's place. */
#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unit.h"
#include "guest/guest.h"

static const struct guest_options options = {
	.cpus = 1, .memory_bytes = 64 << 20, .cpu_model = "max", .accel = ACCEL_TCG};
static const struct qemu_setup setup = {
	.options = &options, .kernel = "k", .kernel_options = "x", .initrd = "/dev/null"};

static char script[] = "/tmp/creance-guest-XXXXXX";

static void use_script(const char *body)
{
	FILE *f = fopen(script, "w");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\ncase \"$*\" in *-version*) exit 1;; esac\n%s\n", body);
	fclose(f);
	chmod(script, 0755);
}

static unsigned count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned nr = 0;

	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}

static void on_log(void *ctx, const char *bytes, size_t len)
{
	strncat(ctx, bytes, len);
}

/* Take what comes until the serial port and the emulator's messages end. */
static void hear_all(struct guest *g, char *log)
{
	static const struct link_end_events events = {.log = on_log};
	struct pollfd polled[LINK_END_POLLED];

	g->end.events = &events;
	g->end.ctx = log;
	while (g->end.serial_fd >= 0 || g->end.errors_fd >= 0 || g->end.log_fd >= 0) {
		link_end_poll(&g->end, polled);
		assert_true(poll(polled, LINK_END_POLLED, 10000) > 0);
		if (link_end_take(&g->end, polled))
			assert_int_equal(g->end.link_fd, -1);
	}
}

static void test_refused(void **state)
{
	static struct guest g;
	unsigned descriptors = count_descriptors();
	int status;

	(void)state;
	use_script("echo serial; echo trouble >&2; exit 3");
	assert_int_equal(guest_start(&g, &setup, GUEST_HAS_LINK | GUEST_HAS_MONITOR), 0);
	assert_true(g.end.link_fd >= 0 && g.monitor_fd > 0 && g.end.log_fd < 0);
	hear_all(&g, NULL);
	status = guest_stop(&g);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	assert_true(guest_was_refused(&g, status));
	assert_memory_equal(g.end.report.guest.text, "serial\n", 7);
	assert_memory_equal(g.end.report.emulator.text, "trouble\n", 8);
	assert_int_equal(guest_stop(&g), 0); /* nothing is left to stop */
	assert_int_equal(count_descriptors(), descriptors);
}

static void test_log(void **state)
{
	static struct guest g;
	char log[100] = "";
	int status;

	(void)state;
	use_script("while [ $# -gt 1 ]; do [ $1 = -D ] && echo steps >$2; shift; done; exit 0");
	assert_int_equal(guest_start(&g, &setup, GUEST_HAS_LOG), 0);
	hear_all(&g, log);
	status = guest_stop(&g);
	assert_string_equal(log, "steps\n");
	assert_false(guest_was_refused(&g, status)); /* it ran, and ended */
}

static void test_stop_ends_it(void **state)
{
	static struct guest g;
	int status;

	(void)state;
	use_script("exec sleep 1000");
	assert_int_equal(guest_start(&g, &setup, 0), 0);
	status = guest_stop(&g);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_false(guest_was_refused(&g, status));
}

static void test_no_emulator(void **state)
{
	static struct guest g;
	unsigned descriptors = count_descriptors();

	(void)state;
	unlink(script);
	assert_int_not_equal(guest_start(&g, &setup, GUEST_HAS_LINK | GUEST_HAS_LOG), 0);
	assert_int_equal(count_descriptors(), descriptors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_stop_ends_it),
		cmocka_unit_test(test_no_emulator),
	};

	close(mkstemp(script));
	setenv("CREANCE_QEMU", script, 1);
	alarm(50);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
