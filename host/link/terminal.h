/* SPDX-License-Identifier: MIT */
/*
 * The user's terminal: raw while the guest has it, and restored on every way out of this process:
 * exit, a signal, a crash of our own (handlers), the guest's death.
 */
#pragma once

#include <stdbool.h>

#include "uapi/hostlink_wire.h"

/* Make the terminal on @fd raw. Returns: 0 or a negative errno (then nothing has changed). */
int terminal_raw(int fd) __attribute__((warn_unused_result));

/*
 * Give the terminal back as it was; nothing when it is not raw. Context: any, signal handlers too.
 */
void terminal_restore(void);

bool terminal_is_raw(void);

/* The terminal's size on @fd; all zero when it cannot be known. */
struct hostlink_winsize terminal_size(int fd);
