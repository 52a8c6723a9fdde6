// SPDX-License-Identifier: MIT
// UNIT: dev/virtio/virtio_blk.c lib/fmt.c
/* The driver of virtio disks against devices that keep to the rules, and others. */
#include "unit_test.h"
#include "unit_sleep.h"
#include "unit_virtio.h"

#include <errno.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_ids.h>

#include "block/block_device.h"
#include "core/log.h"
#include "dev/virtio/virtio_blk.h"
#include "lib/little_endian.h"
#include "mm/page_alloc.h"
#include "time/clock.h"

#define ALL_FEATURES                                                                               \
	(BIT(VIRTIO_BLK_F_SEG_MAX) | BIT(VIRTIO_BLK_F_SIZE_MAX) | BIT(VIRTIO_BLK_F_BLK_SIZE) |     \
	 BIT(VIRTIO_BLK_F_FLUSH))

/* ---- the layer above: what the driver tells it ---- */

static struct block_device *disk; /* that was added */
static struct block_queue *queue;
static unsigned nr_interrupts, nr_ended, nr_log_lines;
static struct block_request *ended[64];
static int results[64];

int block_queue_start(struct block_queue *q)
{
	queue = q;
	spin_lock_init(&q->lock, block_queue);
	return 0;
}

void block_disk_add(struct block_device *d)
{
	disk = d;
}

void block_queue_interrupt(struct block_queue *q)
{
	assert_ptr_equal(q, queue);
	nr_interrupts++;
}

void block_request_end(struct block_queue *q, struct block_request *request, int result)
{
	assert_ptr_equal(q, queue);
	ended[nr_ended] = request;
	results[nr_ended++] = result;
}

void log_write(enum log_level level, const char *subsystem, const char *format, ...)
{
	nr_log_lines++;
}

void clock_delay_ns(u64 ns)
{
	unit_now_ns += ns;
}

static void notified(struct virtqueue *vq)
{
}

/* ---- the device ---- */

static u16 nr_seen, nr_used;

static int find_disk(u64 features, u64 sectors, u32 size_max, u32 seg_max, u32 blk_size, u32 size)
{
	static const struct virtio_driver *const drivers[] = {&virtio_blk_driver, NULL};
	struct virtio_device *device = unit_virtio_init(VIRTIO_ID_BLOCK, features);
	u8 *config = unit_virtio.config;

	put_le64(config + offsetof(struct virtio_blk_config, capacity), sectors);
	put_le32(config + offsetof(struct virtio_blk_config, size_max), size_max);
	put_le32(config + offsetof(struct virtio_blk_config, seg_max), seg_max);
	put_le32(config + offsetof(struct virtio_blk_config, blk_size), blk_size);
	unit_virtio.nr_queues = 1;
	unit_virtio.queue_size = size;
	unit_virtio.notified = notified;
	disk = NULL;
	nr_seen = nr_used = 0;
	nr_interrupts = nr_ended = nr_log_lines = 0;
	return virtio_device_add(device, drivers);
}

static void find_good_disk(void)
{
	assert_int_equal(find_disk(ALL_FEATURES, 4096, 65536, 254, 512, 256), 0);
	assert_non_null(disk);
}

/* The next chain that the driver has offered: its head and its parts. */
static u16 take_chain(struct vring_desc parts[16], unsigned *nr)
{
	const struct virtqueue *vq = unit_virtio.queues[0];
	u16 head, at;

	assert_int_not_equal(vq->available->idx, nr_seen);
	head = at = vq->available->ring[nr_seen++ % vq->size];
	for (*nr = 0;; at = vq->descriptors[at].next) {
		assert_in_range(*nr, 0, 15);
		parts[(*nr)++] = vq->descriptors[at];
		if (!(vq->descriptors[at].flags & VRING_DESC_F_NEXT))
			return head;
	}
}

static void use_chain(u32 head, u32 len)
{
	const struct virtqueue *vq = unit_virtio.queues[0];

	vq->used->ring[nr_used % vq->size] = (struct vring_used_elem){head, len};
	vq->used->idx = ++nr_used;
}

static int start(struct block_request *request)
{
	int err;

	spin_lock(&queue->lock);
	err = queue->ops->start(queue, request);
	queue->ops->publish(queue);
	spin_unlock(&queue->lock);
	return err;
}

static void collect(void)
{
	spin_lock(&queue->lock);
	queue->ops->collect(queue);
	spin_unlock(&queue->lock);
}

static struct block_segment segments[2];

static struct block_request make_request(enum block_operation command)
{
	bool flush = command == BLOCK_FLUSH;

	for (unsigned i = 0; i < 2 && !segments[i].page; i++)
		segments[i] = (struct block_segment){page_alloc_one(PAGE_KERNEL), 512, 1024};
	return (struct block_request){.command = command,
				      .operation = command,
				      .disk_sector = flush ? 0 : 77,
				      .segments = segments,
				      .nr_segments = flush ? 0 : 2,
				      .bytes = flush ? 0 : 2048};
}

