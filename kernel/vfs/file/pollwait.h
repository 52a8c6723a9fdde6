/* SPDX-License-Identifier: MIT */
/*
 * How poll, select and epoll wait on many files: each file's poll hook names the queues to wait on.
 */
#pragma once

#include "sched/waitq.h"

struct file;

struct poll_table {
	/* Called by a file's poll hook for each queue whose sleepers it wakes. */
	void (*enqueue)(struct poll_table *table, struct waitq *wq);
};

static inline void poll_wait(struct poll_table *table, struct waitq *wq)
{
	if (table && table->enqueue)
		table->enqueue(table, wq);
}
