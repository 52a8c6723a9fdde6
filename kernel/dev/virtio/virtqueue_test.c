// SPDX-License-Identifier: MIT
/* Virtqueues against a device that does what the case wants. */
#include "unit_test.h"
#include "unit_sleep.h"
#include "unit_virtio.h"

#include <errno.h>
#include <linux/virtio_config.h>

#include "core/log.h"
#include "time/clock.h"

#define QUEUE_SIZE 8

/* The other side: what the device knows of the one queue, and the driver was told. */
static struct {
	u16 seen; /* of available */
	unsigned notified, interrupts;
} fake;

static void count_notice(struct virtqueue *vq)
{
	fake.notified++;
}

static void queue_callback(struct virtqueue *vq)
{
	assert_ptr_equal(vq, unit_virtio.queues[0]);
	fake.interrupts++;
}

static int probe(struct virtio_device *device)
{
	struct virtqueue *vq;
	int err = virtio_queue_create(device, 0, queue_callback, &vq);

	if (!err)
		virtio_device_start(device);
	return err;
}

static struct virtio_device *device;

static struct virtqueue *make_queue(u32 size)
{
	static const struct virtio_driver driver = {.device_id = 3, .features = 4, .probe = probe};
	static const struct virtio_driver *const drivers[] = {&driver, NULL};

	device = unit_virtio_init(3, 4 | 8);
	unit_virtio.nr_queues = 1;
	unit_virtio.queue_size = size;
	unit_virtio.notified = count_notice;
	memset(&fake, 0, sizeof(fake));
	assert_int_equal(virtio_device_add(device, drivers), 0);
	return unit_virtio.queues[0];
}

/* The device takes the next chain: its head, or -1; *@count descriptors. */
static int device_take(unsigned *count)
{
	struct virtqueue *vq = unit_virtio.queues[0];
	u16 head, at;

	if (vq->available->idx == fake.seen)
		return -1;
	head = vq->available->ring[fake.seen++ % vq->size];
	*count = 1;
	for (at = head; vq->descriptors[at].flags & VRING_DESC_F_NEXT;
	     at = vq->descriptors[at].next)
		(*count)++;
	return head;
}

static void device_return(int head, u32 len)
{
	struct virtqueue *vq = unit_virtio.queues[0];

	vq->used->ring[vq->used->idx % vq->size] = (struct vring_used_elem){(u32)head, len};
	vq->used->idx++;
}

static int add_chain(struct virtqueue *vq, unsigned nr_out, unsigned nr_in, void *token)
{
	static u8 memory[QUEUE_SIZE][16];
	struct virtqueue_buffer buffers[QUEUE_SIZE];

	for (unsigned i = 0; i < nr_out + nr_in; i++)
		buffers[i] = (struct virtqueue_buffer){memory[i], 16};
	return virtqueue_add(vq, buffers, nr_out, nr_in, token);
}

static void features_are_agreed_on_and_the_device_started(void **state)
{
	(void)state;
	make_queue(QUEUE_SIZE);
	assert_int_equal(unit_virtio.features, BIT(VIRTIO_F_VERSION_1) | 4);
	assert_true(unit_virtio.status & VIRTIO_CONFIG_S_DRIVER_OK);
	virtio_device_interrupt(device);
	assert_int_equal(fake.interrupts, 1);
}

static void nothing_is_seen_before_the_kick(void **state)
{
	struct virtqueue *vq = make_queue(QUEUE_SIZE);
	unsigned count;
	u32 len = 0;
	int head;

	(void)state;
	assert_int_equal(add_chain(vq, 2, 1, &fake), 0);
	assert_int_equal(device_take(&count), -1);
	virtqueue_kick(vq);
	virtqueue_kick(vq);
	assert_int_equal(fake.notified, 1);
	head = device_take(&count);
	assert_int_equal(count, 3);
	assert_false(vq->descriptors[head].flags & VRING_DESC_F_WRITE);
	assert_null(virtqueue_take_used(vq, &len));
	device_return(head, 77);
	assert_ptr_equal(virtqueue_take_used(vq, &len), &fake);
	assert_int_equal(len, 77);
	assert_null(virtqueue_take_used(vq, &len));
	assert_int_equal(vq->nr_free, QUEUE_SIZE);
}

