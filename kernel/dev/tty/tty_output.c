// SPDX-License-Identifier: MIT
/*
 * tty_output.c -- the output of a terminal: processing (OPOST), the output buffer, flow control.
 *
 * Idea.  Bytes are processed as they enter the output buffer, which programs and echoes share and
 *   from which the driver takes what it can. A writer waits when at most TTY_OUT_RESERVE bytes are
 *   free, so that echoes still fit.
 * Locks.  out_lock; never held while waiting. A write that waits keeps is_written, so that the
 *   bytes of another one do not come between its own: that one waits, and a signal ends the wait.
 * Cost.  Bytes without control characters between them are copied together.
 */
#include "dev/tty/tty_internal.h"

#include "core/assert.h"
#include "core/errno.h"
#include "vm/uio.h"

#include <asm/fcntl.h>
#include <asm/poll.h>
#include <asm/signal.h>

#define WRITE_CHUNK 512
#define EXPANSION_MAX TTY_TAB_WIDTH /* of one byte */

static bool tty_o(const struct tty *tty, tcflag_t flag)
{
	return READ_ONCE(tty->termios.c_oflag) & flag;
}

bool tty_has_output_room(const struct tty *tty)
{
	u32 count = READ_ONCE(tty->out.head) - READ_ONCE(tty->out.tail);

	return count + TTY_OUT_RESERVE < TTY_BUFFER_BYTES;
}

/* Append one byte that output processing may change. */
static void put_processed(struct tty *tty, u8 c) REQUIRES(tty->out_lock)
{
	debug_assert(ringbuf_space(&tty->out) >= EXPANSION_MAX);
	switch (c) {
	case '\n':
		if (tty_o(tty, ONLRET))
			tty->column = 0;
		if (tty_o(tty, ONLCR)) {
			ringbuf_put(&tty->out, '\r');
			tty->column = 0;
		}
		break;
	case '\r':
		if (tty_o(tty, ONOCR) && !tty->column)
			return;
		if (tty_o(tty, OCRNL)) {
			c = '\n';
			if (tty_o(tty, ONLRET))
				tty->column = 0;
		} else {
			tty->column = 0;
		}
		break;
	case '\t':
		if ((READ_ONCE(tty->termios.c_oflag) & TABDLY) == TAB3) {
			do
				ringbuf_put(&tty->out, ' ');
			while (++tty->column % TTY_TAB_WIDTH);
			return;
		}
		tty->column = (tty->column | (TTY_TAB_WIDTH - 1)) + 1;
		break;
	case '\b':
		if (tty->column)
			tty->column--;
		break;
	default:
		if (tty_o(tty, OLCUC) && c >= 'a' && c <= 'z')
			c &= (u8)~0x20;
		if (c >= 0x20 && c != 0x7f && !(tty_i(tty, IUTF8) && (c & 0xc0) == 0x80))
			tty->column++;
	}
	ringbuf_put(&tty->out, c);
}

/* The number of bytes at @bytes that are not changed and take one column each. */
static u32 plain_run(const u8 *bytes, u32 len)
{
	u32 n = 0;

	while (n < len && bytes[n] >= 0x20 && bytes[n] < 0x7f)
		n++;
	return n;
}

/* Process bytes into the buffer and leave @reserve free: the number. */
static u32 put_bytes(struct tty *tty, const u8 *bytes, u32 len, u32 reserve) REQUIRES(tty->out_lock)
{
	bool processed = tty_o(tty, OPOST), plain_ok = !tty_o(tty, OLCUC);
	u32 done = 0, run;

	assert_mutex_held(&tty->out_lock);
	while (done < len) {
		u32 space = ringbuf_space(&tty->out);

		if (space < reserve + EXPANSION_MAX)
			break;
		space -= reserve;
		run = !processed ? len - done : plain_ok ? plain_run(bytes + done, len - done) : 0;
		if (run) {
			run = ringbuf_write(&tty->out, bytes + done, min(run, space));
			tty->column += run;
			done += run;
		} else {
			put_processed(tty, bytes[done++]);
		}
	}
	return done;
}

bool tty_echo(struct tty *tty, const void *bytes, size_t len)
{
	u32 done;

	mutex_lock(&tty->out_lock);
	done = put_bytes(tty, bytes, (u32)len, 0);
	mutex_unlock(&tty->out_lock);
	return done == len;
}

/* Give the driver what it takes. True: it took something. */
static bool flush_locked(struct tty *tty) REQUIRES(tty->out_lock)
{
	bool moved = false;
	const u8 *span;
	u32 len;
	size_t taken;

	assert_mutex_held(&tty->out_lock);
	while (!tty->stopped && !ringbuf_is_empty(&tty->out)) {
		span = ringbuf_read_span(&tty->out, &len);
		taken = tty->driver->write(tty, span, len);
		debug_assert(taken <= len);
		ringbuf_consumed(&tty->out, (u32)taken);
		moved |= taken != 0;
		if (taken < len)
			break;
	}
	return moved;
}

