// SPDX-License-Identifier: MIT
/*
 * tty_output_test.c -- output processing, the output buffer, flow control.
 *
 * Idea. A reference makes of each byte the bytes that termios(3) says, and keeps the column. Random
 *   writes and echoes under random flags go to a line that takes as much as it likes; what it got
 *   is the reference's stream, without a gap at any place where a write was cut short.
 */
#include "unit_sleep.h"
#include "unit_test.h"
#include "unit_tty.h"

#include "core/errno.h"

#include <asm/fcntl.h>

#define STREAM_MAX (1 << 20)

static u64 seed = 3;

static unsigned pick(unsigned n)
{
	return (unsigned)(unit_random(&seed) % n);
}

/* ---- the reference --------------------------------------------------------------------------- */

static tcflag_t oflag;
static bool utf8;
static u8 stream[STREAM_MAX]; /* what the line must get */
static size_t stream_len, seen;
static unsigned column;

static void emit(const char *bytes, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		stream[stream_len++] = (u8)bytes[i];
}

static void expect_newline(void)
{
	if (oflag & (ONLCR | ONLRET))
		column = 0;
	if (oflag & ONLCR)
		emit("\r\n", 2);
	else
		emit("\n", 1);
}

static void expect_return(void)
{
	if ((oflag & ONOCR) && column == 0)
		return;
	if (!(oflag & OCRNL) || (oflag & ONLRET))
		column = 0;
	emit(oflag & OCRNL ? "\n" : "\r", 1);
}

static void expect_tab(void)
{
	unsigned to_next_stop = 8 - column % 8;

	if ((oflag & TABDLY) == XTABS)
		emit("        ", to_next_stop);
	else
		emit("\t", 1);
	column += to_next_stop;
}

static void expect_other(u8 c)
{
	bool moves = c >= 0x20 && c != 0x7f && !(utf8 && (c & 0xc0) == 0x80);

	if ((oflag & OLCUC) && c >= 'a' && c <= 'z')
		c -= 'a' - 'A';
	column += moves;
	emit((char *)&c, 1);
}

static void expect(u8 c)
{
	if (!(oflag & OPOST)) {
		emit((char *)&c, 1);
	} else if (c == '\n') {
		expect_newline();
	} else if (c == '\r') {
		expect_return();
	} else if (c == '\t') {
		expect_tab();
	} else if (c == '\b') {
		column -= column != 0;
		emit("\b", 1);
	} else {
		expect_other(c);
	}
}

/* All that the line got since the last time is what comes next in the stream. */
static void compare(void)
{
	assert_true(seen + unit_tty_nr_sent <= stream_len);
	assert_memory_equal(unit_tty_sent, stream + seen, unit_tty_nr_sent);
	seen += unit_tty_nr_sent;
	unit_tty_nr_sent = 0;
	assert_int_equal(tty_output_pending(&unit_tty), stream_len - seen);
	if (oflag & OPOST)
		assert_int_equal(tty_output_column(&unit_tty), column);
}

/* ---- random output --------------------------------------------------------------------------- */

static void random_settings(void)
{
	static const tcflag_t flags[] = {OLCUC, ONLCR, OCRNL, ONOCR, ONLRET, XTABS};

	oflag = pick(10) ? OPOST : 0;
	for (unsigned i = 0; i < ARRAY_SIZE(flags); i++)
		oflag |= pick(2) ? flags[i] : 0;
	utf8 = pick(2);
	unit_tty_init();
	unit_tty_file.flags = O_NONBLOCK;
	unit_tty_set(utf8 ? IUTF8 : 0, oflag, 0);
	stream_len = seen = column = 0;
}

static unsigned random_text(u8 *text, unsigned max)
{
	static const u8 bytes[] = "abcxyzABC 09~\n\n\r\t\t\b\x01\x1b\x7f\xc3\xa9\x80";
	unsigned len = 1 + pick(pick(2) ? 10 : max), plain = pick(2);

	for (unsigned i = 0; i < len; i++)
		text[i] = bytes[plain ? pick(10) : pick(sizeof(bytes) - 1)];
	return len;
}

/* A write leaves the room that is kept for echoes. */
static void random_write(void)
{
	u32 before = tty_output_pending(&unit_tty), most = TTY_BUFFER_BYTES - TTY_OUT_RESERVE + 8;
	u8 text[2000];
	unsigned len = random_text(text, sizeof(text));
	ssize_t n = unit_tty_write(text, len);

	if (n == -EAGAIN)
		assert_false(tty_has_output_room(&unit_tty));
	else
		assert_in_range(n, 1, len);
	assert_in_range(tty_output_pending(&unit_tty), 0, max(before, most));
	for (ssize_t i = 0; i < n; i++)
		expect(text[i]);
}

static void random_echo(void)
{
	u8 text[TTY_OUT_RESERVE / 8 - 2];
	unsigned len = random_text(text, sizeof(text));
	u32 room = TTY_BUFFER_BYTES - tty_output_pending(&unit_tty);
	bool all;

	mutex_lock(&unit_tty.lock);
	all = room >= TTY_OUT_RESERVE - 8;
	if (all) {
		assert_true(tty_echo(&unit_tty, text, len));
		for (unsigned i = 0; i < len; i++)
			expect(text[i]);
	}
	mutex_unlock(&unit_tty.lock);
}

