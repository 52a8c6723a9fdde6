// SPDX-License-Identifier: MIT
/*
 * pty.c -- pseudo-terminals: a terminal whose line is a program.
 *
 * Idea.  The slave is an ordinary terminal. The master reads the slave's output buffer; what it
 *   writes is the slave's raw input, which the writer itself takes through the line discipline.
 * Invariants.
 *   P1  ptys[i] is set while the master of pair i is open.
 *   P2  An inode of a slave may outlive its pair, and another pair may get the index. So look-ups
 *       by index compare the pair's id.
 * Ownership.  The master's file, each file of the slave, and a session hold references to the
 *   slave's struct tty; the last one frees the pair.
 * Locks.  table_lock (leaf): the table, owner and mode. The terminal's locks: all else.
 * Tests.  tests/guest/tty/tty_pty.c.
 */
#define LOG_SUBSYS "pty"
#include "dev/tty/pty.h"

#include "core/assert.h"
#include "core/errno.h"
#include "core/log.h"
#include "dev/tty/tty_internal.h"
#include "lib/bitmap.h"
#include "lib/fmt.h"
#include "mm/kmalloc.h"
#include "vfs/cred.h"
#include "vfs/file/fdtable.h"
#include "vfs/file/pollwait.h"
#include "vfs/inode/device_number.h"
#include "vm/user_copy.h"

#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/signal.h>
#include <linux/major.h>

#define MINOR_PTMX 2 /* of TTYAUX_MAJOR */

struct SHARED pty {
	struct tty slave;     /* [I] its fields have tags of their own          */
	unsigned index;	      /* [I]                                            */
	struct pty_node node; /* [table_lock]                                   */
	bool locked;	      /* [a] until unlockpt                             */
	bool was_opened;      /* [a] the slave, once                            */
	bool packets;	      /* [a] TIOCPKT: reads begin with a status byte    */
	struct waitq readers; /* [I] of the master                              */
	struct waitq writers; /* [I] of the master                              */
};

#define PTY_RESERVED 64U /* pairs that only root may open */

static struct spinlock table_lock = SPINLOCK_INIT(leaf);
static struct pty *ptys[PTY_MAX];	   /* [table_lock] */
static u64 indices[BITMAP_WORDS(PTY_MAX)]; /* [table_lock] in use */
static u64 last_id;			   /* [table_lock] */

static struct pty *pty_of(struct tty *tty)
{
	return container_of(tty, struct pty, slave);
}

/* ------------------------------------------------------------------ the table */

/* The pair (P2), with a reference to its slave; NULL: there is none. */
static struct pty *pty_lookup(unsigned index, u64 id)
{
	struct pty *p = NULL;

	if (index >= PTY_MAX)
		return NULL;
	spin_lock(&table_lock);
	p = ptys[index];
	if (p && p->node.id != id)
		p = NULL;
	if (p)
		tty_get(&p->slave); /* P1: the master keeps it alive here */
	spin_unlock(&table_lock);
	return p;
}

bool pty_next(unsigned from, unsigned *index)
{
	spin_lock(&table_lock);
	while (from < PTY_MAX && !ptys[from])
		from++;
	spin_unlock(&table_lock);
	*index = from;
	return from < PTY_MAX;
}

int pty_get_node(unsigned index, struct pty_node *out)
{
	int err = -ENOENT;

	if (index >= PTY_MAX)
		return err;
	spin_lock(&table_lock);
	if (ptys[index]) {
		*out = ptys[index]->node;
		err = 0;
	}
	spin_unlock(&table_lock);
	return err;
}

void pty_set_node(unsigned index, const struct pty_node *node)
{
	spin_lock(&table_lock);
	if (index < PTY_MAX && ptys[index] && ptys[index]->node.id == node->id) /* P2 */
		ptys[index]->node = *node;
	spin_unlock(&table_lock);
}

/*
 * The last PTY_RESERVED are root's, which must be able to log in when a user has taken the others.
 */
static int pty_enter_table(struct pty *p)
{
	unsigned max = capable(CAP_SYS_ADMIN) ? PTY_MAX : PTY_MAX - PTY_RESERVED;

	spin_lock(&table_lock);
	p->index = (unsigned)bitmap_next_clear(indices, max, 0);
	if (p->index < max) {
		debug_assert(!ptys[p->index]); /* P1 */
		bitmap_set(indices, p->index);
		p->node.id = ++last_id;
		p->slave.device = device_make(PTY_SLAVE_MAJOR, p->index);
		ksnprintf(p->slave.name, sizeof(p->slave.name), "pts/%u", p->index);
		ptys[p->index] = p;
	}
	spin_unlock(&table_lock);
	return p->index < max ? 0 : -ENOSPC;
}

/* ------------------------------------------------------------------ the slave's line */

static size_t slave_write(struct tty *tty, const void *data, size_t len)
{
	waitq_wake_key(&pty_of(tty)->readers, POLLIN | POLLRDNORM, false);
	return 0; /* the master takes the bytes from the buffer */
}

