/* SPDX-License-Identifier: MIT */
/* Event counters as files: eventfd(2). */
#pragma once

#include "vfs/file/file.h"

/* A new counter at @initial, with EFD_* @flags: 0, -EINVAL, -ENFILE, -ENOMEM. */
int eventfd_create(u64 initial, int flags, struct file **out) __must_check;
/* Is @file an event counter? */
bool eventfd_is(const struct file *file);
