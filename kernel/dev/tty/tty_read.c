// SPDX-License-Identifier: MIT
/*
 * tty_read.c -- reading from a terminal: a line at a time (canonical), or bytes by VMIN and VTIME.
 * termios(3).
 *
 * Idea.  A read takes what the mode gives at once, and waits and tries again if that does not end
 *   it. A canonical read ends with one line, or as much of it as the buffer takes. Otherwise VMIN
 *   and VTIME become a number of bytes and a deadline, which new bytes move (struct read_timing).
 * Invariants.  T1 of tty.c.
 *   R1  The mark of a delimiter is cleared when its byte is taken. An end of file has a byte in the
 *       queue, which is taken and not delivered.
 * Locks.  tty->lock while bytes are taken (user copies included); not held while waiting.
 * Tests.  tty_read_test.c, tests/guest/tty/tty_pty.c.
 */
#include "dev/tty/tty_internal.h"

#include "core/assert.h"
#include "core/errno.h"
#include "lib/bitmap.h"
#include "time/clock.h"
#include "vm/uio.h"

#include <asm/fcntl.h>
#include <asm/signal.h>

#define VTIME_UNIT_NS (100 * NS_PER_MS)

bool tty_readable(const struct tty *tty)
{
	u32 tail = READ_ONCE(tty->tail), least = 1;

	if (tty_l(tty, ICANON))
		return READ_ONCE(tty->commit) != tail;
	if (!tty_cc(tty, VTIME) && tty_cc(tty, VMIN))
		least = tty_cc(tty, VMIN);
	return READ_ONCE(tty->head) - tail >= least;
}

bool tty_has_input(const struct tty *tty)
{
	u32 end = tty_l(tty, ICANON) ? READ_ONCE(tty->commit) : READ_ONCE(tty->head);

	return end != READ_ONCE(tty->tail);
}

u32 tty_readable_bytes(struct tty *tty)
{
	u32 count;

	mutex_lock(&tty->lock);
	count = (tty_l(tty, ICANON) ? tty->commit : tty->head) - tty->tail;
	mutex_unlock(&tty->lock);
	return count;
}

/* Copy line[tail..tail+len) to @uio and advance tail: the bytes copied. */
static size_t take_bytes(struct tty *tty, struct uio *uio, u32 len) REQUIRES(tty->lock)
{
	size_t total = 0;

	assert_mutex_held(&tty->lock);
	debug_assert(len <= tty->head - tty->tail); /* T1 */
	while (len) {
		u32 at = tty->tail % TTY_BUFFER_BYTES, part = min(len, TTY_BUFFER_BYTES - at);
		size_t copied = uio_copy_in(uio, tty->line + at, part);

		WRITE_ONCE(tty->tail, tty->tail + (u32)copied);
		total += copied;
		if (copied < part)
			break;
		len -= part;
	}
	return total;
}

/* Copy one line, or as much of it as @uio takes. *end: an end of file. */
static ssize_t take_line(struct tty *tty, struct uio *uio, bool *end) REQUIRES(tty->lock)
{
	u32 len = 0, available = tty->commit - tty->tail, at;
	bool marked = false, is_eof = false;
	size_t copied;

	debug_assert(available <= tty->head - tty->tail); /* T1 */
	*end = false;
	while (len < available && len < uio->left_bytes + 1 && !marked) {
		at = (tty->tail + len) % TTY_BUFFER_BYTES;
		marked = bitmap_test(tty->marks, at);
		is_eof = marked && !tty->line[at];
		if (marked && !is_eof && len == uio->left_bytes)
			break; /* the delimiter itself does not fit */
		len++;
	}
	if (!is_eof)
		len = (u32)min((size_t)len, uio->left_bytes);
	copied = take_bytes(tty, uio, is_eof ? len - 1 : len);
	if (copied < (is_eof ? len - 1 : len))
		return copied ? (ssize_t)copied : -EFAULT;
	if (is_eof) {
		bitmap_clear(tty->marks, tty->tail % TTY_BUFFER_BYTES);
		WRITE_ONCE(tty->tail, tty->tail + 1);
		*end = !copied;
	} else if (copied) {
		bitmap_clear(tty->marks, (tty->tail - 1) % TTY_BUFFER_BYTES);
	}
	return (ssize_t)copied;
}