static void slave_consumed(struct tty *tty, u32 len)
{
	waitq_wake_key(&pty_of(tty)->writers, POLLOUT | POLLWRNORM, false);
}

static int slave_open(struct tty *tty)
{
	struct pty *p = pty_of(tty);

	assert_mutex_held(&tty->lock);
	if (READ_ONCE(p->locked) || READ_ONCE(tty->gone))
		return -EIO;
	WRITE_ONCE(p->was_opened, true);
	return 0;
}

static void slave_close(struct tty *tty)
{
	waitq_wake_key(&pty_of(tty)->readers, POLLIN | POLLHUP, false);
}

static void slave_free(struct tty *tty)
{
	struct pty *p = pty_of(tty);

	debug_assert(tty->gone && !tty->nr_open && !tty->session && !tty->pgrp);
	spin_lock(&table_lock);
	debug_assert(ptys[p->index] != p); /* P1 */
	bitmap_clear(indices, p->index);
	spin_unlock(&table_lock);
	tty_fini(tty);
	kfree(p);
}

static const struct tty_driver slave_driver = {
	.write = slave_write,
	.consumed = slave_consumed,
	.open = slave_open,
	.close = slave_close,
	.free = slave_free,
	.out_is_received = true,
};

static int slave_file_open(struct inode *inode, struct file *file)
{
	struct pty *p = pty_lookup(device_minor(inode->device), (u64)inode->data);
	int err;

	if (!p)
		return -EIO;
	err = tty_open_file(&p->slave, file);
	tty_put(&p->slave);
	return err;
}

const struct file_ops pty_slave_file_ops = {.open = slave_file_open};

/* ------------------------------------------------------------------ the master */

static int master_open(struct inode *inode, struct file *file)
{
	struct pty *p = kzalloc(sizeof(*p), 0);
	int err;

	if (!p)
		return -ENOMEM;
	p->slave.driver = &slave_driver;
	refcount_init(&p->slave.users, 1);
	p->locked = true;
	p->node = (struct pty_node){
		.uid = cred_current()->fsuid, .gid = cred_current()->fsgid, .mode = 0620};
	waitq_init(&p->readers);
	waitq_init(&p->writers);
	err = tty_setup(&p->slave);
	if (err) {
		kfree(p);
		return err;
	}
	err = pty_enter_table(p);
	if (err) {
		tty_fini(&p->slave);
		kfree(p);
		return err;
	}
	file->data = p;
	file->ops = &pty_master_file_ops;
	return 0;
}

static void master_release(struct file *file)
{
	struct pty *p = file->data;

	spin_lock(&table_lock);
	debug_assert(ptys[p->index] == p);
	ptys[p->index] = NULL; /* P1 */
	spin_unlock(&table_lock);
	WRITE_ONCE(p->slave.gone, true);
	tty_hangup(&p->slave);
	tty_put(&p->slave);
}

static bool slave_is_closed(const struct pty *p)
{
	return READ_ONCE(p->was_opened) && !READ_ONCE(p->slave.nr_open);
}

static bool master_has_input(const struct pty *p)
{
	return READ_ONCE(p->slave.out.head) != READ_ONCE(p->slave.out.tail) &&
	       !READ_ONCE(p->slave.stopped);
}

/* Move some of the slave's output to @chunk: the bytes; 0: there are none. */
static u32 master_take_chunk(struct pty *p, u8 *chunk, size_t size)
{
	u32 n = 0;

	mutex_lock(&p->slave.out_lock);
	if (!p->slave.stopped)
		n = ringbuf_read(&p->slave.out, chunk, (u32)size);
	mutex_unlock(&p->slave.out_lock);
	return n;
}

/*
 * Read the slave's output, after a status byte in packet mode: the bytes, 0 (another reader was
 * faster), -EFAULT.
 */
static ssize_t master_take(struct pty *p, struct uio *uio)
{
	static const u8 data_packet = TIOCPKT_DATA;
	bool packets = READ_ONCE(p->packets), some = false;
	ssize_t total = 0;
	u8 chunk[256];
	u32 n;

	if (packets && uio->left_bytes == 1) /* no room for more than the status */
		return uio_copy_in(uio, &data_packet, 1) ? 1 : -EFAULT;
	do {
		n = master_take_chunk(p, chunk,
				      min(uio->left_bytes - (packets && !some), sizeof(chunk)));
		if (n && packets && !some)
			total += (ssize_t)uio_copy_in(uio, &data_packet, 1);
		some |= n != 0;
		if (n && uio_copy_in(uio, chunk, n) < n) {
			total = total ? total : -EFAULT;
			break;
		}
		total += n;
	} while (n == sizeof(chunk));
	if (some)
		waitq_wake_key(&p->slave.writers, POLLOUT | POLLWRNORM, false);
	return total;
}

