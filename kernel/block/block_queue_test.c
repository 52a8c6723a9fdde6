// SPDX-License-Identifier: MIT
/*
 * block_queue_test.c -- a disk's queue between owners and a device that fails, overtakes, or is
 * silent.
 *
 * Idea. The queue's thread and the owners that wait are coroutines; the test is the device, its
 *   interrupt and the clock. Whatever happens, each request ends once, with the result that the
 *   device gave it, and while the device has it nobody else does.
 */
#include "unit_test.h"

#include "unit_block.h"

#include <errno.h>

#include "time/clock.h"

#define NR_OWNED 400
#define DEVICE_SECTORS UNIT_DISK_SECTORS

static struct thread owners[8];

static void setup(unsigned room)
{
	memset(owners, 0, sizeof(owners));
	unit_block_init(room);
}

struct owned {
	struct block_request request;
	struct block_segment segment;
	unsigned nr_done;
};

static struct owned owned[NR_OWNED];
static struct page page;

static void owned_done(struct block_request *request)
{
	struct owned *o = container_of(request, struct owned, request);

	assert_ptr_equal(current_thread(), &unit_queue_thread);
	assert_true(o == request->owner);
	o->nr_done++;
	for (unsigned i = 0; i < unit_device.nr; i++)
		assert_ptr_not_equal(unit_device.has[i], request); /* the device has it no more */
}

static struct owned *make(unsigned i, enum block_operation operation, u64 sector)
{
	struct owned *o = &owned[i];

	*o = (struct owned){.segment = {&page, 512, 1024}};
	o->request = (struct block_request){.operation = operation,
					    .sector = sector,
					    .segments = &o->segment,
					    .nr_segments = 1,
					    .done = owned_done,
					    .owner = o};
	if (operation == BLOCK_FLUSH) {
		o->request.sector = 0;
		o->request.nr_segments = 0;
	}
	return o;
}

static int submit(struct owned *o)
{
	return block_submit(&unit_disk, &o->request, 0);
}

/* ---- cases ---- */

static void a_request_goes_to_the_device_and_back(void **state)
{
	struct owned *o;

	setup(4);
	o = make(0, BLOCK_READ, 8);
	assert_int_equal(block_submit(&unit_partition, &o->request, 0), 0);
	assert_int_equal(unit_device.nr, 1); /* at once, without the thread */
	assert_ptr_equal(unit_device.has[0], &o->request);
	assert_int_equal(o->request.disk_sector, 108);
	assert_int_equal(o->request.bytes, 1024);
	assert_int_equal(o->request.command, BLOCK_READ);
	assert_int_equal(unit_device.nr_notifies, 1);
	assert_int_equal(unit_partition.nr_in_flight, 1);
	assert_int_equal(unit_disk.nr_in_flight, 1);
	fake_now_ns += 5000;
	unit_answer(0, 0);
	assert_int_equal(o->nr_done, 0); /* the interrupt calls nobody */
	fake_threads_settle();
	assert_int_equal(o->nr_done, 1);
	assert_int_equal(o->request.result, 0);
	for (struct block_device *d = &unit_partition; d; d = d->disk) {
		assert_int_equal(d->counts[BLOCK_READ].nr_requests, 1);
		assert_int_equal(d->counts[BLOCK_READ].nr_sectors, 2);
		assert_int_equal(d->counts[BLOCK_READ].ns, 5000);
		assert_int_equal(d->nr_in_flight, 0);
	}
	assert_int_equal(unit_nr_lines, 0);
	spin_lock(&unit_queue.lock);
	assert_int_equal(block_queue_busy_ns(&unit_queue), 5000);
	spin_unlock(&unit_queue.lock);
}

