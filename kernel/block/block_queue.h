/* SPDX-License-Identifier: MIT */
/*
 * The queue of one disk, between those who submit requests and the driver. A driver embeds it in
 * its device, fills in the first fields, and gives it to block_queue_start.
 */
#pragma once

#include "block/block_request.h"
#include "sched/waitq.h"
#include "time/timer.h"

struct block_queue;

/* What a driver does. A disk stays: there is no removal. */
struct block_driver_ops {
	/*
	 * Hand @request to the device: request->command at disk_sector, with the segments. Returns:
	 * 0; -EBUSY: there is no room until a request that the device has is over; another error,
	 * which becomes the request's result. Locks: queue->lock held.
	 */
	int (*start)(struct block_queue *queue, struct block_request *request);
	/*
	 * Show the device what was started. Returns: it must be notified. Locks: queue->lock held.
	 */
	bool (*publish)(struct block_queue *queue);
	/* Notify it, which may be slow. Locks: none. */
	void (*notify)(struct block_queue *queue);
	/*
	 * Call block_request_end for each request that the device has answered. Locks: queue->lock
	 * held.
	 */
	void (*collect)(struct block_queue *queue);
	/*
	 * The device has not answered in time. Stop it, so that it touches no request's memory any
	 * more, and forget all requests. Returns: 0: it works again; an error: it is lost, and no
	 * hook is called any more. No other hook is called meanwhile but notify. Locks: none; may
	 * sleep.
	 */
	int (*reset)(struct block_queue *queue);
};

struct block_limits {
	u32 block_bytes;       /* the logical block: a power of two, from SECTOR_BYTES to a page */
	u32 max_segments;      /* of a request */
	u32 max_segment_bytes; /* of one of these; at least a page */
	u32 max_bytes;	       /* of a request; at least a page */
};

struct SHARED block_queue {
	const struct block_driver_ops *ops; /* [I] */
	const char *name;		    /* [I] of the disk, for the log */
	struct block_limits limits;	    /* [I] */
	bool has_write_cache;		    /* [I] else a flush has nothing to do */
	bool has_fua;			    /* [I] start() looks at is_durable of a write */

	struct spinlock lock;	   /* class block_queue */
	struct list_node waiting;  /* [lock] for the device to have room */
	struct list_node started;  /* [lock] the device has them, in the order of their starts */
	struct list_node finished; /* [lock] `done` is to be called */
	u32 nr_waiting;		   /* [lock] */
	u32 nr_started;		   /* [lock] */
	u32 nr_looks;		   /* [lock] the timer's, while the device had requests */
	bool has_timer;		   /* [lock] it is set */
	bool is_stopped;	   /* [lock] the driver is being reset */
	bool is_lost;		   /* [lock] the device does not answer any more */
	u64 busy_since_ns;	   /* [lock] while the device has requests */
	u64 busy_ns;		   /* [lock] for how long it had some, before that */
	u32 nr_errors_logged;	   /* [lock] */

	u32 wanted;	    /* [a] what its thread is to do: WANTED_* */
	struct waitq work;  /* [I] of the thread */
	struct waitq room;  /* [I] of those who may wait */
	struct timer timer; /* [I] */
};

#define BLOCK_WAITING_MAX 256 /* requests that wait for a device to have room */
#define BLOCK_TIMEOUT_S 30    /* for a request that a device has, see block_queue.c */

/* Let @queue take requests: makes its thread. Context: boot, task. 0, -ENOMEM. */
int block_queue_start(struct block_queue *queue) __must_check;
/* The device may have answered: its thread will collect. Context: any; short. */
void block_queue_interrupt(struct block_queue *queue);
/*
 * A request that was started is over. For ops->collect. Locks: queue->lock held.
 */
void block_request_end(struct block_queue *queue, struct block_request *request, int result)
	REQUIRES(queue->lock);

/* How long the device has had requests since boot. Locks: queue->lock held. */
u64 block_queue_busy_ns(const struct block_queue *queue) REQUIRES(queue->lock);

/* Put a request that has been checked into the queue: see block_submit. For block_request.c. */
int block_queue_submit(struct block_queue *queue, struct block_request *request, unsigned flags)
	__must_check;