/* ---- cases ---- */

static void a_disk_has_the_limits_of_its_device(void **state)
{
	find_good_disk();
	assert_int_equal(disk->nr_sectors, 4096);
	assert_false(disk->is_read_only);
	assert_int_equal(queue->limits.block_bytes, 512);
	assert_int_equal(queue->limits.max_segments, 64);
	assert_int_equal(queue->limits.max_segment_bytes, 65536);
	assert_true(queue->has_write_cache);
	virtio_device_interrupt(unit_virtio.queues[0]->device);
	assert_int_equal(nr_interrupts, 1);

	assert_int_equal(find_disk(BIT(VIRTIO_BLK_F_RO) | BIT(VIRTIO_BLK_F_BLK_SIZE), 4097, 1, 1,
				   4096, 8),
			 0);
	assert_true(disk->is_read_only);
	assert_false(queue->has_write_cache);
	assert_int_equal(queue->limits.max_segments, 1); /* it does not say */
	assert_int_equal(disk->nr_sectors, 4096);	 /* whole blocks */
	assert_int_equal(find_disk(BIT(VIRTIO_BLK_F_SEG_MAX), 8, 0, 100, 0, 8), 0);
	assert_int_equal(queue->limits.max_segments, 6); /* with header and status */
	assert_int_equal(queue->limits.block_bytes, 512);
}

static void a_device_that_makes_no_sense_is_refused(void **state)
{
	static const struct {
		u64 sectors;
		u32 size_max, blk_size, size;
	} wrong[] = {
		{1UL << 52, 65536, 512, 256}, {~0UL, 65536, 512, 256},	  {4096, 4095, 512, 256},
		{4096, 0, 512, 256},	      {4096, 65536, 0, 256},	  {4096, 65536, 256, 256},
		{4096, 65536, 513, 256},      {4096, 65536, 8192, 256},	  {4096, 65536, ~0U, 256},
		{4096, 65536, 512, 2},	      {4096, 65536, 512, 3 << 2},
	};

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_not_equal(find_disk(ALL_FEATURES, wrong[i].sectors, wrong[i].size_max,
					       254, wrong[i].blk_size, wrong[i].size),
				     0);
		assert_null(disk);
		assert_true(nr_log_lines);
	}
}

static void the_configuration_is_of_one_moment(void **state)
{
	struct virtio_device *device;

	find_good_disk();
	device = unit_virtio.queues[0]->device;
	put_le64(unit_virtio.config, 0x1000000ff);
	unit_virtio.nr_changes = 1; /* between the two halves */
	assert_int_equal(virtio_config_read(device, 0, 8), 0x100000000);
	assert_int_equal(virtio_config_read(device, 0, 8), 0x100000000);
	unit_virtio.nr_changes = ~0U; /* all the time: it ends nevertheless */
	virtio_config_read(device, 0, 8);
}

static void requests_are_chains(void **state)
{
	struct vring_desc parts[16];
	struct block_request request;
	unsigned nr;
	u16 head;

	segments[0].page = segments[1].page = NULL;
	find_good_disk();
	for (unsigned write = 0; write < 2; write++) {
		request = make_request(write ? BLOCK_WRITE : BLOCK_READ);
		assert_int_equal(start(&request), 0);
		head = take_chain(parts, &nr);
		assert_int_equal(nr, 4);
		assert_int_equal(parts[0].len, 16);
		assert_int_equal(get_le32(phys_to_virt(parts[0].addr)), write);
		assert_int_equal(get_le64((u8 *)phys_to_virt(parts[0].addr) + 8), 77);
		for (unsigned i = 0; i < 2; i++) {
			assert_int_equal(parts[1 + i].len, 1024);
			assert_ptr_equal(phys_to_virt(parts[1 + i].addr),
					 (u8 *)page_to_virt(segments[i].page) + 512);
			assert_int_equal(!(parts[1 + i].flags & VRING_DESC_F_WRITE), write);
		}
		assert_int_equal(parts[3].len, 1);
		assert_true(parts[3].flags & VRING_DESC_F_WRITE);
		collect();
		assert_int_equal(nr_ended, write);
		*(u8 *)phys_to_virt(parts[3].addr) = VIRTIO_BLK_S_OK;
		use_chain(head, write ? 1 : 2049);
		collect();
		assert_int_equal(nr_ended, write + 1);
		assert_ptr_equal(ended[write], &request);
		assert_int_equal(results[write], 0);
	}
	request = make_request(BLOCK_FLUSH);
	request.segments = segments; /* of the write that it ends */
	request.nr_segments = 2;
	assert_int_equal(start(&request), 0);
	take_chain(parts, &nr);
	assert_int_equal(nr, 2);
	assert_int_equal(get_le32(phys_to_virt(parts[0].addr)), VIRTIO_BLK_T_FLUSH);
}

