// SPDX-License-Identifier: MIT
#include <errno.h>

#include "link/link_codec.h"
#include "base/unit.h"

struct seen {
	char log[4096];
	size_t len;
	uint8_t data[300000];
	size_t data_len;
	int answer;
};

static int on_data(void *ctx, unsigned channel, const uint8_t *bytes, size_t len)
{
	struct seen *s = ctx;

	assert_true(channel < HOSTLINK_NR_CHANNELS);
	memcpy(s->data + s->data_len, bytes, len);
	s->data_len += len;
	return s->answer;
}

static int on_message(void *ctx, unsigned kind, unsigned channel, const uint8_t *payload,
		      size_t len)
{
	struct seen *s = ctx;

	s->len += (size_t)sprintf(s->log + s->len, "%u/%u:%u ", kind, channel,
				  len >= 4 ? link_get_u32(payload) : 0);
	return s->answer;
}

static const struct link_events events = {.data = on_data, .message = on_message};

static size_t make_stream(uint8_t *out)
{
	uint8_t four[4];
	size_t at = 0;

	link_put_u32(four, 1);
	at += link_put_frame(out + at, HOSTLINK_HELLO, HOSTLINK_CONTROL, four, 4);
	at += link_put_frame(out + at, HOSTLINK_READY, HOSTLINK_CONTROL, NULL, 0);
	for (unsigned i = 0; i < 3; i++) {
		link_put_header(out + at, HOSTLINK_DATA, HOSTLINK_STDOUT, 1000 * i);
		at += HOSTLINK_HEADER_BYTES;
		for (unsigned j = 0; j < 1000 * i; j++)
			out[at++] = (uint8_t)(j * 7 + i);
	}
	link_put_u32(four, 0x1234567);
	at += link_put_frame(out + at, HOSTLINK_CREDIT, HOSTLINK_STDIN, four, 4);
	link_put_u32(four, 11);
	at += link_put_frame(out + at, HOSTLINK_EXIT, HOSTLINK_CONTROL, four, 4);
	return at;
}

/* Whatever the pieces in which a stream comes, the same is seen. */
static void test_any_pieces(void **state)
{
	static uint8_t stream[8192];
	size_t len = make_stream(stream);

	(void)state;
	for (size_t piece = 1; piece < 200; piece++) {
		struct link_decoder d = {0};
		struct seen *s = calloc(1, sizeof(*s));

		for (size_t at = 0; at < len; at += piece) {
			size_t part = len - at < piece ? len - at : piece;

			assert_int_equal(link_decode(&d, stream + at, part, &events, s), 0);
		}
		assert_string_equal(s->log, "1/4:1 9/4:0 3/0:19088743 7/4:11 ");
		assert_int_equal(s->data_len, 3000);
		for (unsigned j = 0; j < 1000; j++)
			assert_int_equal(s->data[j], (uint8_t)(j * 7 + 1));
		assert_int_equal(d.have_header, 0);
		free(s);
	}
}

static void assert_refused(unsigned kind, unsigned channel, unsigned zero, uint32_t length)
{
	struct link_decoder d = {0};
	struct seen *s = calloc(1, sizeof(*s));
	uint8_t header[8];

	link_put_header(header, kind, channel, length);
	header[2] = (uint8_t)zero;
	assert_int_equal(link_decode(&d, header, sizeof(header), &events, s), -EPROTO);
	assert_int_equal(s->len, 0);
	free(s);
}

static void test_no_frames(void **state)
{
	(void)state;
	assert_refused(0, 0, 0, 0);
	assert_refused(10, 0, 0, 0);
	assert_refused(HOSTLINK_DATA, 5, 0, 1);
	assert_refused(HOSTLINK_DATA, 1, 1, 1);
	assert_refused(HOSTLINK_DATA, 1, 0, HOSTLINK_PAYLOAD_MAX + 1);
	assert_refused(HOSTLINK_EXIT, 4, 0, 5);
	assert_refused(HOSTLINK_READY, 4, 0, 4);
	assert_refused(HOSTLINK_WINSIZE, 3, 0, 4);
	assert_refused(HOSTLINK_OUT_OF_MEMORY, 4, 0, 8);
	assert_refused(HOSTLINK_SHORTAGE, 4, 0, 24);
	assert_refused(HOSTLINK_HANGUP, 1, 0, 0);
	assert_refused(HOSTLINK_SIGNAL, 4, 0, 8);
	assert_refused(HOSTLINK_SWITCHED_OFF, 4, 0, 0);
	assert_refused(HOSTLINK_KIND_LAST + 1, 4, 0, 0);
	assert_refused('B', 'o', 'o', 't');
}

static void test_event_errors_are_handed_on(void **state)
{
	uint8_t frame[16];
	struct link_decoder d = {0};
	struct seen *s = calloc(1, sizeof(*s));

	(void)state;
	s->answer = -ENOSPC;
	size_t len = link_put_frame(frame, HOSTLINK_DATA, 1, "x", 1);
	assert_int_equal(link_decode(&d, frame, len, &events, s), -ENOSPC);
	free(s);
}

static void test_window(void **state)
{
	struct link_window w = {0};
	uint32_t granted, in_flight = 0;

	(void)state;
	assert_int_equal(link_window_receive(&w, 1), -EPROTO); /* nothing granted yet */
	granted = link_window_open(&w);
	assert_int_equal(granted, HOSTLINK_CREDIT_WINDOW);
	assert_int_equal(link_window_receive(&w, granted), 0);
	assert_int_equal(link_window_receive(&w, 1), -EPROTO);
	in_flight = granted;
	granted = 0;
	/*
	 * However the reader takes it, the sum of the grants never exceeds what was taken, and lags
	 * little.
	 */
	for (uint32_t taken = 0, step = 1; taken < in_flight;
	     taken += step, step = step * 3 % 977 + 1) {
		if (step > in_flight - taken)
			step = in_flight - taken;
		granted += link_window_consume(&w, step);
		assert_true(granted <= taken + step);
		assert_true(taken + step - granted < HOSTLINK_CREDIT_WINDOW / 4);
	}
	assert_int_equal(link_window_receive(&w, granted), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_pieces),
		cmocka_unit_test(test_no_frames),
		cmocka_unit_test(test_event_errors_are_handed_on),
		cmocka_unit_test(test_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
