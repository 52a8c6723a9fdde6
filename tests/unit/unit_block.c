// SPDX-License-Identifier: MIT
#include "unit_block.h"
#include "unit_test.h"

#include <errno.h>

#include "core/cmdline.h"
#include "core/log.h"
#include "time/clock.h"

/* ---- the machine ---- */

struct thread unit_queue_thread;
static void (*thread_entry)(void *data);
static void *thread_data;
u64 unit_timer_at_ns;
static struct timer *the_timer;
unsigned unit_nr_lines;

static void begin_thread(void)
{
	thread_entry(thread_data);
}

int thread_create_kernel(const char *name, void (*entry)(void *), void *arg, struct thread **out)
{
	assert_string_equal(name, "fake");
	assert_null(out);
	thread_entry = entry;
	thread_data = arg;
	fake_thread_start(&unit_queue_thread, begin_thread);
	return 0;
}

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
	*timer = (struct timer){.fire = fire};
	the_timer = timer;
}

void timer_set(struct timer *timer, u64 deadline_ns)
{
	assert_int_equal(unit_timer_at_ns, 0); /* set once, and again only when it has fired */
	unit_timer_at_ns = deadline_ns;
}

void log_write(enum log_level level, const char *subsystem, const char *format, ...)
{
	unit_nr_lines++;
}

u64 cmdline_u64(const char *name, u64 fallback)
{
	return fallback;
}

void unit_timer_fires(void)
{
	unit_timer_at_ns = 0;
	the_timer->fire(the_timer);
	fake_threads_settle();
}

void unit_pass(u64 ns)
{
	u64 end = fake_now_ns + ns;

	while (unit_timer_at_ns && unit_timer_at_ns <= end) {
		fake_now_ns = unit_timer_at_ns;
		unit_timer_fires();
	}
	fake_now_ns = end;
}

/* ---- the device ---- */

struct unit_device unit_device;
struct block_queue unit_queue;
struct block_device unit_disk, unit_partition;

static int fake_start(struct block_queue *q, struct block_request *r)
{
	assert_ptr_equal(q, &unit_queue);
	assert_false(unit_device.is_stopped);
	assert_in_range(r->disk_sector, 0, UNIT_DISK_SECTORS);
	if (unit_device.start_result)
		return unit_device.start_result;
	if (unit_device.nr == unit_device.room)
		return -EBUSY;
	unit_device.has[unit_device.nr] = r;
	unit_device.is_answered[unit_device.nr++] = false;
	unit_device.nr_starts++;
	unit_device.nr_unpublished++;
	return 0;
}

static bool fake_publish(struct block_queue *q)
{
	bool any = unit_device.nr_unpublished;

	assert_false(unit_device.is_stopped);
	unit_device.nr_unpublished = 0;
	return any;
}

static void fake_notify(struct block_queue *q)
{
	unit_device.nr_notifies++;
}

static void fake_collect(struct block_queue *q)
{
	unsigned kept = 0;

	assert_false(unit_device.is_stopped);
	for (unsigned i = 0; i < unit_device.nr; i++) {
		if (unit_device.is_answered[i]) {
			block_request_end(q, unit_device.has[i], unit_device.answers[i]);
			continue;
		}
		unit_device.has[kept] = unit_device.has[i];
		unit_device.is_answered[kept++] = false;
	}
	unit_device.nr = kept;
}

static int fake_reset(struct block_queue *q)
{
	unit_device.nr_resets++;
	unit_device.nr = 0;
	unit_device.is_stopped = unit_device.reset_result;
	return unit_device.reset_result;
}

static const struct block_driver_ops fake_ops = {.start = fake_start,
						 .publish = fake_publish,
						 .notify = fake_notify,
						 .collect = fake_collect,
						 .reset = fake_reset};

void unit_answer(unsigned i, int result)
{
	assert_in_range(i, 0, unit_device.nr - 1);
	unit_device.is_answered[i] = true;
	unit_device.answers[i] = result;
	block_queue_interrupt(&unit_queue);
}

void unit_answer_and_settle(unsigned i, int result)
{
	unit_answer(i, result);
	fake_threads_settle();
}

void unit_block_init(unsigned room)
{
	fake_threads_init();
	fake_now_ns = NS_PER_SECOND;
	memset(&unit_device, 0, sizeof(unit_device));
	memset(&unit_queue, 0, sizeof(unit_queue));
	memset(&unit_queue_thread, 0, sizeof(unit_queue_thread));
	unit_device.room = room;
	unit_timer_at_ns = 0;
	unit_nr_lines = 0;
	block_requests_init();
	unit_queue.ops = &fake_ops;
	unit_queue.name = "fake";
	unit_queue.limits = (struct block_limits){512, 4, 8192, 16384};
	unit_queue.has_write_cache = true;
	unit_disk = (struct block_device){.queue = &unit_queue, .nr_sectors = UNIT_DISK_SECTORS};
	unit_partition = (struct block_device){
		.queue = &unit_queue, .disk = &unit_disk, .first_sector = 100, .nr_sectors = 50};
	assert_int_equal(block_queue_start(&unit_queue), 0);
	fake_threads_settle();
}
