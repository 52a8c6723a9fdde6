// SPDX-License-Identifier: MIT
// UNIT: sched/account/*.c
// UNIT: sched/sched_params.c sched/runqueue.c sched/thread.c
// UNIT: sched/policy_*.c sched/sched_weight.c
// UNIT: core/cmdline.c lib/string.c lib/fmt.c lib/parse.c lib/boot_options.c lib/rbtree.c
/*
 * placement_test.c -- where threads of urgent policies are queued, and taken from.
 */
/* The C library has one, too, which its own code calls. */
#define sched_yield kernel_sched_yield

#include "unit_test.h"

#include "arch/arch_cpu.h"

#define arch_smp_nr_cpus() 3U
#include "sched/sched.c"
#include "sched/placement.c"
#include "sched/sched_choice.c"

#include "mm/account.h"
#include "sched/account/sched_tick.h"
#include "unit_cpus.h"

#define MS 1000000UL
#define ALL (BIT(CPUS) - 1)
#define NR_THREADS 8

static struct thread threads[NR_THREADS];
static unsigned nr_threads;
static struct account account;

/* ---- the machine ---- */

void timer_set(struct timer *timer, u64 deadline_ns)
{
}

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
}

bool force_preempt_now(void)
{
	return false;
}

bool force_preempt_woken(void)
{
	return false;
}

bool force_preempt_moves(void)
{
	return false;
}

unsigned force_preempt_cpu(u64 allowed)
{
	return 0;
}

static bool is_asleep; /* the CPU that the test is on */

void epoch_wake(void)
{
	is_asleep = false;
}

/* ---- the tests ---- */

static int setup(void **state)
{
	memset(threads, 0, sizeof(threads));
	nr_threads = 0;
	start_cpus();
	for (unsigned i = 0; i < CPUS; i++)
		runqueue_of(i)->next_balance_ns = ~0UL; /* only what is urgent moves */
	return 0;
}

static void be(unsigned cpu)
{
	unit_current_cpu = cpu;
	unit_current_thread = runqueue_of(cpu)->current;
	unit_need_resched = need_resched[cpu];
	need_resched[cpu] = false;
}

/* @cpu chooses again, if it was asked to. */
static void let(unsigned cpu)
{
	be(cpu);
	if (!unit_need_resched)
		return;
	arch_irq_disable();
	sched_preempt_interrupted();
	arch_irq_enable();
}

static void tick(unsigned cpu)
{
	be(cpu);
	arch_irq_disable();
	sched_tick(true);
	if (unit_need_resched)
		sched_preempt_interrupted();
	arch_irq_enable();
}

/* A thread with this real-time priority, or 0, which has run on @cpu last and sleeps. */
static struct thread *sleeper(unsigned cpu, u32 priority)
{
	struct thread *t = &threads[nr_threads++];

	*t = (struct thread){0};
	assert_int_equal(thread_init(t, "t"), 0);
	t->totals = &totals;
	t->account = &account;
	t->affinity = ALL;
	t->cpu = cpu;
	t->state = THREAD_SLEEPING;
	be(cpu);
	assert_int_equal(sched_set_policy(t, priority ? SCHED_FIFO : SCHED_NORMAL, priority, true),
			 0);
	return t;
}

static unsigned wake(struct thread *t)
{
	be(t->cpu);
	assert_true(sched_wake_states(t, WAKE_NORMAL));
	need_resched[unit_current_cpu] |= unit_need_resched;
	for (unsigned i = 0; i < CPUS; i++)
		let(i);
	return t->cpu;
}

/* A thread that runs on @cpu. */
static struct thread *runner(unsigned cpu, u32 priority)
{
	struct thread *t = sleeper(cpu, priority);

	assert_int_equal(wake(t), cpu);
	assert_ptr_equal(runqueue_of(cpu)->current, t);
	return t;
}

static void an_urgent_thread_wakes_where_an_ordinary_one_runs(void **state)
{
	struct thread *t;

	runner(0, 50);
	runner(1, 60);
	runner(2, 0);
	t = sleeper(0, 40);
	assert_int_equal(wake(t), 2);
	assert_ptr_equal(runqueue_of(2)->current, t);
}

static void or_where_the_least_urgent_one_runs(void **state)
{
	struct thread *t;

	runner(0, 50);
	runner(1, 60);
	runner(2, 40);
	t = sleeper(1, 55);
	assert_int_equal(wake(t), 2);
	assert_ptr_equal(runqueue_of(2)->current, t);
}

static void its_affinity_is_kept(void **state)
{
	struct thread *t;

	runner(0, 50);
	runner(1, 60);
	runner(2, 0);
	t = sleeper(1, 55);
	t->affinity = BIT(0) | BIT(1);
	assert_int_equal(wake(t), 0);
	assert_ptr_equal(runqueue_of(0)->current, t);
}

static void an_ordinary_thread_stays(void **state)
{
	runner(0, 50);
	runner(1, 0);
	runner(2, 0);
	assert_int_equal(wake(sleeper(0, 0)), 0);
}

