/* SPDX-License-Identifier: MIT */
/* Waiting for any of many files: poll(2), select(2) and their relatives. */
#pragma once

#include "vfs/file.h"
#include "vfs/pollwait.h"

#define POLLER_INLINE 8

struct poller;

/* A poller's entry on one wait queue. */
struct poller_entry {
	struct wait_entry entry;
	struct waitq *queue;
	struct file *file; /* referenced: the wait queue is part of it */
	struct poller *poller;
	u32 wanted;
};

/* A thread that waits for any of many files. On the thread's stack. */
struct poller {
	struct poll_table table;
	struct file *file; /* polled now                 */
	u32 wanted;	   /* events of it               */
	bool triggered;	   /* a wait queue was woken     */
	bool registered;   /* no entries are to be added */
	int error;	   /* -ENOMEM while registering  */
	unsigned nr_entries;
	struct poller_entry inline_entries[POLLER_INLINE];
	struct poller_chunk *chunks; /* further entries */
};

/* Set up @poller for the current thread. */
void poller_init(struct poller *poller);
/*
 * The events of @fd among @wanted, POLLERR and POLLHUP; POLLNVAL when it is not open. Adds entries
 * to the file's wait queues in the first round: until poller_wait or poller_no_wait.
 */
u32 poller_check(struct poller *poller, int fd, u32 wanted);
/*
 * After a round without events: sleep until a file may have some. 0: poll again; -EINTR,
 * -ETIMEDOUT, -ENOMEM (an entry could not be added).
 */
int poller_wait(struct poller *poller, u64 deadline_ns) __must_check;
/* The thread will not wait: poller_check adds no more entries. */
void poller_no_wait(struct poller *poller);
/* Remove all entries. */
void poller_fini(struct poller *poller);

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
