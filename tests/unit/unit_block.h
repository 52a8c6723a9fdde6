/* SPDX-License-Identifier: MIT */
// UNIT: block/block_queue.c block/block_request.c sched/waitq.c
/*
 * A disk for unit tests: the queue's thread is a coroutine, the device is an array of the requests
 * that it has, which the test answers; time and interrupts are the test's.
 */
#pragma once

#include "block/block_device.h"
#include "fake_threads.h"

#define UNIT_DISK_SECTORS 4096

extern struct thread unit_queue_thread;
extern u64 unit_timer_at_ns;   /* when the queue's timer fires; 0: it is not set */
extern unsigned unit_nr_lines; /* of the log */

extern struct unit_device {
	struct block_request *has[64];
	bool is_answered[64]; /* and not collected so far */
	int answers[64];
	unsigned nr, room;
	unsigned nr_starts, nr_notifies, nr_resets, nr_unpublished;
	int reset_result, start_result;
	bool is_stopped; /* by a reset that failed: no hook may be called */
} unit_device;

extern struct block_queue unit_queue;
extern struct block_device unit_disk, unit_partition; /* of 50 sectors, from sector 100 on */

/*
 * All anew: a device with @room for so many requests, blocks of 512 bytes, at most 4 segments of
 * 8 KiB and 16 KiB in a request, a cache and no FUA.
 */
void unit_block_init(unsigned room);
/* The device answers its @i-th request, and interrupts. */
void unit_answer(unsigned i, int result);
/* And the threads run. */
void unit_answer_and_settle(unsigned i, int result);
/* The timer's interrupt comes, whatever the clock says; the threads run. */
void unit_timer_fires(void);
/* Let @ns pass, with the timer's interrupts. */
void unit_pass(u64 ns);