/* What the device answers, and what becomes of it. */
static void answers_are_judged(void **state)
{
	static const struct {
		enum block_operation command;
		u8 status;
		u32 len;
		int result;
	} cases[] = {
		{BLOCK_READ, VIRTIO_BLK_S_OK, 2049, 0},
		{BLOCK_READ, VIRTIO_BLK_S_OK, ~0U, 0},
		{BLOCK_READ, VIRTIO_BLK_S_OK, 2048, -EIO}, /* part of it was not written */
		{BLOCK_READ, VIRTIO_BLK_S_OK, 0, -EIO},
		{BLOCK_READ, VIRTIO_BLK_S_IOERR, 2049, -EIO},
		{BLOCK_READ, VIRTIO_BLK_S_UNSUPP, 1, -EOPNOTSUPP},
		{BLOCK_READ, 3, 2049, -EIO},
		{BLOCK_READ, 0xff, 2049, -EIO}, /* it has not answered at all */
		{BLOCK_WRITE, VIRTIO_BLK_S_OK, 1, 0},
		{BLOCK_WRITE, VIRTIO_BLK_S_OK, 0, -EIO},
		{BLOCK_WRITE, VIRTIO_BLK_S_IOERR, 1, -EIO},
		{BLOCK_FLUSH, VIRTIO_BLK_S_OK, 1, 0},
		{BLOCK_FLUSH, VIRTIO_BLK_S_IOERR, 1, -EIO},
	};

	segments[0].page = segments[1].page = NULL;
	find_good_disk();
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct block_request request = make_request(cases[i].command);
		struct vring_desc parts[16];
		unsigned nr;
		u16 head;

		nr_ended = 0;
		assert_int_equal(start(&request), 0);
		head = take_chain(parts, &nr);
		*(u8 *)phys_to_virt(parts[nr - 1].addr) = cases[i].status;
		use_chain(head, cases[i].len);
		collect();
		assert_int_equal(nr_ended, 1);
		assert_int_equal(results[0], cases[i].result);
	}
}

static void chains_that_it_has_not_are_not_believed(void **state)
{
	struct block_request request;
	struct vring_desc parts[16];
	unsigned nr;
	u16 head;

	segments[0].page = segments[1].page = NULL;
	find_good_disk();
	use_chain(5, 1);
	use_chain(~0U, 1);
	collect();
	collect();
	request = make_request(BLOCK_READ);
	assert_int_equal(start(&request), 0);
	head = take_chain(parts, &nr);
	*(u8 *)phys_to_virt(parts[nr - 1].addr) = VIRTIO_BLK_S_OK;
	use_chain(head + 1U, 2049); /* the middle of one */
	collect();
	assert_int_equal(nr_ended, 0);
	use_chain(head, 2049);
	use_chain(head, 2049); /* twice */
	collect();
	collect();
	assert_int_equal(nr_ended, 1);
}

static void a_full_queue_is_busy_until_an_answer(void **state)
{
	static struct block_request requests[64];
	struct vring_desc parts[16];
	unsigned nr_started = 0, nr;
	u16 head;

	segments[0].page = segments[1].page = NULL;
	find_good_disk();
	for (; nr_started < 64; nr_started++) {
		requests[nr_started] = make_request(BLOCK_READ);
		if (start(&requests[nr_started]))
			break;
	}
	assert_int_equal(nr_started, 128 / 4);
	assert_int_equal(start(&requests[nr_started]), -EBUSY);
	take_chain(parts, &nr);
	head = take_chain(parts, &nr);
	*(u8 *)phys_to_virt(parts[nr - 1].addr) = VIRTIO_BLK_S_OK;
	use_chain(head, 2049);
	collect();
	assert_int_equal(nr_ended, 1);
	assert_ptr_equal(ended[0], &requests[1]);
	assert_int_equal(start(&requests[nr_started]), 0);
	assert_int_equal(start(&requests[1]), -EBUSY);
}

static void a_reset_silences_the_device(void **state)
{
	find_good_disk();
	assert_int_not_equal(unit_virtio.status, 0);
	assert_int_equal(queue->ops->reset(queue), -EIO);
	assert_int_equal(unit_virtio.status, 0);
}

UNIT_MAIN(cmocka_unit_test(a_disk_has_the_limits_of_its_device),
	  cmocka_unit_test(a_device_that_makes_no_sense_is_refused),
	  cmocka_unit_test(the_configuration_is_of_one_moment),
	  cmocka_unit_test(requests_are_chains), cmocka_unit_test(answers_are_judged),
	  cmocka_unit_test(chains_that_it_has_not_are_not_believed),
	  cmocka_unit_test(a_full_queue_is_busy_until_an_answer),
	  cmocka_unit_test(a_reset_silences_the_device))
