// SPDX-License-Identifier: MIT
// UNIT: ipc/page_queue.c vm/uio.c lib/string.c mm/boot_alloc.c mm/buddy.c mm/page_alloc.c
// UNIT: mm/fail_alloc.c mm/slab.c mm/slab_check.c mm/slab_debug.c mm/kmalloc.c mm/account.c
// UNIT: mm/memory_wait.c mm/box.c mm/user_account.c
/*
 * page_queue_test.c -- the queue of bytes in pages against an array of bytes.
 *
 * Idea. The reference holds the bytes in one array, and of each page where its bytes end, its mark
 *   and whether it is closed. Random operations, of which some fault and some find no memory, must
 *   have the results that the reference says; after each one every byte of the queue is compared.
 *   Then each allocation of a long transfer fails in turn, and limits change in both directions.
 */
#include "unit_copy.h"
#include "unit_memory.h"
#include "unit_test.h"

#include "core/errno.h"
#include "host_arch.h"
#include "ipc/page_queue.h"
#include "mm/fail_alloc.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "sched/thread.h"

#define PAGES_MAX 40U
#define BYTES_MAX (PAGES_MAX * PAGE_SIZE)

static u64 seed = 71;
static struct page_queue queue;
static struct mutex lock;
static u8 source[BYTES_MAX], sink[BYTES_MAX];

static unsigned pick(unsigned n)
{
	return (unsigned)(unit_random(&seed) % n);
}

static struct uio uio;

/* @len bytes at @base, in one segment or three. Returns how many can be copied before a fault. */
static size_t aim(u8 *base, size_t len)
{
	static struct uio_segment segments[3];
	size_t first = pick((unsigned)len + 1), second = pick((unsigned)(len - first) + 1);

	switch (pick(3)) {
	case 0:
		uio_init_kernel(&uio, base, len);
		return len;
	case 1:
		segments[0] = (struct uio_segment){base, first};
		segments[1] = (struct uio_segment){base + first, second};
		segments[2] = (struct uio_segment){base + first + second, len - first - second};
		uio_init_vector(&uio, segments, 3, len);
		break;
	default:
		uio_init_user(&uio, base, len);
		break;
	}
	unit_user_left = pick(6) ? ~0UL : pick((unsigned)len);
	return min(len, unit_user_left);
}

/* New bytes to put. */
static size_t aim_source(size_t len)
{
	for (size_t i = 0; i < len; i++)
		source[i] = (u8)unit_random(&seed);
	return aim(source, len);
}

static size_t random_length(void)
{
	return 1 + pick(pick(2) ? 300 : pick(2) ? 2 * PAGE_SIZE : 6 * PAGE_SIZE);
}

/* ---- the reference --------------------------------------------------------------------------- */

static struct {
	u8 bytes[BYTES_MAX];
	size_t nr_bytes, first_offset;
	struct {
		size_t end;
		void *mark;
		bool is_closed;
	} pages[PAGES_MAX];
	unsigned nr_pages;
	bool has_spare;
	bool finds_memory; /* the next allocation */
} model;

static size_t model_left(void)
{
	return model.pages[0].end - model.first_offset;
}

/* @done bytes of source[] are now in the last page. */
static void model_extend(size_t from, size_t done)
{
	memcpy(model.bytes + model.nr_bytes, source + from, done);
	model.nr_bytes += done;
	model.pages[model.nr_pages - 1].end += done;
}

static ssize_t model_append(size_t len, size_t good)
{
	size_t done = min(len, good);

	if (!model.nr_pages || model.pages[model.nr_pages - 1].is_closed ||
	    model.pages[model.nr_pages - 1].end + len > PAGE_SIZE)
		return 0;
	model_extend(0, done);
	return done ? (ssize_t)done : -EFAULT;
}

/* Fill one page with what is in source[] from @from to @len; a fault is at @good. */
static ssize_t model_fill(size_t from, size_t len, size_t good, void *mark)
{
	size_t done = min(min(len, good) - from, PAGE_SIZE);

	if (!model.has_spare && !model.finds_memory)
		return -ENOMEM;
	model.has_spare = !done;
	if (!done)
		return -EFAULT;
	model.pages[model.nr_pages].end = 0;
	model.pages[model.nr_pages].mark = mark;
	model.pages[model.nr_pages++].is_closed = false;
	model_extend(from, done);
	return (ssize_t)done;
}

/* What was moved before an error counts. */
static int model_put(size_t len, size_t good, unsigned max_pages, size_t *done)
{
	size_t odd = len % PAGE_SIZE;
	ssize_t n = odd ? model_append(odd, good) : 0;

	for (*done = 0;; n = model_fill(*done, len, good, NULL)) {
		if (n < 0)
			return (int)n;
		*done += (size_t)n;
		if (*done == len)
			return 0;
		if (model.nr_pages >= max_pages)
			return -EAGAIN;
	}
}

static void model_advance(size_t len)
{
	memmove(model.bytes, model.bytes + len, model.nr_bytes - len);
	model.nr_bytes -= len;
	model.first_offset += len;
	if (model.first_offset < model.pages[0].end)
		return;
	model.first_offset = 0;
	memmove(model.pages, model.pages + 1, --model.nr_pages * sizeof(model.pages[0]));
	model.has_spare |= queue.keeps_spare;
}