/* It is queued behind others when these CPUs have something else to do. */
static void one_that_waits_is_taken_at_a_tick(void **state)
{
	struct thread *waits, *runs;

	runner(0, 50);
	runs = runner(1, 0);
	runner(2, 60);
	waits = sleeper(0, 40);
	waits->affinity = BIT(0);
	assert_int_equal(wake(waits), 0);
	waits->affinity = ALL;
	tick(2); /* what runs there is more urgent */
	assert_int_equal(waits->cpu, 0);
	tick(1);
	assert_int_equal(waits->cpu, 1);
	assert_ptr_equal(runqueue_of(1)->current, waits);
	assert_int_equal(runs->state, THREAD_READY);
	assert_int_equal(runqueue_urgency(runqueue_of(0)), 50); /* what was taken ran elsewhere */
	assert_int_equal(runqueue_urgency(runqueue_of(1)), 40);
}

static void those_that_have_had_their_share_are_not_taken(void **state)
{
	struct thread *waits;

	runner(0, 50);
	runner(1, 0);
	runner(2, 0);
	waits = sleeper(0, 40);
	waits->affinity = BIT(0);
	wake(waits);
	waits->affinity = ALL;
	runqueue_of(0)->is_throttled = true;
	tick(1);
	assert_int_equal(waits->cpu, 0);
}

static void a_deadline_is_more_urgent_than_any_priority(void **state)
{
	const struct sched_parameters soon = {.linux_policy = SCHED_DEADLINE,
					      .reservation = {.runtime_ns = MS,
							      .deadline_ns = 10 * MS}};
	struct thread *t = sleeper(0, 0);

	assert_int_equal(sched_set_parameters(t, &soon, true), 0);
	assert_int_equal(wake(t), 0);
	runner(1, 99);
	assert_true(runqueue_urgency(runqueue_of(0)) > runqueue_urgency(runqueue_of(1)));
	runner(2, 98);
	t = sleeper(0, 0);
	assert_int_equal(sched_set_parameters(t, &soon, true), 0);
	assert_int_equal(wake(t), 2);
	assert_ptr_equal(runqueue_of(2)->current, t);
}

/* ---- handing over ---- */

static unsigned wake_from(unsigned cpu, struct thread *t)
{
	be(cpu);
	assert_true(sched_wake_states(t, WAKE_NORMAL));
	need_resched[cpu] |= unit_need_resched;
	return t->cpu;
}

/* The thread that runs on @cpu sleeps, and the other CPUs do what they were asked to. */
static void sleeps(unsigned cpu)
{
	be(cpu);
	sched_sleep_prepare(THREAD_SLEEPING);
	schedule();
	for (unsigned i = 0; i < CPUS; i++)
		let(i);
}

/* @waker, on CPU 0, has @ns of it, wakes @partner, and sleeps. Where did @partner run? */
static unsigned cycle(struct thread *waker, struct thread *partner, u64 ns)
{
	unsigned cpu;

	assert_ptr_equal(runqueue_of(0)->current, waker);
	partner->cpu = 1;
	unit_cycles += ns;
	cpu = wake_from(0, partner);
	sleeps(0);
	assert_ptr_equal(runqueue_of(cpu)->current, partner);
	sleeps(cpu);
	assert_int_equal(wake(waker), 0);
	return cpu;
}

static void who_has_slept_after_each_wake_up_hands_its_cpu_over(void **state)
{
	struct thread *waker = runner(0, 0), *partner = sleeper(1, 0);

	for (unsigned i = 0; i < 1 + HANDOVERS_PROOF; i++)
		assert_int_equal(cycle(waker, partner, 10000), 1);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(cycle(waker, partner, HANDOVER_NS / 2), 0);
	assert_int_equal(cycle(waker, partner, 2 * HANDOVER_NS), 1);
}

static void who_ran_on_has_to_prove_it_for_longer(void **state)
{
	struct thread *waker = runner(0, 0), *partner = sleeper(1, 0), *other = sleeper(2, 0);

	for (unsigned i = 0; i < 1 + HANDOVERS_PROOF; i++)
		cycle(waker, partner, 10000);
	partner->cpu = 1;
	assert_int_equal(wake_from(0, partner), 0);
	unit_cycles += 2 * HANDOVER_NS;
	assert_int_equal(wake_from(0, other), 2);
	sleeps(0);
	assert_ptr_equal(runqueue_of(0)->current, partner);
	sleeps(0);
	wake(waker);
	for (unsigned i = 0; i < HANDOVERS_PROOF - HANDOVERS_WRONG; i++)
		assert_int_equal(cycle(waker, partner, 10000), 1);
	assert_int_equal(cycle(waker, partner, 10000), 0);
}

static void who_says_that_it_will_sleep_hands_over_once(void **state)
{
	struct thread *first = sleeper(1, 0), *second = sleeper(1, 0);

	runner(0, 0);
	be(0);
	sched_will_sleep();
	assert_int_equal(wake_from(0, first), 0);
	assert_int_equal(wake_from(0, second), 1);
}