static void wrong_requests_are_refused(void **state)
{
	static const struct {
		u64 sector;
		u32 offset, len;
	} wrong[] = {
		{DEVICE_SECTORS, 0, 512},
		{DEVICE_SECTORS - 1, 0, 1024},
		{~0UL, 0, 1024},
		{~0UL - 1, 0, 1024},
		{0, 0, 0},
		{0, 0, 100},
		{0, 1, 512},
		{0, 0, 8192 + 512}, /* of a segment */
		{0, 0, ~0U - 511},
	};
	struct block_segment many[5];
	struct owned *o;

	setup(4);
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		o = make(0, i & 1 ? BLOCK_READ : BLOCK_WRITE, wrong[i].sector);
		o->segment = (struct block_segment){&page, wrong[i].offset, wrong[i].len};
		assert_int_equal(submit(o), -EINVAL);
	}
	for (unsigned i = 0; i < 5; i++)
		many[i] = (struct block_segment){&page, 0, 512};
	o = make(0, BLOCK_READ, 0);
	o->request.segments = many;
	o->request.nr_segments = 5;
	assert_int_equal(submit(o), -EINVAL);
	o->request.nr_segments = 0;
	assert_int_equal(submit(o), -EINVAL);
	o->request.nr_segments = 3;
	for (unsigned i = 0; i < 3; i++)
		many[i].len_bytes = 8192; /* more than a request may have */
	assert_int_equal(submit(o), -EINVAL);
	o = make(0, BLOCK_FLUSH, 0);
	o->request.nr_segments = 1;
	assert_int_equal(submit(o), -EINVAL);
	o = make(0, BLOCK_NR_OPERATIONS, 0);
	assert_int_equal(submit(o), -EINVAL);

	unit_queue.limits.block_bytes = 2048;
	assert_int_equal(submit(make(0, BLOCK_READ, 4)), -EINVAL); /* half a block */
	o = make(0, BLOCK_READ, 2);
	o->segment.len_bytes = 2048;
	assert_int_equal(submit(o), -EINVAL); /* between two blocks */

	unit_disk.is_read_only = true;
	assert_int_equal(submit(make(0, BLOCK_WRITE, 0)), -EPERM);
	assert_int_equal(unit_device.nr_starts, 0);
	assert_int_equal(owned[0].nr_done, 0);
	assert_int_equal(unit_disk.nr_in_flight, 0);
}