static void a_full_queue_refuses(void **state)
{
	struct virtqueue *vq = make_queue(QUEUE_SIZE);

	(void)state;
	assert_int_equal(add_chain(vq, 0, 0, &fake), -ENOSPC);
	assert_int_equal(add_chain(vq, QUEUE_SIZE - 1, 0, &fake), 0);
	assert_int_equal(add_chain(vq, 1, 1, &fake), -ENOSPC);
	assert_int_equal(add_chain(vq, 0, 1, &fake), 0);
	assert_int_equal(add_chain(vq, 1, 0, &fake), -ENOSPC);
}

static void a_device_that_wants_no_notice_gets_none(void **state)
{
	struct virtqueue *vq = make_queue(QUEUE_SIZE);

	(void)state;
	vq->used->flags = VRING_USED_F_NO_NOTIFY;
	assert_int_equal(add_chain(vq, 1, 0, &fake), 0);
	virtqueue_kick(vq);
	assert_int_equal(fake.notified, 0);
	assert_int_equal(vq->available->idx, 1);
}

static void only_a_starved_device_is_told_of_more_buffers(void **state)
{
	struct virtqueue *vq = make_queue(QUEUE_SIZE);
	unsigned count;
	u32 len;

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(add_chain(vq, 0, 1, &fake), 0);
	virtqueue_kick(vq);
	assert_int_equal(fake.notified, 1);
	device_return(device_take(&count), 1);
	assert_non_null(virtqueue_take_used(vq, &len));
	assert_int_equal(add_chain(vq, 0, 1, &fake), 0);
	virtqueue_kick_if_starved(vq); /* it still has one */
	assert_int_equal(fake.notified, 1);
	device_return(device_take(&count), 1);
	device_return(device_take(&count), 1);
	while (virtqueue_take_used(vq, &len))
		assert_int_equal(add_chain(vq, 0, 1, &fake), 0);
	virtqueue_kick_if_starved(vq);
	assert_int_equal(fake.notified, 2);
}

static void a_chain_that_was_never_offered_is_not_believed(void **state)
{
	struct virtqueue *vq = make_queue(QUEUE_SIZE);
	u32 len;

	(void)state;
	device_return(3, 1);
	assert_null(virtqueue_take_used(vq, &len));
	device_return(5000, 1);
	assert_null(virtqueue_take_used(vq, &len));
	assert_int_equal(vq->nr_free, QUEUE_SIZE);
}

/* Chains of random shape, returned in random order, many times round the rings. */
static void chains_survive_any_order(void **state)
{
	struct virtqueue *vq = make_queue(QUEUE_SIZE);
	int held[QUEUE_SIZE];
	unsigned nr_held = 0, nr_out = 0, count, seed = 1;
	u32 len;

	(void)state;
	for (unsigned round = 0; round < 200000; round++) {
		seed = seed * 1103515245 + 12345;
		if ((seed >> 16) % 3 &&
		    !add_chain(vq, 1 + (seed >> 20) % 3, (seed >> 24) % 2, &held))
			nr_out++;
		virtqueue_kick(vq);
		for (int head; (head = device_take(&count)) >= 0;)
			held[nr_held++] = head;
		if (nr_held && (seed >> 12) % 2) {
			unsigned pick = (seed >> 8) % nr_held;

			device_return(held[pick], round);
			held[pick] = held[--nr_held];
		}
		while (virtqueue_take_used(vq, &len))
			nr_out--;
		assert_int_equal(nr_out, nr_held);
	}
	while (nr_held)
		device_return(held[--nr_held], 0);
	while (virtqueue_take_used(vq, &len))
		nr_out--;
	assert_int_equal(nr_out, 0);
	assert_int_equal(vq->nr_free, QUEUE_SIZE);
}

