// SPDX-License-Identifier: MIT
/*
 * virtio_blk.c -- disks that are virtio devices (VIRTIO 1.2, 5.2).
 *
 * Idea.  A request is a chain in one virtqueue: a header that says what and where, the data, and a
 *   byte in which the device says how it went (5.2.6). Headers and these bytes are in a page that
 *   the device may access; what belongs to them is elsewhere, so the device can only spoil answers.
 *   The interrupt wakes the thread of the disk's queue, which collects (block/block_queue.h).
 *   Nothing that the device says is believed: a size or block that makes no sense has the device
 *   refused, an answer that is no answer is an error of the request. A device that has to be reset
 *   is given up: to set it up again is not done.
 * Invariants.
 *   B1  A slot is free, or in the virtqueue with the request that it has.
 * Ownership.  Devices live as long as the kernel.
 * Locks.  The lock of the disk's queue: the virtqueue and the slots.
 * Not done.  Several queues (VIRTIO_BLK_F_MQ), discarding, a size that changes.
 * Tests.  virtio_blk_test.c, tests/system/disk.t
 */
#define LOG_SUBSYS "disk"
#include "dev/virtio/virtio_blk.h"

#include "block/block_device.h"
#include "core/errno.h"
#include "core/log.h"
#include "lib/fmt.h"
#include "lib/little_endian.h"
#include "mm/kmalloc.h"
#include "mm/page_alloc.h"
#include "vfs/inode/device_number.h"

#include <linux/virtio_blk.h>
#include <linux/virtio_ids.h>

/*
 * The number that Linux takes for these disks on most machines: it counts dynamic ones down from
 * 254. Programs find disks by name, or by /proc/partitions.
 */
#define VIRTBLK_MAJOR 254
#define DISKS_MAX 26 /* vda to vdz */
#define SLOTS_MAX 64
#define SEGMENTS_MAX 64U
#define REQUEST_BYTES_MAX (256U << 10)
#define SECTORS_MAX (1UL << 51) /* 1 EiB: sizes in bytes fit into an s64 */
#define SEGMENT_BYTES_USUAL (64U << 10)

/* What the device reads and writes of a slot. */
struct slot_shared {
	struct virtio_blk_outhdr header;
	u8 status;
	u8 unused[15];
};

struct slot {
	struct block_request *request; /* NULL: the slot is free */
	struct slot *next_free;
};

struct SHARED virtio_disk {
	struct virtio_device *device; /* [I]                                        */
	struct virtqueue *vq;	      /* [block_queue]                              */
	struct block_queue queue;     /* [I] see there */
	struct block_device disk;     /* [I] see there */
	struct slot_shared *shared;   /* [I] one for each slot                      */
	struct slot slots[SLOTS_MAX]; /* [block_queue]                              */
	struct slot *free;	      /* [block_queue]                              */
	/* [block_queue] of the request that is being started */
	struct virtqueue_buffer buffers[SEGMENTS_MAX + 2];
};

static unsigned nr_disks; /* [o] of boot */

static struct virtio_disk *disk_of(struct block_queue *queue)
{
	return container_of(queue, struct virtio_disk, queue);
}

