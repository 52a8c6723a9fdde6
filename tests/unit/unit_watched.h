/* SPDX-License-Identifier: MIT */
/* Files whose poll events the test sets. For tests that link the floor of files (unit_vfs.h). */
#pragma once

#include "vfs/file/file.h"

struct file *unit_watched_open(void);
/* Set events and wake with @key, as a file does for which they have come (0: it says not which). */
void unit_watched_set(struct file *file, u32 events, u64 key);
/* As after a read: nothing is woken. */
void unit_watched_clear(struct file *file, u32 events);
u32 unit_watched_events(const struct file *file);
/* Does anything wait for the file? */
bool unit_watched_is_waited_for(const struct file *file);