static void a_legacy_device_and_a_missing_queue_are_refused(void **state)
{
	static const struct virtio_driver driver = {.device_id = 3, .probe = probe};
	static const struct virtio_driver *const drivers[] = {&driver, NULL};

	(void)state;
	make_queue(QUEUE_SIZE);
	unit_virtio.features = 4;
	assert_int_equal(virtio_device_add(device, drivers), -ENODEV);
	assert_int_equal(unit_virtio.status, VIRTIO_CONFIG_S_FAILED);
	unit_virtio.features = BIT(VIRTIO_F_VERSION_1);
	unit_virtio.queue_size = 0;
	assert_int_equal(virtio_device_add(device, drivers), -EIO);
	unit_virtio.features = BIT(VIRTIO_F_VERSION_1);
	unit_virtio.queue_size = 6; /* no power of two */
	assert_int_equal(virtio_device_add(device, drivers), -EIO);
	device->device_id = 9;
	assert_int_equal(virtio_device_add(device, drivers), -ENODEV);
}

void clock_delay_ns(u64 ns)
{
	unit_now_ns += ns;
}

static int asleep(u64 deadline_ns)
{
	unit_now_ns = deadline_ns;
	return -ETIMEDOUT;
}

static void a_reset_takes_its_time(void **state)
{
	static const struct virtio_driver driver = {.device_id = 3, .probe = probe};
	static const struct virtio_driver *const drivers[] = {&driver, NULL};
	static const struct {
		u64 takes_ns;
		int err;
	} cases[] = {
		{0, 0}, {NS_PER_MS, 0}, {5 * NS_PER_SECOND, 0}, {3600 * NS_PER_SECOND, -ETIMEDOUT}};

	(void)state;
	make_queue(QUEUE_SIZE);
	unit_asleep = asleep;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 begun = unit_now_ns, waited;

		unit_virtio.features = BIT(VIRTIO_F_VERSION_1);
		unit_virtio.reset_takes_ns = cases[i].takes_ns;
		assert_int_equal(virtio_device_add(device, drivers), cases[i].err);
		waited = unit_now_ns - begun;
		if (!cases[i].err) /* no longer than it takes, but for one pause */
			assert_in_range(waited, cases[i].takes_ns, cases[i].takes_ns + NS_PER_MS);
		unit_now_ns += 7200 * NS_PER_SECOND;
	}
	unit_asleep = NULL;
}

static int probe_that_fails(struct virtio_device *d)
{
	int err = probe(d);

	return err ? err : -ENODEV;
}

static void a_device_whose_interrupts_come_is_not_given_back(void **state)
{
	static const struct virtio_driver driver = {.device_id = 3, .probe = probe_that_fails};
	static const struct virtio_driver *const drivers[] = {&driver, NULL};

	(void)state;
	make_queue(QUEUE_SIZE);
	unit_virtio.features = BIT(VIRTIO_F_VERSION_1);
	/* With -ENODEV the transport would free what the interrupt's handler was given. */
	assert_int_equal(virtio_device_add(device, drivers), -EIO);
	assert_int_equal(unit_virtio.status, VIRTIO_CONFIG_S_FAILED);
	virtio_device_interrupt(device);
	assert_int_equal(fake.interrupts, 1);
}

/* The log of the code under test: nothing to see here. */
void log_write(enum log_level level, const char *subsystem, const char *fmt, ...)
{
	(void)level;
	(void)subsystem;
	(void)fmt;
}

UNIT_MAIN(cmocka_unit_test(features_are_agreed_on_and_the_device_started),
	  cmocka_unit_test(nothing_is_seen_before_the_kick), cmocka_unit_test(a_full_queue_refuses),
	  cmocka_unit_test(a_device_that_wants_no_notice_gets_none),
	  cmocka_unit_test(only_a_starved_device_is_told_of_more_buffers),
	  cmocka_unit_test(a_chain_that_was_never_offered_is_not_believed),
	  cmocka_unit_test(chains_survive_any_order), cmocka_unit_test(a_reset_takes_its_time),
	  cmocka_unit_test(a_device_whose_interrupts_come_is_not_given_back),
	  cmocka_unit_test(a_legacy_device_and_a_missing_queue_are_refused))