static int disk_start(struct block_queue *queue, struct block_request *request)
	REQUIRES(queue->lock)
{
	static const u32 types[BLOCK_NR_OPERATIONS] = {[BLOCK_READ] = VIRTIO_BLK_T_IN,
						       [BLOCK_WRITE] = VIRTIO_BLK_T_OUT,
						       [BLOCK_FLUSH] = VIRTIO_BLK_T_FLUSH};
	struct virtio_disk *d = disk_of(queue);
	struct slot *slot = d->free;
	struct slot_shared *shared;
	bool reads = request->command == BLOCK_READ;
	unsigned nr = 1;

	assert_spin_held(&queue->lock);
	if (!slot)
		return -EBUSY;
	shared = &d->shared[slot - d->slots];
	put_le32(&shared->header.type, types[request->command]);
	put_le32(&shared->header.ioprio, 0);
	put_le64(&shared->header.sector,
		 request->command == BLOCK_FLUSH ? 0 : request->disk_sector); /* 5.2.6.1 */
	shared->status = 0xff;						      /* no answer */
	d->buffers[0] = (struct virtqueue_buffer){&shared->header, sizeof(shared->header)};
	/* The second half of a durable write is a flush, and has no data. */
	for (unsigned i = 0; request->command != BLOCK_FLUSH && i < request->nr_segments; i++) {
		const struct block_segment *s = &request->segments[i];

		d->buffers[nr++] = (struct virtqueue_buffer){
			(u8 *)page_to_virt(s->page) + s->offset, s->len_bytes};
	}
	d->buffers[nr] = (struct virtqueue_buffer){&shared->status, 1};
	if (virtqueue_add(d->vq, d->buffers, reads ? 1 : nr, reads ? nr : 1, slot))
		return -EBUSY;
	d->free = slot->next_free; /* B1 */
	slot->request = request;
	return 0;
}

static bool disk_publish(struct block_queue *queue) REQUIRES(queue->lock)
{
	assert_spin_held(&queue->lock);
	return virtqueue_publish(disk_of(queue)->vq);
}

static void disk_notify(struct block_queue *queue)
{
	virtqueue_notify(disk_of(queue)->vq);
}

/* What the device's answer means: 5.2.6. @len_bytes: what it says that it has written. */
static int answer_of(const struct block_request *request, u8 status, u32 len_bytes)
{
	u32 expected = 1 + (request->command == BLOCK_READ ? request->bytes : 0);

	switch (status) {
	case VIRTIO_BLK_S_OK:
		/* Data that was not written is no data. */
		return len_bytes < expected ? -EIO : 0;
	case VIRTIO_BLK_S_UNSUPP:
		return -EOPNOTSUPP;
	default:
		return -EIO;
	}
}

static void disk_collect(struct block_queue *queue) REQUIRES(queue->lock)
{
	struct virtio_disk *d = disk_of(queue);
	struct slot *slot;
	u32 len;

	assert_spin_held(&queue->lock);
	while ((slot = virtqueue_take_used(d->vq, &len))) {
		struct block_request *request = slot->request;
		u8 status = READ_ONCE(d->shared[slot - d->slots].status);

		slot->request = NULL; /* B1 */
		slot->next_free = d->free;
		d->free = slot;
		block_request_end(queue, request, answer_of(request, status, len));
	}
}

static int disk_reset(struct block_queue *queue)
{
	int err = virtio_device_reset(disk_of(queue)->device);

	return err ? err : -EIO; /* it is silent now, and stays so */
}

static const struct block_driver_ops disk_ops = {.start = disk_start,
						 .publish = disk_publish,
						 .notify = disk_notify,
						 .collect = disk_collect,
						 .reset = disk_reset};

static void disk_interrupt(struct virtqueue *vq)
{
	struct virtio_disk *d = vq->device->driver_data;

	block_queue_interrupt(&d->queue);
}

/* A field of the configuration, if the device has it. */
static u32 config_if(struct virtio_device *device, unsigned feature, unsigned offset, u32 otherwise)
{
	return device->features & BIT(feature) ? (u32)virtio_config_read(device, offset, 4)
					       : otherwise;
}

