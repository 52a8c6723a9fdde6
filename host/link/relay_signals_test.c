// SPDX-License-Identifier: MIT
/* Signals to the command: for the program, or the guest's end (relay_stage.h). */
#include <signal.h>
#include <string.h>

#include "link/relay_stage.h"
#include "base/unit.h"

/* Says "up", and waits for its end; no signal may come. */
static void wait_without_signals(struct guest *g)
{
	g_write(g, HOSTLINK_STDOUT, "up", 2);
	while (g_take(g, g_scratch) != -2)
		if (g->signals)
			_exit(98);
}

static void play_starting(struct guest *g)
{
	g_hello(g);
	wait_without_signals(g);
}

static void play_ready(struct guest *g)
{
	g_hello(g);
	g_send(g, HOSTLINK_READY, HOSTLINK_CONTROL, NULL, 0);
	wait_without_signals(g);
}

/* Its init was ready, and after a reset it is not yet. */
static void play_restarting(struct guest *g)
{
	g_hello(g);
	g_send(g, HOSTLINK_READY, HOSTLINK_CONTROL, NULL, 0);
	memset(g->credit, 0, sizeof(g->credit));
	g_hello(g);
	wait_without_signals(g);
}

/* A SIGTERM to a relay whose guest has said "up" ends the guest, which does not hear of it. */
static void expect_the_end(void (*play)(struct guest *), bool passes_signals)
{
	struct stage s;
	char two[2];

	start(&s, play);
	s.setup.passes_signals = passes_signals;
	go(&s);
	assert_int_equal(read_all(s.out, two, 2), 2);
	kill(getpid(), SIGTERM);
	finish(&s);
	assert_int_equal(s.result.outcome, RELAY_SIGNALLED);
	assert_int_equal(s.result.value, SIGTERM);
	assert_false(s.result.insisted);
}

/* There is a program, and it is not to have our signals. */
static void test_signal_ends_it(void **state)
{
	(void)state;
	expect_the_end(play_ready, false);
}

/* There is no program yet. */
static void test_signal_before_the_program(void **state)
{
	(void)state;
	expect_the_end(play_starting, true);
}

static void test_signal_after_a_restart(void **state)
{
	(void)state;
	expect_the_end(play_restarting, true);
}

/* Says "s" for each signal, and goes on. */
static void play_deaf(struct guest *g)
{
	g->may_be_cut = true;
	g_hello(g);
	g_send(g, HOSTLINK_READY, HOSTLINK_CONTROL, NULL, 0);
	g_write(g, HOSTLINK_STDOUT, "up", 2);
	while (g_take(g, g_scratch) != -2)
		if (g->signals) {
			g->signals = 0;
			g_write(g, HOSTLINK_STDOUT, "s", 1);
		}
}

static void play_obedient(struct guest *g)
{
	g_hello(g);
	g_send(g, HOSTLINK_READY, HOSTLINK_CONTROL, NULL, 0);
	g_write(g, HOSTLINK_STDOUT, "up", 2);
	while (!g->signals)
		if (g_take(g, g_scratch) == -2)
			_exit(98);
	if (g->signals != 1u << SIGTERM)
		_exit(98);
	g_exit(g, SIGTERM);
}

static void test_signal_is_passed(void **state)
{
	struct stage s;
	char two[2];

	(void)state;
	start(&s, play_obedient);
	s.setup.passes_signals = true;
	go(&s);
	assert_int_equal(read_all(s.out, two, 2), 2);
	kill(getpid(), SIGTERM);
	finish(&s);
	assert_int_equal(s.result.outcome, RELAY_EXITED);
	assert_int_equal(s.result.value, SIGTERM);
}

/* Once is the program's, in short order many times is the guest's end. */
static void test_signals_end_it(void **state)
{
	struct stage s;
	char three[3];

	(void)state;
	start(&s, play_deaf);
	s.setup.passes_signals = true;
	go(&s);
	assert_int_equal(read_all(s.out, three, 2), 2);
	kill(getpid(), SIGINT);
	assert_int_equal(read_all(s.out, three, 1), 1);
	while (__atomic_load_n(&s.end->link_fd, __ATOMIC_RELAXED) >= 0) {
		kill(getpid(), SIGINT);
		usleep(5000);
	}
	finish(&s);
	assert_int_equal(s.result.outcome, RELAY_SIGNALLED);
	assert_int_equal(s.result.value, SIGINT);
	assert_true(s.result.insisted);
}

static void play_blocked_end(struct guest *g)
{
	static uint8_t zeros[HOSTLINK_CREDIT_WINDOW];

	g_hello(g);
	g_write(g, HOSTLINK_STDOUT, zeros, g->credit[HOSTLINK_STDOUT]);
	g_exit(g, 3 << 8);
}

/* Until the relay has read all that the guest said, and its end; it looks at signals only then. */
static void wait_for_the_last_word(const struct stage *s)
{
	while (__atomic_load_n(&s->end->link_fd, __ATOMIC_RELAXED) >= 0)
		usleep(5000);
}

/*
 * The program has ended and its output is not read: a signal still ends the relay, with its
 * status.
 */
static void test_signal_while_flushing(void **state)
{
	struct stage s;

	(void)state;
	start(&s, play_blocked_end);
	fcntl(s.out, F_SETPIPE_SZ, 4096);
	go(&s);
	wait_for_the_last_word(&s);
	kill(getpid(), SIGINT);
	finish(&s);
	assert_int_equal(s.result.outcome, RELAY_EXITED);
	assert_int_equal(s.result.value, 3 << 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signal_ends_it),
		cmocka_unit_test(test_signal_before_the_program),
		cmocka_unit_test(test_signal_after_a_restart),
		cmocka_unit_test(test_signal_is_passed),
		cmocka_unit_test(test_signals_end_it),
		cmocka_unit_test(test_signal_while_flushing),
	};

	alarm(50);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
