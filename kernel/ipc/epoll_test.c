// SPDX-License-Identifier: MIT
// UNIT: ipc/epoll.c ipc/eventfd.c
/*
 * epoll_test.c -- epoll instances against a reference that knows no lists.
 *
 * Idea. The reference keeps for each item what epoll(7) says of it: which events it wants, whether
 *   it reports levels, edges or once, and whether an edge has come since the last report. Events
 *   come and go, items are added, changed and deleted, files end; each wait must report the items
 *   that the reference says, as many as there is room for.
 */
#include "unit_sleep.h"
#include "unit_test.h"
#include "unit_vfs.h"
#include "unit_watched.h"

#include "core/errno.h"
#include "ipc/epoll.h"
#include "ipc/eventfd.h"
#include "mm/slab.h"
#include "sched/wake_later.h"

#define NR_EPOLLS 2
#define NR_FILES 4
#define NR_FDS 3 /* descriptors of one file */
#define ALWAYS ((u32)(EPOLLERR | EPOLLHUP))

static u64 seed = 13;
static struct file *epolls[NR_EPOLLS], *files[NR_FILES];

static unsigned pick(unsigned n)
{
	return (unsigned)(unit_random(&seed) % n);
}

/* No queue is long enough for it. */
bool wake_later_request(struct wake_later *later, u64 key)
{
	fail_msg("too many waiters");
	return false;
}

/* ---- the reference --------------------------------------------------------------------------- */

static struct item {
	bool exists, edge, once;
	bool pending; /* an edge was not reported yet */
	u32 wanted;   /* 0 after the report of an item that reports once */
	u64 data;
} items[NR_EPOLLS][NR_FILES][NR_FDS];

static u32 model_events(const struct item *item, unsigned file)
{
	u32 events = item->exists ? item->wanted & unit_watched_events(files[file]) : 0;

	return item->edge && !item->pending ? 0 : events;
}

static void model_set(struct item *item, unsigned file, const struct epoll_event *event)
{
	bool was_pending = item->exists && item->pending;

	*item = (struct item){.exists = true,
			      .edge = event->events & EPOLLET,
			      .once = event->events & EPOLLONESHOT,
			      .wanted = (event->events & 0xffff) | ALWAYS,
			      .data = event->data};
	item->pending = was_pending || (item->wanted & unit_watched_events(files[file]));
}

static void model_wake(unsigned file, u32 key)
{
	for (unsigned e = 0; e < NR_EPOLLS; e++)
		for (unsigned fd = 0; fd < NR_FDS; fd++) {
			struct item *item = &items[e][file][fd];

			item->pending |= item->exists && (!key || (key & item->wanted));
		}
}

static unsigned model_count(unsigned e)
{
	unsigned count = 0;

	for (unsigned i = 0; i < NR_FILES * NR_FDS; i++)
		count += model_events(&items[e][i / NR_FDS][i % NR_FDS], i / NR_FDS) != 0;
	return count;
}

static void model_reported(unsigned e, const struct epoll_event *event)
{
	for (unsigned i = 0; i < NR_FILES * NR_FDS; i++) {
		struct item *item = &items[e][i / NR_FDS][i % NR_FDS];

		if (!item->exists || item->data != event->data)
			continue;
		assert_int_equal(event->events, model_events(item, i / NR_FDS));
		assert_true(event->events);
		item->pending = false;
		if (item->once)
			item->wanted = 0;
		return;
	}
	fail_msg("an item is reported that does not exist");
}

/* ---- random operations ----------------------------------------------------------------------- */

static u32 random_events(void)
{
	static const u32 events[] = {EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLERR, EPOLLHUP, EPOLLRDHUP};

	return events[pick(6)] | events[pick(3)];
}

static void random_control(void)
{
	static const int ops[] = {EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL};
	static u64 last_data;
	unsigned e = pick(NR_EPOLLS), f = pick(NR_FILES), fd = pick(NR_FDS);
	int op = ops[pick(3)], expected = 0;
	struct item *item = &items[e][f][fd];
	struct epoll_event event = {.data = ++last_data};

	event.events = pick(20) ? random_events() : 0;
	event.events |= (pick(2) ? (u32)EPOLLET : 0) | (pick(3) ? 0 : EPOLLONESHOT);
	if (op == EPOLL_CTL_ADD && item->exists)
		expected = -EEXIST;
	else if (op != EPOLL_CTL_ADD && !item->exists)
		expected = -ENOENT;
	assert_int_equal(epoll_control(epolls[e], op, (int)fd, files[f], &event), expected);
	if (expected)
		return;
	if (op == EPOLL_CTL_DEL)
		item->exists = false;
	else
		model_set(item, f, &event);
}

