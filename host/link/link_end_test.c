// SPDX-License-Identifier: MIT
/* Our end of a guest's connections; the guest's end is a socket and pipes in this process. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/unit.h"
#include "link/link_end.h"

struct stage {
	struct link_end *end;
	int link, serial, errors, log; /* the guest's; -1: closed */
	unsigned hellos, nr_data, nr_messages;
	char heard[100]; /* 's' and 'l' for each take of the serial port and of the log */
};

static void on_hello(void *ctx)
{
	((struct stage *)ctx)->hellos++;
}

static int on_data(void *ctx, unsigned channel, const uint8_t *bytes, size_t len)
{
	(void)channel;
	(void)bytes;
	((struct stage *)ctx)->nr_data += (unsigned)len;
	return 0;
}

static int on_message(void *ctx, unsigned kind, unsigned channel, const uint8_t *payload,
		      size_t len)
{
	(void)kind;
	(void)channel;
	(void)payload;
	(void)len;
	((struct stage *)ctx)->nr_messages++;
	return 0;
}

static void on_serial(void *ctx, const char *bytes, size_t len)
{
	(void)bytes;
	strcat(((struct stage *)ctx)->heard, len ? "s" : "S");
}

static void on_log(void *ctx, const char *bytes, size_t len)
{
	(void)bytes;
	strcat(((struct stage *)ctx)->heard, len ? "l" : "L");
}

static void begin(struct stage *s)
{
	static const struct link_end_events events = {.hello = on_hello,
						      .frames = {.data = on_data,
								 .message = on_message},
						      .serial = on_serial,
						      .log = on_log};
	int link[2], pipes[3][2];

	*s = (struct stage){.end = calloc(1, sizeof(*s->end))};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, link), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pipe(pipes[i]), 0);
	link_end_init(s->end);
	s->end->events = &events;
	s->end->ctx = s;
	s->end->link_fd = link[0];
	s->end->serial_fd = pipes[0][0];
	s->end->errors_fd = pipes[1][0];
	s->end->log_fd = pipes[2][0];
	s->link = link[1];
	s->serial = pipes[0][1];
	s->errors = pipes[1][1];
	s->log = pipes[2][1];
}

static int take(struct stage *s)
{
	struct pollfd polled[LINK_END_POLLED];

	link_end_poll(s->end, polled);
	assert_true(poll(polled, LINK_END_POLLED, 5000) > 0);
	return link_end_take(s->end, polled);
}

static void close_end(int *fd)
{
	close(*fd);
	*fd = -1;
}

static void finish(struct stage *s)
{
	link_end_close(s->end);
	assert_true(s->end->link_fd < 0 && s->end->serial_fd < 0 && s->end->errors_fd < 0 &&
		    s->end->log_fd < 0);
	for (int *fd = &s->link; fd <= &s->log; fd++)
		if (*fd >= 0)
			close(*fd);
	free(s->end);
}

static void say_frame(const struct stage *s, unsigned kind, unsigned channel, uint32_t value)
{
	uint8_t frame[HOSTLINK_HEADER_BYTES + 4], four[4];
	size_t len;

	link_put_u32(four, value);
	len = link_put_frame(frame, kind, channel, four, sizeof(four));
	assert_int_equal(write(s->link, frame, len), len);
}

static void test_greeting(void **state)
{
	uint8_t bytes[200];
	struct stage s;

	(void)state;
	begin(&s);
	link_end_send(s.end, HOSTLINK_EOF, HOSTLINK_STDIN, NULL, 0);
	assert_true(link_end_is_idle(s.end)); /* nothing before HELLO */
	say_frame(&s, HOSTLINK_HELLO, HOSTLINK_CONTROL, HOSTLINK_VERSION);
	say_frame(&s, HOSTLINK_DATA, HOSTLINK_STDOUT, 1);
	say_frame(&s, HOSTLINK_CREDIT, HOSTLINK_STDIN, 7);
	assert_int_equal(take(&s), 0);
	assert_true(s.hellos == 1 && s.nr_data == 4 && s.nr_messages == 1);
	assert_int_equal(link_end_flush(s.end), 0);
	/* HELLO, and credit for three channels. */
	assert_int_equal(read(s.link, bytes, sizeof(bytes)), 4 * (HOSTLINK_HEADER_BYTES + 4));
	assert_int_equal(bytes[0], HOSTLINK_HELLO);
	assert_int_equal(bytes[HOSTLINK_HEADER_BYTES + 4], HOSTLINK_CREDIT);
	close_end(&s.link);
	assert_int_equal(take(&s), -EPIPE);
	finish(&s);
}

