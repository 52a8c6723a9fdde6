// SPDX-License-Identifier: MIT
/*
 * tty_read_test.c -- when a read of a terminal ends, and with what.
 *
 * Idea. Bytes arrive at times of the test's clock, and a reader that sleeps lets the clock go on to
 *   the next arrival or to its deadline. What must come out, and when, says a reference that steps
 *   through time (termios(3), "Canonical and noncanonical mode"). Then streams of numbered bytes
 *   under random sizes, faults and changes of the mode: none is lost, none comes twice.
 */
#include "unit_sleep.h"
#include "unit_test.h"
#include "unit_tty.h"

#include "core/errno.h"
#include "time/clock.h"

#include <asm/fcntl.h>

#define TENTH_NS (100 * NS_PER_MS)
#define ARRIVALS 4
#define FOREVER 1000 /* tenths of a second */

static u64 seed = 5;

static unsigned pick(unsigned n)
{
	return (unsigned)(unit_random(&seed) % n);
}

/* User memory ends at @user_end. */
static const void *user_end = (void *)~0UL;

size_t arch_copy_to_user(void __user *to, const void *from, size_t len_bytes)
{
	size_t room = to < user_end ? (size_t)((const char *)user_end - (const char *)to) : 0;
	size_t len = min(len_bytes, room);

	memcpy(to, from, len);
	return len_bytes - len;
}

/* ---- VMIN and VTIME -------------------------------------------------------------------------- */

static struct arrival {
	unsigned tenth, nr_bytes;
} arrivals[ARRIVALS];
static unsigned next_arrival;

/* Up to the next wake-up or the deadline; when nothing more arrives, a signal comes. */
static int until_something_arrives(u64 deadline_ns)
{
	for (; next_arrival < ARRIVALS; next_arrival++) {
		const struct arrival *a = &arrivals[next_arrival];

		if (a->tenth > FOREVER || a->tenth * TENTH_NS > deadline_ns)
			break;
		if (current_thread()->state == THREAD_RUNNING)
			return 0;
		unit_now_ns = a->tenth * TENTH_NS;
		unit_tty_type("0123456789", a->nr_bytes);
	}
	if (current_thread()->state == THREAD_RUNNING)
		return 0;
	unit_now_ns = min(deadline_ns, FOREVER * TENTH_NS);
	return deadline_ns == DEADLINE_NEVER ? -EINTR : -ETIMEDOUT;
}

struct outcome {
	ssize_t result;
	unsigned tenth;
};

/* Bytes that have arrived by @tenth; *last: when the last of them came. */
static unsigned arrived_by(unsigned tenth, unsigned *last)
{
	unsigned sum = 0;

	*last = 0;
	for (unsigned i = 0; i < ARRIVALS && arrivals[i].tenth <= tenth; i++) {
		sum += arrivals[i].nr_bytes;
		*last = arrivals[i].tenth;
	}
	return sum;
}

static bool is_over(unsigned vmin, unsigned vtime, unsigned wanted, unsigned tenth)
{
	unsigned last, there = arrived_by(tenth, &last);

	if (there >= wanted)
		return true;
	if (!vmin)
		return there || tenth >= vtime;
	return there >= vmin || (vtime && there && tenth - last >= vtime);
}

static struct outcome reference(unsigned vmin, unsigned vtime, unsigned wanted, bool may_wait)
{
	unsigned tenth = 0, last, there;

	while (may_wait && tenth < FOREVER && !is_over(vmin, vtime, wanted, tenth))
		tenth++;
	there = min(arrived_by(tenth, &last), wanted);
	if (there || is_over(vmin, vtime, wanted, tenth))
		return (struct outcome){there, tenth};
	return (struct outcome){may_wait ? -ERESTARTSYS : -EAGAIN, tenth};
}

static void choose_arrivals(void)
{
	unsigned tenth = pick(2) ? 0 : pick(5);

	for (unsigned i = 0; i < ARRIVALS; i++) {
		arrivals[i] = (struct arrival){tenth, 1 + pick(4)};
		tenth += 1 + pick(pick(2) ? 3 : 10);
	}
	if (!pick(8)) /* nothing ever arrives */
		for (unsigned i = 0; i < ARRIVALS; i++)
			arrivals[i].tenth = 2 * FOREVER;
}

