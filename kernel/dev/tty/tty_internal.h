/* SPDX-License-Identifier: MIT */
/* Between the files of dev/tty only. */
#pragma once

#include "dev/tty/tty.h"

struct uio;

#define TTY_OUT_RESERVE 256U /* of the output buffer: for echoes */

static inline bool tty_l(const struct tty *tty, tcflag_t flag)
{
	return READ_ONCE(tty->termios.c_lflag) & flag;
}
static inline bool tty_i(const struct tty *tty, tcflag_t flag)
{
	return READ_ONCE(tty->termios.c_iflag) & flag;
}
static inline u8 tty_cc(const struct tty *tty, unsigned index)
{
	return tty->termios.c_cc[index];
}

/* tty_input.c. All: tty->lock held. */
/* Take bytes as if typed. */
void tty_input_chars(struct tty *tty, const u8 *bytes, size_t len);
/* How many more bytes the edited input takes now. */
u32 tty_input_room(const struct tty *tty);
void tty_input_flush(struct tty *tty);
/* ICANON was switched. */
void tty_input_mode_changed(struct tty *tty);

/* tty_read.c. */
ssize_t tty_read(struct file *file, struct uio *uio, u64 *pos);
/* Is there something to read by the present mode? Also without tty->lock, as a hint. */
bool tty_readable(const struct tty *tty);
u32 tty_readable_bytes(struct tty *tty);

/* tty_output.c. */
ssize_t tty_write(struct file *file, struct uio *uio, u64 *pos);
/*
 * Echo @len bytes, processed as output. False: there was no room for all; the others are dropped.
 * @tty->lock held.
 */
bool tty_echo(struct tty *tty, const void *bytes, size_t len);
/* Hand to the driver what it takes. Takes out_lock. */
void tty_output_flush(struct tty *tty);
void tty_output_discard(struct tty *tty);
void tty_output_stop(struct tty *tty, bool stop);
bool tty_has_output_room(const struct tty *tty);
/* Wait until all is with the driver. 0, -EINTR. */
int tty_output_drain(struct tty *tty) __must_check;
u32 tty_output_pending(struct tty *tty);
/* The output column now. */
u32 tty_output_column(struct tty *tty);

/* tty_ioctl.c. */
long tty_ioctl(struct file *file, unsigned cmd, u64 arg);
/* The same on a terminal, for the other side of a pseudo-terminal. */
long tty_command(struct tty *tty, unsigned cmd, u64 arg);

/* tty.c: a hang-up, if @tty is @session's. Context: task. */
void tty_hangup_session(struct tty *tty, const struct pid *session);

/* tty_job.c. */
/*
 * May the current process use @tty, for what @signal forbids to the background (SIGTTIN, SIGTTOU)?
 * 0, -EIO, -ERESTARTSYS.
 */
int tty_check_job(struct tty *tty, int signal) __must_check;
void tty_signal_foreground(struct tty *tty, int signal);
/* TIOCSCTTY, TIOCNOTTY, TIOCGPGRP, TIOCSPGRP, TIOCGSID. */
int tty_take_control(struct file *file, bool steal);
int tty_give_up_control(struct tty *tty);
int tty_get_foreground(struct tty *tty, pid_t *out);
int tty_set_foreground(struct tty *tty, pid_t pgrp);
int tty_get_session(struct tty *tty, pid_t *out);
/* The foreground group, for whoever asks; 0: none. */
pid_t tty_foreground_number(struct tty *tty);
/* Opening @file without O_NOCTTY makes it the terminal of a session leader without one. */
void tty_take_control_on_open(struct file *file);
/*
 * For a hang-up: open files die, the session loses the terminal and is signalled. @only: not unless
 * the session is this one (then false); NULL: whichever, or none.
 */
bool tty_disconnect(struct tty *tty, const struct pid *only);
void tty_job_init(void);
/* Is @tty the current process's terminal? */
bool tty_is_of_current(const struct tty *tty);
/* The current process's terminal with one more user (tty_put), or NULL. */
struct tty *tty_current(void);

/* tty_ports.c, pty.c */
void tty_ports_init(void);
void pty_init(void);

/* Is this file alive, or was its terminal hung up since it was opened? */
static inline bool tty_file_is_dead(const struct tty_file *f)
{
	return !f->survives_hangup &&
	       f->generation != __atomic_load_n(&f->tty->generation, __ATOMIC_ACQUIRE);
}
