/* SPDX-License-Identifier: MIT */
/*
 * Descriptors 0 to 2, of which the caller may have closed some. No socket of ours may take such a
 * number, so they are opened on /dev/null; but a guest's program finds them closed, as it would on
 * this host. What the command itself writes there fails with EBADF.
 */
#pragma once

#include <stdbool.h>

/* At the start, before anything else is opened. */
void streams_open(void);

/* Was @fd, 0 to 2, closed at the start? */
bool streams_was_closed(int fd);