/* Every page, byte and mark of the queue. */
static void compare(void)
{
	struct page *page = queue.first;
	size_t offset = queue.first_offset, at = 0;

	assert_int_equal(queue.nr_pages, model.nr_pages);
	assert_int_equal(queue.nr_bytes, model.nr_bytes);
	assert_int_equal(queue.first_offset, model.first_offset);
	assert_int_equal(queue.spare != NULL, model.has_spare);
	assert_int_equal(page_queue_is_empty(&queue), !model.nr_bytes);
	for (unsigned i = 0; i < model.nr_pages; i++, page = page->link, offset = 0) {
		size_t len = model.pages[i].end - offset;

		assert_int_equal(page_queue_end(page), model.pages[i].end);
		assert_int_equal(!!(page->queue_end & PAGE_QUEUE_CLOSED), model.pages[i].is_closed);
		assert_ptr_equal(page->queue_mark, model.pages[i].mark);
		assert_memory_equal((u8 *)page_to_virt(page) + offset, model.bytes + at, len);
		at += len;
	}
	assert_null(page);
	assert_int_equal(at, model.nr_bytes);
}

/* ---- one operation each ---------------------------------------------------------------------- */

static void random_append(void)
{
	size_t len = random_length(), good = aim_source(len);

	assert_int_equal(page_queue_append(&queue, &lock, &uio, len), model_append(len, good));
}

static void random_fill(void)
{
	size_t len = random_length(), good = aim_source(len);
	void *mark = pick(2) ? source + pick(100) : NULL;

	assert_int_equal(page_queue_fill(&queue, &lock, &uio, mark),
			 model_fill(0, len, good, mark));
}

static void random_put(void)
{
	size_t len = random_length(), good = aim_source(len), done;
	unsigned max_pages = pick(PAGES_MAX);
	int err = page_queue_put(&queue, &lock, &uio, max_pages);

	assert_int_equal(err, model_put(len, good, max_pages, &done));
	assert_int_equal(uio.left_bytes, len - done);
}

static void random_put_fast(void)
{
	size_t len = 1 + pick(pick(2) ? 300 : PAGE_SIZE), good = aim_source(len);
	ssize_t expected = 0;

	if (model.nr_pages && !model.pages[model.nr_pages - 1].mark)
		expected = model_append(len, good);
	else if (!model.nr_pages && model.has_spare && good)
		expected = model_fill(0, len, good, NULL);
	assert_int_equal(page_queue_put_fast(&queue, &lock, &uio), expected);
}

/* The bytes that the queue gives are those at the beginning of the reference's. */
static void expect_taken(size_t done)
{
	assert_memory_equal(sink, model.bytes, done);
	while (done) {
		size_t part = min(done, model_left());

		model_advance(part);
		done -= part;
	}
}

static void random_take(void)
{
	size_t len = random_length(), done = min(min(len, model.nr_bytes), aim(sink, len));
	bool faults = done < min(len, model.nr_bytes);

	assert_int_equal(page_queue_take(&queue, &lock, &uio),
			 done || !faults ? (ssize_t)done : -EFAULT);
	assert_int_equal(uio.left_bytes, len - done);
	expect_taken(done);
}

static void random_take_fast(void)
{
	size_t len = random_length(), done = min(min(len, model.nr_bytes), aim(sink, len));

	if (!model.nr_pages || model.pages[0].mark || min(len, model.nr_bytes) > model_left())
		done = 0;
	assert_int_equal(page_queue_take_fast(&queue, &lock, &uio), done);
	expect_taken(done);
}

/* As an owner does that looks at a page before it takes from it. */
static void random_advance(void)
{
	size_t len;

	if (!model.nr_pages)
		return;
	len = pick((unsigned)model_left() + 1);
	page_queue_advance(&queue, &lock, page_queue_first_left(&queue), len);
	model_advance(len);
}

static void close_last(void)
{
	if (!model.nr_pages)
		return;
	queue.last->queue_end |= PAGE_QUEUE_CLOSED;
	model.pages[model.nr_pages - 1].is_closed = true;
}

