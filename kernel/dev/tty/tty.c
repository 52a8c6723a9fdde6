// SPDX-License-Identifier: MIT
/*
 * tty.c -- terminals: set-up and end, their thread, their files.
 *
 * Idea.  A driver passes received bytes in any context. They wait in the raw buffer until the
 *   terminals' thread (or a task that calls tty_process_input) takes them through the line
 *   discipline: only a task can echo, take mutexes and signal process groups. Output goes through
 *   one buffer, which programs and echoes share, to the driver.
 *
 *	driver --tty_receive--> raw --tty_input.c--> line --tty_read.c--> program
 *	driver <--------write--------- out <--tty_output.c-- program, echo
 *
 * Invariants.
 *   T1  tail <= commit <= head <= tail + TTY_BUFFER_BYTES (free-running).
 *   T2  No thread waits for the line with tty->lock or out_lock held.
 * Ownership.  Terminals of devices live as long as the kernel; pty.c frees those of
 *   pseudo-terminals.
 * Locks.  tty->lock, then out_lock, then input_lock.
 * Tests.  tty_line_test.c, tty_read_test.c, tty_output_test.c; tests/guest/tty;
 *   tests/system/interactive.t: a shell with a terminal.
 */
#define LOG_SUBSYS "tty"
#include "dev/tty/tty_internal.h"

#include "core/assert.h"
#include "core/errno.h"
#include "core/log.h"
#include "lib/refcount.h"
#include "mm/kmalloc.h"
#include "sched/sched_params.h"
#include "vfs/cred.h"
#include "vfs/file/pollwait.h"

#include <asm/fcntl.h>
#include <asm/poll.h>
#include <asm/signal.h>
#include <linux/sched.h>

#define MARK_WORDS (TTY_BUFFER_BYTES / 64)

/* Terminals for the thread to process. */
static struct spinlock work_lock = SPINLOCK_INIT(leaf_irq);
static struct list_node work_list = LIST_INIT(work_list); /* [leaf_irq] of tty.work_node */
static struct waitq work_queue;				  /* [I] of the thread */

static const struct termios2 default_termios = {
	.c_iflag = ICRNL | IXON,
	.c_oflag = OPOST | ONLCR,
	.c_cflag = B38400 | CS8 | CREAD | HUPCL,
	.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	.c_cc = {[VINTR] = 'C' & 0x1f,
		 [VQUIT] = '\\' & 0x1f,
		 [VERASE] = 0x7f,
		 [VKILL] = 'U' & 0x1f,
		 [VEOF] = 'D' & 0x1f,
		 [VMIN] = 1,
		 [VSTART] = 'Q' & 0x1f,
		 [VSTOP] = 'S' & 0x1f,
		 [VSUSP] = 'Z' & 0x1f,
		 [VREPRINT] = 'R' & 0x1f,
		 [VDISCARD] = 'O' & 0x1f,
		 [VWERASE] = 'W' & 0x1f,
		 [VLNEXT] = 'V' & 0x1f},
	.c_ispeed = 38400,
	.c_ospeed = 38400,
};

int tty_setup(struct tty *tty)
{
	u8 *raw = kmalloc(TTY_BUFFER_BYTES, 0), *out = kmalloc(TTY_BUFFER_BYTES, 0);

	tty->line = kmalloc(TTY_BUFFER_BYTES, 0);
	tty->marks = kzalloc(MARK_WORDS * sizeof(u64), 0);
	ringbuf_init(&tty->raw, raw, TTY_BUFFER_BYTES);
	ringbuf_init(&tty->out, out, TTY_BUFFER_BYTES);
	if (!raw || !out || !tty->line || !tty->marks) {
		tty_fini(tty);
		return -ENOMEM;
	}
	spin_lock_init(&tty->input_lock, tty_input);
	mutex_init(&tty->lock, tty);
	mutex_init(&tty->out_lock, tty_output);
	waitq_init(&tty->readers);
	waitq_init(&tty->writers);
	list_init(&tty->work_node);
	tty->termios = default_termios;
	return 0;
}

