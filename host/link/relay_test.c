// SPDX-License-Identifier: MIT
/*
 * The relay between the guest's channels and our streams (relay_stage.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link/fake_guest.h"
#include "link/link_codec.h"
#include "link/relay.h"
#include "link/relay_stage.h"
#include "base/unit.h"

/* A guest that asks for nothing: more than a window's worth, and not a byte comes back. */
static void play_oneway(struct guest *g)
{
	static uint8_t bytes[16384];
	uint8_t four[4];

	link_put_u32(four, HOSTLINK_VERSION);
	g_send(g, HOSTLINK_HELLO, HOSTLINK_CONTROL, four, 4);
	for (unsigned i = 0; i < 32; i++) {
		memset(bytes, 'a' + (int)i % 26, sizeof(bytes));
		g_send(g, HOSTLINK_DATA, HOSTLINK_STDOUT, bytes, sizeof(bytes));
		g_send(g, HOSTLINK_DATA, HOSTLINK_CONSOLE, "log\n", 4);
	}
	g_send_u32(g, HOSTLINK_EXIT, HOSTLINK_CONTROL, 0);
	if (recv(g->fd, four, 1, 0) > 0)
		_exit(99);
}

static void test_oneway(void **state)
{
	static char out[32 * 16384 + 1];
	struct stage s;

	(void)state;
	start(&s, play_oneway);
	s.setup.listens_only = true;
	assert_int_equal(write(s.in, "typed", 5), 5);
	go(&s);
	assert_int_equal(read_all(s.out, out, sizeof(out)), sizeof(out) - 1);
	for (unsigned i = 0; i < sizeof(out) - 1; i++)
		assert_int_equal(out[i], 'a' + (int)(i / 16384) % 26);
	finish(&s);
	assert_int_equal(s.result.outcome, RELAY_EXITED);
	assert_int_equal(s.log_len, 32 * 4);
}

static void play_streams(struct guest *g)
{
	g_hello(g);
	g_send(g, HOSTLINK_READY, HOSTLINK_CONTROL, NULL, 0);
	g_write(g, HOSTLINK_STDOUT, "out\n", 4);
	g_write(g, HOSTLINK_STDERR, "err\n", 4);
	g_write(g, HOSTLINK_CONSOLE, "for the log\n", 12);
	g_exit(g, 7 << 8);
}

static void test_streams_apart(void **state)
{
	struct stage s;
	char text[100];

	(void)state;
	start(&s, play_streams);
	go(&s);
	assert_int_equal(read_all(s.out, text, sizeof(text)), 4);
	assert_memory_equal(text, "out\n", 4);
	assert_int_equal(read_all(s.err, text, sizeof(text)), 4);
	assert_memory_equal(text, "err\n", 4);
	finish(&s);
	assert_int_equal(s.result.outcome, RELAY_EXITED);
	assert_int_equal(s.result.value, 7 << 8);
	assert_true(s.result.hello && s.result.ready);
	assert_int_equal(s.log_len, 12);
}

enum { BIG = 10 << 20 };

static uint8_t big_byte(size_t i)
{
	return (uint8_t)(i * 2654435761u >> 13);
}

/* cat: what comes from the host goes back, under credit both ways. */
static void play_cat(struct guest *g)
{
	static uint8_t data[2 * HOSTLINK_PAYLOAD_MAX];
	size_t have = 0;

	g_hello(g);
	g_send_u32(g, HOSTLINK_CREDIT, HOSTLINK_STDIN, HOSTLINK_CREDIT_WINDOW);
	while (!g->eof || have > 0) {
		uint32_t credit = g->credit[HOSTLINK_STDOUT];
		size_t part = have < credit ? have : credit;

		if (part == 0) {
			int n = g_take(g, data + have);

			if (n == -2)
				_exit(96);
			have += n > 0 ? (size_t)n : 0;
			if (have > HOSTLINK_CREDIT_WINDOW)
				_exit(98); /* the host sent what it had no credit for */
			continue;
		}
		g_write(g, HOSTLINK_STDOUT, data, part);
		memmove(data, data + part, have - part);
		have -= part;
		g_send_u32(g, HOSTLINK_CREDIT, HOSTLINK_STDIN, (uint32_t)part);
	}
	g_exit(g, 0);
}

static void *feed_big(void *arg)
{
	int fd = *(int *)arg;
	static uint8_t chunk[70001];

	for (size_t at = 0; at < BIG;) {
		size_t len = BIG - at < sizeof(chunk) ? BIG - at : sizeof(chunk);

		for (size_t i = 0; i < len; i++)
			chunk[i] = big_byte(at + i);
		if (write(fd, chunk, len) != (ssize_t)len)
			break;
		at += len;
	}
	close(fd);
	return NULL;
}