static void only_to_a_thread_that_may_run_there_and_need_not_wait(void **state)
{
	struct thread *waits = sleeper(0, 0), *t;

	runner(0, 0);
	t = sleeper(1, 0);
	t->affinity = BIT(1) | BIT(2);
	be(0);
	sched_will_sleep();
	assert_int_equal(wake_from(0, t), 1);
	t = sleeper(2, 50);
	be(0);
	sched_will_sleep();
	assert_int_equal(wake_from(0, t), 2);
	waits->affinity = BIT(0);
	assert_int_equal(wake_from(0, waits), 0);
	t = sleeper(1, 0);
	be(0);
	sched_will_sleep();
	assert_int_equal(wake_from(0, t), 1);
}

static void an_interrupt_hands_nothing_over(void **state)
{
	struct thread *t = sleeper(1, 0);

	runner(0, 0);
	be(0);
	sched_will_sleep();
	unit_preempt_count += PREEMPT_IRQ_UNIT;
	assert_int_equal(wake_from(0, t), 1);
	unit_preempt_count -= PREEMPT_IRQ_UNIT;
}

/* One that is started, too. */
static void a_child_may_run_where_its_parent_waits(void **state)
{
	struct thread *first = sleeper(0, 0), *second = sleeper(0, 0);

	runner(0, 0);
	first->state = second->state = THREAD_NEW;
	be(0);
	sched_start(first);
	assert_int_not_equal(first->cpu, 0);
	sched_will_sleep();
	sched_start(second);
	assert_int_equal(second->cpu, 0);
}

/* Which of the other CPUs are asked to look at the tick of CPU 0? */
static u64 kicked(void)
{
	u64 mask = 0;

	tick(0);
	for (unsigned i = 1; i < CPUS; i++)
		mask |= need_resched[i] ? BIT(i) : 0;
	return mask;
}

static void idle_cpus_without_ticks_are_kicked_by_turns(void **state)
{
	struct thread *waits;

	runner(0, 0);
	waits = sleeper(0, 0);
	waits->affinity = BIT(0);
	assert_int_equal(wake(waits), 0);
	assert_int_equal(kicked(), 0); /* they tick still, and look by themselves */
	tick(1);
	tick(2);
	assert_int_equal(runqueue_of(1)->tick, TICK_STOPPED);
	assert_int_equal(runqueue_of(2)->tick, TICK_STOPPED);
	assert_int_equal(kicked(), BIT(1)); /* no more than wait */
	let(1);
	assert_int_equal(runqueue_of(1)->tick, TICK_ON);
	tick(1);
	assert_int_equal(kicked(), BIT(2));
	let(2);
	tick(2);
	assert_int_equal(kicked(), BIT(1));
	let(1);
	assert_int_equal(kicked(), BIT(2));
	assert_int_equal(kicked(), BIT(2)); /* the only one */
	waits->affinity = ALL;
	be(1);
	arch_irq_disable();
	assert_true(placement_steal(runqueue_of(1)));
	arch_irq_enable();
	let(2);
	assert_int_equal(kicked(), 0); /* nothing waits */
}

static void who_runs_ticks(void **state)
{
	tick(1);
	assert_int_equal(runqueue_of(1)->tick, TICK_STOPPED);
	is_asleep = true;
	runner(1, 0);
	assert_int_equal(runqueue_of(1)->tick, TICK_ON);
	assert_false(is_asleep); /* whatever has ended its wait */
	tick(1);
	assert_int_equal(runqueue_of(1)->tick, TICK_ON);
}

UNIT_MAIN(cmocka_unit_test_setup(an_urgent_thread_wakes_where_an_ordinary_one_runs, setup),
	  cmocka_unit_test_setup(or_where_the_least_urgent_one_runs, setup),
	  cmocka_unit_test_setup(its_affinity_is_kept, setup),
	  cmocka_unit_test_setup(an_ordinary_thread_stays, setup),
	  cmocka_unit_test_setup(one_that_waits_is_taken_at_a_tick, setup),
	  cmocka_unit_test_setup(those_that_have_had_their_share_are_not_taken, setup),
	  cmocka_unit_test_setup(a_deadline_is_more_urgent_than_any_priority, setup),
	  cmocka_unit_test_setup(who_has_slept_after_each_wake_up_hands_its_cpu_over, setup),
	  cmocka_unit_test_setup(who_ran_on_has_to_prove_it_for_longer, setup),
	  cmocka_unit_test_setup(who_says_that_it_will_sleep_hands_over_once, setup),
	  cmocka_unit_test_setup(only_to_a_thread_that_may_run_there_and_need_not_wait, setup),
	  cmocka_unit_test_setup(an_interrupt_hands_nothing_over, setup),
	  cmocka_unit_test_setup(a_child_may_run_where_its_parent_waits, setup),
	  cmocka_unit_test_setup(idle_cpus_without_ticks_are_kicked_by_turns, setup),
	  cmocka_unit_test_setup(who_runs_ticks, setup))
