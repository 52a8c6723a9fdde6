/* SPDX-License-Identifier: MIT */
// UNIT: lib/string.c dev/tty/tty.c dev/tty/tty_input.c dev/tty/tty_output.c dev/tty/tty_read.c
// UNIT: sched/waitq.c vm/uio.c
/*
 * A terminal on the host: its line keeps what was sent, and takes as much as the test allows; the
 * foreground group is a list of the signals sent to it.
 */
#pragma once

#include "dev/tty/tty_internal.h"

extern struct tty unit_tty;
extern struct file unit_tty_file; /* an open file of it */

extern u8 unit_tty_sent[1 << 16]; /* by the terminal to its line */
extern size_t unit_tty_nr_sent;
extern size_t unit_tty_line_takes; /* bytes that the line still takes */

extern int unit_tty_signals[64]; /* to the foreground group */
extern unsigned unit_tty_nr_signals;

/* A terminal as after boot: canonical, with echo. The last one's memory is freed. */
void unit_tty_init(void);
/* Change the settings as tcsetattr does. */
void unit_tty_set(tcflag_t iflag, tcflag_t oflag, tcflag_t lflag);
/* The line brings bytes, and the terminals' thread processes them. */
void unit_tty_type(const void *bytes, size_t len);
void unit_tty_type_text(const char *text);
/* A program reads or writes: the bytes or a negative error. */
ssize_t unit_tty_read(void *buffer, size_t size);
ssize_t unit_tty_write(const void *bytes, size_t len);
/* Forget what was sent. */
void unit_tty_clear(void);
