// SPDX-License-Identifier: MIT
/*
 * rwlock_model_test.c -- read-write locks, in every order of the steps of two CPUs, and those
 * orders of three where one is interrupted up to twice (tests/unit/sched_model.h).
 *
 * Invariants, in every order. A writer is alone; nobody waits for ever; at the end the lock is free
 *   and nobody is on its lists. Then, one by one, who gets the lock from whom.
 */
#include "unit_test.h"

#include "sched_model.h"

#include "sched/rwlock.c"

static struct rwlock lock;
static u32 nr_reading;

static void reset_more(void)
{
	rwlock_init(&lock, leaf);
	nr_reading = 0;
}

static u64 hash_more(u64 h)
{
	h = hash_list(hash_list(h, &lock.readers), &lock.writers);
	return interleave_mix(h, nr_reading);
}

static void read_once(unsigned cpu)
{
	rwlock_read_lock(&lock);
	interleave_check(!inside && rwlock_is_read(&lock));
	nr_reading++;
	interleave_check(READ_ONCE(flag) <= NR_CPUS);
	interleave_check(!inside);
	nr_reading--;
	results[cpu]++;
	rwlock_read_unlock(&lock);
}

static void write_once(unsigned cpu)
{
	rwlock_write_lock(&lock);
	interleave_check(!inside && !nr_reading && rwlock_is_mine(&lock));
	inside = 1;
	WRITE_ONCE(flag, cpu);
	interleave_check(READ_ONCE(flag) == cpu && !nr_reading);
	inside = 0;
	results[cpu]++;
	rwlock_write_unlock(&lock);
}

static void check_free(unsigned nr_cpus, int each)
{
	interleave_check(!lock.word && !nr_reading);
	interleave_check(list_is_empty(&lock.readers) && list_is_empty(&lock.writers));
	for (unsigned i = 0; i < nr_cpus; i++)
		interleave_check(results[i] == each);
}

static void two_check(void)
{
	check_free(2, 1);
}

static void three_check(void)
{
	check_free(3, 1);
}

static void nobody_switches(unsigned nr_cpus)
{
	for (unsigned i = 0; i < nr_cpus; i++)
		interleave_check(!runqueue_of(i)->nr_switches);
}

/* ---- one each -------------------------------------------------------------------------------- */

#define two_writers_run write_once
#define two_writers_check two_check
RUN(2, two_writers)

static void a_writer_and_a_reader_run(unsigned cpu)
{
	if (cpu == 0)
		write_once(cpu);
	else
		read_once(cpu);
}
#define a_writer_and_a_reader_check two_check
RUN(2, a_writer_and_a_reader)

/* They do not even see each other. */
#define two_readers_run read_once
static void two_readers_check(void)
{
	two_check();
	nobody_switches(2);
}
RUN(2, two_readers)

/* Nor do they give up because of each other. */
static void two_readers_try_run(unsigned cpu)
{
	results[cpu] = rwlock_read_trylock(&lock);
	if (results[cpu])
		rwlock_read_unlock(&lock);
}
#define two_readers_try_check two_check
RUN(2, two_readers_try)

static void a_reader_comes_again_run(unsigned cpu)
{
	a_writer_and_a_reader_run(cpu);
	if (cpu == 1) {
		interleave_here(1);
		read_once(cpu);
		results[cpu]--;
	}
}
#define a_reader_comes_again_check two_check
RUN(2, a_reader_comes_again)

static void a_writer_comes_again_run(unsigned cpu)
{
	a_writer_and_a_reader_run(cpu);
	if (cpu == 0) {
		interleave_here(1);
		write_once(cpu);
		results[cpu]--;
	}
}
#define a_writer_comes_again_check two_check
RUN(2, a_writer_comes_again)

#define three_writers_run write_once
#define three_writers_check three_check
RUN(3, three_writers)

#define a_writer_and_two_readers_run a_writer_and_a_reader_run
#define a_writer_and_two_readers_check three_check
RUN(3, a_writer_and_two_readers)

static void two_writers_and_a_reader_run(unsigned cpu)
{
	if (cpu < 2)
		write_once(cpu);
	else
		read_once(cpu);
}
#define two_writers_and_a_reader_check three_check
RUN(3, two_writers_and_a_reader)

/* ---- waiters that stay on their CPU ---------------------------------------------------------- */

#define writers_spin_run write_once
static void writers_spin_check(void)
{
	two_check();
	nobody_switches(2);
}
RUN_SEEING(2, 2, writers_spin)

/* A writer that finds readers sleeps; a reader that finds a writer does not. */
#define a_reader_spins_run a_writer_and_a_reader_run
static void a_reader_spins_check(void)
{
	two_check();
	interleave_check(!runqueue_of(1)->nr_switches);
}
RUN_SEEING(2, 2, a_reader_spins)

/* A writer sleeps with the lock. */
static void a_writer_may_sleep_run(unsigned cpu)
{
	if (cpu == 0) {
		rwlock_write_lock(&lock);
		inside = 1;
		WAIT_EVENT_UNINTERRUPTIBLE(&queue, READ_ONCE(flag));
		inside = 0;
		rwlock_write_unlock(&lock);
	} else if (cpu == 1) {
		rwlock_read_lock(&lock);
		interleave_check(!inside);
		rwlock_read_unlock(&lock);
	} else {
		WRITE_ONCE(flag, 1);
		waitq_wake_all(&queue);
	}
}

