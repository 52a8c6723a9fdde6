/* SPDX-License-Identifier: MIT */
/* Waiting for any of many files: poll(2), select(2) and their relatives. */
#pragma once

#include "vfs/file.h"
#include "vfs/pollwait.h"

#define POLLER_INLINE 8

struct poller;

/* One queue that a poller stands on. */
struct poller_entry {
	struct wait_entry entry;
	struct waitq *queue;
	struct file *file; /* referenced: the queue is part of it */
	struct poller *poller;
	u32 wanted;
};

/* Somebody who waits; lives on its stack. */
struct poller {
	struct poll_table table;
	struct file *file; /* being asked now            */
	u32 wanted;	   /* of it                      */
	bool triggered;	   /* a queue woke us            */
	bool registered;   /* stands on all queues       */
	int error;	   /* -ENOMEM while registering  */
	unsigned nr_entries;
	struct poller_entry inline_entries[POLLER_INLINE];
	struct poller_chunk *chunks; /* further entries */
};

void poller_init(struct poller *poller);
/*
 * Events of @fd among @wanted and POLLERR, POLLHUP; POLLNVAL when it is not open. Registers on the
 * first round (until poller_registered).
 */
u32 poller_check(struct poller *poller, int fd, u32 wanted);
/*
 * After a round without events: sleep until something happens. 0: look again; -EINTR, -ETIMEDOUT,
 * -ENOMEM.
 */
int poller_wait(struct poller *poller, u64 deadline_ns) __must_check;
/* Nothing will wait: do not register any more. */
void poller_no_wait(struct poller *poller);
void poller_fini(struct poller *poller);

struct pollfd;
/*
 * poll(2) on kernel memory: the number of entries with events, 0 at the deadline, -EINTR, -ENOMEM.
 * @deadline_ns: on the monotonic clock; 0: do not wait.
 */
int poll_wait_fds(struct pollfd *fds, unsigned nr_fds, u64 deadline_ns) __must_check;

/* select(2)'s six bitmaps: what is asked for, what is ready. */
struct select_sets {
	const u64 *in, *out, *except; /* NULL: none asked for */
	u64 *in_ready, *out_ready, *except_ready;
};
/* The number of bits set, -EBADF, -EINTR, -ENOMEM. */
int select_wait_fds(unsigned nr_fds, const struct select_sets *sets, u64 deadline_ns) __must_check;
