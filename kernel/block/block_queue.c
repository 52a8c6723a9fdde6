// SPDX-License-Identifier: MIT
/*
 * block_queue.c -- the way of requests to a disk and back.
 *
 * Idea.  A submitter puts its request into the queue, and hands to the driver at once what the
 *   device has room for. An interrupt only wakes the queue's thread. That collects what the device
 *   has answered, hands on what waited for room, and calls the owners' `done`, so these run in a
 *   task and may sleep, and no lock of a disk is taken in an interrupt.
 *   Time: while the device has requests a timer has the thread look each second, and a request that
 *   was seen BLOCK_TIMEOUT_S times (option disk_timeout) is not going to be answered. Looks are
 *   counted because the clock also goes on while the host stops the device and this guest. The
 *   driver then resets the device. The late requests fail; the others are started again, or fail
 *   with all others if the device is lost.
 *   A durable write for a device that has no such command is a write and then a flush, by the same
 *   request; a flush for one that has no cache is over at once.
 * Invariants.
 *   Q1  A request is in one list: waiting, started (the driver has it) or finished. From there it
 *       goes to its owner, and is not touched any more.
 *   Q2  While requests are started, the timer is set, or the thread has been told to look.
 *   Q3  If requests wait, some are started, or the driver is being reset: their end starts more.
 * Ownership.  Requests: block_request.h. Queues live as long as the kernel.
 * Locks.  queue->lock, in tasks only. `wanted` is set by interrupts without it.
 * Cost.  A request: two turns of the lock, and two switches of threads from the interrupt to a
 *   waiting owner.
 * Not done.  There is one queue for each disk, not one for each CPU: `struct block_queue` is what a
 *   driver may have several of later. Adjacent requests are not merged: owners ask for much at a
 *   time. They are not sorted either, which disks without moving parts do not need.
 * Tests.  block_queue_test.c: a device that fails, overtakes, is silent.
 */
#define LOG_SUBSYS "block"
#include "block/block_device.h"

#include "core/assert.h"
#include "core/cmdline.h"
#include "core/errno.h"
#include "core/log.h"
#include "time/clock.h"

#define LOOK_NS NS_PER_SECOND
#define ERRORS_LOGGED_MAX 10 /* of a disk: a program can cause as many as it likes */

/* Bits of queue->wanted. */
#define WANTED_COLLECT 1U /* the device may have answered */
#define WANTED_LOOK 2U	  /* a second has passed */
#define WANTED_DONE 4U	  /* there are finished requests */

static const char *const operation_names[BLOCK_NR_OPERATIONS] = {
	[BLOCK_READ] = "read", [BLOCK_WRITE] = "write", [BLOCK_FLUSH] = "flush"};

static u64 nr_looks_max = BLOCK_TIMEOUT_S; /* [I] after boot */

/* Let the thread do @what. Context: any. */
static void queue_want(struct block_queue *queue, u32 what)
{
	__atomic_fetch_or(&queue->wanted, what, __ATOMIC_RELEASE);
	waitq_wake_one(&queue->work);
}

void block_queue_interrupt(struct block_queue *queue)
{
	queue_want(queue, WANTED_COLLECT);
}

static void look_timer(struct timer *timer)
{
	queue_want(container_of(timer, struct block_queue, timer), WANTED_LOOK);
}

static void set_timer(struct block_queue *queue) REQUIRES(queue->lock)
{
	assert_spin_held(&queue->lock);
	if (queue->has_timer)
		return;
	queue->has_timer = true;
	timer_set(&queue->timer, clock_monotonic_ns() + LOOK_NS);
}

/* ---- from the queue to the device ---- */

static void put_waiting(struct block_queue *queue, struct block_request *request, bool first)
	REQUIRES(queue->lock)
{
	assert_spin_held(&queue->lock);
	if (first)
		list_add_first(&queue->waiting, &request->node);
	else
		list_add_last(&queue->waiting, &request->node);
	queue->nr_waiting++;
}

/* A request is in no list, and over. */
static void finish(struct block_queue *queue, struct block_request *request, int result)
	REQUIRES(queue->lock)
{
	struct block_counts *counts;
	u64 ns = clock_monotonic_ns() - request->started_ns;

	assert_spin_held(&queue->lock);
	request->result = result;
	list_add_last(&queue->finished, &request->node);
	for (struct block_device *d = request->device; d; d = d->disk) {
		counts = &d->counts[request->operation];
		counts->nr_requests++;
		counts->nr_sectors += request->bytes >> SECTOR_SHIFT;
		counts->ns += ns;
		d->nr_in_flight--;
	}
	if (result && queue->nr_errors_logged < ERRORS_LOGGED_MAX) {
		queue->nr_errors_logged++;
		log_err("%s: %s at sector %lu: error %d%s", queue->name,
			operation_names[request->command], request->disk_sector, -result,
			queue->nr_errors_logged == ERRORS_LOGGED_MAX ? "; no more are logged" : "");
	}
}