static void a_raw_read_ends_when_vmin_and_vtime_say(void **state)
{
	char buffer[16];

	(void)state;
	unit_asleep = until_something_arrives;
	for (unsigned round = 0; round < 20000; round++) {
		unsigned vmin = pick(3) ? pick(8) : 0, vtime = pick(2) ? pick(6) : 0;
		unsigned wanted = 1 + pick(10);
		bool may_wait = pick(8);
		struct outcome outcome;
		ssize_t n;

		choose_arrivals();
		unit_tty_init();
		unit_tty_set(0, 0, 0);
		unit_tty.termios.c_cc[VMIN] = (cc_t)vmin;
		unit_tty.termios.c_cc[VTIME] = (cc_t)vtime;
		unit_tty_file.flags = may_wait ? 0 : O_NONBLOCK;
		unit_now_ns = next_arrival = 0;
		if (!arrivals[0].tenth)
			unit_tty_type("0123456789", arrivals[next_arrival++].nr_bytes);
		n = unit_tty_read(buffer, wanted);
		outcome = reference(vmin, vtime, wanted, may_wait);
		if (n != outcome.result || unit_now_ns != outcome.tenth * TENTH_NS)
			fail_msg("VMIN %u, VTIME %u, %u bytes: %zd at %lu, not %zd at %u", vmin,
				 vtime, wanted, n, (unsigned long)(unit_now_ns / TENTH_NS),
				 outcome.result, outcome.tenth);
		assert_true(list_is_empty(&unit_tty.readers.entries));
	}
	unit_asleep = NULL;
}

/* ---- streams of numbered bytes --------------------------------------------------------------- */

static u8 next_typed, next_read;

/* A line brings as much as the buffer takes; the rest is the sender's. */
static void type_numbers(unsigned nr)
{
	u8 bytes[TTY_BUFFER_BYTES];
	size_t taken;

	for (unsigned i = 0; i < nr; i++)
		bytes[i] = (u8)(next_typed + i);
	taken = tty_receive_quietly(&unit_tty, bytes, nr);
	next_typed = (u8)(next_typed + taken);
	tty_process_input(&unit_tty);
}

static void expect_numbers(const u8 *bytes, ssize_t n)
{
	for (ssize_t i = 0; i < n; i++)
		assert_int_equal(bytes[i], next_read++);
}

static void raw_bytes_pass_in_order(void **state)
{
	static u8 buffer[TTY_BUFFER_BYTES];

	(void)state;
	unit_tty_init();
	unit_tty_set(0, 0, 0);
	unit_tty_file.flags = O_NONBLOCK;
	for (unsigned round = 0; round < 20000; round++) {
		size_t size = 1 + pick(pick(2) ? 10 : TTY_BUFFER_BYTES);
		ssize_t n;

		if (pick(2)) {
			type_numbers(1 + pick(pick(2) ? 10 : TTY_BUFFER_BYTES));
			continue;
		}
		user_end = pick(4) ? (void *)~0UL : buffer + pick((unsigned)size);
		n = unit_tty_read(buffer, size);
		assert_true(n > 0 || n == -EAGAIN || (n == -EFAULT && user_end == buffer));
		if (n > 0)
			expect_numbers(buffer, n);
		if (n == -EAGAIN)
			assert_int_equal(next_read, next_typed);
	}
	user_end = (void *)~0UL;
}

/* What was typed can be read in the other mode, and comes in the same order. */
static void a_change_of_the_mode_loses_nothing(void **state)
{
	u8 buffer[64], c;

	(void)state;
	for (unsigned round = 0; round < 1000; round++) {
		unit_tty_init();
		unit_tty_file.flags = O_NONBLOCK;
		next_typed = next_read = 'A';
		for (unsigned i = 0; i < 50; i++) {
			c = next_typed;
			if (!pick(5)) {
				unit_tty_set(0, 0, ~unit_tty.termios.c_lflag & ICANON);
				assert_int_equal(tty_has_input(&unit_tty), next_read != next_typed);
			}
			if (pick(2) && c < 'z') {
				next_typed++;
				unit_tty_type(&c, 1);
			} else if (tty_readable(&unit_tty)) {
				expect_numbers(buffer, unit_tty_read(buffer, 1 + pick(8)));
			}
		}
		unit_tty_set(0, 0, 0);
		expect_numbers(buffer, unit_tty_read(buffer, sizeof(buffer)));
		assert_int_equal(next_read, next_typed);
	}
}

/* ---- lines ----------------------------------------------------------------------------------- */

