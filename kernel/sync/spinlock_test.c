// SPDX-License-Identifier: MIT
/*
 * spinlock_test.c -- a spinlock, in every order of the steps of two CPUs, and those orders of three
 * where one is interrupted up to twice; with waiters that exchange tickets in each round, or never.
 */
#include "unit_test.h"

#include "interleave.h"

#include "arch/arch_cpu.h"

static unsigned nr_cpus_up, patience;
#define arch_smp_nr_cpus() nr_cpus_up
#define SPINLOCK_PATIENCE patience
/* The rounds of a waiter are alike: how many there were does not matter. */
#define arch_cpu_relax() interleave_here(~0UL)
#include "sync/spinlock.c"

#define NEVER 0xffffffffU

static struct spinlock lock;
static unsigned progress[INTERLEAVE_CPUS_MAX];
static u16 first_tickets;
static unsigned inside, nr_entered;

static void reset(void)
{
	lock.tickets = first_tickets;
	inside = nr_entered = 0;
	memset(progress, 0, sizeof(progress));
	for (unsigned i = 0; i < nr_cpus_up; i++)
		*on_cpu(waits_for, i) = 0;
}

static u64 hash(u64 h)
{
	for (unsigned i = 0; i < nr_cpus_up; i++)
		h = interleave_mix(h, progress[i] << 16 | inside | nr_entered << 8);
	return h;
}

static void enter_and_leave(unsigned cpu)
{
	static u32 place; /* a step, so that others run meanwhile */

	preempt_disable();
	spin_lock_raw(&lock);
	interleave_check(inside == 0);
	inside = 1;
	WRITE_ONCE(place, cpu);
	interleave_check(READ_ONCE(place) == cpu);
	inside = 0;
	nr_entered++;
	progress[cpu]++;
	spin_unlock_raw(&lock);
	preempt_enable();
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
	for (unsigned i = 0; i < nr_cpus_up; i++)
		interleave_check(!*on_cpu(waits_for, i));
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
	nr_cpus_up = nr_cpus;
	patience = 0;
	interleave_explore(&model);
	patience = NEVER;
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

/* ---- a turn that is lost ---- */

/* CPU 1 has the ticket that is served, and does not run; CPU 2 takes its turn. */
static void test_who_does_not_run_loses_its_turn(void **state)
{
	u64 *sleeper = on_cpu(waits_for, 1), *mine = on_cpu(waits_for, 2);

	nr_cpus_up = 3;
	reset();
	unit_current_cpu = 2;
	*sleeper = waiting_word(&lock, 4);
	*mine = waiting_word(&lock, 6);
	exchange_ticket(&lock, mine, 3); /* its holder has taken this turn */
	assert_int_equal(*mine, waiting_word(&lock, 6));
	exchange_ticket(&lock, mine, 4);
	assert_int_equal(*mine, waiting_word(&lock, 4));
	assert_int_equal(*sleeper, waiting_word(&lock, 6));
	unit_current_cpu = 0;
}

/* In an interrupt: what the CPU waits for else is there again afterwards. */
static void test_a_wait_within_a_wait(void **state)
{
	struct spinlock other = {.tickets = 0x300};

	nr_cpus_up = 2;
	reset();
	unit_current_cpu = 0;
	*on_cpu(waits_for, 0) = waiting_word(&other, 2);
	lock.tickets = 0x101;
	preempt_disable();
	spin_wait(&lock, 1);
	preempt_enable();
	assert_int_equal(*on_cpu(waits_for, 0), waiting_word(&other, 2));
}

UNIT_MAIN(cmocka_unit_test(test_two), cmocka_unit_test(test_numbers_begin_again),
	  cmocka_unit_test(test_three), cmocka_unit_test(test_in_the_order_of_arrival),
	  cmocka_unit_test(test_who_does_not_run_loses_its_turn),
	  cmocka_unit_test(test_a_wait_within_a_wait))
