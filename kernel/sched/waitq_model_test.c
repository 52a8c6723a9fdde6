// SPDX-License-Identifier: MIT
// UNIT: sched/sched_account.c sched/runqueue.c lib/string.c
// UNIT: sched/policy_*.c
/*
 * waitq_model_test.c -- sleeping and waking, in every order of the steps of two CPUs, and those
 * orders of three where one is interrupted up to twice.
 *
 * Idea. Each CPU runs one thread, and its idle thread when that sleeps. What runs is the code of
 *   waitq.c, sched.c and mutex.c itself (tests/unit/interleave.h makes steps of it); the policies
 *   run under the run queue's lock and need none.
 * Invariants, in every order.
 *   W1  No wake-up is lost: at the end no thread sleeps whose condition is true.
 *   W2  A sleeper's entry, which is on its stack, is not touched after it has returned.
 *   W3  A sleep ends with 0 only when the condition is true, with -EINTR only by a signal.
 */
#include "unit_test.h"

#include "coroutine.h"
#include "interleave.h"

#include "mm/account.h"
#include "sched/sched.c"
#include "sched/waitq.c"
#include "sched/mutex.c"

#define NR_CPUS INTERLEAVE_CPUS_MAX
#define RUN(nr, function)                                                                          \
	static void function(void **state)                                                         \
	{                                                                                          \
		explore(nr, function##_run, function##_check);                                     \
	}

static struct thread threads[NR_CPUS], idles[NR_CPUS];
static void *stack_pointers[NR_CPUS][2]; /* thread, idle thread */
static struct thread *switched_from[NR_CPUS];

static struct waitq queue;
static struct mutex mutex;
static u32 flag, tokens, inside;
static int results[NR_CPUS];
static bool idles_begun[NR_CPUS];
static struct account account;
static struct cpu_totals totals[NR_CPUS]; /* one for each CPU, which makes no steps */

/* ---- the machine ----------------------------------------------------------------------------- */

void arch_smp_send_resched(unsigned cpu)
{
	interleave_send_resched(cpu);
}

u64 clock_monotonic_ns(void)
{
	return 0;
}

/* ---- timers: one, whose interrupt comes at any time ------------------------------------------ */

static struct spinlock timer_lock;
static struct timer *timer_armed, *timer_fires;

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
	timer->fire = fire;
}

void timer_set(struct timer *timer, u64 deadline_ns)
{
	spin_lock(&timer_lock);
	timer_armed = timer;
	spin_unlock(&timer_lock);
}

void timer_cancel_wait(struct timer *timer)
{
	spin_lock(&timer_lock);
	timer_armed = NULL;
	spin_unlock(&timer_lock);
	while (__atomic_load_n(&timer_fires, __ATOMIC_ACQUIRE) == timer)
		;
}

static void timer_interrupt(void)
{
	struct timer *timer;

	spin_lock(&timer_lock);
	timer = timer_armed;
	timer_armed = NULL;
	WRITE_ONCE(timer_fires, timer);
	spin_unlock(&timer_lock);
	if (timer)
		timer->fire(timer);
	__atomic_store_n(&timer_fires, NULL, __ATOMIC_RELEASE);
}

/* ---- the switch ------------------------------------------------------------------------------ */

static void **stack_of(struct thread *t)
{
	return t >= threads && t < threads + NR_CPUS ? &stack_pointers[t - threads][0]
						     : &stack_pointers[t - idles][1];
}

struct thread *arch_thread_switch(struct thread *prev, struct thread *next)
{
	unsigned cpu = unit_current_cpu;

	switched_from[cpu] = prev;
	unit_current_thread = next;
	coroutine_switch(stack_of(prev), *stack_of(next));
	return switched_from[cpu];
}

static void idle(void)
{
	idles_begun[unit_current_cpu] = true;
	finish_switch(switched_from[unit_current_cpu]);
	preempt_enable_no_resched();
	for (;;) {
		interleave_wait_resched();
		sched_preempt_interrupted();
	}
}

static void reset(void)
{
	memset(threads, 0, sizeof(threads));
	memset(idles, 0, sizeof(idles));
	waitq_init(&queue);
	mutex_init(&mutex, leaf);
	flag = tokens = inside = 0;
	spin_lock_init(&timer_lock, leaf);
	timer_armed = timer_fires = NULL;
	memset(results, 0, sizeof(results));
	memset(idles_begun, 0, sizeof(idles_begun));
	for (unsigned i = 0; i < NR_CPUS; i++) {
		struct runqueue *rq = runqueue_of(i);

		memset(rq, 0, sizeof(*rq));
		runqueue_init(rq, i);
		rq->idle = &idles[i];
		rq->current = &threads[i];
		threads[i].policy = idles[i].policy = &policy_round_robin;
		threads[i].cpu = idles[i].cpu = i;
		threads[i].state = idles[i].state = THREAD_RUNNING;
		threads[i].on_cpu = 1;
		threads[i].account = &account;
		threads[i].totals = idles[i].totals = &totals[i];
		interleave_begin_as(i, &threads[i]);
		interleave_stack(&stack_pointers[i][1], i, idle);
	}
}

