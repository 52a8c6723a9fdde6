// SPDX-License-Identifier: MIT
/*
 * waitq_model_test.c -- sleeping and waking, in every order of the steps of two CPUs, and those
 * orders of three where one is interrupted up to twice (tests/unit/sched_model.h).
 *
 * Invariants, in every order.
 *   W1  No wake-up is lost: at the end no thread sleeps whose condition is true.
 *   W2  A sleeper's entry, which is on its stack, is not touched after it has returned.
 *   W3  A sleep ends with 0 only when the condition is true, with -EINTR only by a signal.
 */
#include "unit_test.h"

#include "sched_model.h"

/* It is blocked, and no CPU of the model runs it. */
static struct thread moving;
static u32 tokens, triggered;
static bool has_idle_cpu; /* one that the model does not run */

/* As placement.c sees it. */
unsigned(arch_smp_nr_cpus)(void)
{
	return NR_CPUS;
}

static void reset_more(void)
{
	tokens = triggered = 0;
	WRITE_ONCE(sched_has_others, has_idle_cpu);
	if (has_idle_cpu)
		runqueue_of(NR_CPUS - 2)->current = runqueue_of(NR_CPUS - 2)->idle;
	moving = (struct thread){
		.state = THREAD_SLEEPING,
		.cpu = NR_CPUS - 1,
		.policy = &policy_round_robin,
		.affinity = ~0UL,
		.account = &account,
		.totals = &totals[0],
	};
}

static u64 hash_more(u64 h)
{
	h = interleave_mix(h, moving.state | (u64)moving.cpu << 16 | (u64)tokens << 32);
	return interleave_mix(h, triggered);
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

/*
 * S1: a wake-up that comes when the thread has woken by itself, and has begun to exit, is late: the
 * thread, which has not left its CPU yet, stays dead.
 */
static void who_exits_is_not_woken_run(unsigned cpu)
{
	struct thread *t = &threads[0];
	irq_state_t state;
	struct runqueue *rq;

	if (cpu) {
		sched_wake(t);
		return;
	}
	sched_sleep_prepare(THREAD_SLEEPING);
	sched_sleep_finish();
	WRITE_ONCE(t->state, THREAD_DEAD); /* sched_exit() */
	rq = runqueue_lock_of(t, &state);  /* switch_away() */
	interleave_check(t->state == THREAD_DEAD);
	spin_unlock_irq_restore(&rq->lock, state);
}

static void who_exits_is_not_woken_check(void)
{
	interleave_check(threads[0].state == THREAD_DEAD);
}
RUN(2, who_exits_is_not_woken)

/* ---- a poller, whose entry is on the queue before it decides to sleep ------------------------ */

static bool poller_wake(struct wait_entry *entry, u64 key)
{
	(void)key;
	__atomic_store_n(&triggered, 1, __ATOMIC_RELEASE);
	return sched_wake(entry->thread);
}

static void a_poller_misses_no_event_run(unsigned cpu)
{
	struct wait_entry entry;

	if (cpu) {
		a_wake_up_is_not_lost_run(cpu);
		return;
	}
	wait_entry_init(&entry);
	entry.wake = poller_wake;
	waitq_add(&queue, &entry);
	if (!READ_ONCE(flag)) {
		sched_sleep_prepare(THREAD_SLEEPING);
		if (!__atomic_load_n(&triggered, __ATOMIC_ACQUIRE))
			results[0] = sched_sleep(DEADLINE_NEVER);
		sched_sleep_finish();
	}
	waitq_remove(&queue, &entry);
}
#define a_poller_misses_no_event_check a_wake_up_is_not_lost_check
RUN(2, a_poller_misses_no_event)

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

/* ---- a thread that moves --------------------------------------------------------------------- */

static void move(unsigned from, unsigned to)
{
	struct spinlock *old = &runqueue_of(from)->lock, *new = &runqueue_of(to)->lock;

	spin_lock_pair(old, new);
	if (moving.state == THREAD_SLEEPING)
		WRITE_ONCE(moving.cpu, to);
	spin_unlock_pair(old, new);
}

/* S6: a waker may have locked the queue that the thread has just left. */
static void a_thread_that_moves_is_woken_once_run(unsigned cpu)
{
	if (cpu == 0)
		move(NR_CPUS - 1, NR_CPUS - 2);
	else
		results[cpu] = sched_wake(&moving);
}

static void a_thread_that_moves_is_woken_once_check(void)
{
	interleave_check(results[1] + results[2] == 1);
	interleave_check(moving.state == THREAD_READY && runqueue_of(moving.cpu)->nr_ready == 1);
	interleave_check(list_is_empty(&queue.entries));
}
RUN(3, a_thread_that_moves_is_woken_once)

/* It is woken for an idle CPU, and at the same time must not run there any more. */
static void a_thread_that_moves_keeps_to_its_affinity_run(unsigned cpu)
{
	if (cpu == 0)
		results[0] = sched_wake(&moving);
	else
		results[1] = sched_set_affinity(&moving, BIT(NR_CPUS - 1));
}

static void a_thread_that_moves_keeps_to_its_affinity_check(void)
{
	interleave_check(results[0] && !results[1]);
	interleave_check(moving.state == THREAD_READY && moving.cpu == NR_CPUS - 1);
	interleave_check(runqueue_of(moving.cpu)->nr_ready == 1);
}

static void a_thread_that_moves_keeps_to_its_affinity(void **state)
{
	has_idle_cpu = true;
	nr_cpus_up = NR_CPUS;
	explore(2, a_thread_that_moves_keeps_to_its_affinity_run,
		a_thread_that_moves_keeps_to_its_affinity_check);
	has_idle_cpu = false;
	nr_cpus_up = 0;
}

UNIT_MAIN(cmocka_unit_test(a_wake_up_is_not_lost), cmocka_unit_test(sleeps_follow_each_other),
	  cmocka_unit_test(who_exits_is_not_woken), cmocka_unit_test(a_poller_misses_no_event),
	  cmocka_unit_test(a_signal_ends_a_sleep), cmocka_unit_test(signal_and_event_together),
	  cmocka_unit_test(only_a_fatal_signal_ends_a_killable_sleep),
	  cmocka_unit_test(a_deep_sleep_waits_for_its_event),
	  cmocka_unit_test(a_deadline_ends_a_sleep), cmocka_unit_test(each_of_two_gets_one),
	  cmocka_unit_test(who_is_interrupted_takes_no_wake_up_along),
	  cmocka_unit_test(a_thread_that_moves_is_woken_once),
	  cmocka_unit_test(a_thread_that_moves_keeps_to_its_affinity))
