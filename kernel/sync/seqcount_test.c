// SPDX-License-Identifier: MIT
/*
 * seqcount_test.c -- a sequence count, in every order of the steps of two CPUs, and those orders of
 * three where one is interrupted up to twice.
 *
 * Two words are equal in every state. A reader never ends with two that differ, and what it reads
 * is no older than what a writer had finished before.
 */
#include "unit_test.h"

#include "interleave.h"

#include "sync/seqcount.h"
#include "sync/spinlock.h"

static struct seqcount count;
static struct spinlock lock;
static u32 words[2];   /* [lock], read without it */
static u32 nr_written; /* how often they have changed, at least */
static u32 before[INTERLEAVE_CPUS_MAX], nr_looks[INTERLEAVE_CPUS_MAX]; /* of readers */
static u32 first_sequence;					       /* the count begins there */

static void reset(void)
{
	count.sequence = first_sequence;
	lock.tickets = 0;
	words[0] = words[1] = nr_written = 0;
	memset(before, 0, sizeof(before));
	memset(nr_looks, 0, sizeof(nr_looks));
}

static u64 hash(u64 h)
{
	for (unsigned i = 0; i < INTERLEAVE_CPUS_MAX; i++)
		h = interleave_mix(h, before[i] | (u64)nr_looks[i] << 32);
	return interleave_mix(h, nr_written);
}

static void change(void)
{
	spin_lock(&lock);
	seqcount_write_begin(&count, &lock);
	WRITE_ONCE(words[0], words[0] + 1);
	WRITE_ONCE(words[1], words[1] + 1);
	seqcount_write_end(&count);
	spin_unlock(&lock);
	__atomic_fetch_add(&nr_written, 1, __ATOMIC_RELEASE);
}

static void look(unsigned cpu)
{
	u32 begun, a, b;

	before[cpu] = __atomic_load_n(&nr_written, __ATOMIC_ACQUIRE);
	for (;;) {
		begun = seqcount_read_begin(&count);
		a = READ_ONCE(words[0]);
		b = READ_ONCE(words[1]);
		if (!seqcount_must_read_again(&count, begun))
			break;
		interleave_here(2 + nr_looks[cpu]);
	}
	interleave_check(a == b && a >= before[cpu]);
	nr_looks[cpu]++;
}

static void one_writer_one_reader(unsigned cpu)
{
	for (unsigned i = 0; i < 2; i++) {
		if (cpu == 0)
			change();
		else
			look(cpu);
		interleave_here(i);
	}
}

static void two_writers_one_reader(unsigned cpu)
{
	if (cpu < 2)
		change();
	else
		look(cpu);
}

static void one_writer_two_readers(unsigned cpu)
{
	if (cpu == 0)
		change();
	else
		look(cpu);
}

static void check_even(void)
{
	interleave_check(words[0] == nr_written && words[1] == nr_written);
	interleave_check(count.sequence == first_sequence + 2 * nr_written);
}

static void explore(unsigned nr_cpus, void (*run)(unsigned cpu), u32 sequence)
{
	struct interleave model = {
		.nr_cpus = nr_cpus, .reset = reset, .run = run, .hash = hash, .check = check_even};

	first_sequence = sequence;
	interleave_explore(&model);
}

static void test_two(void **state)
{
	explore(2, one_writer_one_reader, 0);
}

/* The number begins again at 0. */
static void test_numbers_begin_again(void **state)
{
	explore(2, one_writer_one_reader, (u32)-2);
}

static void test_three(void **state)
{
	explore(3, two_writers_one_reader, 0);
	explore(3, one_writer_two_readers, 0);
}

UNIT_MAIN(cmocka_unit_test(test_two), cmocka_unit_test(test_numbers_begin_again),
	  cmocka_unit_test(test_three))