static void the_line_gets_what_the_reference_says(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		random_settings();
		for (unsigned i = 0; i < 300; i++) {
			unit_tty_line_takes = pick(3) ? pick(1500) : 0;
			switch (pick(4)) {
			case 0:
				random_echo();
				break;
			case 1:
				tty_output_flush(&unit_tty);
				break;
			case 2:
				tty_output_stop(&unit_tty, pick(2));
				break;
			default:
				random_write();
			}
			compare();
		}
		unit_tty_line_takes = sizeof(unit_tty_sent);
		tty_output_stop(&unit_tty, false);
		compare();
		assert_int_equal(seen, stream_len);
	}
}

/* ---- flow control ---------------------------------------------------------------------------- */

static void stopped_output_waits(void **state)
{
	(void)state;
	unit_tty_init();
	unit_tty_set(IXON, 0, ICANON | ISIG);
	unit_tty_type_text("\x13"); /* ^S */
	assert_int_equal(unit_tty_write("one", 3), 3);
	assert_int_equal(unit_tty_nr_sent, 0);
	unit_tty_type_text("x"); /* without IXANY only ^Q continues */
	assert_int_equal(unit_tty_nr_sent, 0);
	unit_tty_type_text("\x11");
	assert_int_equal(unit_tty_nr_sent, 3);
	unit_tty_set(IXON | IXANY, 0, ICANON | ISIG);
	unit_tty_type_text("\x13");
	assert_int_equal(unit_tty_write("two", 3), 3);
	assert_int_equal(unit_tty_nr_sent, 3);
	unit_tty_type_text("x");
	assert_int_equal(unit_tty_nr_sent, 6);
	/* An interrupt drops what waits, and lets what comes later pass. */
	unit_tty_type_text("\x13");
	assert_int_equal(unit_tty_write("old", 3), 3);
	unit_tty_type_text("\x03");
	assert_int_equal(unit_tty_write("new", 3), 3);
	assert_int_equal(unit_tty_nr_sent, 9);
	assert_memory_equal(unit_tty_sent, "onetwonew", 9);
	/* Without IXON both are data. */
	unit_tty_set(0, 0, 0);
	unit_tty_type_text("\x13\x11");
	assert_int_equal(tty_readable_bytes(&unit_tty), 2);
}

/* ---- writers that wait ----------------------------------------------------------------------- */

#define LONG_WRITE 20000

static unsigned line_rounds;

/* The line takes some more. */
static int line_takes_some(u64 deadline_ns)
{
	line_rounds++;
	unit_tty_line_takes = 700;
	tty_output_flush(&unit_tty);
	return tty_has_output_room(&unit_tty) ? 0 : line_takes_some(deadline_ns);
}

static int line_takes_all(u64 deadline_ns)
{
	unit_tty_line_takes = sizeof(unit_tty_sent);
	tty_output_flush(&unit_tty);
	return 0;
}

static int hang_up(u64 deadline_ns)
{
	unit_tty.generation++;
	waitq_wake_all(&unit_tty.writers);
	return 0;
}

static int interrupt(u64 deadline_ns)
{
	return -EINTR;
}

static void a_writer_waits_for_its_line(void **state)
{
	static u8 text[LONG_WRITE];

	(void)state;
	for (unsigned i = 0; i < LONG_WRITE; i++)
		text[i] = (u8)('a' + i % 26);
	unit_tty_init();
	unit_tty_line_takes = 0;
	unit_asleep = line_takes_some;
	assert_int_equal(unit_tty_write(text, LONG_WRITE), LONG_WRITE);
	assert_in_range(line_rounds, (LONG_WRITE - TTY_BUFFER_BYTES) / 700, LONG_WRITE / 700);
	unit_asleep = line_takes_all;
	assert_int_equal(tty_output_drain(&unit_tty), 0);
	assert_int_equal(unit_tty_nr_sent, LONG_WRITE);
	assert_memory_equal(unit_tty_sent, text, LONG_WRITE);
}

static void a_writer_learns_what_was_taken(void **state)
{
	static u8 text[LONG_WRITE];
	static const struct {
		int (*what)(u64 deadline_ns);
		int flags, later, drained;
	} ends[] = {{NULL, O_NONBLOCK, -EAGAIN, 1},
		    {interrupt, 0, -ERESTARTSYS, -EINTR},
		    {hang_up, 0, -EIO, 0}};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(ends); i++) {
		ssize_t n;

		unit_tty_init();
		unit_tty_set(0, 0, 0);
		unit_tty_line_takes = 0;
		unit_tty_file.flags = (u32)ends[i].flags;
		unit_asleep = ends[i].what;
		n = unit_tty_write(text, LONG_WRITE);
		assert_in_range(n, TTY_BUFFER_BYTES - TTY_OUT_RESERVE, TTY_BUFFER_BYTES);
		assert_int_equal(n, tty_output_pending(&unit_tty));
		assert_int_equal(unit_tty_write(text, 1), ends[i].later);
		if (ends[i].what)
			assert_int_equal(tty_output_drain(&unit_tty), ends[i].drained);
		tty_output_discard(&unit_tty);
		assert_int_equal(tty_output_drain(&unit_tty), 0);
	}
	unit_asleep = NULL;
}

UNIT_MAIN(cmocka_unit_test(the_line_gets_what_the_reference_says),
	  cmocka_unit_test(stopped_output_waits), cmocka_unit_test(a_writer_waits_for_its_line),
	  cmocka_unit_test(a_writer_learns_what_was_taken))