static ssize_t master_read(struct file *file, struct uio *uio, u64 *pos)
{
	struct pty *p = file->data;
	ssize_t n;

	if (!uio->left_bytes)
		return 0;
	for (;;) {
		/* Read before the buffer: then what the slave's last file wrote is not missed. */
		bool closed = slave_is_closed(p);

		n = master_has_input(p) ? master_take(p, uio) : 0;
		if (n)
			return n;
		if (master_has_input(p))
			continue;
		if (closed)
			return -EIO;
		if (READ_ONCE(file->flags) & O_NONBLOCK)
			return -EAGAIN;
		if (WAIT_EVENT(&p->readers, master_has_input(p) || slave_is_closed(p),
			       DEADLINE_NEVER))
			return -ERESTARTSYS;
	}
}

static bool master_has_room(const struct pty *p)
{
	return READ_ONCE(p->slave.raw.head) - READ_ONCE(p->slave.raw.tail) < TTY_BUFFER_BYTES;
}

/*
 * Pass a chunk to the slave's input. *done is the number of bytes: 0 (all), -EAGAIN, -ERESTARTSYS.
 */
static int master_put(struct pty *p, struct file *file, const u8 *bytes, size_t len, size_t *done)
{
	*done = 0;
	for (;;) {
		*done += tty_receive_quietly(&p->slave, bytes + *done, len - *done);
		tty_process_input(&p->slave);
		if (*done == len)
			return 0;
		if (master_has_room(p))
			continue;
		if (READ_ONCE(file->flags) & O_NONBLOCK)
			return -EAGAIN;
		if (WAIT_EVENT(&p->writers, master_has_room(p), DEADLINE_NEVER))
			return -ERESTARTSYS;
	}
}

static ssize_t master_write(struct file *file, struct uio *uio, u64 *pos)
{
	struct pty *p = file->data;
	u8 chunk[256];
	ssize_t total = 0;
	size_t done;
	int err = 0;

	while (!err && uio->left_bytes) {
		size_t len = min(uio->left_bytes, sizeof(chunk));

		if (uio_copy_out(uio, chunk, len) < len) {
			err = -EFAULT;
			break;
		}
		err = master_put(p, file, chunk, len, &done);
		total += (ssize_t)done;
		if (!err && uio->left_bytes && thread_signal_pending(current_thread()))
			err = -ERESTARTSYS; /* a full line drops input and never makes it wait */
	}
	return total ? total : err;
}

static u32 master_poll(struct file *file, struct poll_table *table)
{
	struct pty *p = file->data;

	poll_wait(table, &p->readers);
	poll_wait(table, &p->writers);
	return (master_has_input(p) ? POLLIN | POLLRDNORM : 0U) |
	       (master_has_room(p) ? POLLOUT | POLLWRNORM : 0U) |
	       (slave_is_closed(p) ? POLLHUP : 0U);
}

/* TIOCGPTPEER: a descriptor of the slave, or error. */
static long open_peer(struct pty *p, int flags)
{
	struct file *file;
	char name[24];
	int err;

	ksnprintf(name, sizeof(name), "/dev/pts/%u", p->index);
	err = vfs_open(AT_FDCWD, name, flags, 0, &file);
	return err ? err : fd_install(file, 0, flags & O_CLOEXEC);
}

static long send_signal(struct pty *p, u64 signal)
{
	if (signal != SIGINT && signal != SIGQUIT && signal != SIGTSTP)
		return -EINVAL;
	tty_signal_foreground(&p->slave, (int)signal);
	return 0;
}

static long get_foreground(struct pty *p, u32 __user *to)
{
	pid_t number = tty_foreground_number(&p->slave);

	return put_user_u32((u32)number, to);
}

static long master_ioctl(struct file *file, unsigned cmd, u64 arg)
{
	struct pty *p = file->data;
	u32 __user *word = (u32 __user *)arg;
	u32 value;

	switch (cmd) {
	case TIOCGPTN:
		return put_user_u32(p->index, word);
	case TIOCGPTLCK:
		return put_user_u32(READ_ONCE(p->locked), word);
	case TIOCSPTLCK:
	case TIOCPKT:
		if (get_user_u32(&value, word))
			return -EFAULT;
		if (cmd == TIOCPKT)
			WRITE_ONCE(p->packets, value != 0);
		else
			WRITE_ONCE(p->locked, value != 0);
		return 0;
	case TIOCGPKT:
		return put_user_u32(READ_ONCE(p->packets), word);
	case TIOCGPTPEER:
		return open_peer(p, (int)arg);
	case TIOCSIG:
		return send_signal(p, arg);
	case TIOCGPGRP:
		return get_foreground(p, word);
	case FIONREAD:
		return put_user_u32(tty_output_pending(&p->slave), word);
	case TIOCSCTTY:
	case TIOCNOTTY:
		return -ENOTTY;
	default:
		return tty_command(&p->slave, cmd, arg);
	}
}

const struct file_ops pty_master_file_ops = {
	.read = master_read,
	.write = master_write,
	.ioctl = master_ioctl,
	.poll = master_poll,
	.open = master_open,
	.release = master_release,
};

void pty_init(void)
{
	int err = char_device_register(device_make(TTYAUX_MAJOR, MINOR_PTMX), "ptmx", 0666,
				       &pty_master_file_ops, NULL);

	if (err)
		log_err("/dev/ptmx: error %d", -err);
}