static void random_event(void)
{
	unsigned f = pick(NR_FILES);
	u32 events = random_events(), key = pick(3) ? events : 0;

	if (pick(2)) {
		unit_watched_clear(files[f], events | (pick(2) ? ~0U : 0));
	} else {
		unit_watched_set(files[f], events, key);
		model_wake(f, key);
	}
}

/* As many as there is room for, each once. */
static void wait_and_compare(unsigned e)
{
	struct epoll_event got[NR_FILES * NR_FDS];
	unsigned room = 1 + pick(pick(2) ? 3 : NR_FILES * NR_FDS), count = model_count(e);
	int n = epoll_wait_events(epolls[e], got, (int)room, 0);

	assert_int_equal(n, min(room, count));
	for (int i = 0; i < n; i++) {
		for (int k = 0; k < i; k++)
			assert_true(got[i].data != got[k].data);
		model_reported(e, &got[i]);
	}
}

/* The file's items end with it, in all instances. */
static void replace_file(unsigned f)
{
	file_put(files[f]);
	files[f] = unit_watched_open();
	for (unsigned e = 0; e < NR_EPOLLS; e++)
		memset(items[e][f], 0, sizeof(items[e][f]));
}

static void replace_epoll(unsigned e)
{
	file_put(epolls[e]);
	assert_int_equal(epoll_create(&epolls[e]), 0);
	memset(items[e], 0, sizeof(items[e]));
}

static void open_all(void)
{
	memset(items, 0, sizeof(items));
	for (unsigned e = 0; e < NR_EPOLLS; e++)
		assert_int_equal(epoll_create(&epolls[e]), 0);
	for (unsigned f = 0; f < NR_FILES; f++)
		files[f] = unit_watched_open();
}

static void close_all(void)
{
	for (unsigned e = 0; e < NR_EPOLLS; e++)
		file_put(epolls[e]);
	for (unsigned f = 0; f < NR_FILES; f++) {
		assert_false(unit_watched_is_waited_for(files[f]));
		file_put(files[f]);
	}
}

static void waits_report_what_the_reference_says(void **state)
{
	u64 objects = slab_nr_in_use();

	(void)state;
	open_all();
	for (unsigned i = 0; i < 400000; i++) {
		unsigned what = pick(200);

		if (what == 0)
			replace_file(pick(NR_FILES));
		else if (what == 1)
			replace_epoll(pick(NR_EPOLLS));
		else if (what < 60)
			random_control();
		else if (what < 130)
			random_event();
		else
			wait_and_compare(pick(NR_EPOLLS));
	}
	close_all();
	assert_int_equal(slab_nr_in_use(), objects);
}

/* ---- one after the other --------------------------------------------------------------------- */

static struct epoll_event in(u64 data, u32 flags)
{
	return (struct epoll_event){.events = EPOLLIN | flags, .data = data};
}

/* With room for few, level-triggered items take turns. */
static void no_item_waits_longer_than_a_round(void **state)
{
	struct epoll_event event, got[3];

	(void)state;
	open_all();
	for (unsigned f = 0; f < NR_FILES; f++) {
		event = in(f, 0);
		assert_int_equal(epoll_control(epolls[0], EPOLL_CTL_ADD, 0, files[f], &event), 0);
		unit_watched_set(files[f], EPOLLIN, EPOLLIN);
	}
	for (unsigned room = 1; room <= 3; room++) {
		unsigned next = 0;

		assert_int_equal(epoll_wait_events(epolls[0], got, 1, 0), 1);
		next = (unsigned)got[0].data + 1;
		for (unsigned i = 0; i < 12; i++) {
			assert_int_equal(epoll_wait_events(epolls[0], got, (int)room, 0), room);
			for (unsigned k = 0; k < room; k++)
				assert_int_equal(got[k].data, next++ % NR_FILES);
		}
	}
	close_all();
}

/* ---- waiting --------------------------------------------------------------------------------- */

static unsigned nr_false_alarms;
static bool is_last_alarm;

/* Two wake-ups for events that are gone again, then one that stays. */
static int events_come_and_go(u64 deadline_ns)
{
	unit_watched_set(files[0], EPOLLIN, EPOLLIN);
	is_last_alarm = nr_false_alarms == 0;
	if (nr_false_alarms) {
		nr_false_alarms--;
		unit_watched_clear(files[0], EPOLLIN);
	}
	return 0;
}

