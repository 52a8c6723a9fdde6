// SPDX-License-Identifier: MIT
/*
 * spinlock_test.c -- a spinlock, in every order of the steps of two CPUs, and those orders of three
 * where one is interrupted up to twice.
 */
#include "unit_test.h"

#include "interleave.h"

#include "sync/spinlock.h"

static struct spinlock lock;
static u16 first_tickets;
static unsigned inside, nr_entered;

static void reset(void)
{
	lock.tickets = first_tickets;
	inside = nr_entered = 0;
}

static u64 hash(u64 h)
{
	return interleave_mix(h, inside | nr_entered << 8);
}

static void enter_and_leave(unsigned cpu)
{
	static u32 place; /* a step, so that others run meanwhile */

	spin_lock_raw(&lock);
	interleave_check(inside == 0);
	inside = 1;
	WRITE_ONCE(place, cpu);
	interleave_check(READ_ONCE(place) == cpu);
	inside = 0;
	nr_entered++;
	spin_unlock_raw(&lock);
}

static void twice(unsigned cpu)
{
	enter_and_leave(cpu);
	enter_and_leave(cpu);
}

static void check_free(void)
{
	interleave_check(lock.served == lock.tickets >> 8);
	interleave_check((u8)(lock.served - (u8)first_tickets) == nr_entered);
}

static void explore(unsigned nr_cpus, void (*run)(unsigned cpu), u16 tickets)
{
	struct interleave model = {.nr_cpus = nr_cpus,
				   .looks_into_spinlocks = true,
				   .reset = reset,
				   .run = run,
				   .hash = hash,
				   .check = check_free};

	first_tickets = tickets;
	interleave_explore(&model);
}

static void test_two(void **state)
{
	explore(2, twice, 0);
}

/* The bytes begin again at 0, and nothing goes from one into the other. */
static void test_numbers_begin_again(void **state)
{
	explore(2, twice, 0xfefe);
	explore(2, twice, 0xffff);
}

static void test_three(void **state)
{
	explore(3, enter_and_leave, 0xfefe);
}

/* Whose turn it is, whoever else comes. */
static void test_in_the_order_of_arrival(void **state)
{
	struct spinlock l = {.tickets = 0};

	spin_lock_raw(&l);
	assert_int_equal(__atomic_fetch_add(&l.tickets, SPINLOCK_TICKET, __ATOMIC_ACQUIRE), 0x100);
	assert_int_equal(__atomic_fetch_add(&l.tickets, SPINLOCK_TICKET, __ATOMIC_ACQUIRE), 0x200);
	spin_unlock_raw(&l);
	assert_int_equal(l.served, 1);
	spin_unlock_raw(&l);
	assert_int_equal(l.served, 2);
	spin_unlock_raw(&l);
	assert_int_equal(l.served, l.tickets >> 8);
}

UNIT_MAIN(cmocka_unit_test(test_two), cmocka_unit_test(test_numbers_begin_again),
	  cmocka_unit_test(test_three), cmocka_unit_test(test_in_the_order_of_arrival))