/* What is not written by steps: under locks. */
static u64 hash(u64 h)
{
	const struct list_node *node = &queue.entries;

	do {
		h = interleave_mix(h, (uintptr_t)node);
		node = node->next;
	} while (node != &queue.entries);
	for (node = mutex.waiters.entries.next; node != &mutex.waiters.entries; node = node->next)
		h = interleave_mix(h, (uintptr_t)node);
	for (unsigned i = 0; i < NR_CPUS; i++) {
		const struct thread *t = &threads[i];
		const struct runqueue *rq = runqueue_of(i);

		h = interleave_mix(h, t->state | (u64)t->on_cpu << 16 | (u64)t->work << 24 |
					      (u64)rq->nr_ready << 32);
		h = interleave_mix(h, (uintptr_t)rq->current + idles_begun[i]);
		h = interleave_mix(h, (u64)results[i]);
	}
	h = interleave_mix(h, (uintptr_t)timer_armed);
	return interleave_mix(h, tokens | (u64)flag << 8 | (u64)inside << 16);
}

static void explore(unsigned nr, void (*run)(unsigned cpu), void (*check)(void))
{
	struct interleave model = {.nr_cpus = nr,
				   .preemptions_max = nr > 2 ? 2 : 0,
				   .reset = reset,
				   .run = run,
				   .hash = hash,
				   .check = check};

	print_message("# %lu states\n", interleave_explore(&model));
}

/* ---- one sleeper, one waker ------------------------------------------------------------------ */

static int sleep_for_flag(void)
{
	return WAIT_EVENT(&queue, READ_ONCE(flag), DEADLINE_NEVER);
}

static void a_wake_up_is_not_lost_run(unsigned cpu)
{
	if (cpu == 0) {
		results[0] = sleep_for_flag();
	} else {
		WRITE_ONCE(flag, 1);
		waitq_wake_all(&queue);
	}
}

static void a_wake_up_is_not_lost_check(void)
{
	interleave_check(results[0] == 0 && flag);
	interleave_check(list_is_empty(&queue.entries));
}
RUN(2, a_wake_up_is_not_lost)

/* A thread sleeps twice: a late wake-up of the first sleep does not end the second too early. */
static void sleeps_follow_each_other_run(unsigned cpu)
{
	if (cpu == 0) {
		results[0] = sleep_for_flag();
		interleave_here(1);
		results[1] = WAIT_EVENT(&queue, READ_ONCE(flag) == 2, DEADLINE_NEVER);
		interleave_check(READ_ONCE(flag) == 2);
	} else {
		WRITE_ONCE(flag, 1);
		waitq_wake_all(&queue);
		interleave_here(1);
		WRITE_ONCE(flag, 2);
		waitq_wake_all(&queue);
	}
}

static void sleeps_follow_each_other_check(void)
{
	interleave_check(results[0] == 0 && results[1] == 0);
}
RUN(2, sleeps_follow_each_other)

/* ---- signals --------------------------------------------------------------------------------- */

static void a_signal_ends_a_sleep_run(unsigned cpu)
{
	if (cpu == 0)
		results[0] = sleep_for_flag();
	else
		sched_notify(&threads[0], WORK_SIGNAL, WAKE_SIGNAL);
}

static void a_signal_ends_a_sleep_check(void)
{
	interleave_check(results[0] == -EINTR);
	interleave_check(list_is_empty(&queue.entries));
}
RUN(2, a_signal_ends_a_sleep)

static void signal_and_event_together_run(unsigned cpu)
{
	if (cpu == 2)
		a_signal_ends_a_sleep_run(1);
	else
		a_wake_up_is_not_lost_run(cpu);
}

static void signal_and_event_together_check(void)
{
	interleave_check(results[0] == 0 || results[0] == -EINTR);
	interleave_check(list_is_empty(&queue.entries));
}
RUN(3, signal_and_event_together)

static void only_a_fatal_signal_ends_a_killable_sleep_run(unsigned cpu)
{
	if (cpu == 0) {
		results[0] = WAIT_EVENT_KILLABLE(&queue, READ_ONCE(flag));
	} else {
		sched_notify(&threads[0], WORK_SIGNAL, WAKE_SIGNAL);
		interleave_here(1);
		sched_notify(&threads[0], WORK_KILLED, WAKE_KILL);
	}
}
#define only_a_fatal_signal_ends_a_killable_sleep_check a_signal_ends_a_sleep_check
RUN(2, only_a_fatal_signal_ends_a_killable_sleep)

