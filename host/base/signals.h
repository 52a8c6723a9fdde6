/* SPDX-License-Identifier: MIT */
/*
 * Signals to the command, as readable bytes: a handler records the signal and wakes the poll loop.
 * There is one set for the process.
 */
#pragma once

#include <stdbool.h>

/*
 * Record SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH and SIGCHLD; ignore SIGPIPE
 * and SIGXFSZ: writing fails instead.
 * With @debugger_has_keyboard, SIGINT, SIGQUIT and SIGTSTP are ignored: a debugger on the terminal
 * gets them.
 */
void signals_install(bool debugger_has_keyboard);

/* Readable when a signal was recorded; -1 before signals_install. */
int signals_fd(void);

/* The signals recorded since the last call, as a set of bits 1u << number; empties signals_fd. */
unsigned signals_take(void);

/* Record SIGUSR1 and SIGUSR2 as well. After signals_install. */
void signals_install_user(void);

/*
 * End as on a SIGTERM that is not for the program, but for this command: its own time limit.
 * Context: any thread.
 */
void signals_end_now(void);
bool signals_must_end_now(void);

/* The signal in that set that ends the command (SIGINT, SIGTERM, SIGHUP or SIGQUIT); 0: none. */
int signals_ending(unsigned set);

/* The set of these. */
unsigned signals_all_ending(void);

/*
 * The signal that was recorded and ends the command; 0: none. It stays recorded: this is for work
 * that must not go on then, and the poll loop takes it.
 */
int signals_noted_ending(void);

/* In a child, before exec: everything back to its default. */
void signals_reset(void);
