/* SPDX-License-Identifier: MIT */
/*
 * A request to a disk: what its owner (a file system, a device node) asks for. The owner has the
 * memory of the request, of its segments and of the data, and leaves them alone from block_submit
 * until `done` is called. So submitting needs no memory, and nothing is freed behind its back.
 */
#pragma once

#include "lib/list.h"
#include "mm/page.h"

struct block_device;

#define SECTOR_BYTES 512U /* the unit of places and sizes, whatever the disk's blocks are */
#define SECTOR_SHIFT 9

enum block_operation { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH, BLOCK_NR_OPERATIONS };

/* Memory without a gap: @page, and pages behind it that were allocated with it. */
struct block_segment {
	struct page *page;
	u32 offset, len_bytes; /* multiples of SECTOR_BYTES */
};

struct SHARED block_request {
	/* The owner sets these, and zeroes the others. A flush has neither place nor segments. */
	enum block_operation operation; /* [I] */
	bool is_durable; /* [I] a write that is done when it cannot be lost any more (FUA)    */
	u64 sector;	 /* [I] of the device that it is submitted to                         */
	const struct block_segment *segments; /* [I] which take the data in their order       */
	u32 nr_segments;		      /* [I]                                          */
	/*
	 * [I] It is over, and belongs to its owner again, who may submit it once more. In a thread
	 * of the kernel, which may sleep, but does not wait for a request to the same disk.
	 */
	void (*done)(struct block_request *request);
	void *owner; /* [I] the owner's */

	int result; /* [o] when it is over: 0, -EIO, or another error of the device */

	/* The layer's; a driver reads them. */
	struct block_device *device;  /* [I] */
	enum block_operation command; /* [block_queue] what the device is to do now */
	u64 disk_sector;	      /* [I] the place on the disk, not on the partition */
	u32 bytes;		      /* [I] of all segments */
	void *driver_data;	      /* [block_queue] the driver's, from its start to its end */
	u32 look;		      /* [block_queue] the queue's count of looks at its start */
	u64 started_ns;		      /* [block_queue] */
	struct list_node node;	      /* [block_queue] in one of the queue's lists */
	bool is_over;		      /* [a] for block_submit_and_wait */
};

#define BLOCK_MAY_WAIT 1U /* sleep while the queue is full */

/*
 * Ask @device for @request. After 0 `done` will be called, after a time that is bounded, perhaps
 * before this returns; after an error it will not. Requests overtake each other: who needs an order
 * waits for the first before submitting the second. A flush covers the writes that were over when
 * it was submitted.
 * Context: task; no spinlock; sleeps only with BLOCK_MAY_WAIT.
 * Returns: 0; -EINVAL (the request is not within the device's size, blocks or limits); -EPERM
 * (a write to a read-only device); -EAGAIN (the queue is full); -EIO (the device is lost).
 */
int block_submit(struct block_device *device, struct block_request *request, unsigned flags)
	__must_check;
/* The same, and wait until it is over; `done` is not used. Returns: the result or an error. */
int block_submit_and_wait(struct block_device *device, struct block_request *request) __must_check;
/*
 * Read or write whole blocks at @sector, in as many requests as the limits ask for, which are not
 * durable. Context: task; may sleep. Returns: 0 or the first error.
 */
int block_transfer(struct block_device *device, enum block_operation operation, u64 sector,
		   struct page *page, u32 len_bytes) __must_check;
/* Prepare for those who wait. Boot. */
void block_requests_init(void);
/* What was written before cannot be lost any more. Context: task; may sleep. 0, -EIO, ... */
int block_flush(struct block_device *device) __must_check;
