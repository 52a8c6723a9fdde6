// SPDX-License-Identifier: MIT
// UNIT: ipc/poll.c
/*
 * poll_test.c -- poll and select on files whose events the test sets.
 *
 * Idea. What a call must report follows from the events of the files when it returns. Random sets
 *   of files, with holes, duplicates and closed descriptors, are asked without and with waiting;
 *   while the call sleeps, events come that are wanted or not, and only the wanted ones may end it.
 *   After each call nothing waits for a file any more, and no reference to one is left.
 */
#include "unit_sleep.h"
#include "unit_test.h"
#include "unit_vfs.h"
#include "unit_watched.h"

#include "core/errno.h"
#include "core/fast_path.h"
#include "ipc/poll.h"
#include "mm/page_alloc.h"
#include "vfs/file/fdtable.h"

#define NR_FILES 40
#define NR_FDS 64
#define POLLFDS 200

static u64 seed = 23;
static struct file *files[NR_FDS]; /* by descriptor; NULL: not open */

static unsigned pick(unsigned n)
{
	return (unsigned)(unit_random(&seed) % n);
}

static void open_files(void)
{
	for (unsigned i = 0; i < NR_FILES; i++) {
		struct file *file = unit_watched_open();
		int fd = fd_install(file, (int)i + (int)pick(NR_FDS - NR_FILES), false);

		assert_in_range(fd, 0, NR_FDS - 1);
		files[fd] = file;
	}
}

static void close_files(void)
{
	for (int fd = 0; fd < NR_FDS; fd++) {
		if (!files[fd])
			continue;
		assert_int_equal(refcount_read(&files[fd]->refs), 1);
		assert_int_equal(fd_close(fd), 0);
		files[fd] = NULL;
	}
}

static u32 random_events(void)
{
	static const u32 events[] = {POLLIN, POLLOUT, POLLPRI, POLLERR, POLLHUP, POLLRDNORM};

	return events[pick(6)] | events[pick(3)];
}

static void clear_all(void)
{
	for (unsigned fd = 0; fd < NR_FDS; fd++)
		if (files[fd])
			unit_watched_clear(files[fd], ~0U);
}

static void check_that_nothing_waits(void)
{
	for (unsigned fd = 0; fd < NR_FDS; fd++) {
		if (!files[fd])
			continue;
		assert_false(unit_watched_is_waited_for(files[fd]));
		assert_int_equal(refcount_read(&files[fd]->refs), 1);
	}
}

/* ---- poll ------------------------------------------------------------------------------------ */

static struct pollfd fds[POLLFDS];
static unsigned nr_fds;
static bool closed_allowed;

static void choose_pollfds(void)
{
	nr_fds = pick(5) ? 1 + pick(10) : 1 + pick(POLLFDS);
	for (unsigned i = 0; i < nr_fds; i++) {
		int fd = pick(10) ? (int)pick(NR_FDS) : -1 - (int)pick(5);

		if (fd >= 0 && !files[fd] && !closed_allowed)
			fd = -1;
		if (fd >= 0 && closed_allowed && !pick(50))
			fd = 100000;
		fds[i] = (struct pollfd){.fd = fd, .events = (short)random_events(), .revents = 77};
	}
}

static short expected_events(const struct pollfd *p)
{
	if (p->fd < 0)
		return 0;
	if (p->fd >= NR_FDS || !files[p->fd])
		return POLLNVAL;
	return (short)(unit_watched_events(files[p->fd]) & ((u32)p->events | POLLERR | POLLHUP));
}

static int expected_count(void)
{
	int count = 0;

	for (unsigned i = 0; i < nr_fds; i++)
		count += expected_events(&fds[i]) != 0;
	return count;
}

static void check_pollfds(int result)
{
	assert_int_equal(result, expected_count());
	for (unsigned i = 0; i < nr_fds; i++)
		assert_int_equal(fds[i].revents, expected_events(&fds[i]));
}

static void some_events(unsigned nr)
{
	while (nr--) {
		unsigned fd = pick(NR_FDS);

		if (files[fd])
			unit_watched_set(files[fd], random_events(), 0);
	}
}

static void a_poll_that_does_not_wait_tells_what_is(void **state)
{
	struct fdtable *table = unit_current_thread->files;

	(void)state;
	open_files();
	closed_allowed = true;
	for (unsigned i = 0; i < 20000; i++) {
		bool shared = pick(2); /* another thread could close descriptors */

		fast_paths_off = pick(2) ? ~0U : 0;
		clear_all();
		some_events(pick(6));
		choose_pollfds();
		if (shared)
			fdtable_get(table);
		check_pollfds(poll_wait_fds(fds, nr_fds, 0));
		if (shared)
			fdtable_put(table);
		check_that_nothing_waits();
	}
	close_files();
}

static unsigned sleeps_left;

/* One event a time, with a key or without, until one is wanted. */
static int an_event_comes(u64 deadline_ns)
{
	if (!sleeps_left)
		return deadline_ns == DEADLINE_NEVER ? -EINTR : -ETIMEDOUT;
	sleeps_left--;
	do {
		unsigned fd = pick(NR_FDS);
		u32 events = random_events();

		if (files[fd])
			unit_watched_set(files[fd], events, pick(2) ? events : 0);
	} while (current_thread()->state != THREAD_RUNNING && !expected_count() && pick(50));
	/* A wanted event must have woken the thread; if there was none, its time is over. */
	if (expected_count() || current_thread()->state == THREAD_RUNNING)
		return 0;
	return deadline_ns == DEADLINE_NEVER ? -EINTR : -ETIMEDOUT;
}

