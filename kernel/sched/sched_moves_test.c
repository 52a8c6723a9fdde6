// SPDX-License-Identifier: MIT
// UNIT: sched/account/*.c
// UNIT: sched/sched_params.c sched/runqueue.c sched/thread.c
// UNIT: sched/policy_*.c sched/sched_weight.c
// UNIT: core/cmdline.c lib/string.c lib/fmt.c lib/parse.c lib/boot_options.c lib/rbtree.c
/*
 * sched_moves_test.c -- threads of several CPUs, in random orders: they are queued, moved, woken,
 * made and ended, and their parameters and the policy change.
 *
 * Idea. Whenever a CPU lets go of a spinlock, others that are in no such section may do something
 *   first, each from its beginning to its end. So what one does between two sections comes late, as
 *   on a CPU that a hypervisor stops.
 *   With forced preemption any CPU that is allowed may be chosen whenever one is.
 * Invariants, after each order. Every thread is in the queue that its state and CPU say, and comes
 *   out of it.
 */
/* The C library has one, too, which its own code calls. */
#define sched_yield kernel_sched_yield

#include "unit_test.h"

#include "arch/arch_cpu.h"

static unsigned nr_cpus_up;
#define arch_smp_nr_cpus() nr_cpus_up
static void let_others(void);
/* The end of every section. */
#define arch_increment_release(byte)                                                               \
	({                                                                                         \
		__atomic_store_n(byte, (u8)(*(byte) + 1), __ATOMIC_RELEASE);                       \
		let_others();                                                                      \
	})
#include "sched/sched.c"
#include "sched/placement.c"
#include "sched/sched_choice.c"

#include "mm/account.h"
#include "sched/policy_deadline.h"
#include "sched/policy_realtime.h"
#include "sched/account/sched_tick.h"
#include "unit_cpus.h"

#define MS 1000000UL
#define SECOND (1000 * MS)
#define NR_THREADS 24
#define NESTING_MAX (CPUS - 1)
#define NR_ORDERS 100
#define NR_STEPS 2000

static struct thread threads[NR_THREADS];
static bool is_taken[NR_THREADS], exists[NR_THREADS];
static unsigned nr_users[NR_THREADS]; /* who may look at one that has ended */
static struct account accounts[3];

/* Of each CPU. */
static bool is_busy[CPUS];
static unsigned nesting;
static u64 seed;

static unsigned draw(unsigned limit)
{
	return (unsigned)(unit_random(&seed) >> 33) % limit;
}

/* ---- the machine ---- */

static void put(struct thread *t)
{
	unsigned i = (unsigned)(t - threads);

	if (!nr_users[i] && !exists[i]) {
		memset(t, 0xa5, sizeof(*t));
		is_taken[i] = false;
	}
}

static void destroy(struct thread *t)
{
	assert_int_equal(t->state, THREAD_DEAD);
	exists[t - threads] = false;
	put(t);
}

/* Of each CPU one: for the threads that SCHED_DEADLINE holds back. */
static struct timer *timers[CPUS];

void timer_set(struct timer *timer, u64 deadline_ns)
{
	unsigned i = 0;

	while (timers[i] && timers[i] != timer)
		i++;
	timer->deadline_ns = deadline_ns;
	timers[i] = timer;
}

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
	timer->fire = fire;
	timer->deadline_ns = ~0UL;
}

static bool fire_one(void)
{
	for (unsigned i = 0; i < CPUS; i++)
		if (timers[i] && timers[i]->deadline_ns <= unit_cycles) {
			timers[i]->deadline_ns = ~0UL;
			timers[i]->fire(timers[i]);
			return true;
		}
	return false;
}

/* ---- forced preemption, if it is on ---- */

bool force_preempt_now(void)
{
	return draw(2);
}

bool force_preempt_woken(void)
{
	return draw(2);
}

bool force_preempt_moves(void)
{
	return draw(2);
}

unsigned force_preempt_cpu(u64 allowed)
{
	unsigned cpu = draw(CPUS);

	while (!(allowed & BIT(cpu)))
		cpu = (cpu + 1) % CPUS;
	return cpu;
}

/* ---- what a CPU does ---- */

static struct thread *any_thread(void)
{
	struct thread *t = &threads[draw(NR_THREADS)];

	return exists[t - threads] ? t : NULL;
}

