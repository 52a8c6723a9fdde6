/* SPDX-License-Identifier: MIT */
/* Between the files of dev/tty. */
#pragma once

#include "dev/tty/tty.h"

struct uio;

#define TTY_TAB_WIDTH 8
#define TTY_OUT_RESERVE 256U /* bytes of the output buffer that only echoes use */

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

/* tty_input.c. */
/* Process bytes as typed input. */
void tty_input_chars(struct tty *tty, const u8 *bytes, size_t len) REQUIRES(tty->lock);
/* The number of bytes that the input takes now. */
u32 tty_input_room(const struct tty *tty) REQUIRES(tty->lock);
/* Drop the input that was not read. */
void tty_input_flush(struct tty *tty) REQUIRES(tty->lock);
/* ICANON has changed: make what was typed readable. */
void tty_input_mode_changed(struct tty *tty) REQUIRES(tty->lock);

/* tty_read.c. */
ssize_t tty_read(struct file *file, struct uio *uio, u64 *pos);
/*
 * Does poll find something to read in the present mode? Without tty->lock the result is a hint.
 */
bool tty_readable(const struct tty *tty);
/* The same for a reader, which takes bytes also while there are fewer than VMIN. */
bool tty_has_input(const struct tty *tty);
/* For FIONREAD. Takes tty->lock. */
u32 tty_readable_bytes(struct tty *tty);

/* tty_output.c. */
ssize_t tty_write(struct file *file, struct uio *uio, u64 *pos);
/*
 * Echo @len bytes, processed as output. False: there was no room for all; the others are dropped.
 */
bool tty_echo(struct tty *tty, const void *bytes, size_t len) REQUIRES(tty->lock);
/* Give the driver as much output as it takes. Takes out_lock. */
void tty_output_flush(struct tty *tty);
/* Drop the output that the driver has not taken. Takes out_lock. */
void tty_output_discard(struct tty *tty);
/* Stop or continue output, as ^S and ^Q do. Takes out_lock. */
void tty_output_stop(struct tty *tty, bool stop);
bool tty_has_output_room(const struct tty *tty);
/* Wait until the driver has taken all output: 0, -EINTR. */
int tty_output_drain(struct tty *tty) __must_check;
u32 tty_output_pending(struct tty *tty);
/* The output column now: a hint without out_lock. */
u32 tty_output_column(struct tty *tty);

/* tty_ioctl.c. */
long tty_ioctl(struct file *file, unsigned cmd, u64 arg);
/* The same without a file of the terminal: for the master of a pseudo-terminal. */
long tty_command(struct tty *tty, unsigned cmd, u64 arg);

/* tty.c: the window has size @size; if that is new, the foreground group gets SIGWINCH. */
void tty_set_winsize(struct tty *tty, const struct winsize *size) REQUIRES(tty->lock);
/* tty.c: hang @tty up if it is the terminal of @session. Context: task. */
void tty_hangup_session(struct tty *tty, const struct pid *session);

/* tty_job.c. */
/*
 * May the current process use @tty now? A process in the background is sent @signal (SIGTTIN,
 * SIGTTOU). 0, -EIO, -ERESTARTSYS (sent).
 */
int tty_check_job(struct tty *tty, int signal) __must_check;
/* Send @signal to the foreground group, if there is one. */
void tty_signal_foreground(struct tty *tty, int signal);
/* TIOCSCTTY, TIOCNOTTY, TIOCGPGRP, TIOCSPGRP, TIOCGSID. */
int tty_take_control(struct file *file, bool steal);
int tty_give_up_control(struct tty *tty);
int tty_get_foreground(struct tty *tty, pid_t *out);
int tty_set_foreground(struct tty *tty, pid_t pgrp);
int tty_get_session(struct tty *tty, pid_t *out);
/* The number of the foreground group, for any process; 0: there is none. */
pid_t tty_foreground_number(struct tty *tty);
/* Make @file's terminal the controlling one if the current process is a leader without one. */
void tty_take_control_on_open(struct file *file);
/*
 * For a hang-up: open files become dead, the session loses the terminal and gets SIGHUP and
 * SIGCONT. False: nothing was done, as @only is not NULL and not the terminal's session.
 */
bool tty_disconnect(struct tty *tty, const struct pid *only);
void tty_job_init(void);
/* Is @tty the controlling terminal of the current process? */
bool tty_is_of_current(const struct tty *tty);
/* The controlling terminal of the current process, with a reference (tty_put), or NULL. */
struct tty *tty_current(void);

/* tty_ports.c, pty.c */
void tty_ports_init(void);
void pty_init(void);

/* Was the terminal hung up since the file was opened? */
static inline bool tty_file_is_dead(const struct tty_file *f)
{
	return !f->survives_hangup &&
	       f->generation != __atomic_load_n(&f->tty->generation, __ATOMIC_ACQUIRE);
}