static void purge(void)
{
	page_queue_purge(&queue, &lock);
	memset(&model, 0, sizeof(model));
	compare();
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void results_are_those_of_the_reference(void **state)
{
	static void (*const puts[])(void) = {random_put, random_append, random_fill,
					     random_put_fast, close_last};
	static void (*const takes[])(void) = {random_take, random_take_fast, random_take_fast,
					      random_advance};
	u64 nr_free = page_alloc_nr_free();

	(void)state;
	for (unsigned round = 0; round < 40; round++) {
		queue = (struct page_queue){.keeps_spare = round % 2};
		for (unsigned i = 0; i < 1000; i++) {
			/* Fills up in turn and is emptied in turn. */
			bool puts_more = i / 100 % 2, has_room = model.nr_pages < PAGES_MAX - 8;

			model.finds_memory = pick(8);
			mm_fail_alloc_set(!model.finds_memory);
			if (has_room && pick(10) < (puts_more ? 7 : 3))
				puts[pick(5)]();
			else
				takes[pick(4)]();
			mm_fail_alloc_set(0);
			unit_user_left = ~0UL;
			compare();
		}
		purge(); /* with what is in it */
		assert_int_equal(page_alloc_nr_free(), nr_free);
	}
}

/* What a transfer has moved when the memory ends stays, and the rest can follow later. */
static void a_failed_allocation_loses_nothing(void **state)
{
	size_t len = 10 * PAGE_SIZE + 100;
	u64 nr_free = page_alloc_nr_free();
	int err = -ENOMEM;

	(void)state;
	for (unsigned n = 1; err; n++) {
		queue = (struct page_queue){.keeps_spare = true};
		aim_source(len);
		uio_init_user(&uio, source, len);
		unit_user_left = ~0UL;
		mm_fail_alloc_set(n);
		err = page_queue_put(&queue, &lock, &uio, PAGES_MAX);
		mm_fail_alloc_set(0);
		assert_int_equal(err, n <= 11 ? -ENOMEM : 0);
		assert_int_equal(queue.nr_pages, min(n - 1, 11U));
		assert_int_equal(queue.nr_bytes, min((n - 1) * PAGE_SIZE, len));
		assert_int_equal(page_queue_put(&queue, &lock, &uio, PAGES_MAX), 0);
		uio_init_user(&uio, sink, len);
		assert_int_equal(page_queue_take(&queue, &lock, &uio), len);
		assert_memory_equal(sink, source, len);
		page_queue_purge(&queue, &lock);
		assert_int_equal(page_alloc_nr_free(), nr_free);
	}
}

/* A queue that is filled and emptied in turn needs memory once. */
static void a_spare_page_is_used_again(void **state)
{
	(void)state;
	queue = (struct page_queue){.keeps_spare = true};
	for (unsigned i = 0; i < 100; i++) {
		mm_fail_alloc_set(i ? 1 : 0);
		uio_init_user(&uio, source, 1 + i);
		assert_int_equal(page_queue_put(&queue, &lock, &uio, 1), 0);
		uio_init_user(&uio, sink, PAGE_SIZE);
		assert_int_equal(page_queue_take(&queue, &lock, &uio), 1 + i);
		assert_memory_equal(sink, source, 1 + i);
	}
	/* One is enough: of two emptied pages the second is freed. */
	mm_fail_alloc_set(0);
	uio_init_user(&uio, source, 2 * PAGE_SIZE);
	assert_int_equal(page_queue_put(&queue, &lock, &uio, 2), 0);
	uio_init_user(&uio, sink, 2 * PAGE_SIZE);
	assert_int_equal(page_queue_take(&queue, &lock, &uio), 2 * PAGE_SIZE);
	mm_fail_alloc_set(1);
	uio_init_user(&uio, source, 2 * PAGE_SIZE);
	assert_int_equal(page_queue_put(&queue, &lock, &uio, 2), -ENOMEM);
	mm_fail_alloc_set(0);
	assert_int_equal(queue.nr_pages, 1);
	page_queue_purge(&queue, &lock);
}

/* The limit is the caller's: it may be another one each time, and less than there is. */
static void limits_may_change(void **state)
{
	static const unsigned limits[] = {0, 1, 16, 4, 16, 30, 2, PAGES_MAX - 1};
	unsigned most = 0;

	(void)state;
	queue = (struct page_queue){.keeps_spare = true};
	for (unsigned i = 0; i < ARRAY_SIZE(limits); i++) {
		most = max(most, limits[i]);
		uio_init_user(&uio, source, BYTES_MAX);
		assert_int_equal(page_queue_put(&queue, &lock, &uio, limits[i]), -EAGAIN);
		assert_int_equal(queue.nr_pages, most);
		assert_int_equal(queue.nr_bytes, most * PAGE_SIZE);
	}
	page_queue_purge(&queue, &lock);
}

static void a_change_without_the_lock_panics(void **state)
{
	(void)state;
	queue = (struct page_queue){.keeps_spare = true};
	mutex_unlock(&lock);
	uio_init_user(&uio, source, 1);
	assert_panics(ignore_result(page_queue_append(&queue, &lock, &uio, 1), "panics"));
	assert_panics(ignore_result(page_queue_put(&queue, &lock, &uio, 1), "panics"));
	mutex_lock(&lock);
}

static int setup(void **state)
{
	static struct thread me;

	(void)state;
	unit_memory_init(MIB(16));
	slab_init(0x5ec2e7a11f00d5UL);
	host_arch_init();
	unit_current_thread = &me;
	mutex_init(&lock, pipe);
	mutex_lock(&lock);
	return 0;
}

UNIT_MAIN_AFTER(setup, cmocka_unit_test(results_are_those_of_the_reference),
		cmocka_unit_test(a_failed_allocation_loses_nothing),
		cmocka_unit_test(a_spare_page_is_used_again), cmocka_unit_test(limits_may_change),
		cmocka_unit_test(a_change_without_the_lock_panics))