static void a_writer_may_sleep_check(void)
{
	check_free(3, 0);
}
RUN_SEEING(2, 3, a_writer_may_sleep)

/* ---- who gets it from whom ------------------------------------------------------------------- */

#define NR_SLEEPERS (READERS_AT_ONCE + 2)
#define WRITTEN ((u64)&threads[0] | RWLOCK_WRITER)

static struct thread sleepers[NR_SLEEPERS];
static struct waiter waiters[NR_SLEEPERS];

/* The current thread has @lock; @nr_readers and @nr_writers sleep for it, in this order. */
static void begin(u64 word, unsigned nr_readers, unsigned nr_writers)
{
	reset();
	unit_current_cpu = 0;
	unit_current_thread = &threads[0];
	for (unsigned i = 0; i < nr_readers + nr_writers; i++) {
		sleepers[i] = (struct thread){.state = THREAD_UNINTERRUPTIBLE,
					      .policy = &policy_round_robin,
					      .account = &account,
					      .totals = &totals[0]};
		waiters[i] = (struct waiter){.thread = &sleepers[i]};
		list_add_last(i < nr_readers ? &lock.readers : &lock.writers, &waiters[i].node);
	}
	lock.word = word | waited(&lock);
}

static void check_sleepers(unsigned from, unsigned end, bool woken, bool given)
{
	for (unsigned i = from; i < end; i++) {
		assert_int_equal(sleepers[i].state, woken ? THREAD_READY : THREAD_UNINTERRUPTIBLE);
		assert_int_equal(waiters[i].given, given);
	}
}

/* libsanitizer calls sched_yield() at the end, and gets ours: nobody is to be ready. */
static void end(void)
{
	reset();
}

static void a_writer_gives_to_readers(void **state)
{
	begin(WRITTEN, 2, 1);
	rwlock_write_unlock(&lock);
	assert_int_equal(lock.word, 2 * RWLOCK_READER | RWLOCK_WAITED);
	check_sleepers(0, 2, true, true);
	check_sleepers(2, 3, false, false);
	assert_false(rwlock_read_trylock(&lock)); /* L2: a writer waits */
	rwlock_read_unlock(&lock);
	check_sleepers(2, 3, false, false);
	rwlock_read_unlock(&lock); /* the last of them */
	check_sleepers(2, 3, true, false);
	assert_int_equal(lock.word, RWLOCK_WAITED);
	end();
}

static void readers_wake_a_writer_before_readers(void **state)
{
	begin(RWLOCK_READER, 1, 2);
	rwlock_read_unlock(&lock);
	check_sleepers(0, 1, false, false);
	check_sleepers(1, 2, true, false);
	check_sleepers(2, 3, false, false);
	assert_int_equal(lock.word, RWLOCK_WAITED);
	end();
}

/* A thread that runs may be quicker than the one that was woken; that one is not passed again. */
static void a_writer_is_passed_once(void **state)
{
	begin(WRITTEN, 0, 2);
	rwlock_write_unlock(&lock);
	check_sleepers(0, 1, true, false);
	rwlock_write_lock(&lock);
	assert_true(rwlock_is_mine(&lock));
	waiters[0].lost = true; /* so it found, and slept again */
	sleepers[0].state = THREAD_UNINTERRUPTIBLE;
	rwlock_write_unlock(&lock);
	check_sleepers(0, 1, true, true);
	check_sleepers(1, 2, false, false);
	assert_int_equal(lock.word, (u64)&sleepers[0] | RWLOCK_WRITER | RWLOCK_WAITED);
	end();
}

static void many_readers_come_in_turns(void **state)
{
	begin(WRITTEN, NR_SLEEPERS, 0);
	rwlock_write_unlock(&lock);
	check_sleepers(0, READERS_AT_ONCE, true, true);
	check_sleepers(READERS_AT_ONCE, NR_SLEEPERS, false, false);
	for (unsigned i = 0; i < READERS_AT_ONCE; i++)
		rwlock_read_unlock(&lock);
	check_sleepers(READERS_AT_ONCE, NR_SLEEPERS, true, true);
	assert_int_equal(lock.word, 2 * RWLOCK_READER);
	rwlock_read_unlock(&lock);
	rwlock_read_unlock(&lock);
	assert_int_equal(lock.word, 0);
	end();
}

UNIT_MAIN(cmocka_unit_test(two_writers), cmocka_unit_test(a_writer_and_a_reader),
	  cmocka_unit_test(two_readers), cmocka_unit_test(two_readers_try),
	  cmocka_unit_test(a_reader_comes_again), cmocka_unit_test(a_writer_comes_again),
	  cmocka_unit_test(three_writers), cmocka_unit_test(a_writer_and_two_readers),
	  cmocka_unit_test(two_writers_and_a_reader), cmocka_unit_test(writers_spin),
	  cmocka_unit_test(a_reader_spins), cmocka_unit_test(a_writer_may_sleep),
	  cmocka_unit_test(a_writer_gives_to_readers),
	  cmocka_unit_test(readers_wake_a_writer_before_readers),
	  cmocka_unit_test(a_writer_is_passed_once), cmocka_unit_test(many_readers_come_in_turns))