/* Read size and limits: 0; -EINVAL: what the device says makes no sense, which is logged. */
static int read_config(struct virtio_disk *d)
{
	struct virtio_device *device = d->device;
	struct block_limits *l = &d->queue.limits;
	u64 sectors = virtio_config_read(device, offsetof(struct virtio_blk_config, capacity), 8);
	u32 segments = config_if(device, VIRTIO_BLK_F_SEG_MAX,
				 offsetof(struct virtio_blk_config, seg_max), 1);
	u32 segment_bytes =
		config_if(device, VIRTIO_BLK_F_SIZE_MAX,
			  offsetof(struct virtio_blk_config, size_max), SEGMENT_BYTES_USUAL);

	l->block_bytes = config_if(device, VIRTIO_BLK_F_BLK_SIZE,
				   offsetof(struct virtio_blk_config, blk_size), SECTOR_BYTES);
	if (l->block_bytes < SECTOR_BYTES || l->block_bytes > PAGE_SIZE ||
	    (l->block_bytes & (l->block_bytes - 1))) {
		log_err("%s: blocks of %u bytes cannot be used", d->disk.name, l->block_bytes);
		return -EINVAL;
	}
	if (sectors > SECTORS_MAX || segment_bytes < PAGE_SIZE || d->vq->size < 3) {
		log_err("%s: %lu sectors, segments of %u bytes, a queue of %u: cannot be used",
			d->disk.name, sectors, segment_bytes, d->vq->size);
		return -EINVAL;
	}
	/* With an old device 0 means that it does not say. */
	l->max_segments = min(min(max(segments, 1U), SEGMENTS_MAX), d->vq->size - 2U);
	l->max_segment_bytes = min(align_down(segment_bytes, PAGE_SIZE), REQUEST_BYTES_MAX);
	l->max_bytes = REQUEST_BYTES_MAX;
	d->disk.nr_sectors = align_down(sectors, l->block_bytes >> SECTOR_SHIFT);
	d->disk.is_read_only = device->features & BIT(VIRTIO_BLK_F_RO);
	d->queue.has_write_cache = device->features & BIT(VIRTIO_BLK_F_FLUSH);
	return 0;
}

/* Memory and names; nothing of the device yet. */
static int make_disk(struct virtio_device *device, struct virtio_disk **out)
{
	struct virtio_disk *d = kzalloc(sizeof(*d), 0);
	struct page *page;

	if (!d)
		return -ENOMEM;
	page = page_alloc_one(PAGE_KERNEL | PAGE_ZERO);
	if (!page) {
		kfree(d);
		return -ENOMEM;
	}
	static_assert(sizeof(struct slot_shared) * SLOTS_MAX <= PAGE_SIZE, "they are in one page");
	d->shared = page_to_virt(page);
	for (unsigned i = 0; i < SLOTS_MAX; i++) {
		d->slots[i].next_free = d->free;
		d->free = &d->slots[i];
	}
	d->device = device;
	d->queue.ops = &disk_ops;
	d->queue.name = d->disk.name;
	d->disk.queue = &d->queue;
	d->disk.device = device_make(VIRTBLK_MAJOR, nr_disks * BLOCK_MINORS);
	ksnprintf(d->disk.name, sizeof(d->disk.name), "vd%c", 'a' + nr_disks);
	*out = d;
	return 0;
}

static int virtio_blk_probe(struct virtio_device *device)
{
	struct virtio_disk *d;
	int err;

	if (nr_disks == DISKS_MAX) {
		log_err("there are more than %u disks", DISKS_MAX);
		return -ENOSPC;
	}
	/* From here on memory stays, also after an error: the interrupt's handler knows it. */
	err = make_disk(device, &d);
	if (err)
		return err;
	device->driver_data = d;
	err = virtio_queue_create(device, 0, NULL, &d->vq);
	if (!err)
		err = read_config(d);
	if (!err)
		err = block_queue_start(&d->queue);
	if (err)
		return err;
	nr_disks++;
	/* There was nobody to be woken before. */
	d->vq->callback = disk_interrupt;
	virtqueue_interrupts_enable(d->vq);
	virtio_device_start(device);
	block_disk_add(&d->disk);
	return 0;
}

const struct virtio_driver virtio_blk_driver = {
	.device_id = VIRTIO_ID_BLOCK,
	.features = BIT(VIRTIO_BLK_F_SEG_MAX) | BIT(VIRTIO_BLK_F_SIZE_MAX) |
		    BIT(VIRTIO_BLK_F_BLK_SIZE) | BIT(VIRTIO_BLK_F_FLUSH) | BIT(VIRTIO_BLK_F_RO),
	.probe = virtio_blk_probe,
};