void tty_fini(struct tty *tty)
{
	kfree(tty->raw.data);
	kfree(tty->out.data);
	kfree(tty->line);
	kfree(tty->marks);
}

/* ------------------------------------------------------------------ the terminals' thread */

static void tty_queue_work(struct tty *tty)
{
	irq_state_t irq = spin_lock_irq_save(&work_lock);

	if (!tty->queued) {
		tty->queued = true;
		list_add_last(&work_list, &tty->work_node);
	}
	spin_unlock_irq_restore(&work_lock, irq);
	waitq_wake_all(&work_queue);
}

static struct tty *tty_next_work(void)
{
	irq_state_t irq = spin_lock_irq_save(&work_lock);
	struct list_node *node = list_pop_first(&work_list);
	struct tty *tty = node ? list_entry(node, struct tty, work_node) : NULL;

	if (tty)
		tty->queued = false;
	spin_unlock_irq_restore(&work_lock, irq);
	return tty;
}

static void tty_thread(void *unused)
{
	for (;;) {
		struct tty *tty = NULL;

		WAIT_EVENT_UNINTERRUPTIBLE(&work_queue, (tty = tty_next_work()) != NULL);
		tty_process_input(tty);
		tty_output_flush(tty);
	}
}

size_t tty_receive_quietly(struct tty *tty, const void *data, size_t len_bytes)
{
	irq_state_t irq = spin_lock_irq_save(&tty->input_lock);
	size_t taken =
		ringbuf_write(&tty->raw, data, (u32)min(len_bytes, (size_t)TTY_BUFFER_BYTES));

	spin_unlock_irq_restore(&tty->input_lock, irq);
	return taken;
}

size_t tty_receive(struct tty *tty, const void *data, size_t len_bytes)
{
	size_t taken = tty_receive_quietly(tty, data, len_bytes);

	tty_queue_work(tty);
	return taken;
}

void tty_writable(struct tty *tty)
{
	tty_queue_work(tty);
}

void tty_resize(struct tty *tty, const struct winsize *size)
{
	irq_state_t irq = spin_lock_irq_save(&tty->input_lock);

	tty->resize_to = *size;
	tty->resize_pending = true;
	spin_unlock_irq_restore(&tty->input_lock, irq);
	tty_queue_work(tty);
}

/* Take up to @size raw bytes, and a pending change of the window's size. */
static u32 tty_take_raw(struct tty *tty, u8 *buffer, u32 size, struct winsize *resize,
			bool *resized) REQUIRES(tty->lock)
{
	irq_state_t irq = spin_lock_irq_save(&tty->input_lock);
	u32 n = ringbuf_read(&tty->raw, buffer, size);

	*resized = tty->resize_pending;
	*resize = tty->resize_to;
	tty->resize_pending = false;
	spin_unlock_irq_restore(&tty->input_lock, irq);
	return n;
}

void tty_set_winsize(struct tty *tty, const struct winsize *size)
{
	bool same = !memcmp(&tty->winsize, size, sizeof(*size));

	assert_mutex_held(&tty->lock);
	tty->winsize = *size;
	if (!same)
		tty_signal_foreground(tty, SIGWINCH);
}

void tty_process_input(struct tty *tty)
{
	struct winsize size;
	bool resized;
	u8 bytes[128];
	u32 n, total = 0;

	might_sleep();
	mutex_lock(&tty->lock);
	do {
		n = tty_take_raw(tty, bytes, min((u32)sizeof(bytes), tty_input_room(tty)), &size,
				 &resized);
		if (resized)
			tty_set_winsize(tty, &size);
		tty_input_chars(tty, bytes, n);
		total += n;
	} while (n);
	mutex_unlock(&tty->lock);
	if (!total)
		return;
	tty_output_flush(tty);
	if (tty->driver->consumed)
		tty->driver->consumed(tty, total);
	/* Not tty_readable: the reader may want fewer bytes than VMIN. */
	if (tty_has_input(tty))
		waitq_wake_key(&tty->readers, POLLIN | POLLRDNORM, false);
}