/* What has been started, or waits, ends like this if the device cannot say how. */
static void finish_all(struct block_queue *queue, struct list_node *list, int result)
	REQUIRES(queue->lock)
{
	struct list_node *node;

	assert_spin_held(&queue->lock);
	while ((node = list_pop_first(list)))
		finish(queue, list_entry(node, struct block_request, node), result);
}

static void count_started(struct block_queue *queue, u32 nr) REQUIRES(queue->lock)
{
	assert_spin_held(&queue->lock);
	if (!queue->nr_started && nr)
		queue->busy_since_ns = clock_monotonic_ns();
	else if (queue->nr_started && !nr)
		queue->busy_ns += clock_monotonic_ns() - queue->busy_since_ns;
	queue->nr_started = nr;
}

u64 block_queue_busy_ns(const struct block_queue *queue)
{
	assert_spin_held(&queue->lock);
	return queue->busy_ns +
	       (queue->nr_started ? clock_monotonic_ns() - queue->busy_since_ns : 0);
}

/* Start one request: false when the device has no room. */
static bool start_one(struct block_queue *queue, struct block_request *request)
	REQUIRES(queue->lock)
{
	int err = 0;

	assert_spin_held(&queue->lock);
	if (request->command != BLOCK_FLUSH || queue->has_write_cache) {
		err = queue->ops->start(queue, request);
		/* Q3: a driver that has no room for a first request would never have any. */
		if (err == -EBUSY && queue->nr_started)
			return false;
	}
	list_remove(&request->node);
	queue->nr_waiting--;
	if (err || (request->command == BLOCK_FLUSH && !queue->has_write_cache)) {
		finish(queue, request, err == -EBUSY ? -EIO : err);
		return true;
	}
	request->look = queue->nr_looks;
	list_add_last(&queue->started, &request->node);
	count_started(queue, queue->nr_started + 1);
	set_timer(queue); /* Q2 */
	return true;
}

/* Start what the device has room for. Returns: it must be notified. */
static bool start_waiting(struct block_queue *queue) REQUIRES(queue->lock)
{
	assert_spin_held(&queue->lock);
	if (queue->is_stopped || queue->is_lost)
		return false;
	while (!list_is_empty(&queue->waiting) &&
	       start_one(queue, list_entry(queue->waiting.next, struct block_request, node)))
		;
	return queue->ops->publish(queue);
}

/*
 * Put @request into the queue, if there is room: 0, -EAGAIN, -EIO. *@notify: see start_waiting;
 * *@wake: the thread has something to do.
 */
static int put_request(struct block_queue *queue, struct block_request *request, bool *notify,
		       bool *wake)
{
	int err = 0;

	spin_lock(&queue->lock);
	if (queue->is_lost)
		err = -EIO;
	else if (queue->nr_waiting >= BLOCK_WAITING_MAX)
		err = -EAGAIN;
	if (!err) {
		request->started_ns = clock_monotonic_ns();
		for (struct block_device *d = request->device; d; d = d->disk)
			d->nr_in_flight++;
		put_waiting(queue, request, false);
		*notify = start_waiting(queue);
		*wake = !list_is_empty(&queue->finished);
	}
	spin_unlock(&queue->lock);
	return err;
}

int block_queue_submit(struct block_queue *queue, struct block_request *request, unsigned flags)
{
	bool notify = false, wake = false;
	int err;

	request->command = request->operation;
	err = put_request(queue, request, &notify, &wake);
	if (err == -EAGAIN && flags & BLOCK_MAY_WAIT) {
		ignore_result(WAIT_EVENT_AS(&queue->room,
					    (err = put_request(queue, request, &notify, &wake)) !=
						    -EAGAIN,
					    THREAD_UNINTERRUPTIBLE, true, DEADLINE_NEVER),
			      "never fails");
		waitq_wake_one(&queue->room); /* there may be room for another one, too */
	}
	if (notify)
		queue->ops->notify(queue);
	if (wake)
		queue_want(queue, WANTED_DONE);
	return err;
}

/* ---- from the device to the owners ---- */