static void make(void)
{
	unsigned i = draw(NR_THREADS);
	struct thread *t = &threads[i];

	if (is_taken[i])
		return;
	is_taken[i] = true;
	*t = (struct thread){0};
	assert_int_equal(thread_init(t, "t"), 0);
	t->destroy = destroy;
	t->totals = &totals;
	t->account = &accounts[draw(3)];
	t->tid = (pid_t)i + 1;
	if (current_thread() != runqueue_of(unit_current_cpu)->idle)
		ignore_result(sched_inherit(t, current_thread()), "then it is an ordinary one");
	exists[i] = true;
	sched_start(t);
}

static void change(struct thread *t)
{
	struct sched_parameters wanted = {.linux_policy = SCHED_DEADLINE,
					  .reservation = {.runtime_ns = MS + draw(8 * MS),
							  .deadline_ns = 100 * MS}};
	u32 class = draw(4);

	switch (draw(4)) {
	case 2:
		ignore_result(sched_set_parameters(t, &wanted, true), "perhaps there is no more");
		break;
	case 0:
		sched_set_nice(t, (int)draw(40) - 20);
		break;
	case 1:
		ignore_result(sched_set_affinity(t, 1 + draw(BIT(CPUS) - 1)), "it is not empty");
		break;
	default:
		ignore_result(
			sched_set_policy(t, class,
					 class == SCHED_FIFO || class == SCHED_RR ? 1 + draw(3) : 0,
					 true),
			"it is right");
	}
}

static void choose(void)
{
	static const char *const choices[] = {"rr",
					      "fifo",
					      "fair",
					      "mlfq",
					      "sjf",
					      "stride",
					      "lottery",
					      "mlfq,levels=2",
					      "sjf,preempt=1",
					      "rr,quantum=1ms",
					      "mlfq,levels=8,boost=1ms"};

	if (choice_lock.served != choice_lock.tickets >> 8)
		return;
	assert_int_equal(sched_choose(choices[draw(11)]), 0);
}

static void leave(void)
{
	struct thread *t = current_thread();

	switch (draw(6)) {
	case 0:
		sched_yield();
		break;
	case 1:
		arch_irq_disable();
		t->state = THREAD_DEAD;
		let_others();
		switch_away(SCHED_EXITED);
		arch_irq_enable();
		break;
	case 2:
	case 3:
		sched_sleep_prepare(THREAD_SLEEPING);
		let_others();
		schedule();
		break;
	default:
		arch_irq_disable();
		sched_preempt_interrupted();
		arch_irq_enable();
	}
}

/* As sched_idle() does, until there is nothing to do, or it has left. */
static void idle(struct runqueue *rq)
{
	arch_irq_disable();
	while (rq->current == rq->idle && (runqueue_resched_wanted(rq) || placement_steal(rq)))
		sched_preempt_interrupted();
	arch_irq_enable();
}

static void act(void)
{
	struct runqueue *rq = runqueue_of(unit_current_cpu);
	struct thread *t = any_thread();

	if (t)
		nr_users[t - threads]++;
	unit_cycles += draw(1000000);
	if (current_thread() == rq->idle)
		idle(rq);
	/* What an interrupt does may come to the idle thread as well. */
	switch (draw(9)) {
	case 0:
		make();
		break;
	case 1:
		if (t)
			change(t);
		break;
	case 2:
		choose();
		break;
	case 3:
		arch_irq_disable();
		sched_tick(true);
		arch_irq_enable();
		break;
	case 4:
		arch_irq_disable();
		fire_one();
		arch_irq_enable();
		break;
	case 5:
	case 6:
		if (t)
			sched_wake_states(t, WAKE_NORMAL);
		break;
	default:
		if (current_thread() != rq->idle)
			leave();
	}
	if (t) {
		nr_users[t - threads]--;
		put(t);
	}
	if (unit_need_resched) {
		arch_irq_disable();
		sched_preempt_interrupted();
		arch_irq_enable();
	}
}