static void answers_come_in_any_order(void **state)
{
	setup(4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(submit(make(i, BLOCK_WRITE, 8 * i)), 0);
	unit_answer(2, 0);
	unit_answer(0, -EIO);
	block_queue_interrupt(&unit_queue); /* for nothing */
	fake_threads_settle();
	assert_int_equal(owned[0].nr_done, 1);
	assert_int_equal(owned[0].request.result, -EIO);
	assert_int_equal(owned[1].nr_done, 0);
	assert_int_equal(owned[2].request.result, 0);
	assert_int_equal(owned[2].nr_done, 1);
	unit_answer_and_settle(1, -EOPNOTSUPP);
	assert_int_equal(owned[3].request.result, -EOPNOTSUPP);
	unit_answer_and_settle(0, 0);
	assert_int_equal(owned[1].nr_done, 1);
}

static void the_queue_has_an_end(void **state)
{
	unsigned nr = 0;

	setup(2);
	while (nr < NR_OWNED && submit(make(nr, BLOCK_READ, nr)) == 0)
		nr++;
	assert_int_equal(nr, BLOCK_WAITING_MAX + 2);
	assert_int_equal(submit(make(nr, BLOCK_READ, 0)), -EAGAIN);
	assert_int_equal(owned[nr].nr_done, 0);
	for (unsigned i = 0; i < nr; i++) {
		assert_ptr_equal(unit_device.has[0], &owned[i].request); /* in their order */
		unit_answer_and_settle(0, 0);
		assert_int_equal(owned[i].nr_done, 1);
	}
	assert_int_equal(unit_device.nr, 0);
	assert_int_equal(unit_disk.nr_in_flight, 0);
}

static int waited[8];

static void owner_waits(void)
{
	unsigned i = (unsigned)(current_thread() - owners);
	struct block_segment segment = {&page, 0, 512};
	struct block_request request = {.operation = BLOCK_WRITE,
					.sector = 1000 + i,
					.segments = &segment,
					.nr_segments = 1};

	waited[i] = 1;
	waited[i] = block_submit_and_wait(&unit_disk, &request);
	memset(&request, 0xee, sizeof(request)); /* it is ours again */
}

static void those_who_wait_for_room_get_it(void **state)
{
	unsigned nr = 0;

	setup(1);
	while (submit(make(nr, BLOCK_READ, nr)) == 0)
		nr++;
	for (unsigned i = 0; i < 8; i++)
		fake_thread_start(&owners[i], owner_waits);
	fake_threads_settle();
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(waited[i], 1);
	while (unit_device.nr)
		unit_answer_and_settle(0, unit_device.has[0]->sector == 1003 ? -EIO : 0);
	for (unsigned i = 0; i < 8; i++) {
		assert_true(fake_thread_has_ended(&owners[i]));
		assert_int_equal(waited[i], i == 3 ? -EIO : 0);
	}
	assert_int_equal(unit_disk.nr_in_flight, 0);
}

static void a_durable_write_is_flushed(void **state)
{
	struct owned *o;

	setup(4);
	o = make(0, BLOCK_WRITE, 0);
	o->request.is_durable = true;
	assert_int_equal(submit(o), 0);
	unit_answer_and_settle(0, 0);
	assert_int_equal(o->nr_done, 0);
	assert_int_equal(unit_device.nr, 1);
	assert_int_equal(unit_device.has[0]->command, BLOCK_FLUSH);
	unit_answer_and_settle(0, -EIO);
	assert_int_equal(o->nr_done, 1);
	assert_int_equal(o->request.result, -EIO);

	assert_int_equal(submit(o), 0);	 /* once more, by the same request */
	unit_answer_and_settle(0, -EIO); /* a write that failed is not flushed */
	assert_int_equal(o->nr_done, 2);
	assert_int_equal(unit_device.nr, 0);

	unit_queue.has_fua = true;
	assert_int_equal(submit(o), 0);
	unit_answer_and_settle(0, 0);
	assert_int_equal(o->nr_done, 3);

	unit_queue.has_fua = unit_queue.has_write_cache = false;
	assert_int_equal(submit(o), 0);
	unit_answer_and_settle(0, 0);
	assert_int_equal(o->nr_done, 4);
}

static void a_flush_without_a_cache_is_over_at_once(void **state)
{
	setup(1);
	assert_int_equal(submit(make(0, BLOCK_FLUSH, 0)), 0);
	assert_int_equal(unit_device.has[0]->command, BLOCK_FLUSH);
	unit_answer_and_settle(0, 0);
	assert_int_equal(owned[0].nr_done, 1);
	unit_queue.has_write_cache = false;
	assert_int_equal(submit(make(1, BLOCK_FLUSH, 0)), 0);
	assert_int_equal(owned[1].nr_done, 0); /* in the thread, like any */
	fake_threads_settle();
	assert_int_equal(owned[1].nr_done, 1);
	assert_int_equal(owned[1].request.result, 0);
	assert_int_equal(unit_device.nr_starts, 1);
}

static void what_cannot_be_started_fails(void **state)
{
	setup(2);
	unit_device.start_result = -EOPNOTSUPP;
	assert_int_equal(submit(make(0, BLOCK_WRITE, 0)), 0);
	fake_threads_settle();
	assert_int_equal(owned[0].request.result, -EOPNOTSUPP);
	unit_device.start_result = -EBUSY; /* though it has nothing */
	assert_int_equal(submit(make(1, BLOCK_WRITE, 0)), 0);
	fake_threads_settle();
	assert_int_equal(owned[1].nr_done, 1);
	assert_int_equal(owned[1].request.result, -EIO);
}

static void a_lost_interrupt_is_found(void **state)
{
	setup(2);
	assert_int_equal(submit(make(0, BLOCK_READ, 0)), 0);
	unit_device.is_answered[0] = true;
	unit_device.answers[0] = 0;
	unit_pass(NS_PER_SECOND - 1);
	assert_int_equal(owned[0].nr_done, 0);
	unit_pass(1);
	assert_int_equal(owned[0].nr_done, 1);
	assert_int_equal(unit_device.nr_resets, 0);
	assert_int_equal(unit_timer_at_ns, 0); /* nothing to look at: an idle machine sleeps */
}

static void a_late_request_fails_and_others_start_again(void **state)
{
	setup(3);
	assert_int_equal(submit(make(0, BLOCK_READ, 0)), 0);
	unit_pass(20 * NS_PER_SECOND);
	assert_int_equal(submit(make(1, BLOCK_READ, 10)), 0);
	assert_int_equal(submit(make(2, BLOCK_WRITE, 20)), 0);
	assert_int_equal(submit(make(3, BLOCK_WRITE, 30)), 0); /* waits for room */
	unit_pass(9 * NS_PER_SECOND);
	assert_int_equal(owned[0].nr_done, 0);
	unit_pass(NS_PER_SECOND);
	assert_int_equal(unit_device.nr_resets, 1);
	assert_int_equal(owned[0].nr_done, 1);
	assert_int_equal(owned[0].request.result, -EIO);
	assert_int_equal(unit_device.nr, 3);
	for (unsigned i = 1; i < 4; i++) {
		assert_int_equal(owned[i].nr_done, 0);
		assert_ptr_equal(unit_device.has[i - 1], &owned[i].request); /* in their order */
	}
	/* They have all their time again. */
	unit_pass(29 * NS_PER_SECOND);
	assert_int_equal(unit_device.nr_resets, 1);
	unit_answer(0, 0);
	unit_answer(1, 0);
	unit_answer_and_settle(2, 0);
	for (unsigned i = 1; i < 4; i++)
		assert_int_equal(owned[i].request.result, 0);
	assert_int_equal(submit(make(4, BLOCK_READ, 0)), 0);
	assert_int_equal(unit_device.nr, 1);
	assert_int_equal(unit_nr_lines, 2); /* of the reset, and of the error */
}

/* The host stops the machine: the clock goes on, and nobody looks. */
static void a_jump_of_the_clock_is_no_timeout(void **state)
{
	setup(2);
	assert_int_equal(submit(make(0, BLOCK_READ, 0)), 0);
	for (unsigned i = 0; i < 20; i++) {
		fake_now_ns += 1000 * NS_PER_SECOND;
		unit_timer_at_ns = 0;
		unit_timer_fires();
	}
	assert_int_equal(unit_device.nr_resets, 0);
	unit_answer_and_settle(0, 0);
	assert_int_equal(owned[0].request.result, 0);
}

static void a_lost_device_fails_everything(void **state)
{
	unsigned nr = 0;

	setup(2);
	while (submit(make(nr, BLOCK_READ, nr)) == 0)
		nr++;
	for (unsigned i = 0; i < 4; i++)
		fake_thread_start(&owners[i], owner_waits);
	fake_threads_settle();
	unit_device.reset_result = -ETIMEDOUT;
	unit_pass(31 * NS_PER_SECOND);
	assert_int_equal(unit_device.nr_resets, 1);
	for (unsigned i = 0; i < nr; i++) {
		assert_int_equal(owned[i].nr_done, 1);
		assert_int_equal(owned[i].request.result, -EIO);
	}
	for (unsigned i = 0; i < 4; i++) {
		assert_true(fake_thread_has_ended(&owners[i]));
		assert_int_equal(waited[i], -EIO);
	}
	assert_int_equal(submit(make(0, BLOCK_READ, 0)), -EIO);
	assert_int_equal(submit(make(0, BLOCK_FLUSH, 0)), -EIO);
	block_queue_interrupt(&unit_queue); /* of a device that still twitches */
	fake_threads_settle();
	assert_int_equal(unit_disk.nr_in_flight, 0);
	assert_in_range(unit_nr_lines, 3, 13); /* not one for each */
	unit_pass(100 * NS_PER_SECOND);
	assert_int_equal(unit_timer_at_ns, 0);
}

static void owner_transfers(void)
{
	waited[0] = block_transfer(&unit_disk, BLOCK_READ, 2, &page, 10240);
}

static void transfers_are_cut_to_the_limits(void **state)
{
	static const u32 pieces[] = {4096, 4096, 2048}, sectors[] = {2, 10, 18};

	setup(8);
	unit_queue.limits.max_segment_bytes = 4096 + 512;
	unit_queue.limits.block_bytes = 1024;
	for (unsigned failing = 0; failing < 4; failing++) {
		fake_thread_start(&owners[0], owner_transfers);
		waited[0] = 1;
		for (unsigned i = 0; i < 3 && i <= failing; i++) {
			fake_threads_settle();
			assert_int_equal(waited[0], 1);
			assert_int_equal(unit_device.nr, 1);
			assert_int_equal(unit_device.has[0]->bytes, pieces[i]);
			assert_int_equal(unit_device.has[0]->sector, sectors[i]);
			assert_int_equal(unit_device.has[0]->segments[0].offset,
					 (sectors[i] - 2) * 512);
			unit_answer_and_settle(0, i == failing ? -EIO : 0);
		}
		assert_int_equal(waited[0], failing < 3 ? -EIO : 0);
		assert_int_equal(unit_device.nr, 0);
	}
}

/* Anything, for long: every request ends once, as the device said. */
static void a_random_walk(void **state)
{
	u64 seed = 99;
	static int said[NR_OWNED];
	static unsigned nr_submitted[NR_OWNED];

	setup(5);
	memset(said, 0, sizeof(said));
	memset(nr_submitted, 0, sizeof(nr_submitted));
	for (unsigned i = 0; i < NR_OWNED; i++)
		make(i, BLOCK_READ, i);
	for (unsigned step = 0; step < 200000; step++) {
		u64 chance = unit_random(&seed);
		unsigned i = (chance >> 8) % NR_OWNED;
		struct owned *o = &owned[i];

		switch (chance % 4) {
		case 0:
		case 1:
			if (o->nr_done != nr_submitted[i])
				break; /* the layer has it */
			o->request.operation = (chance >> 32) % 2 ? BLOCK_WRITE : BLOCK_READ;
			o->request.is_durable = (chance >> 33) % 8 == 0;
			if (block_submit(&unit_disk, &o->request, 0) == 0)
				nr_submitted[i]++;
			break;
		case 2:
			if (!unit_device.nr)
				break;
			i = (chance >> 8) % unit_device.nr;
			if (unit_device.is_answered[i])
				break;
			o = container_of(unit_device.has[i], struct owned, request);
			said[o - owned] = (chance >> 40) % 3 ? 0 : -EIO;
			unit_answer(i, said[o - owned]);
			break;
		case 3:
			if (fake_thread_can_run(&unit_queue_thread))
				fake_thread_run(&unit_queue_thread);
			break;
		}
	}
	for (;;) {
		fake_threads_settle();
		if (!unit_device.nr)
			break;
		said[container_of(unit_device.has[0], struct owned, request) - owned] = 0;
		unit_answer(0, 0);
	}
	for (unsigned i = 0; i < NR_OWNED; i++) {
		assert_int_equal(owned[i].nr_done, nr_submitted[i]);
		assert_int_equal(owned[i].request.result, said[i]);
	}
	assert_int_equal(unit_disk.nr_in_flight, 0);
	assert_int_equal(unit_queue.nr_started + unit_queue.nr_waiting, 0);
	assert_int_equal(unit_device.nr_resets, 0);
}

UNIT_MAIN(cmocka_unit_test(a_request_goes_to_the_device_and_back),
	  cmocka_unit_test(wrong_requests_are_refused), cmocka_unit_test(answers_come_in_any_order),
	  cmocka_unit_test(the_queue_has_an_end), cmocka_unit_test(those_who_wait_for_room_get_it),
	  cmocka_unit_test(a_durable_write_is_flushed),
	  cmocka_unit_test(a_flush_without_a_cache_is_over_at_once),
	  cmocka_unit_test(what_cannot_be_started_fails),
	  cmocka_unit_test(a_lost_interrupt_is_found),
	  cmocka_unit_test(a_late_request_fails_and_others_start_again),
	  cmocka_unit_test(a_jump_of_the_clock_is_no_timeout),
	  cmocka_unit_test(a_lost_device_fails_everything),
	  cmocka_unit_test(transfers_are_cut_to_the_limits), cmocka_unit_test(a_random_walk))