/* Ten megabytes of any bytes there and back; the guest counts our spending of its credit. */
static void test_binary_both_ways(void **state)
{
	struct stage s;
	pthread_t feeder;
	static uint8_t chunk[65536];
	size_t at = 0;
	ssize_t n;

	(void)state;
	start(&s, play_cat);
	int in = s.in;
	s.in = -1;
	go(&s);
	pthread_create(&feeder, NULL, feed_big, &in);
	while ((n = read_some(s.out, chunk, sizeof(chunk))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (chunk[i] != big_byte(at + (size_t)i))
				fail_msg("byte %zu differs", at + (size_t)i);
		at += (size_t)n;
	}
	assert_int_equal(at, BIG);
	pthread_join(feeder, NULL);
	finish(&s);
	assert_int_equal(s.result.outcome, RELAY_EXITED);
}

static void play_blocked_stdout(struct guest *g)
{
	static uint8_t zeros[HOSTLINK_CREDIT_WINDOW];

	g_hello(g);
	/* All that is granted for standard output, which is not read. */
	g_write(g, HOSTLINK_STDOUT, zeros, g->credit[HOSTLINK_STDOUT]);
	for (int i = 0; i < 100; i++)
		g_write(g, HOSTLINK_STDERR, "alive and well\n", 15);
	g_exit(g, 0);
}

static void test_blocked_stdout_leaves_stderr_alive(void **state)
{
	struct stage s;
	static char text[200000];
	size_t len = 0;
	ssize_t n;

	(void)state;
	start(&s, play_blocked_stdout);
	fcntl(s.out, F_SETPIPE_SZ, 4096);
	go(&s);
	while (len < 1500 && (n = read_some(s.err, text + len, 1500 - len)) > 0)
		len += (size_t)n;
	assert_int_equal(len, 1500);
	assert_int_equal(read_all(s.out, text, sizeof(text)),
			 HOSTLINK_CREDIT_WINDOW); /* and nothing is lost */
	finish(&s);
	assert_int_equal(s.result.outcome, RELAY_EXITED);
}

static void play_until(struct guest *g, uint32_t error)
{
	g_hello(g);
	while (g_write(g, HOSTLINK_STDOUT, "y\ny\ny\ny\n", 8))
		;
	if (g->hangup_error != error)
		_exit(98);
	g_exit(g, SIGPIPE);
}

static void play_yes(struct guest *g)
{
	play_until(g, EPIPE);
}

static void play_yes_to_full(struct guest *g)
{
	play_until(g, ENOSPC);
}

static void test_reader_goes_away(void **state)
{
	struct stage s;
	char two[2];

	(void)state;
	start(&s, play_yes);
	go(&s);
	assert_int_equal(read_some(s.out, two, 2), 2);
	close(s.out);
	s.out = -1;
	finish(&s);
	assert_int_equal(s.result.outcome, RELAY_EXITED);
	assert_int_equal(s.result.value, SIGPIPE);
	assert_int_equal(s.result.out_error, 0);
}

static void test_disk_full(void **state)
{
	struct stage s;

	(void)state;
	start(&s, play_yes_to_full);
	close(s.setup.out_fd);
	s.setup.out_fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	go(&s);
	finish(&s);
	assert_int_equal(s.result.out_error, ENOSPC);
}

static void play_dead(struct guest *g)
{
	g_hello(g);
	g_write(g, HOSTLINK_STDOUT, "last words", 10);
}

static void test_guest_dies(void **state)
{
	struct stage s;
	char text[20];

	(void)state;
	start(&s, play_dead);
	go(&s);
	assert_int_equal(read_all(s.out, text, sizeof(text)), 10);
	finish(&s);
	assert_int_equal(s.result.outcome, RELAY_DIED);
	assert_true(s.result.hello);
	assert_false(s.result.ready);
}

static void play_other_version(struct guest *g)
{
	g_send_u32(g, HOSTLINK_HELLO, HOSTLINK_CONTROL, 9);
	while (g_take(g, g_scratch) != -2)
		;
}

static void play_overspend(struct guest *g)
{
	static uint8_t zeros[HOSTLINK_PAYLOAD_MAX];

	g->may_be_cut = true;
	g_hello(g);
	g_send(g, HOSTLINK_DATA, HOSTLINK_STDERR, zeros, HOSTLINK_PAYLOAD_MAX);
	g_send(g, HOSTLINK_DATA, HOSTLINK_STDERR, zeros, 20000);
	while (g_take(g, g_scratch) != -2)
		;
}

static void play_data_before_hello(struct guest *g)
{
	g_send(g, HOSTLINK_DATA, HOSTLINK_STDOUT, "x", 1);
	while (g_take(g, g_scratch) != -2)
		;
}

static void test_broken_guests(void **state)
{
	struct stage s;

	(void)state;
	start(&s, play_other_version);
	go(&s);
	finish(&s);
	assert_int_equal(s.result.outcome, RELAY_PROTOCOL);
	assert_int_equal(s.result.value, 9);
	start(&s, play_overspend);
	fcntl(s.err, F_SETPIPE_SZ, 4096);
	go(&s);
	while (*(volatile int64_t *)&s.result.exit_ns ==
	       0) /* nothing is read meanwhile, so nothing granted */
		usleep(1000);
	static char sink[100000];
	read_all(s.err, sink, sizeof(sink));
	finish(&s);
	assert_int_equal(s.result.outcome, RELAY_PROTOCOL);
	start(&s, play_data_before_hello);
	go(&s);
	finish(&s);
	assert_int_equal(s.result.outcome, RELAY_PROTOCOL);
}

static void play_switched_off(struct guest *g)
{
	g_hello(g);
	g_send_u32(g, HOSTLINK_SWITCHED_OFF, HOSTLINK_CONTROL, HOSTLINK_RESTART);
	g_hello(g);
	g_send_u32(g, HOSTLINK_SWITCHED_OFF, HOSTLINK_CONTROL, HOSTLINK_POWER_OFF);
}

static void test_switched_off(void **state)
{
	struct stage s;

	(void)state;
	start(&s, play_switched_off);
	go(&s);
	finish(&s);
	assert_int_equal(s.result.outcome, RELAY_DIED);
	assert_int_equal(s.result.switched_off, HOSTLINK_POWER_OFF);
}

static void play_fail(struct guest *g)
{
	g_hello(g);
	g_send_u32(g, HOSTLINK_FAIL, HOSTLINK_CONTROL, ENOEXEC);
}

static void test_fail(void **state)
{
	struct stage s;

	(void)state;
	start(&s, play_fail);
	go(&s);
	finish(&s);
	assert_int_equal(s.result.outcome, RELAY_FAILED);
	assert_int_equal(s.result.value, ENOEXEC);
}

enum { FIRST_BYTES = HOSTLINK_CREDIT_WINDOW / 4 };

/* A reboot: HELLO again, with everything from the start; what came before is not mixed in. */
static void play_reboot(struct guest *g)
{
	static uint8_t first[FIRST_BYTES];

	memset(first, '1', sizeof(first));
	g_hello(g);
	g_write(g, HOSTLINK_STDERR, first, sizeof(first));
	/* Granted again when it is written; what is not is lost with us. */
	while (g->credit[HOSTLINK_STDERR] != HOSTLINK_CREDIT_WINDOW)
		if (g_take(g, g_scratch) == -2)
			_exit(96);
	memset(g->credit, 0, sizeof(g->credit));
	g_hello(g);
	if (g->credit[HOSTLINK_STDERR] != HOSTLINK_CREDIT_WINDOW)
		_exit(97);
	g_write(g, HOSTLINK_STDERR, "second\n", 7);
	g_exit(g, 0);
}

static void test_reboot(void **state)
{
	static char text[FIRST_BYTES + 20];
	struct stage s;

	(void)state;
	start(&s, play_reboot);
	go(&s);
	assert_int_equal(read_all(s.err, text, sizeof(text)), FIRST_BYTES + 7);
	assert_int_equal(strspn(text, "1"), FIRST_BYTES);
	assert_memory_equal(text + FIRST_BYTES, "second\n", 7);
	finish(&s);
	assert_int_equal(s.result.outcome, RELAY_EXITED);
}

static void play_console(struct guest *g)
{
	uint8_t data[HOSTLINK_PAYLOAD_MAX];
	int n;

	g->may_be_cut = true;
	g_hello(g);
	g_send_u32(g, HOSTLINK_CREDIT, HOSTLINK_CONSOLE, 100);
	while ((n = g_take(g, data)) != -2)
		if (n > 0)
			g_write(g, HOSTLINK_CONSOLE, data, (size_t)n);
}

static void test_escape(void **state)
{
	struct stage s;
	char text[20];

	(void)state;
	start(&s, play_console);
	s.setup.console = true;
	go(&s);
	assert_int_equal(write(s.in, "a\035\035b", 4), 4); /* twice is the guest's */
	assert_int_equal(read_some(s.out, text, sizeof(text)), 4);
	assert_int_equal(write(s.in, "\035\035\035", 3), 3);
	finish(&s);
	assert_int_equal(s.result.outcome, RELAY_ESCAPED);
}

/* ---- guests that take their time ---- */

static int real_stderr;

/* Returns: where the command's own messages can be read until messages_end. */
static int messages_begin(void)
{
	int ends[2];

	make_pipe(ends);
	real_stderr = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	return ends[0];
}

static void messages_end(int from, char *text, size_t size)
{
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	memset(text, 0, size);
	read_all(from, text, size - 1);
	close(from);
}

static void play_silent(struct guest *g)
{
	while (g_take(g, g_scratch) != -2)
		;
}

static void play_starting(struct guest *g)
{
	g_hello(g);
	g_send(g, HOSTLINK_READY, HOSTLINK_CONTROL, NULL, 0);
	g_write(g, HOSTLINK_STDOUT, "up", 2);
	play_silent(g);
}

static void test_silent_start_is_said_once(void **state)
{
	static const struct {
		bool console;
		int64_t seconds;
		const char *says;
	} cases[] = {
		{true, 21, "creance: the guest has not started yet, after 20 s: Ctrl-] three"},
		{false, 61, "creance: the guest has not started yet, after 60 s: Ctrl-C ends"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stage s;
		char first[2] = "", text[400];
		int from = messages_begin();

		start(&s, play_silent);
		s.setup.console = cases[i].console;
		s.setup.started_ns -= cases[i].seconds * 1000000000;
		go(&s);
		assert_int_equal(read_some(from, first, 1), 1); /* without end: nothing is said */
		kill(getpid(), SIGTERM);
		finish(&s);
		messages_end(from, text, sizeof(text));
		assert_int_equal(s.result.outcome, RELAY_SIGNALLED);
		assert_memory_equal(text, cases[i].says + 1, strlen(cases[i].says) - 1);
		assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	}
}

/* Nor of one that has started, or waits for a debugger; nor too early. */
static void test_usual_start_is_not_mentioned(void **state)
{
	static const struct {
		int64_t seconds;
		bool waits;
	} cases[] = {{0, false}, {40, false}, {1000, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stage s;
		char text[400];
		int from = messages_begin();

		start(&s, play_starting);
		s.setup.started_ns -= cases[i].seconds * 1000000000;
		s.setup.waits = cases[i].waits;
		go(&s);
		assert_int_equal(read_some(s.out, text, 1), 1);
		kill(getpid(), SIGTERM);
		finish(&s);
		messages_end(from, text, sizeof(text));
		assert_string_equal(text, "");
	}
}

static void play_exit_and_stay(struct guest *g)
{
	g_hello(g);
	g_exit(g, 0);
	play_silent(g);
}

static void play_exit_and_end(struct guest *g)
{
	g_hello(g);
	g_exit(g, 0);
	usleep(200000);
}

static void test_power_off(void **state)
{
	struct stage s;
	char text[400];
	int from = messages_begin();

	(void)state;
	start(&s, play_exit_and_stay);
	s.setup.poweroff_wait_ms = 100;
	go(&s);
	finish(&s);
	messages_end(from, text, sizeof(text));
	assert_non_null(strstr(text, "has not switched itself off within 100 ms"));
	assert_int_equal(s.result.outcome, RELAY_EXITED);
	from = messages_begin();
	start(&s, play_exit_and_end);
	s.setup.poweroff_wait_ms = 30000;
	go(&s);
	finish(&s);
	start(&s, play_exit_and_stay); /* it is not waited for, nor mentioned */
	go(&s);
	finish(&s);
	messages_end(from, text, sizeof(text));
	assert_string_equal(text, "");
	assert_int_equal(s.result.outcome, RELAY_EXITED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oneway),
		cmocka_unit_test(test_streams_apart),
		cmocka_unit_test(test_binary_both_ways),
		cmocka_unit_test(test_blocked_stdout_leaves_stderr_alive),
		cmocka_unit_test(test_reader_goes_away),
		cmocka_unit_test(test_disk_full),
		cmocka_unit_test(test_guest_dies),
		cmocka_unit_test(test_broken_guests),
		cmocka_unit_test(test_switched_off),
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_reboot),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_silent_start_is_said_once),
		cmocka_unit_test(test_usual_start_is_not_mentioned),
		cmocka_unit_test(test_power_off),
	};

	alarm(50);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