static void act_on(unsigned cpu)
{
	unsigned cpu_was = unit_current_cpu;
	struct thread *t_was = unit_current_thread;
	u32 count_was = unit_preempt_count;
	bool wanted_was = unit_need_resched, off_was = unit_irqs_off;

	is_busy[cpu] = true;
	unit_current_cpu = cpu;
	unit_current_thread = runqueue_of(cpu)->current;
	unit_preempt_count = 0;
	unit_need_resched = need_resched[cpu];
	unit_irqs_off = false;
	need_resched[cpu_was] = false;
	act();
	need_resched[cpu] = unit_need_resched;
	unit_current_cpu = cpu_was;
	unit_current_thread = t_was;
	unit_preempt_count = count_was;
	unit_need_resched = wanted_was || need_resched[cpu_was];
	need_resched[cpu_was] = false;
	unit_irqs_off = off_was;
	is_busy[cpu] = false;
}

static void let_others(void)
{
	if (nesting == NESTING_MAX || draw(4))
		return;
	nesting++;
	for (unsigned n = 1 + draw(4); n; n--) {
		unsigned cpu = draw(CPUS);

		if (!is_busy[cpu] && cpu != unit_current_cpu)
			act_on(cpu);
	}
	nesting--;
}

static void start(u64 first)
{
	seed = first * 0x9e3779b97f4a7c15UL;
	memset(is_taken, 0, sizeof(is_taken));
	memset(exists, 0, sizeof(exists));
	memset(nr_users, 0, sizeof(nr_users));
	memset(is_busy, 0, sizeof(is_busy));
	memset(timers, 0, sizeof(timers));
	nesting = NESTING_MAX;
	nr_cpus_up = CPUS;
	for (unsigned i = 0; i < 3; i++)
		accounts[i].cpu_share = i;
	start_cpus();
	nesting = 0;
}

static void check(void)
{
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		struct runqueue *rq = runqueue_of(cpu);
		unsigned nr = 0, nr_perhaps_held = 0;

		for (unsigned i = 0; i < NR_THREADS; i++)
			if (exists[i] && threads[i].state == THREAD_READY &&
			    threads[i].cpu == cpu) {
				assert_true(threads[i].affinity & BIT(cpu));
				nr++;
				nr_perhaps_held += sched_has_reservation(&threads[i]);
			}
		assert_in_range(rq->nr_ready, nr - nr_perhaps_held, nr);
	}
}

/* All that are ready, and no others, come out of the queues. */
static void drain(void)
{
	nesting = NESTING_MAX;
	unit_cycles += 100 * SECOND; /* none is held any more */
	while (fire_one())
		;
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		struct runqueue *rq = runqueue_of(cpu);

		spin_lock(&rq->lock);
		while (rq->nr_ready) {
			struct thread *t = runqueue_pick(rq);

			assert_true(exists[t - threads] && t->cpu == cpu);
			t->state = THREAD_NEW;
		}
		assert_true(!rq->nr_others && !rq->nr_leaving);
		spin_unlock(&rq->lock);
	}
	for (unsigned i = 0; i < NR_THREADS; i++) {
		assert_false(exists[i] && threads[i].state == THREAD_READY);
		if (exists[i]) /* gives back what it has reserved */
			assert_int_equal(sched_set_policy(&threads[i], SCHED_NORMAL, 0, true), 0);
	}
	spin_lock(&deadline_admission_lock);
	assert_true(deadline_fits(&(struct realtime_share){0, 1}));
	spin_unlock(&deadline_admission_lock);
}

static void try_orders(void)
{
	for (u64 order = 1; order <= NR_ORDERS; order++) {
		start(order);
		for (unsigned n = 0; n < NR_STEPS; n++) {
			act_on(draw(CPUS));
			check();
		}
		drain();
	}
}

static void every_thread_is_in_one_queue_in_any_order(void **state)
{
	try_orders();
}

static void and_so_it_is_under_forced_preemption(void **state)
{
	force_preempt_on = sched_has_options = true;
	try_orders();
	force_preempt_on = sched_has_options = false;
}