void tty_output_flush(struct tty *tty)
{
	bool moved;

	mutex_lock(&tty->out_lock);
	moved = flush_locked(tty);
	mutex_unlock(&tty->out_lock);
	if (moved)
		waitq_wake_key(&tty->writers, POLLOUT | POLLWRNORM, false);
}

void tty_output_discard(struct tty *tty)
{
	mutex_lock(&tty->out_lock);
	tty->out.tail = tty->out.head;
	mutex_unlock(&tty->out_lock);
	waitq_wake_key(&tty->writers, POLLOUT | POLLWRNORM, false);
}

void tty_output_stop(struct tty *tty, bool stop)
{
	bool moved = false;

	mutex_lock(&tty->out_lock);
	tty->stopped = stop;
	if (!stop)
		moved = flush_locked(tty);
	mutex_unlock(&tty->out_lock);
	if (moved)
		waitq_wake_key(&tty->writers, POLLOUT | POLLWRNORM, false);
}

u32 tty_output_pending(struct tty *tty)
{
	u32 count;

	mutex_lock(&tty->out_lock);
	count = ringbuf_count(&tty->out);
	mutex_unlock(&tty->out_lock);
	return count;
}

int tty_output_drain(struct tty *tty)
{
	u32 generation = __atomic_load_n(&tty->generation, __ATOMIC_ACQUIRE);

	if (tty->driver->out_is_received)
		return 0;
	tty_output_flush(tty);
	return WAIT_EVENT(&tty->writers,
			  READ_ONCE(tty->out.head) == READ_ONCE(tty->out.tail) ||
				  READ_ONCE(tty->gone) ||
				  generation != __atomic_load_n(&tty->generation, __ATOMIC_ACQUIRE),
			  DEADLINE_NEVER);
}

u32 tty_output_column(struct tty *tty)
{
	return READ_ONCE(tty->column);
}

/* Write a chunk. *done is the number of bytes: 0 (all), -EAGAIN, -EIO, -ERESTARTSYS. */
static int write_chunk(struct tty *tty, struct file *file, const u8 *bytes, u32 len, u32 *done)
{
	struct tty_file *f = file->data;

	*done = 0;
	for (;;) {
		if (tty_file_is_dead(f) || READ_ONCE(tty->gone))
			return -EIO;
		mutex_lock(&tty->out_lock);
		*done +=
			put_bytes(tty, bytes + *done, len - *done, TTY_OUT_RESERVE - EXPANSION_MAX);
		mutex_unlock(&tty->out_lock);
		if (*done == len)
			return 0;
		tty_output_flush(tty);
		if (tty_has_output_room(tty))
			continue;
		if (READ_ONCE(file->flags) & O_NONBLOCK)
			return -EAGAIN;
		if (WAIT_EVENT(&tty->writers,
			       tty_has_output_room(tty) || tty_file_is_dead(f) ||
				       READ_ONCE(tty->gone),
			       DEADLINE_NEVER))
			return -ERESTARTSYS;
	}
}

static bool write_try_begin(struct tty *tty)
{
	return !__atomic_test_and_set(&tty->is_written, __ATOMIC_ACQUIRE);
}

/* Wait until no other write goes on, so that none comes between its chunks: 0, or why not. */
static int write_begin(struct tty *tty, struct file *file)
{
	if (likely(write_try_begin(tty)))
		return 0;
	if (READ_ONCE(file->flags) & O_NONBLOCK)
		return -EAGAIN;
	return WAIT_EVENT(&tty->writers, write_try_begin(tty), DEADLINE_NEVER) ? -ERESTARTSYS : 0;
}

static void write_end(struct tty *tty)
{
	debug_assert(READ_ONCE(tty->is_written));
	__atomic_clear(&tty->is_written, __ATOMIC_RELEASE);
	waitq_wake_key(&tty->writers, POLLOUT | POLLWRNORM, false);
}

/* Write all of @uio, or as much as possible: the bytes, or an error if there are none. */
static ssize_t write_chunks(struct tty *tty, struct file *file, struct uio *uio)
{
	u8 chunk[WRITE_CHUNK];
	ssize_t total = 0;
	int err = 0;
	u32 done;

	while (!err && uio->left_bytes) {
		u32 len = (u32)min(uio->left_bytes, sizeof(chunk));

		if (uio_copy_out(uio, chunk, len) < len) {
			err = -EFAULT;
			break;
		}
		err = write_chunk(tty, file, chunk, len, &done);
		total += done;
		if (!err && uio->left_bytes && thread_signal_pending(current_thread()))
			err = -ERESTARTSYS; /* a line that takes everything never makes it wait */
	}
	tty_output_flush(tty);
	return total ? total : err;
}

ssize_t tty_write(struct file *file, struct uio *uio, u64 *pos)
{
	struct tty *tty = tty_of_file(file);
	ssize_t result = tty_l(tty, TOSTOP) ? tty_check_job(tty, SIGTTOU) : 0;

	if (!result)
		result = write_begin(tty, file);
	if (result)
		return result;
	result = write_chunks(tty, file, uio);
	write_end(tty);
	return result;
}
