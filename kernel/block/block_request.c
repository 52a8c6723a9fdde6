// SPDX-License-Identifier: MIT
/*
 * block_request.c -- the checks of a request, and requests that are waited for.
 *
 * Idea.  Whatever a driver is given is on the disk, in whole blocks, and within the driver's
 *   limits: that is checked here, once, for all drivers. A thread that waits sleeps on one of a few
 *   queues, which outlive its request: the request is its owner's as soon as it is over.
 * Tests.  block_queue_test.c
 */
#include "block/block_device.h"

#include "core/assert.h"
#include "core/errno.h"
#include "lib/hash.h"

#define WAITERS_BITS 4

static struct waitq waiters[1 << WAITERS_BITS]; /* [I] of block_submit_and_wait, by request */

void block_requests_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(waiters); i++)
		waitq_init(&waiters[i]);
}

/* Are the segments within the limits? Sets the request's length. */
static bool segments_are_good(const struct block_limits *limits, struct block_request *request)
{
	u64 bytes = 0;

	if (!request->nr_segments || request->nr_segments > limits->max_segments)
		return false;
	for (unsigned i = 0; i < request->nr_segments; i++) {
		const struct block_segment *s = &request->segments[i];

		if (!s->len_bytes || s->len_bytes > limits->max_segment_bytes ||
		    (s->len_bytes | s->offset) % SECTOR_BYTES)
			return false;
		bytes += s->len_bytes;
	}
	if (bytes > limits->max_bytes || bytes % limits->block_bytes)
		return false;
	request->bytes = (u32)bytes;
	return true;
}

static int check(const struct block_device *device, struct block_request *request)
{
	const struct block_limits *limits = &device->queue->limits;
	u64 nr_sectors;

	request->bytes = 0;
	if (request->operation == BLOCK_FLUSH)
		return request->nr_segments || request->sector ? -EINVAL : 0;
	if (request->operation >= BLOCK_NR_OPERATIONS)
		return -EINVAL;
	if (request->operation == BLOCK_WRITE && device->is_read_only)
		return -EPERM;
	if (!segments_are_good(limits, request) ||
	    request->sector % (limits->block_bytes >> SECTOR_SHIFT))
		return -EINVAL;
	nr_sectors = request->bytes >> SECTOR_SHIFT;
	return request->sector < device->nr_sectors &&
			       nr_sectors <= device->nr_sectors - request->sector
		       ? 0
		       : -EINVAL;
}

int block_submit(struct block_device *device, struct block_request *request, unsigned flags)
{
	int err = check(device, request);

	if (err)
		return err;
	request->device = device;
	request->disk_sector = device->first_sector + request->sector;
	return block_queue_submit(device->queue, request, flags);
}

static struct waitq *waiters_of(const struct block_request *request)
{
	return &waiters[hash_bits((u64)(uintptr_t)request, WAITERS_BITS)];
}

static void wake_waiter(struct block_request *request)
{
	struct waitq *wq = waiters_of(request);

	/* Release: the waiter, who sees this, reads the result, and may free the request. */
	__atomic_store_n(&request->is_over, true, __ATOMIC_RELEASE);
	waitq_wake_all(wq);
}

int block_submit_and_wait(struct block_device *device, struct block_request *request)
{
	int err;

	might_sleep();
	request->done = wake_waiter;
	request->is_over = false;
	err = block_submit(device, request, BLOCK_MAY_WAIT);
	if (err)
		return err;
	/* Killed or not: the device has the memory. The end comes within a bounded time. */
	WAIT_EVENT_UNINTERRUPTIBLE(waiters_of(request),
				   __atomic_load_n(&request->is_over, __ATOMIC_ACQUIRE));
	return request->result;
}

int block_transfer(struct block_device *device, enum block_operation operation, u64 sector,
		   struct page *page, u32 len_bytes)
{
	const struct block_limits *l = &device->queue->limits;
	u32 most = align_down(min(l->max_segment_bytes, l->max_bytes), l->block_bytes);
	int err = 0;

	for (u32 at = 0; at < len_bytes && !err; at += most) {
		struct block_segment segment = {page, at, min(len_bytes - at, most)};
		struct block_request request = {.operation = operation,
						.sector = sector + (at >> SECTOR_SHIFT),
						.segments = &segment,
						.nr_segments = 1};

		err = block_submit_and_wait(device, &request);
	}
	return err;
}

int block_flush(struct block_device *device)
{
	struct block_request request = {.operation = BLOCK_FLUSH};

	return block_submit_and_wait(device, &request);
}