/* One thread that never sleeps, and three CPUs. */
static void forced_preemption_moves_a_thread_to_every_cpu_it_may_run_on(void **state)
{
	struct thread *t = &threads[0];
	unsigned nr_turns[CPUS] = {0};

	start(1);
	nesting = NESTING_MAX;
	unit_current_cpu = 0;
	unit_current_thread = &idles[0];
	assert_int_equal(sched_choose("rr"),
			 0); /* not that of the last order: fifo keeps its own */
	force_preempt_on = sched_has_options = true;
	*t = (struct thread){0};
	assert_int_equal(thread_init(t, "t"), 0);
	t->totals = &totals;
	t->account = &accounts[0];
	t->affinity = BIT(0) | BIT(2);
	sched_start(t);
	for (unsigned n = 0; n < 300; n++) {
		unit_current_cpu = t->cpu;
		unit_current_thread = runqueue_of(t->cpu)->current;
		arch_irq_disable();
		switch_away(SCHED_PREEMPTED);
		arch_irq_enable();
		if (runqueue_of(t->cpu)->current == t)
			nr_turns[t->cpu]++;
		runqueue_of(unit_current_cpu)->rotate = true;
	}
	force_preempt_on = sched_has_options = false;
	assert_true(nr_turns[0] > 20 && nr_turns[2] > 20);
	assert_int_equal(nr_turns[1], 0);
}

/* Ready threads of CPU 0, which may run on these CPUs, first come first served. */
static struct thread *queue_on_first_cpu(unsigned i, u64 affinity)
{
	struct thread *t = &threads[i];

	*t = (struct thread){0};
	assert_int_equal(thread_init(t, "t"), 0);
	t->totals = &totals;
	t->account = &accounts[0];
	t->affinity = BIT(0);
	sched_start(t);
	t->affinity = affinity;
	return t;
}

static void an_idle_cpu_takes_one_behind_others_that_stay(void **state)
{
	struct thread *stay[3], *goes;

	start(1);
	nesting = NESTING_MAX;
	assert_int_equal(sched_choose("fifo"), 0);
	unit_current_cpu = 0;
	for (unsigned i = 0; i < 3; i++)
		stay[i] = queue_on_first_cpu(i, BIT(0));
	goes = queue_on_first_cpu(3, BIT(0) | BIT(1));
	arch_irq_disable();
	unit_current_cpu = 1;
	assert_true(placement_steal(runqueue_of(1)));
	assert_int_equal(goes->cpu, 1);
	assert_int_equal(runqueue_of(1)->nr_ready, 1);
	assert_false(placement_steal(runqueue_of(1)));
	unit_current_cpu = 0;
	spin_lock(&runqueue_of(0)->lock);
	for (unsigned i = 0; i < 3; i++) /* their order is the same */
		assert_ptr_equal(runqueue_pick(runqueue_of(0)), stay[i]);
	spin_unlock(&runqueue_of(0)->lock);
	arch_irq_enable();
}

/* The tick of @cpu, and what comes with it. */
static void tick(unsigned cpu)
{
	unit_current_cpu = cpu;
	unit_current_thread = runqueue_of(cpu)->current;
	unit_need_resched = need_resched[cpu];
	need_resched[cpu] = false;
	if (current_thread() == runqueue_of(cpu)->idle)
		idle(runqueue_of(cpu));
	arch_irq_disable();
	sched_tick(true);
	if (unit_need_resched)
		sched_preempt_interrupted();
	arch_irq_enable();
	need_resched[cpu] = unit_need_resched;
}

/* However many they are, and although all begin on one CPU. */
static void loops_share_the_cpus_equally(void **state)
{
	for (unsigned nr = 2; nr <= 7; nr++) {
		start(1);
		nesting = NESTING_MAX;
		nr_cpus_up = 2;
		unit_current_cpu = 0;
		unit_current_thread = &idles[0];
		assert_int_equal(sched_choose("rr"), 0);
		for (unsigned i = 0; i < nr; i++)
			queue_on_first_cpu(i, BIT(0) | BIT(1));
		need_resched[0] = unit_need_resched;
		for (unsigned n = 0; n < 20000; n++) {
			unit_cycles += 5 * MS;
			tick(n % 2);
		}
		for (unsigned i = 0; i < nr; i++)
			assert_in_range(threads[i].run_cycles, 200 * SECOND / nr * 90 / 100,
					200 * SECOND / nr * 110 / 100);
	}
}

UNIT_MAIN(cmocka_unit_test(every_thread_is_in_one_queue_in_any_order),
	  cmocka_unit_test(and_so_it_is_under_forced_preemption),
	  cmocka_unit_test(forced_preemption_moves_a_thread_to_every_cpu_it_may_run_on),
	  cmocka_unit_test(an_idle_cpu_takes_one_behind_others_that_stay),
	  cmocka_unit_test(loops_share_the_cpus_equally))
