// SPDX-License-Identifier: MIT
/*
 * tty_ioctl.c -- commands of a terminal: tty_ioctl(2).
 *
 * Parts.  The commands are in groups: modes, job control, queues, the rest. A group answers
 *   ENOIOCTLCMD for what belongs to another one, which no program sees. Those that set modes,
 *   flush, stop or drain output first stop a process of the background (tty_check_job). tty->lock
 *   guards the modes and is not held while output drains. The old struct termio sets the low halves
 *   of the words and leaves the others.
 * Tests.  tests/guest/tty/tty_pty.c, tty_session.c, tty_console.c.
 */
#include "dev/tty/tty_internal.h"

#include "core/assert.h"
#include "core/errno.h"
#include "proc/process.h"
#include "vfs/cred.h"
#include "vm/user_copy.h"

#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/signal.h>
#include <linux/tty.h>

#ifndef ENOIOCTLCMD
#define ENOIOCTLCMD 515 /* within this file: the command is of another group */
#endif

bool tty_insertion_allowed; /* [a] */

/* When new modes take effect: TCSETS, TCSETSW, TCSETSF. */
enum set_when { SET_NOW, SET_DRAINED, SET_FLUSHED };

static void termios_get(struct tty *tty, struct termios2 *out)
{
	mutex_lock(&tty->lock);
	*out = tty->termios;
	mutex_unlock(&tty->lock);
}

static int termios_set(struct tty *tty, const struct termios2 *modes, enum set_when when)
{
	bool mode_changed;
	int err = tty_check_job(tty, SIGTTOU);

	if (err)
		return err;
	if (when != SET_NOW && tty_output_drain(tty))
		return -ERESTARTSYS;
	debug_assert(when <= SET_FLUSHED);
	mutex_lock(&tty->lock);
	if (when == SET_FLUSHED)
		tty_input_flush(tty);
	mode_changed = (tty->termios.c_lflag ^ modes->c_lflag) & ICANON;
	tty->termios = *modes;
	if (mode_changed)
		tty_input_mode_changed(tty);
	mutex_unlock(&tty->lock);
	if (!(modes->c_iflag & IXON))
		tty_output_stop(tty, false);
	waitq_wake_all(&tty->readers); /* there may be something to read in the new mode */
	return 0;
}

/* The old struct termio: the low halves of the words, and the first NCC characters. */
static long termio_get(struct tty *tty, void __user *arg)
{
	struct termios2 t;
	struct termio old;

	memset(&old, 0, sizeof(old)); /* it ends in a byte of padding */
	termios_get(tty, &t);
	old.c_iflag = (u16)t.c_iflag;
	old.c_oflag = (u16)t.c_oflag;
	old.c_cflag = (u16)t.c_cflag;
	old.c_lflag = (u16)t.c_lflag;
	old.c_line = t.c_line;
	memcpy(old.c_cc, t.c_cc, NCC);
	return copy_to_user(arg, &old, sizeof(old));
}

static long termio_set(struct tty *tty, const void __user *arg, enum set_when when)
{
	struct termios2 t;
	struct termio old;

	if (copy_from_user(&old, arg, sizeof(old)))
		return -EFAULT;
	termios_get(tty, &t);
	t.c_iflag = (t.c_iflag & 0xffff0000) | old.c_iflag;
	t.c_oflag = (t.c_oflag & 0xffff0000) | old.c_oflag;
	t.c_cflag = (t.c_cflag & 0xffff0000) | old.c_cflag;
	t.c_lflag = (t.c_lflag & 0xffff0000) | old.c_lflag;
	t.c_line = old.c_line;
	memcpy(t.c_cc, old.c_cc, NCC);
	return termios_set(tty, &t, when);
}

/* @size is that of struct termios (no speeds) or struct termios2. */
static long termios_get_user(struct tty *tty, void __user *arg, size_t size)
{
	struct termios2 t;

	termios_get(tty, &t);
	return copy_to_user(arg, &t, size);
}

static long termios_set_user(struct tty *tty, const void __user *arg, size_t size,
			     enum set_when when)
{
	struct termios2 t;

	termios_get(tty, &t); /* struct termios does not change the speeds */
	if (copy_from_user(&t, arg, size))
		return -EFAULT;
	return termios_set(tty, &t, when);
}

static long ioctl_modes(struct tty *tty, unsigned cmd, void __user *arg)
{
	size_t size = sizeof(struct termios), size2 = sizeof(struct termios2);

	switch (cmd) {
	case TCGETS:
		return termios_get_user(tty, arg, size);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return termios_set_user(tty, arg, size, (enum set_when)(cmd - TCSETS));
	case TCGETS2:
		return termios_get_user(tty, arg, size2);
	case TCSETS2:
	case TCSETSW2:
	case TCSETSF2:
		return termios_set_user(tty, arg, size2, (enum set_when)(cmd - TCSETS2));
	case TCGETA:
		return termio_get(tty, arg);
	case TCSETA:
	case TCSETAW:
	case TCSETAF:
		return termio_set(tty, arg, (enum set_when)(cmd - TCSETA));
	default:
		return -ENOIOCTLCMD;
	}
}

