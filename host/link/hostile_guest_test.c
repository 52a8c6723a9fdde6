// SPDX-License-Identifier: MIT
/*
 * The relay against guests that mean harm: whatever they send, or do not read, the run ends with a
 * verdict and without more memory.
 */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "link/fake_guest.h"
#include "base/monotonic.h"
#include "link/relay.h"
#include "base/signals.h"
#include "base/unit.h"

enum { MEMORY_MORE_KIB = 16384, FLOOD = 400000 };

static struct relay_result run(void (*play)(struct guest *))
{
	static struct link_end end;
	int link[2], status, null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct relay_result result;
	pid_t pid;

	signals_install(false);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, link), 0);
	pid = fork();
	if (pid == 0) {
		struct guest g = {.fd = link[1], .may_be_cut = true};

		signals_reset();
		close(link[0]);
		alarm(30);
		play(&g);
		_exit(0);
	}
	close(link[1]);
	struct relay_setup setup = {.end = &end,
				    .in_fd = null_fd,
				    .out_fd = null_fd,
				    .err_fd = null_fd,
				    .started_ns = monotonic_ns()};
	link_end_init(&end);
	end.link_fd = link[0];
	relay_run(&setup, &result);
	link_end_close(&end);
	close(null_fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return result;
}

/* It sends as if all credit were there, and never reads what it is granted. */
static void play_never_reads(struct guest *g)
{
	static uint8_t bytes[4096];

	g_send_u32(g, HOSTLINK_HELLO, HOSTLINK_CONTROL, HOSTLINK_VERSION);
	for (unsigned i = 0; i < FLOOD; i++)
		g_send(g, HOSTLINK_DATA, HOSTLINK_STDOUT, bytes, sizeof(bytes));
}

static void play_greets_for_ever(struct guest *g)
{
	for (unsigned i = 0; i < FLOOD; i++)
		g_send_u32(g, HOSTLINK_HELLO, HOSTLINK_CONTROL, HOSTLINK_VERSION);
}

static void play_empty_frames(struct guest *g)
{
	g_hello(g);
	for (unsigned i = 0; i < FLOOD; i++)
		g_send(g, HOSTLINK_DATA, HOSTLINK_STDERR, NULL, 0);
	g_exit(g, 3 << 8);
}

static void play_credit(struct guest *g)
{
	g_hello(g);
	g_send_u32(g, HOSTLINK_CREDIT, HOSTLINK_STDIN, UINT32_MAX - 5);
	g_send_u32(g, HOSTLINK_CREDIT, HOSTLINK_STDIN, 100);
	while (g_take(g, g_scratch) != -2)
		;
}

static void play_half_a_frame(struct guest *g)
{
	g_hello(g);
	g_send_all(g, (const uint8_t[]){HOSTLINK_DATA, HOSTLINK_STDOUT, 0, 0, 100, 0, 0, 0, 'x'},
		   9);
}

static void play_noise(struct guest *g)
{
	uint32_t x = 1;

	g_hello(g);
	for (unsigned i = 0; i < FLOOD; i++) {
		x = x * 1664525 + 1013904223;
		g_send_all(g, &x, sizeof(x));
	}
}

static void play_forged_name(struct guest *g)
{
	struct hostlink_out_of_memory o = {.victims = 1, .last_pid = 2};

	memset(o.last_name, 'x', sizeof(o.last_name)); /* without an end */
	g_hello(g);
	g_send(g, HOSTLINK_OUT_OF_MEMORY, HOSTLINK_CONTROL, &o, sizeof(o));
	g_exit(g, 9);
}

static void play_shortage(struct guest *g)
{
	struct hostlink_shortage s = {.disk = 3, .threads = 1};

	g_hello(g);
	g_send(g, HOSTLINK_SHORTAGE, HOSTLINK_CONTROL, &s, sizeof(s));
	g_exit(g, 9);
}

static void test_shortage(void **state)
{
	struct relay_result result = run(play_shortage);

	(void)state;
	assert_int_equal(result.outcome, RELAY_EXITED);
	assert_int_equal(result.shortage.disk, 3);
	assert_int_equal(result.shortage.threads, 1);
}

static void test_floods(void **state)
{
	struct rusage before, after;

	(void)state;
	getrusage(RUSAGE_SELF, &before);
	/* Cut off, or gone by itself: what it could not read stays in a buffer of fixed size. */
	assert_int_not_equal(run(play_never_reads).outcome, RELAY_EXITED);
	assert_int_not_equal(run(play_greets_for_ever).outcome, RELAY_EXITED);
	getrusage(RUSAGE_SELF, &after);
	assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, MEMORY_MORE_KIB);
	assert_int_equal(run(play_empty_frames).value, 3 << 8);
}

static void test_nonsense(void **state)
{
	(void)state;
	assert_int_equal(run(play_credit).outcome, RELAY_PROTOCOL);
	assert_int_equal(run(play_half_a_frame).outcome, RELAY_DIED);
	assert_int_equal(run(play_noise).outcome, RELAY_PROTOCOL);
}

static void test_name_without_end(void **state)
{
	struct relay_result result = run(play_forged_name);

	(void)state;
	assert_int_equal(result.outcome, RELAY_EXITED);
	assert_int_equal(result.out_of_memory.victims, 1);
	assert_int_equal(strlen(result.out_of_memory.last_name), 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_name_without_end),
		cmocka_unit_test(test_shortage),
	};

	alarm(100);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