static ssize_t take_raw(struct tty *tty, struct uio *uio) REQUIRES(tty->lock)
{
	u32 len = (u32)min((size_t)(tty->head - tty->tail), uio->left_bytes);
	size_t copied = take_bytes(tty, uio, len);

	WRITE_ONCE(tty->commit, tty->head);
	return copied || !len ? (ssize_t)copied : -EFAULT;
}

/* Take what the present mode gives at once. *done: the read ends. */
static ssize_t take_available(struct tty *tty, struct uio *uio, bool *done)
{
	ssize_t n;

	mutex_lock(&tty->lock);
	if (tty_l(tty, ICANON)) {
		n = take_line(tty, uio, done);
		*done |= n != 0;
	} else {
		n = take_raw(tty, uio);
		*done = n < 0;
	}
	mutex_unlock(&tty->lock);
	if (n > 0 && !ringbuf_is_empty(&tty->raw))
		tty_process_input(tty); /* it may have waited for room */
	return n;
}

struct read_timing {
	u32 least;    /* VMIN, or the bytes wanted if fewer */
	u64 pause_ns; /* VTIME; 0: none */
	u64 deadline;
};

static void timing_init(struct read_timing *t, const struct tty *tty, size_t wanted)
{
	t->deadline = DEADLINE_NEVER;
	t->least = 1;
	t->pause_ns = 0;
	if (tty_l(tty, ICANON))
		return;
	t->least = (u32)min((size_t)tty_cc(tty, VMIN), wanted);
	t->pause_ns = tty_cc(tty, VTIME) * VTIME_UNIT_NS;
	if (!t->least && t->pause_ns)
		t->deadline = clock_monotonic_ns() + t->pause_ns;
}

/* After @n new bytes, @total in all: is a raw read complete? Moves the deadline. */
static bool timing_done(struct read_timing *t, ssize_t n, ssize_t total)
{
	if (!t->least)
		return total || !t->pause_ns;
	if (total >= (ssize_t)t->least)
		return true;
	if (n > 0 && t->pause_ns)
		t->deadline = clock_monotonic_ns() + t->pause_ns;
	return false;
}

/* Wait for input: 0, or an error that ends the read (-EAGAIN, -ERESTARTSYS, -ETIMEDOUT). */
static int wait_for_input(struct tty *tty, struct file *file, u64 deadline)
{
	struct tty_file *f = file->data;
	int err;

	if (READ_ONCE(file->flags) & O_NONBLOCK)
		return -EAGAIN;
	err = WAIT_EVENT(&tty->readers,
			 tty_has_input(tty) || tty_file_is_dead(f) || READ_ONCE(tty->gone),
			 deadline);
	return err == -EINTR ? -ERESTARTSYS : err;
}

ssize_t tty_read(struct file *file, struct uio *uio, u64 *pos)
{
	struct tty *tty = tty_of_file(file);
	struct read_timing timing;
	ssize_t total = 0, n;
	bool done = false;
	int err = 0;

	if (!uio->left_bytes)
		return 0;
	timing_init(&timing, tty, uio->left_bytes);
	while (!err) {
		if (tty_file_is_dead(file->data))
			break;
		err = tty_check_job(tty, SIGTTIN);
		if (err)
			break;
		n = take_available(tty, uio, &done);
		if (n < 0)
			err = (int)n;
		else
			total += n;
		if (done || !uio->left_bytes ||
		    (!tty_l(tty, ICANON) && timing_done(&timing, n, total)))
			break;
		if (READ_ONCE(tty->gone) && !tty_has_input(tty)) {
			err = -EIO;
			break;
		}
		err = wait_for_input(tty, file, timing.deadline);
	}
	if (total || err == -ETIMEDOUT)
		return total;
	return err;
}