static void a_deep_sleep_waits_for_its_event_run(unsigned cpu)
{
	if (cpu == 0) {
		WAIT_EVENT_UNINTERRUPTIBLE(&queue, READ_ONCE(flag));
		interleave_check(READ_ONCE(flag));
	} else {
		sched_notify(&threads[0], WORK_KILLED, WAKE_KILL);
		interleave_here(1);
		WRITE_ONCE(flag, 1);
		waitq_wake_all(&queue);
	}
}
#define a_deep_sleep_waits_for_its_event_check a_wake_up_is_not_lost_check
RUN(2, a_deep_sleep_waits_for_its_event)

/* ---- deadlines ------------------------------------------------------------------------------- */

static void a_deadline_ends_a_sleep_run(unsigned cpu)
{
	if (cpu == 0)
		results[0] = WAIT_EVENT(&queue, READ_ONCE(flag), 1);
	else if (cpu == 1)
		a_wake_up_is_not_lost_run(cpu);
	else
		timer_interrupt();
}

static void a_deadline_ends_a_sleep_check(void)
{
	interleave_check(results[0] == 0 || results[0] == -ETIMEDOUT);
	interleave_check(list_is_empty(&queue.entries) && !timer_armed);
}
RUN(3, a_deadline_ends_a_sleep)

/* ---- one of many ----------------------------------------------------------------------------- */

static bool take_token(void)
{
	u32 old = READ_ONCE(tokens);

	return old && __atomic_compare_exchange_n(&tokens, &old, old - 1, false, __ATOMIC_SEQ_CST,
						  __ATOMIC_RELAXED);
}

/* A thread woken for one token may have found another one first: it passes the wake-up on. */
static int sleep_for_token(void)
{
	int err = WAIT_EVENT_EXCLUSIVE(&queue, take_token(), DEADLINE_NEVER);

	if (!err && READ_ONCE(tokens))
		waitq_wake_one(&queue);
	return err;
}

static void give_token(void)
{
	__atomic_fetch_add(&tokens, 1, __ATOMIC_SEQ_CST);
	waitq_wake_one(&queue);
}

static void each_of_two_gets_one_run(unsigned cpu)
{
	if (cpu < 2) {
		results[cpu] = sleep_for_token();
	} else {
		give_token();
		interleave_here(1);
		give_token();
	}
}

static void each_of_two_gets_one_check(void)
{
	interleave_check(results[0] == 0 && results[1] == 0 && tokens == 0);
}
RUN(3, each_of_two_gets_one)

/* One of two is ended by a signal: the token, and the wake-up with it, is the other's. */
static void who_is_interrupted_takes_no_wake_up_along_run(unsigned cpu)
{
	if (cpu < 2) {
		results[cpu] = sleep_for_token();
		if (cpu == 0 && !results[0])
			give_token(); /* it was quicker than the signal: the other's turn */
	} else {
		sched_notify(&threads[0], WORK_SIGNAL, WAKE_SIGNAL);
		interleave_here(1);
		give_token();
	}
}

static void who_is_interrupted_takes_no_wake_up_along_check(void)
{
	interleave_check(results[1] == 0 && tokens == 0);
	interleave_check(results[0] == 0 || results[0] == -EINTR);
}
RUN(3, who_is_interrupted_takes_no_wake_up_along)

/* ---- mutexes --------------------------------------------------------------------------------- */

static void a_mutex_admits_one_run(unsigned cpu)
{
	mutex_lock(&mutex);
	interleave_check(inside == 0);
	inside = 1;
	results[cpu] = 1;
	WRITE_ONCE(flag, cpu);
	interleave_check(READ_ONCE(flag) == cpu);
	inside = 0;
	mutex_unlock(&mutex);
}

static void a_mutex_admits_one_check(void)
{
	interleave_check(results[0] && results[1] && ((u64)mutex.owner & ~1UL) == 0);
	interleave_check(list_is_empty(&mutex.waiters.entries));
}
RUN(2, a_mutex_admits_one)

static void three_for_a_mutex_run(unsigned cpu)
{
	a_mutex_admits_one_run(cpu);
}
#define three_for_a_mutex_check a_mutex_admits_one_check
RUN(3, three_for_a_mutex)

UNIT_MAIN(cmocka_unit_test(a_wake_up_is_not_lost), cmocka_unit_test(sleeps_follow_each_other),
	  cmocka_unit_test(a_signal_ends_a_sleep), cmocka_unit_test(signal_and_event_together),
	  cmocka_unit_test(only_a_fatal_signal_ends_a_killable_sleep),
	  cmocka_unit_test(a_deep_sleep_waits_for_its_event),
	  cmocka_unit_test(a_deadline_ends_a_sleep), cmocka_unit_test(each_of_two_gets_one),
	  cmocka_unit_test(who_is_interrupted_takes_no_wake_up_along),
	  cmocka_unit_test(a_mutex_admits_one), cmocka_unit_test(three_for_a_mutex))