/* ------------------------------------------------------------------ files */

struct tty *tty_of_file(const struct file *file)
{
	return ((struct tty_file *)file->data)->tty;
}

void tty_put(struct tty *tty)
{
	if (refcount_put(&tty->users) && tty->driver->free)
		tty->driver->free(tty);
}

int tty_open_file(struct tty *tty, struct file *file)
{
	struct tty_file *f = kzalloc(sizeof(*f), 0);
	int err = 0;

	if (!f)
		return -ENOMEM;
	/* Read first: after a hang-up from here on the file is dead. */
	f->generation = __atomic_load_n(&tty->generation, __ATOMIC_ACQUIRE);
	mutex_lock(&tty->lock);
	if (tty->exclusive && tty->nr_open && !capable(CAP_SYS_ADMIN))
		err = -EBUSY;
	else if (tty->driver->open)
		err = tty->driver->open(tty);
	if (!err)
		tty->nr_open++;
	mutex_unlock(&tty->lock);
	if (err) {
		kfree(f);
		return err;
	}
	tty_get(tty);
	f->tty = tty;
	file->data = f;
	file->ops = &tty_file_ops;
	if (!(file->flags & O_NOCTTY))
		tty_take_control_on_open(file);
	return 0;
}

static int tty_open(struct inode *inode, struct file *file)
{
	return tty_open_file(file->data, file);
}

static void tty_release(struct file *file)
{
	struct tty_file *f = file->data;
	struct tty *tty = f->tty;

	mutex_lock(&tty->lock);
	debug_assert(tty->nr_open && refcount_read(&tty->users) >= 1);
	if (!--tty->nr_open)
		tty->exclusive = false;
	mutex_unlock(&tty->lock);
	if (tty->driver->close)
		tty->driver->close(tty);
	tty_put(tty);
	kfree(f);
}

static u32 tty_poll(struct file *file, struct poll_table *table)
{
	struct tty_file *f = file->data;
	struct tty *tty = f->tty;
	u32 events = 0;

	poll_wait(table, &tty->readers);
	poll_wait(table, &tty->writers);
	if (tty_file_is_dead(f))
		return POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM | POLLWRNORM;
	if (tty_readable(tty))
		events |= POLLIN | POLLRDNORM;
	if (READ_ONCE(tty->gone))
		events |= POLLHUP;
	if (tty_has_output_room(tty))
		events |= POLLOUT | POLLWRNORM;
	return events;
}

const struct file_ops tty_file_ops = {
	.read = tty_read,
	.write = tty_write,
	.ioctl = tty_ioctl,
	.poll = tty_poll,
	.open = tty_open,
	.release = tty_release,
};

static void flush_hung_up(struct tty *tty)
{
	mutex_lock(&tty->lock);
	tty_input_flush(tty);
	mutex_unlock(&tty->lock);
	/* A device still sends what programs wrote before; a closed master does not read it. */
	if (READ_ONCE(tty->gone))
		tty_output_discard(tty);
	waitq_wake_all(&tty->readers);
	waitq_wake_all(&tty->writers);
}

void tty_hangup(struct tty *tty)
{
	if (tty_disconnect(tty, NULL))
		flush_hung_up(tty);
}

void tty_hangup_session(struct tty *tty, const struct pid *session)
{
	if (tty_disconnect(tty, session))
		flush_hung_up(tty);
}

void tty_init(void)
{
	struct thread *thread;

	waitq_init(&work_queue);
	tty_job_init();
	if (thread_create_kernel("tty", tty_thread, NULL, &thread)) {
		log_err("no memory for the terminals' thread");
		return;
	}
	/* A key press preempts programs: it may be ^C. */
	ignore_result(sched_set_policy(thread, SCHED_FIFO, 50, true),
		      "then it is a thread like others");
	tty_ports_init();
	pty_init();
}
