// SPDX-License-Identifier: MIT
// UNIT: dev/virtio/virtio_console_port.c
/*
 * The choice of a port, with a device that answers at once, late or never. The clock goes on only
 * while the driver waits for it.
 */
#include "unit_test.h"
#include "unit_sleep.h"
#include "unit_virtio.h"

#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_console.h>

#include "core/log.h"
#include "dev/virtio/virtio_console_port.h"
#include "time/clock.h"

#define CONTROL_TO_DRIVER 2
#define CONTROL_TO_DEVICE 3
#define NEVER (~0UL)

/* The other side: a console with one port, of number 1. */
static struct {
	u64 answers_after_ns;	  /* the driver has said that it is ready */
	u64 answers_at_ns;	  /* NEVER: it has not said so */
	u16 seen, told;		  /* of what is available in the control queues */
	unsigned opened, answers; /* messages about port 1 */
	u64 busy_ns;		  /* of the driver's waiting */
	unsigned warnings;
	struct virtio_console_port port; /* the driver's choice */
} fake;

/* The memory of the next chain of one descriptor, which is then used. */
static void *take_chain(struct virtqueue *vq, u16 *seen)
{
	u16 head;

	assert_int_not_equal(vq->available->idx, *seen);
	head = vq->available->ring[(*seen)++ % vq->size];
	vq->used->ring[vq->used->idx % vq->size] = (struct vring_used_elem){head, 0};
	vq->used->idx++;
	return phys_to_virt(vq->descriptors[head].addr);
}

static void tell_driver(u32 id, u16 event)
{
	struct virtio_console_control message = {.id = id, .event = event, .value = 1};

	memcpy(take_chain(unit_virtio.queues[CONTROL_TO_DRIVER], &fake.told), &message,
	       sizeof(message));
	fake.answers++;
}

static void run_device(void)
{
	if (unit_now_ns < fake.answers_at_ns || fake.answers)
		return;
	tell_driver(7, VIRTIO_CONSOLE_PORT_ADD); /* one that the driver has no queues for */
	tell_driver(1, VIRTIO_CONSOLE_PORT_NAME);
	tell_driver(1, VIRTIO_CONSOLE_PORT_ADD);
}

static void take_messages(struct virtqueue *vq)
{
	if (vq->index != CONTROL_TO_DEVICE)
		return;
	while (vq->available->idx != fake.seen) {
		struct virtio_console_control message;

		memcpy(&message, take_chain(vq, &fake.seen), sizeof(message));
		if (message.event == VIRTIO_CONSOLE_DEVICE_READY && fake.answers_after_ns != NEVER)
			fake.answers_at_ns = unit_now_ns + fake.answers_after_ns;
		fake.opened += message.event == VIRTIO_CONSOLE_PORT_OPEN && message.id == 1;
	}
	run_device();
}

/* ---- the driver's side ---- */

void clock_delay_ns(u64 ns)
{
	unit_now_ns += ns;
	fake.busy_ns += ns;
	run_device();
}

static int sleep_on(u64 deadline_ns)
{
	unit_now_ns = deadline_ns;
	run_device();
	return -ETIMEDOUT;
}

/* Device and driver are stopped for a minute, as long as the first sleep lasts. */
static int sleep_a_minute(u64 deadline_ns)
{
	unit_asleep = sleep_on;
	unit_now_ns = deadline_ns + 60 * NS_PER_SECOND;
	return -ETIMEDOUT;
}

void log_write(enum log_level level, const char *subsystem, const char *fmt, ...)
{
	fake.warnings += level == LOG_WARN;
}

static void received(struct virtqueue *vq)
{
}

static void transmitted(struct virtqueue *vq)
{
}

static int probe(struct virtio_device *device)
{
	return virtio_console_port_choose(device, received, transmitted, &fake.port);
}