static void a_poll_that_waits_ends_with_a_wanted_event(void **state)
{
	(void)state;
	open_files();
	closed_allowed = false;
	unit_asleep = an_event_comes;
	for (unsigned i = 0; i < 5000; i++) {
		u64 deadline = pick(2) ? DEADLINE_NEVER : 1;
		int n;

		clear_all();
		choose_pollfds();
		sleeps_left = pick(5);
		n = poll_wait_fds(fds, nr_fds, deadline);
		if (n == -EINTR)
			assert_true(deadline == DEADLINE_NEVER && !expected_count());
		else
			check_pollfds(n);
		if (!n)
			assert_int_equal(deadline, 1);
		check_that_nothing_waits();
	}
	unit_asleep = NULL;
	close_files();
}

/* ---- select ---------------------------------------------------------------------------------- */

static u64 in, out, except, in_ready, out_ready, except_ready;
static const struct select_sets sets = {{&in, &out, &except},
					{&in_ready, &out_ready, &except_ready}};

static bool has(u64 set, unsigned fd)
{
	return set >> fd & 1;
}

/* select(2) in poll(2)'s words: "Correspondence between select() and poll() notifications". */
static int expected_sets(u64 *want_in, u64 *want_out, u64 *want_except)
{
	*want_in = *want_out = *want_except = 0;
	for (unsigned fd = 0; fd < NR_FDS; fd++) {
		u32 events = files[fd] ? unit_watched_events(files[fd]) : 0;

		if (has(in | out | except, fd) && !files[fd])
			return -EBADF;
		if (has(in, fd) && events & (POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR))
			*want_in |= 1UL << fd;
		if (has(out, fd) && events & (POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR))
			*want_out |= 1UL << fd;
		if (has(except, fd) && events & POLLPRI)
			*want_except |= 1UL << fd;
	}
	return __builtin_popcountl(*want_in) + __builtin_popcountl(*want_out) +
	       __builtin_popcountl(*want_except);
}

static u64 random_set(void)
{
	u64 set = unit_random(&seed) & unit_random(&seed) & unit_random(&seed);

	for (unsigned fd = 0; fd < NR_FDS && pick(20); fd++)
		if (!files[fd])
			set &= ~(1UL << fd);
	return set;
}

static void check_sets(int result)
{
	u64 want_in, want_out, want_except;

	assert_int_equal(result, expected_sets(&want_in, &want_out, &want_except));
	if (result < 0)
		return;
	assert_int_equal(in_ready, want_in);
	assert_int_equal(out_ready, want_out);
	assert_int_equal(except_ready, want_except);
}

static int an_event_for_select(u64 deadline_ns)
{
	u64 unused[3];

	(void)deadline_ns;
	while (expected_sets(&unused[0], &unused[1], &unused[2]) == 0) {
		unsigned fd = pick(NR_FDS);
		u32 events = random_events();

		if (files[fd])
			unit_watched_set(files[fd], events, pick(2) ? events : 0);
	}
	return pick(4) ? 0 : -ETIMEDOUT; /* in time, or just so */
}

static void select_says_the_same_in_bits(void **state)
{
	(void)state;
	open_files();
	unit_asleep = an_event_for_select;
	for (unsigned i = 0; i < 10000; i++) {
		clear_all();
		some_events(pick(3));
		in = random_set();
		out = random_set();
		except = random_set();
		in_ready = out_ready = except_ready = 0;
		check_sets(select_wait_fds(NR_FDS, &sets, in ? pick(2) : 0));
		check_that_nothing_waits();
	}
	unit_asleep = NULL;
	close_files();
}

static int nothing_comes(u64 deadline_ns)
{
	return deadline_ns == DEADLINE_NEVER ? -EINTR : -ETIMEDOUT;
}

static void select_ends_with_its_time(void **state)
{
	(void)state;
	open_files();
	in = random_set();
	in_ready = out = except = 0;
	clear_all();
	for (unsigned fd = 0; fd < NR_FDS; fd++)
		if (!files[fd])
			in &= ~(1UL << fd);
	unit_asleep = nothing_comes;
	assert_int_equal(select_wait_fds(NR_FDS, &sets, 1), 0);
	assert_int_equal(select_wait_fds(NR_FDS, &sets, DEADLINE_NEVER), -EINTR);
	check_that_nothing_waits();
	unit_asleep = NULL;
	close_files();
}

static int setup(void **state)
{
	(void)state;
	unit_vfs_init(MIB(8), 0, 0);
	return 0;
}

UNIT_MAIN_AFTER(setup, cmocka_unit_test(a_poll_that_does_not_wait_tells_what_is),
		cmocka_unit_test(a_poll_that_waits_ends_with_a_wanted_event),
		cmocka_unit_test(select_says_the_same_in_bits),
		cmocka_unit_test(select_ends_with_its_time))