static const struct {
	const char *typed;
	unsigned size;
	const char *reads[4]; /* then there is nothing more */
} line_reads[] = {
	{"abc\n", 10, {"abc\n"}},
	{"abc\nde\n", 10, {"abc\n", "de\n"}},
	{"abc\n", 3, {"abc", "\n"}},
	{"abc\n", 4, {"abc\n"}},
	{"abc\x04", 10, {"abc"}},
	{"abc\x04", 3, {"abc"}}, /* no empty read after it */
	{"abc\x04", 2, {"ab", "c"}},
	{"\x04", 10, {""}},
	{"\x04\x04"
	 "a\n",
	 10,
	 {"", "", "a\n"}},
	{"a\x04\x04", 1, {"a", ""}},
	{"a\n\x04"
	 "b\n",
	 10,
	 {"a\n", "", "b\n"}},
	{"\n", 1, {"\n"}},
	{"unfinished", 10, {NULL}},
};

static void lines_are_read_one_at_a_time(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(line_reads); i++) {
		char buffer[16];

		unit_tty_init();
		unit_tty_file.flags = O_NONBLOCK;
		unit_tty_type_text(line_reads[i].typed);
		for (unsigned r = 0; line_reads[i].reads[r]; r++) {
			const char *wanted = line_reads[i].reads[r];
			ssize_t n = unit_tty_read(buffer, line_reads[i].size);

			assert_int_equal(n, strlen(wanted));
			assert_memory_equal(buffer, wanted, strlen(wanted));
		}
		assert_int_equal(unit_tty_read(buffer, line_reads[i].size), -EAGAIN);
	}
}

/* A read that faults takes what it has copied and leaves the rest of the line. */
static void a_fault_leaves_the_rest_of_the_line(void **state)
{
	char buffer[8];

	(void)state;
	for (unsigned good = 0; good <= 4; good++) {
		unit_tty_init();
		unit_tty_file.flags = O_NONBLOCK;
		unit_tty_type_text("abc\nxyz\x04");
		user_end = buffer + good;
		assert_int_equal(unit_tty_read(buffer, 8), good ? (int)good : -EFAULT);
		user_end = (void *)~0UL;
		if (good < 4) {
			assert_int_equal(unit_tty_read(buffer + good, 8), 4 - good);
			assert_memory_equal(buffer, "abc\n", 4);
		}
		user_end = buffer + good;
		assert_int_equal(unit_tty_read(buffer, 8), good ? min((int)good, 3) : -EFAULT);
		user_end = (void *)~0UL;
		if (good < 3)
			assert_int_equal(unit_tty_read(buffer, 8), 3 - good);
		assert_int_equal(unit_tty_read(buffer, 8), -EAGAIN);
	}
}

/* ---- ends ------------------------------------------------------------------------------------ */

static int hang_up(u64 deadline_ns)
{
	unit_tty.generation++;
	waitq_wake_all(&unit_tty.readers);
	return 0;
}

static int close_master(u64 deadline_ns)
{
	unit_tty.gone = true;
	waitq_wake_all(&unit_tty.readers);
	return 0;
}

static int interrupt(u64 deadline_ns)
{
	return -EINTR;
}

static void a_reader_learns_when_there_will_be_no_more(void **state)
{
	static const struct {
		int (*what)(u64 deadline_ns);
		int first, later;
	} ends[] = {{hang_up, 0, 0},
		    {close_master, -EIO, -EIO},
		    {interrupt, -ERESTARTSYS, -ERESTARTSYS}};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(ends) * 2; i++) {
		char c;

		unit_tty_init();
		unit_tty_set(0, 0, i % 2 ? ICANON : 0);
		unit_asleep = ends[i / 2].what;
		assert_int_equal(unit_tty_read(&c, 1), ends[i / 2].first);
		assert_int_equal(unit_tty_read(&c, 1), ends[i / 2].later);
	}
	/* What had arrived when the master was closed is still read. */
	unit_tty_init();
	unit_tty_set(0, 0, 0);
	unit_tty_type_text("x");
	close_master(0);
	assert_int_equal(unit_tty_read(&(char){0}, 1), 1);
	assert_int_equal(unit_tty_read(&(char){0}, 1), -EIO);
	unit_asleep = NULL;
}

UNIT_MAIN(cmocka_unit_test(a_raw_read_ends_when_vmin_and_vtime_say),
	  cmocka_unit_test(raw_bytes_pass_in_order),
	  cmocka_unit_test(a_change_of_the_mode_loses_nothing),
	  cmocka_unit_test(lines_are_read_one_at_a_time),
	  cmocka_unit_test(a_fault_leaves_the_rest_of_the_line),
	  cmocka_unit_test(a_reader_learns_when_there_will_be_no_more))
