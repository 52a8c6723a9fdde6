// SPDX-License-Identifier: MIT
#include "link/watchdog.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/unit.h"

/* The time that a guest has had is made by hand; the monitor is a socket that the test reads. */
static struct watchdog w;
static int monitor;

static void setup_watchdog(void)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	monitor = ends[0];
	watchdog_start(&w, 5, getpid(), ends[1]);
}

static void end_watchdog(void)
{
	close(monitor);
	close(w.monitor_fd);
}

static void after(double seconds)
{
	w.stall.spent_ns += (int64_t)(seconds * 1e9);
	watchdog_check(&w);
}

/* Has the emulator received this and nothing else since the last call? "" is nothing. */
static void assert_told(const char *command)
{
	char text[256];
	ssize_t n = read(monitor, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	if (*command)
		assert_non_null(strstr(text, command));
	else
		assert_string_equal(text, "");
}

static void beat(unsigned interrupts, unsigned threads)
{
	watchdog_beat(&w, &(struct hostlink_alive){interrupts, threads});
}

static void test_a_guest_that_beats(void **state)
{
	(void)state;
	setup_watchdog();
	assert_told("qmp_capabilities");
	after(10);
	assert_told(""); /* it may take longer to come up */
	watchdog_greeted(&w);
	for (unsigned i = 1; i < 10; i++) {
		beat(i, i);
		after(4);
	}
	assert_told("");
	assert_int_equal(w.restarts, 0);
	end_watchdog();
}

static void test_a_guest_that_is_held(void **state)
{
	(void)state;
	setup_watchdog();
	watchdog_greeted(&w);
	assert_told("qmp_capabilities");
	beat(1, 1);
	for (unsigned i = 2; i < 6; i++) {
		beat(i, 1);
		after(1.2);
	}
	assert_false(w.phase == WATCHDOG_NMI_SENT);
	beat(6, 1);
	after(1.2);
	assert_told("inject-nmi");
	assert_true(w.program_held);
	assert_int_equal(w.restarts, 1);
	/* it panics and restarts */
	watchdog_greeted(&w);
	assert_int_equal(w.phase, WATCHDOG_WATCHES);
	beat(1, 1);
	after(4);
	assert_told("");
	end_watchdog();
}

/* An interrupt that came after the thread's last beat is no sign that the next one does. */
static void test_a_guest_that_masks_interrupts(void **state)
{
	(void)state;
	setup_watchdog();
	watchdog_greeted(&w);
	assert_told("qmp_capabilities");
	beat(1, 1);
	beat(2, 1);
	after(0.2);
	beat(3, 1);
	after(5);
	assert_told("inject-nmi");
	assert_false(w.program_held);
	end_watchdog();
}

static void test_a_guest_that_is_dead(void **state)
{
	(void)state;
	setup_watchdog();
	watchdog_greeted(&w);
	assert_told("qmp_capabilities");
	after(5.5);
	assert_told("inject-nmi");
	after(0.5);
	assert_told("");
	after(0.6);
	assert_told("system_reset");
	assert_int_equal(w.restarts, 1);
	after(10);
	assert_told("");
	after(15);
	assert_told("system_reset"); /* once more: it did not come up */
	end_watchdog();
}

/* A busy host, or one that slept, is not held against the guest. */
static void test_stall_clock(void **state)
{
	struct stall_clock p;

	(void)state;
	stall_clock_start(&p, getpid());
	p.looked_ns -= 3600ll * 1000000000;
	assert_in_range(stall_clock_spent_ns(&p), 0, 250000000);
	stall_clock_renew(&p);
	p.looked_ns -= 200000000;
	p.waited_ns = stall_clock_waited_ns(getpid()) - 150000000;
	assert_in_range(stall_clock_spent_ns(&p), 0, 100000000);
	assert_int_equal(stall_clock_waited_ns(-1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_guest_that_beats),
		cmocka_unit_test(test_a_guest_that_is_held),
		cmocka_unit_test(test_a_guest_that_masks_interrupts),
		cmocka_unit_test(test_a_guest_that_is_dead),
		cmocka_unit_test(test_stall_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