/* The driver meets a device with these features, which answers so long after it is asked to. */
static void choose(u64 features, u64 answers_after_ns, int (*asleep)(u64 deadline_ns))
{
	static const struct virtio_driver driver = {
		.device_id = 3, .features = BIT(VIRTIO_CONSOLE_F_MULTIPORT), .probe = probe};
	static const struct virtio_driver *const drivers[] = {&driver, NULL};
	struct virtio_device *device = unit_virtio_init(3, features);

	unit_virtio.nr_queues = 6;
	unit_virtio.queue_size = 32;
	unit_virtio.notified = take_messages;
	memset(&fake, 0, sizeof(fake));
	fake.answers_after_ns = answers_after_ns;
	fake.answers_at_ns = NEVER;
	unit_now_ns = NS_PER_SECOND;
	unit_nr_sleeps = 0;
	unit_asleep = asleep;
	assert_int_equal(virtio_device_add(device, drivers), 0);
}

static void expect_port(u32 id)
{
	unsigned first = id ? 4 : 0;

	assert_int_equal(fake.port.id, id);
	assert_ptr_equal(fake.port.receive, unit_virtio.queues[first]);
	assert_ptr_equal(fake.port.transmit, unit_virtio.queues[first + 1]);
	assert_ptr_equal(fake.port.receive->callback, received);
	assert_ptr_equal(fake.port.transmit->callback, transmitted);
}

static void expect_port_1(void)
{
	expect_port(1);
	assert_null(unit_virtio.queues[0]->callback);
	assert_int_equal(fake.warnings, 0);
	virtio_console_port_open(&fake.port);
	assert_int_equal(fake.opened, 1);
}

/* ---- the tests ---- */

static void a_device_that_answers_at_once_costs_no_time(void **state)
{
	choose(BIT(VIRTIO_CONSOLE_F_MULTIPORT), 0, NULL);
	expect_port_1();
	assert_int_equal(unit_now_ns, NS_PER_SECOND);
}

static void a_quick_answer_is_waited_for_without_sleep(void **state)
{
	choose(BIT(VIRTIO_CONSOLE_F_MULTIPORT), NS_PER_MS, NULL);
	expect_port_1();
	assert_in_range(unit_now_ns - NS_PER_SECOND, NS_PER_MS, NS_PER_MS + NS_PER_MS / 10);
}

static void a_late_answer_is_waited_for_asleep(void **state)
{
	static const u64 ms[] = {15, 100, 1000, 9000};

	for (unsigned i = 0; i < ARRAY_SIZE(ms); i++) {
		u64 after_ns = ms[i] * NS_PER_MS;

		choose(BIT(VIRTIO_CONSOLE_F_MULTIPORT), after_ns, sleep_on);
		expect_port_1();
		assert_in_range(unit_now_ns - NS_PER_SECOND, after_ns, after_ns + 2 * NS_PER_MS);
		assert_in_range(fake.busy_ns, 0, 5 * NS_PER_MS);
	}
}

static void a_machine_that_stood_still_has_not_waited(void **state)
{
	choose(BIT(VIRTIO_CONSOLE_F_MULTIPORT), 62 * NS_PER_SECOND, sleep_a_minute);
	expect_port_1();
}

static void without_an_answer_port_0_is_tried_after_a_warning(void **state)
{
	choose(BIT(VIRTIO_CONSOLE_F_MULTIPORT), NEVER, sleep_on);
	expect_port(0);
	assert_int_equal(fake.warnings, 1);
	assert_in_range(unit_now_ns - NS_PER_SECOND, 10 * NS_PER_SECOND, 11 * NS_PER_SECOND);
}

static void a_device_with_one_port_is_asked_nothing(void **state)
{
	choose(0, NEVER, NULL);
	expect_port(0);
	assert_null(fake.port.control);
	assert_null(unit_virtio.queues[CONTROL_TO_DEVICE]);
	assert_int_equal(unit_now_ns, NS_PER_SECOND);
	virtio_console_port_open(&fake.port);
	assert_int_equal(fake.warnings, 0);
}

UNIT_MAIN(cmocka_unit_test(a_device_that_answers_at_once_costs_no_time),
	  cmocka_unit_test(a_quick_answer_is_waited_for_without_sleep),
	  cmocka_unit_test(a_late_answer_is_waited_for_asleep),
	  cmocka_unit_test(a_machine_that_stood_still_has_not_waited),
	  cmocka_unit_test(without_an_answer_port_0_is_tried_after_a_warning),
	  cmocka_unit_test(a_device_with_one_port_is_asked_nothing))
