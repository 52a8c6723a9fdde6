/* SPDX-License-Identifier: MIT */
/* Waiting for any of many files: poll(2), select(2) and their relatives. */
#pragma once

#include "lib/compiler.h"

struct pollfd;
/*
 * poll(2) on kernel memory: the number of entries with events, 0 at the deadline, -EINTR, -ENOMEM.
 * @deadline_ns: on the monotonic clock; 0: do not wait.
 */
int poll_wait_fds(struct pollfd *fds, unsigned nr_fds, u64 deadline_ns) __must_check;

/* select(2)'s six bitmaps: the wanted descriptors, and those that are ready. */
struct select_sets {
	const u64 *in, *out, *except; /* NULL: none wanted */
	u64 *in_ready, *out_ready, *except_ready;
};
/* select(2) on kernel memory: the number of bits set, -EBADF, -EINTR, -ENOMEM. */
int select_wait_fds(unsigned nr_fds, const struct select_sets *sets, u64 deadline_ns) __must_check;