static long winsize_get(struct tty *tty, void __user *arg)
{
	struct winsize size;

	mutex_lock(&tty->lock);
	size = tty->winsize;
	mutex_unlock(&tty->lock);
	return copy_to_user(arg, &size, sizeof(size));
}

static long winsize_set(struct tty *tty, const void __user *arg)
{
	struct winsize size;

	if (copy_from_user(&size, arg, sizeof(size)))
		return -EFAULT;
	mutex_lock(&tty->lock);
	tty_set_winsize(tty, &size);
	mutex_unlock(&tty->lock);
	return 0;
}

static long ioctl_job(struct tty *tty, unsigned cmd, u64 arg)
{
	pid_t number = 0;
	int err;

	switch (cmd) {
	case TIOCNOTTY:
		return tty_give_up_control(tty);
	case TIOCGPGRP:
		err = tty_get_foreground(tty, &number);
		break;
	case TIOCGSID:
		err = tty_get_session(tty, &number);
		break;
	case TIOCSPGRP:
		err = get_user_u32((u32 *)&number, (const u32 __user *)arg);
		return err ? err : tty_set_foreground(tty, number);
	default:
		return -ENOIOCTLCMD;
	}
	return err ? err : put_user_u32((u32)number, (u32 __user *)arg);
}

static long flow_control(struct tty *tty, u64 action)
{
	switch (action) {
	case TCOOFF:
	case TCOON:
		tty_output_stop(tty, action == TCOOFF);
		return 0;
	case TCIOFF:
	case TCION:
		return 0; /* no driver can stop its line */
	default:
		return -EINVAL;
	}
}

static long flush_queues(struct tty *tty, u64 which)
{
	if (which != TCIFLUSH && which != TCOFLUSH && which != TCIOFLUSH)
		return -EINVAL;
	if (which != TCOFLUSH) {
		mutex_lock(&tty->lock);
		tty_input_flush(tty);
		mutex_unlock(&tty->lock);
	}
	if (which != TCIFLUSH)
		tty_output_discard(tty);
	return 0;
}

static long insert_byte(struct tty *tty, const void __user *arg)
{
	u8 byte;

	if (!capable(CAP_SYS_ADMIN)) {
		if (!READ_ONCE(tty_insertion_allowed))
			return -EIO;
		if (!tty_is_of_current(tty))
			return -EPERM;
	}
	if (copy_from_user(&byte, arg, 1))
		return -EFAULT;
	mutex_lock(&tty->lock);
	tty_input_chars(tty, &byte, 1);
	mutex_unlock(&tty->lock);
	tty_output_flush(tty);
	waitq_wake_key(&tty->readers, POLLIN | POLLRDNORM, false);
	return 0;
}

static long ioctl_queues(struct tty *tty, unsigned cmd, u64 arg)
{
	int err;

	switch (cmd) {
	case FIONREAD:
		return put_user_u32(tty_readable_bytes(tty), (u32 __user *)arg);
	case TIOCOUTQ:
		return put_user_u32(tty->driver->out_is_received ? 0 : tty_output_pending(tty),
				    (u32 __user *)arg);
	case TCFLSH:
	case TCXONC:
		err = tty_check_job(tty, SIGTTOU);
		if (err)
			return err;
		return cmd == TCFLSH ? flush_queues(tty, arg) : flow_control(tty, arg);
	case TCSBRK:
	case TCSBRKP:
		err = tty_check_job(tty, SIGTTOU);
		if (!err && tty_output_drain(tty))
			err = -ERESTARTSYS;
		return err;
	case TIOCSTI:
		return insert_byte(tty, (const void __user *)arg);
	default:
		return -ENOIOCTLCMD;
	}
}

static long ioctl_other(struct tty *tty, unsigned cmd, u64 arg)
{
	u32 discipline;

	switch (cmd) {
	case TIOCGWINSZ:
		return winsize_get(tty, (void __user *)arg);
	case TIOCSWINSZ:
		return winsize_set(tty, (const void __user *)arg);
	case TIOCEXCL:
	case TIOCNXCL:
		mutex_lock(&tty->lock);
		tty->exclusive = cmd == TIOCEXCL;
		mutex_unlock(&tty->lock);
		return 0;
	case TIOCGETD:
		return put_user_u32(N_TTY, (u32 __user *)arg);
	case TIOCSETD:
		if (get_user_u32(&discipline, (const u32 __user *)arg))
			return -EFAULT;
		return discipline == N_TTY ? 0 : -EINVAL;
	default:
		return -ENOTTY;
	}
}

long tty_command(struct tty *tty, unsigned cmd, u64 arg)
{
	long result = ioctl_modes(tty, cmd, (void __user *)arg);

	if (result == -ENOIOCTLCMD)
		result = ioctl_job(tty, cmd, arg);
	if (result == -ENOIOCTLCMD)
		result = ioctl_queues(tty, cmd, arg);
	if (result == -ENOIOCTLCMD)
		result = ioctl_other(tty, cmd, arg);
	debug_assert(result != -ENOIOCTLCMD);
	return result;
}

long tty_ioctl(struct file *file, unsigned cmd, u64 arg)
{
	if (tty_file_is_dead(file->data))
		return -EIO;
	if (cmd == TIOCSCTTY)
		return tty_take_control(file, arg == 1);
	return tty_command(tty_of_file(file), cmd, arg);
}