static int time_passes(u64 deadline_ns)
{
	assert_int_equal(deadline_ns, 77);
	return -ETIMEDOUT;
}

/* The event comes with the last moment. */
static int event_in_time(u64 deadline_ns)
{
	unit_watched_set(files[0], EPOLLIN, EPOLLIN);
	return -ETIMEDOUT;
}

static int interrupt(u64 deadline_ns)
{
	return -EINTR;
}

static int item_is_added(u64 deadline_ns)
{
	struct epoll_event event = in(9, 0);

	unit_watched_set(files[1], EPOLLIN, EPOLLIN);
	assert_int_equal(epoll_control(epolls[0], EPOLL_CTL_ADD, 0, files[1], &event), 0);
	return 0;
}

static void a_wait_ends_with_an_event_or_the_time(void **state)
{
	struct epoll_event event = in(5, 0), got;

	(void)state;
	open_all();
	assert_int_equal(epoll_control(epolls[0], EPOLL_CTL_ADD, 0, files[0], &event), 0);
	nr_false_alarms = 2;
	unit_asleep = events_come_and_go;
	assert_int_equal(epoll_wait_events(epolls[0], &got, 1, DEADLINE_NEVER), 1);
	assert_true(is_last_alarm && got.data == 5 && got.events == EPOLLIN);
	unit_watched_clear(files[0], EPOLLIN);
	unit_asleep = time_passes;
	assert_int_equal(epoll_wait_events(epolls[0], &got, 1, 77), 0);
	unit_asleep = event_in_time;
	assert_int_equal(epoll_wait_events(epolls[0], &got, 1, 77), 1);
	unit_watched_clear(files[0], EPOLLIN);
	unit_asleep = interrupt;
	assert_int_equal(epoll_wait_events(epolls[0], &got, 1, DEADLINE_NEVER), -EINTR);
	unit_asleep = item_is_added;
	assert_int_equal(epoll_wait_events(epolls[0], &got, 1, DEADLINE_NEVER), 1);
	assert_int_equal(got.data, 9);
	unit_asleep = NULL;
	close_all();
}

/* ---- mistakes -------------------------------------------------------------------------------- */

static void mistakes_are_refused(void **state)
{
	struct epoll_event event = in(1, 0), got;
	struct file *plain;

	(void)state;
	open_all();
	assert_int_equal(vfs_open(AT_FDCWD, "/plain", O_CREAT | O_RDWR, 0600, &plain), 0);
	assert_int_equal(epoll_control(epolls[0], EPOLL_CTL_ADD, 0, plain, &event), -EPERM);
	assert_int_equal(epoll_control(epolls[0], EPOLL_CTL_ADD, 0, epolls[0], &event), -EINVAL);
	assert_int_equal(epoll_control(files[0], EPOLL_CTL_ADD, 0, files[1], &event), -EINVAL);
	assert_int_equal(epoll_control(epolls[0], 9, 0, files[0], &event), -EINVAL);
	assert_int_equal(epoll_wait_events(epolls[0], &got, 0, 0), -EINVAL);
	assert_int_equal(epoll_wait_events(files[0], &got, 1, 0), -EINVAL);
	/* An event that cannot be delivered is not lost, also when it is reported only once. */
	for (unsigned flags = 0; flags < 2; flags++) {
		event = in(1, flags ? EPOLLET | EPOLLONESHOT : 0);
		assert_int_equal(
			epoll_control(epolls[0], EPOLL_CTL_ADD, (int)flags, files[0], &event), 0);
		unit_watched_set(files[0], EPOLLIN, EPOLLIN);
		assert_int_equal(epoll_wait_events(epolls[0], (void *)~0xfffUL, 1, 0), -EFAULT);
		assert_int_equal(epoll_wait_events(epolls[0], &got, 1, 0), 1);
		assert_int_equal(
			epoll_control(epolls[0], EPOLL_CTL_DEL, (int)flags, files[0], NULL), 0);
	}
	file_put(plain);
	close_all();
}

static int setup(void **state)
{
	(void)state;
	unit_vfs_init(MIB(8), 0, 0);
	epoll_init();
	return 0;
}

UNIT_MAIN_AFTER(setup, cmocka_unit_test(waits_report_what_the_reference_says),
		cmocka_unit_test(no_item_waits_longer_than_a_round),
		cmocka_unit_test(a_wait_ends_with_an_event_or_the_time),
		cmocka_unit_test(mistakes_are_refused))