void block_request_end(struct block_queue *queue, struct block_request *request, int result)
{
	assert_spin_held(&queue->lock);
	list_remove(&request->node);
	count_started(queue, queue->nr_started - 1);
	if (!result && request->is_durable && request->command == BLOCK_WRITE && !queue->has_fua &&
	    queue->has_write_cache) {
		request->command = BLOCK_FLUSH;
		put_waiting(queue, request, true);
		return;
	}
	finish(queue, request, result);
}

/* A second has passed. Returns: a request is late. */
static bool look(struct block_queue *queue) REQUIRES(queue->lock)
{
	const struct block_request *oldest;

	assert_spin_held(&queue->lock);
	queue->has_timer = false;
	if (list_is_empty(&queue->started))
		return false;
	queue->nr_looks++;
	set_timer(queue); /* Q2 */
	oldest = list_entry(queue->started.next, struct block_request, node);
	return queue->nr_looks - oldest->look >= nr_looks_max;
}

/* The driver has forgotten what was started: that fails, or waits once more, in its order. */
static void take_back_started(struct block_queue *queue, bool all_fail) REQUIRES(queue->lock)
{
	struct list_node *node;

	assert_spin_held(&queue->lock);
	while (!list_is_empty(&queue->started)) {
		struct block_request *request;

		node = queue->started.prev;
		request = list_entry(node, struct block_request, node);
		list_remove(node);
		if (all_fail || queue->nr_looks - request->look >= nr_looks_max)
			finish(queue, request, -EIO);
		else
			put_waiting(queue, request, true);
	}
	count_started(queue, 0);
}

/* The device has not answered in time. Context: the queue's thread. */
static void reset(struct block_queue *queue)
{
	int err;

	spin_lock(&queue->lock);
	queue->is_stopped = true;
	spin_unlock(&queue->lock);
	log_err("%s: no answer for %lu s; the device is reset", queue->name, nr_looks_max);
	err = queue->ops->reset(queue);
	if (err)
		log_err("%s: lost (error %d): what is asked of it fails from now on", queue->name,
			-err);
	spin_lock(&queue->lock);
	take_back_started(queue, err);
	queue->is_stopped = false;
	if (err) {
		queue->is_lost = true;
		finish_all(queue, &queue->waiting, -EIO);
		queue->nr_waiting = 0;
	}
	spin_unlock(&queue->lock);
	queue_want(queue, WANTED_DONE); /* to start the others, and call `done` */
}

/* Collect, start more, call `done`. */
static void run(struct block_queue *queue, u32 wanted)
{
	struct list_node finished, *node;
	bool notify, has_room, is_late = false;

	list_init(&finished);
	spin_lock(&queue->lock);
	if (!queue->is_lost)
		queue->ops->collect(queue);
	if (wanted & WANTED_LOOK)
		is_late = look(queue);
	notify = start_waiting(queue);
	list_splice_last(&finished, &queue->finished);
	has_room = queue->nr_waiting < BLOCK_WAITING_MAX;
	spin_unlock(&queue->lock);
	if (notify)
		queue->ops->notify(queue);
	if (has_room)
		waitq_wake_one(&queue->room);
	while ((node = list_pop_first(&finished))) {
		struct block_request *request = list_entry(node, struct block_request, node);

		request->done(request); /* Q1 */
	}
	if (is_late)
		reset(queue);
}

static void queue_thread(void *data)
{
	struct block_queue *queue = data;

	for (;;) {
		WAIT_EVENT_UNINTERRUPTIBLE(&queue->work, READ_ONCE(queue->wanted));
		run(queue, __atomic_exchange_n(&queue->wanted, 0, __ATOMIC_ACQUIRE));
	}
}

int block_queue_start(struct block_queue *queue)
{
	const struct block_limits *l = &queue->limits;

	assert(l->block_bytes >= SECTOR_BYTES && l->block_bytes <= PAGE_SIZE);
	assert(l->max_segments && l->max_segment_bytes >= PAGE_SIZE && l->max_bytes >= PAGE_SIZE);
	spin_lock_init(&queue->lock, block_queue);
	list_init(&queue->waiting);
	list_init(&queue->started);
	list_init(&queue->finished);
	waitq_init(&queue->work);
	waitq_init(&queue->room);
	timer_init(&queue->timer, look_timer);
	nr_looks_max = max(cmdline_u64("disk_timeout", BLOCK_TIMEOUT_S), 1UL);
	return thread_create_kernel(queue->name, queue_thread, queue, NULL);
}
