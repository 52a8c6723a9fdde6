/* SPDX-License-Identifier: MIT */
/*
 * Waiting for any of many files: poll(2), select(2) and their relatives. @deadline_ns: on the
 * monotonic clock; 0: do not wait. Context: task.
 */
#pragma once

#include "lib/compiler.h"

struct pollfd;

/*
 * poll(2) on kernel memory: the number of entries with events, 0 at the deadline, -EINTR, -ENOMEM.
 */
int poll_wait_fds(struct pollfd *fds, unsigned nr_fds, u64 deadline_ns) __must_check;
/*
 * The same for a program: wait until one of @fds has an event, and write the events of all: how
 * many have any, 0 at the deadline, -EINVAL (more than RLIMIT_NOFILE), -EFAULT, -ENOMEM,
 * -ERESTARTNOHAND.
 */
long poll_files(struct pollfd __user *fds, unsigned nr_fds, u64 deadline_ns) __must_check;

/* select(2)'s bitmaps: of descriptors to read, to write, and with exceptions. */
#define SELECT_SETS 3U
struct select_sets {
	const u64 *wanted[SELECT_SETS]; /* NULL: none */
	u64 *ready[SELECT_SETS];
};
/* select(2) on kernel memory: the number of bits set, -EBADF, -EINTR, -ENOMEM. */
int select_wait_fds(unsigned nr_fds, const struct select_sets *s, u64 deadline_ns) __must_check;
/* The program's bitmaps; NULL: none. */
struct select_user {
	u64 __user *sets[SELECT_SETS];
};
/*
 * The same for a program: wait until a descriptor below @nr_fds is as its set demands, and leave
 * only those in the sets: how many bits that are, 0 at the deadline, -EBADF, -EINVAL, -EFAULT,
 * -ENOMEM, -ERESTARTNOHAND.
 */
long select_files(int nr_fds, const struct select_user *user, u64 deadline_ns) __must_check;
