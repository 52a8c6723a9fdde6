// SPDX-License-Identifier: MIT
/*
 * log.c -- the kernel's log: a ring of text, and consoles that show it.
 *
 * Idea.  A line is put together on the stack, then added to the ring and shown under the lock, so
 *   that lines of several CPUs do not mix. A reader of the ring copies it from the newest byte to
 *   the oldest, in parts: what is overwritten meanwhile is the oldest, and is left out.
 * Invariants.
 *   L1  A line has no control characters but the newline at its end: values may be names that
 *       programs gave.
 *   L2  ring_written counts all bytes ever; the last RING_SIZE of them are in the ring.
 * Locks.  console, taken for one line at a time; panic ignores it.
 * Cost.  Interrupts are off while a line goes to the consoles: its bytes times the time of a write
 *   to a port.
 * Tests.  tests/guest/process/proc_secure.c.
 */
#include "core/log.h"
#include "core/panic.h"
#include "lib/fmt.h"
#include "lib/printable.h"
#include "lib/string.h"
#include "sync/spinlock.h"
#include "time/clock.h"

#include <stdarg.h>

#define RING_SIZE KIB(64)
#define LINE_MAX 256
#define COPIED_AT_ONCE 1024 /* bytes of the ring, with interrupts off */

u32 log_reading_restricted = 1; /* [a] */

static struct spinlock log_lock = SPINLOCK_INIT(console);
static char ring[RING_SIZE];			/* [console] */
static u64 ring_written;			/* [console] bytes ever */
static struct log_console *consoles;		/* [console] */
static enum log_level console_level = LOG_INFO; /* [a] */

/* Panic ignores the lock: the thread that holds it may never run again. */
static irq_state_t lock_unless_panic(void) NO_LOCK_ANALYSIS
{
	return panic_in_progress() ? 0 : spin_lock_irq_save(&log_lock);
}

static void unlock_unless_panic(irq_state_t state) NO_LOCK_ANALYSIS
{
	if (!panic_in_progress())
		spin_unlock_irq_restore(&log_lock, state);
}

static void ring_append(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		ring[(ring_written + i) % RING_SIZE] = text[i];
	ring_written += len;
}

static void show(const char *text, size_t len)
{
	for (struct log_console *c = consoles; c; c = c->next)
		c->write(text, len);
}

static size_t format_prefix(char *line, const char *subsystem)
{
	u64 us = clock_monotonic_ns() / NS_PER_US;

	return (size_t)ksnprintf(line, LINE_MAX, "[%5lu.%06lu] %s: ", us / 1000000, us % 1000000,
				 subsystem);
}

/*
 * Add @fmt with its values to @line, which has @len bytes already, and end it. Values may be names
 * that programs gave: they must not begin a line of their own, nor reach a terminal as commands.
 */
static size_t format_rest(char *line, size_t len, const char *fmt, va_list args)
{
	char text[LINE_MAX];
	size_t n = (size_t)kvsnprintf(text, sizeof(text), fmt, args);

	len += printable_text(line + len, LINE_MAX - len - 1, text, min(n, sizeof(text) - 1));
	line[len++] = '\n';
	return len;
}

void log_write(enum log_level level, const char *subsystem, const char *fmt, ...)
{
	char line[LINE_MAX];
	size_t len = format_prefix(line, subsystem);
	irq_state_t state;
	va_list args;

	va_start(args, fmt);
	len = format_rest(line, len, fmt, args);
	va_end(args);

	state = lock_unless_panic();
	ring_append(line, len);
	if (level <= console_level)
		show(line, len);
	unlock_unless_panic(state);
}

void log_raw(const char *fmt, ...)
{
	char line[LINE_MAX];
	size_t len;
	va_list args;

	va_start(args, fmt);
	len = format_rest(line, 0, fmt, args);
	va_end(args);
	ring_append(line, len);
	show(line, len);
}

void log_set_console_level(enum log_level level)
{
	console_level = level;
}

void log_console_register(struct log_console *console)
{
	irq_state_t state = spin_lock_irq_save(&log_lock);
	u64 start = ring_written > RING_SIZE ? ring_written - RING_SIZE : 0;

	console->next = consoles;
	consoles = console;
	/* What was logged before there was a console. */
	if (console_level >= LOG_INFO)
		for (u64 at = start; at < ring_written; at++)
			console->write(&ring[at % RING_SIZE], 1);
	spin_unlock_irq_restore(&log_lock, state);
}

/*
 * Copy the bytes from @from to @to, counted from the first ever written, to @buffer. False: some of
 * them have been overwritten.
 */
static bool copy_part(char *buffer, u64 from, u64 to)
{
	irq_state_t state = lock_unless_panic();
	bool is_there = from + RING_SIZE >= ring_written;

	for (u64 at = from; is_there && at < to; at++)
		buffer[at - from] = ring[at % RING_SIZE];
	unlock_unless_panic(state);
	return is_there;
}

size_t log_ring_read(char *buffer, size_t size)
{
	u64 end = READ_ONCE(ring_written), start = end - min(min(end, (u64)RING_SIZE), (u64)size);
	u64 at = end, part;

	/* The newest first: what is overwritten meanwhile is the oldest. */
	for (; at > start; at -= part) {
		part = min(at - start, (u64)COPIED_AT_ONCE);
		if (!copy_part(buffer + (at - part - start), at - part, at))
			break;
	}
	if (at > start)
		memmove(buffer, buffer + (at - start), end - at);
	return (size_t)(end - at);
}