static void test_broken_rules(void **state)
{
	struct stage s;

	(void)state;
	begin(&s);
	say_frame(&s, HOSTLINK_DATA, HOSTLINK_STDOUT, 1);
	assert_int_equal(take(&s), -EPROTO); /* DATA before HELLO */
	assert_int_equal(s.end->link_fd, -1);
	finish(&s);
	begin(&s);
	say_frame(&s, HOSTLINK_HELLO, HOSTLINK_CONTROL, 9);
	assert_int_equal(take(&s), -EPROTO);
	assert_int_equal(s.end->wrong_version, 9);
	finish(&s);
	assert_int_equal(s.hellos + s.nr_data, 0);
}

/* What the guest does not read is kept up to a limit, and then the link is broken. */
static void test_unread(void **state)
{
	struct stage s;
	unsigned sent = 0;

	(void)state;
	begin(&s);
	say_frame(&s, HOSTLINK_HELLO, HOSTLINK_CONTROL, HOSTLINK_VERSION);
	assert_int_equal(take(&s), 0);
	while (link_end_flush(s.end) == 0) {
		for (unsigned i = 0; i < 100; i++)
			link_end_send_u32(s.end, HOSTLINK_HANGUP, HOSTLINK_STDERR, EPIPE);
		assert_true(++sent < 100000);
	}
	assert_int_equal(link_end_flush(s.end), -ENOBUFS);
	finish(&s);
}

static void test_log_comes_first(void **state)
{
	struct stage s;

	(void)state;
	begin(&s);
	assert_int_equal(write(s.serial, "line\n", 5), 5);
	assert_int_equal(write(s.log, "step\n", 5), 5);
	assert_int_equal(take(&s), 0);
	assert_string_equal(s.heard, "l");
	assert_int_equal(take(&s), 0);
	assert_string_equal(s.heard, "ls");
	close_end(&s.log);
	close_end(&s.serial);
	assert_int_equal(take(&s), 0);
	assert_int_equal(take(&s), 0);
	assert_string_equal(s.heard, "lsLS");
	/* What is still in the pipe is in the report at the end. */
	assert_int_equal(write(s.errors, "trouble\n", 8), 8);
	link_end_close(s.end);
	assert_memory_equal(s.end->report.guest.text, "line\n", 5);
	assert_memory_equal(s.end->report.emulator.text, "trouble\n", 8);
	finish(&s);
}

/* The emulator has stopped the guest, and stays: the guest's last words are taken, then its end. */
static void test_stopped(void **state)
{
	struct stage s;
	int err = 0;

	(void)state;
	begin(&s);
	say_frame(&s, HOSTLINK_HELLO, HOSTLINK_CONTROL, HOSTLINK_VERSION);
	assert_int_equal(take(&s), 0);
	assert_int_equal(write(s.errors, "a warning of KVM\nKVM inter", 26), 26);
	assert_int_equal(take(&s), 0);
	assert_false(s.end->stopped);
	say_frame(&s, HOSTLINK_DATA, HOSTLINK_STDOUT, 1);
	assert_int_equal(write(s.errors, "nal error. Suberror: 1\n", 23), 23);
	for (unsigned i = 0; !err && i < 3; i++)
		err = take(&s);
	assert_int_equal(err, -EPIPE);
	assert_true(s.end->stopped);
	assert_int_equal(s.nr_data, 4);
	finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_greeting), cmocka_unit_test(test_broken_rules),
		cmocka_unit_test(test_unread),	 cmocka_unit_test(test_log_comes_first),
		cmocka_unit_test(test_stopped),
	};

	alarm(50);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
