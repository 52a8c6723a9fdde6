// SPDX-License-Identifier: MIT
/*
 * sched.c -- the mechanism of scheduling: states, wake-up, preemption, the switch.
 *
 * Idea. A thread is new, ready (in the queue of its policy), running, blocked, or dead:
 *
 *        sched_start         pick                 sleep, then schedule()
 *   NEW ------------> READY ------------> RUNNING ------------------------> SLEEPING, KILLABLE,
 *                       ^ ^               |  |                              UNINTERRUPTIBLE,
 *                       | `---------------'  `--> DEAD (sched_exit)         STOPPED
 *                       |     preempted, yields                                   |
 *                       `---------------------------------------------------------'
 *                                             woken
 *
 *   Blocking takes two steps, so that no wake-up is lost: the thread sets its state to how it will
 *   sleep, looks at its condition, and only then leaves the CPU; a waker that runs in between sees
 *   the state and resets it to RUNNING.
 * Invariants.
 *   S1  state and rq->current change under the run queue's lock, but for the owner's own
 *       sched_sleep_prepare, sched_sleep_finish and sched_exit. So the state of a thread that is
 *       rq->current may change under the eyes of who has the lock, but not to READY or NEW, nor
 *       from them. READY means queued, but for the idle thread; a thread in any other state is in
 *       no queue.
 *   S2  A thread that is preempted is READY, even if it was about to sleep: it had not left by
 *       itself. It runs on as RUNNING, so its sched_sleep returns at once and it looks again.
 *   S3  A switch happens with interrupts off and a preemption count of one; so the count need not
 *       be saved. The run queue's lock is handed over with the CPU: finish_switch releases it.
 *   S4  A dead thread's structure is freed by the thread that runs after it: a thread cannot free
 *       the stack it runs on.
 *   S5  A thread leaves the CPU because it is preempted or yields, or with a state that says how it
 *       can be woken, if at all.
 *   S6  t->cpu names the run queue whose lock guards the thread. It changes only with that queue's
 *       lock held, so who has locked another's queue looks at it again. Who then has the new
 *       queue's lock sees the state NEW, and lets the thread alone: runqueue_move_to().
 *   S7  The policy of a dead thread does not change.
 * Locks.  runqueue.
 * Tests.  sched_sim_test.c.
 */
#include "sched/sched.h"
#include "arch/arch_clock.h"
#include "arch/arch_pagetable.h"
#include "arch/arch_cpu.h"
#include "core/assert.h"
#include "core/errno.h"
#include "core/trap_table.h"
#include "mm/page_alloc.h"
#include "sched/account/sched_account.h"
#include "sched/account/sched_tick.h"
#include "sched/force_preempt.h"
#include "sched/placement.h"
#include "sched/runqueue.h"
#include "sched/sched_params.h"
#include "time/clock.h"
#include "time/timer.h"
#include "trace/trace.h"

#include <linux/sched.h>

static struct runqueue *this_runqueue(void)
{
	return runqueue_of(arch_cpu_id());
}

bool sched_has_options; /* [I] after boot */

/* --- wanting a switch ---------------------------------------------------------------------- */

void runqueue_want_resched(struct runqueue *rq)
{
	WRITE_ONCE(rq->resched_wanted, true);
	arch_smp_send_resched(rq->cpu);
}

bool runqueue_resched_wanted(const struct runqueue *rq)
{
	return unlikely(force_preempt_on) ? READ_ONCE(rq->resched_wanted)
					  : arch_need_resched_test();
}

bool sched_is_worth_spinning(const struct thread *t)
{
	unsigned here = arch_cpu_id(); /* perhaps no longer: then for one turn too many, or few */

	if (runqueue_resched_wanted(runqueue_of(here)) || READ_ONCE(runqueue_of(here)->nr_ready))
		return false;
	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++)
		if (cpu != here && READ_ONCE(runqueue_of(cpu)->current) == t)
			return true;
	return false;
}

/* --- the switch ------------------------------------------------------------------------------ */

/* Lock the queue of @t, which is in none, for @t to be queued there. */
static struct runqueue *lock_place_of(struct thread *t, irq_state_t *state) NO_LOCK_ANALYSIS
{
	for (;;) {
		struct runqueue *rq = runqueue_lock_of(t, state);

		debug_assert(t->state == THREAD_NEW);
		if (likely(t->affinity & BIT(rq->cpu)))
			return rq;
		/* Its affinity has changed since the place was chosen: placement.c, P1. */
		runqueue_move_to(t, placement_choose(t));
		spin_unlock_irq_restore(&rq->lock, *state);
	}
}

/* Queue @t, which is in no queue, on its CPU. */
static void enqueue(struct thread *t, enum sched_event why)
{
	irq_state_t state;
	struct runqueue *rq;

	/* placement.c: P2 */
	debug_assert(!sched_has_others || preempt_count() || !arch_irq_enabled());
	rq = lock_place_of(t, &state);
	runqueue_assert_locked(rq);
	runqueue_add(rq, t, why);
	/* A new or moved thread takes the CPU from others only if it is urgent. */
	if (rq->current == rq->idle ||
	    ((why == SCHED_WOKEN || t->policy != rq->ordinary) && runqueue_preempts(rq, t)) ||
	    unlikely(READ_ONCE(rq->tick) == TICK_PUT_OFF)) /* sched_tick.c: K2 */
		runqueue_want_resched(rq);
	spin_unlock_irq_restore(&rq->lock, state);
}

static __cold __noinline void has_left(struct thread *prev, u32 state)
{
	if (state == THREAD_DEAD) {
		if (unlikely(prev->policy->reserving)) /* it is of this policy for good: S7 */
			prev->policy->reserving->leave(prev);
		prev->destroy(prev);
	} else {
		enqueue(prev, SCHED_PREEMPTED); /* on another CPU: stay_ready() */
	}
}

/* On the new thread's stack: finish what must wait until the old stack is no longer in use. S4 */
static void finish_switch(struct thread *prev) NO_LOCK_ANALYSIS
{
	struct runqueue *rq = this_runqueue();
	u32 state = prev->state;

	spin_unlock_handover(&rq->lock);
	if (unlikely(state == THREAD_DEAD || state == THREAD_NEW))
		has_left(prev, state);
}

void sched_first_run(struct thread *prev)
{
	finish_switch(prev);
	arch_irq_enable();
	preempt_enable();
}

/* The events of a switch that is about to happen. */
static __cold __noinline void trace_switch(const struct runqueue *rq, const struct thread *prev,
					   const struct thread *next)
{
	u32 why = prev->left_why;

	TRACE(sched_pick, why, next->tid, rq->nr_ready, page_alloc_nr_free());
	TRACE(sched_switch, why, prev->tid, next->tid, prev->state, (u64)prev, (u64)next,
	      next->kernel_stack_top);
}

/*
 * A switch with options: the tick goes on, if it was put off for @prev alone. Under forced
 * preemption the bit stays set, so that every place where a switch may happen asks again. Returns
 * the reason for which @prev is queued, if it stays ready.
 */
static __cold __noinline enum sched_event switch_with_options(struct runqueue *rq, bool rotates,
							      enum sched_event why)
{
	if (rq->tick == TICK_PUT_OFF)
		sched_resume_tick();
	if (!force_preempt_on)
		return why;
	rq->rotate = false;
	WRITE_ONCE(rq->resched_wanted, false);
	arch_need_resched_set();
	return rotates ? SCHED_YIELDED : why;
}

static __always_inline void count_switch(struct thread *prev, bool forced)
{
	if (forced) {
		prev->switches_forced++;
		__atomic_fetch_add(&prev->totals->switches_forced, 1, __ATOMIC_RELAXED);
	} else {
		prev->switches_voluntary++;
		__atomic_fetch_add(&prev->totals->switches_voluntary, 1, __ATOMIC_RELAXED);
	}
}

/* S3, S5: what must hold when a thread is to leave the CPU. As xv6's sched() checks it. */
static void assert_switchable(const struct runqueue *rq, const struct thread *prev, bool stays)
{
	assert_spin_held(&rq->lock);
	debug_assert(!arch_irq_enabled());
	debug_assert(preempt_count() == 1);
	debug_assert(READ_ONCE(rq->tick) == TICK_ON); /* thread.c: H3; sched_tick.c: K2 */
	debug_assert(prev == rq->current && prev->state != THREAD_NEW &&
		     prev->state != THREAD_READY);
	debug_assert(stays || prev->state != THREAD_RUNNING);
	debug_assert(prev->state != THREAD_DEAD || !stays);
}

/*
 * @prev leaves its CPU ready: it is queued here if it may run on one of @here, which is this CPU.
 * Else its affinity has changed; or @here is empty, and forced preemption has a CPU chosen.
 */
static __always_inline void stay_ready(struct runqueue *rq, struct thread *prev,
				       enum sched_event why, u64 here) REQUIRES(rq->lock)
{
	if (likely(prev->affinity & here)) {
		runqueue_add(rq, prev, why);
	} else {
		WRITE_ONCE(prev->state, THREAD_NEW); /* placement.c: P1 */
		runqueue_move_to(prev, placement_choose(prev));
	}
}

/* Choose and change. Interrupts off; @why tells how the current thread leaves. */
static void switch_away(enum sched_event why) NO_LOCK_ANALYSIS
{
	struct runqueue *rq = this_runqueue();
	struct thread *prev = current_thread(), *next;
	u64 now, here;
	bool stays;

	preempt_disable();
	spin_lock_handover(&rq->lock);
	arch_need_resched_clear();
	prev->left_why = why;
	now = arch_clock_cycles();
	sched_account(rq, prev, now);

	stays = why == SCHED_PREEMPTED || prev->state == THREAD_RUNNING; /* S2 */
	here = BIT(rq->cpu);
	if (unlikely(sched_has_options)) {
		bool rotates = rq->rotate && !prev->policy->keeps_order;

		if (rotates && sched_has_others)
			here = 0;
		why = switch_with_options(rq, rotates, why);
	}
	assert_switchable(rq, prev, stays);
	if (stays && prev != rq->idle)
		stay_ready(rq, prev, why == SCHED_BLOCKED ? SCHED_PREEMPTED : why, here);
	else if (stays)
		WRITE_ONCE(prev->state, THREAD_READY);
	next = runqueue_pick(rq);
	next->started_cycles = now;
	if (next == prev) {
		spin_unlock_handover(&rq->lock);
	} else {
		rq->nr_switches++;
		count_switch(prev, stays);
		/* After the charge: pairs with sched_account.c:runs_one_of. */
		__atomic_store_n(&rq->current, next, __ATOMIC_RELEASE);
		if (unlikely(trace_on))
			trace_switch(rq, prev, next);
		if (next->pagetable)
			arch_pagetable_activate(next->pagetable);
		finish_switch(arch_thread_switch(prev, next));
	}
	preempt_enable_no_resched();
}

void schedule(void)
{
	irq_state_t state = arch_irq_save();

	switch_away(SCHED_BLOCKED);
	arch_irq_restore(state);
}

void sched_yield(void)
{
	irq_state_t state;

	/* One with a budget gives up the rest of it, whoever else is ready. */
	if (!READ_ONCE(this_runqueue()->nr_ready) &&
	    likely(!sched_has_reservation(current_thread())))
		return;
	state = arch_irq_save();
	switch_away(SCHED_YIELDED);
	arch_irq_restore(state);
}

void sched_preempt(void)
{
	/*
	 * With interrupts off this is tried again at the end of the section that turned them off,
	 * or by the next interrupt.
	 */
	if (!arch_irq_enabled())
		return;
	arch_irq_disable();
	sched_preempt_interrupted();
	arch_irq_enable();
}

/* A place where forced preemption may happen. */
static __cold bool force_switch(struct runqueue *rq)
{
	if (force_preempt_now())
		rq->rotate = true;
	return rq->rotate || runqueue_resched_wanted(rq);
}

void sched_preempt_interrupted(void)
{
	if (unlikely(force_preempt_on) && !force_switch(this_runqueue()))
		return;
	if (unlikely(READ_ONCE(this_runqueue()->tick)))
		sched_resume_tick();
	do
		switch_away(SCHED_PREEMPTED);
	while (runqueue_resched_wanted(this_runqueue()));
}

_Noreturn void sched_exit(void)
{
	arch_irq_disable();
	WRITE_ONCE(current_thread()->state, THREAD_DEAD);
	switch_away(SCHED_EXITED);
	panic("a dead thread ran");
}

/* --- sleeping and waking --------------------------------------------------------------------- */

void sched_sleep_prepare(enum thread_state state)
{
	/*
	 * Orders the state before the read of the condition; pairs with the waker's run-queue lock
	 * and waitq.h:waitq_wake_key.
	 */
	__atomic_store_n(&current_thread()->state, state, __ATOMIC_SEQ_CST);
}

void sched_sleep_finish(void)
{
	WRITE_ONCE(current_thread()->state, THREAD_RUNNING);
}

struct sleep_timer {
	struct timer timer;
	struct thread *thread;
	bool fired;
};

static void sleep_timer_fire(struct timer *timer)
{
	struct sleep_timer *sleep = container_of(timer, struct sleep_timer, timer);

	WRITE_ONCE(sleep->fired, true);
	sched_wake(sleep->thread);
}

static __noinline int sleep_until(struct thread *t, u64 deadline_ns)
{
	struct sleep_timer sleep = {.thread = t};

	if (clock_monotonic_ns() >= deadline_ns) {
		sched_sleep_finish();
		return -ETIMEDOUT;
	}
	timer_init(&sleep.timer, sleep_timer_fire);
	timer_set(&sleep.timer, deadline_ns);
	schedule();
	timer_cancel_wait(&sleep.timer);
	return READ_ONCE(sleep.fired) ? -ETIMEDOUT : 0;
}

int sched_sleep(u64 deadline_ns)
{
	struct thread *t = current_thread();
	u32 state = READ_ONCE(t->state);

	might_sleep();
	if ((state == THREAD_SLEEPING && thread_signal_pending(t)) ||
	    (state == THREAD_KILLABLE && thread_kill_pending(t))) {
		sched_sleep_finish();
		return -EINTR;
	}
	if (deadline_ns != DEADLINE_NEVER)
		return sleep_until(t, deadline_ns);
	schedule();
	return 0;
}

/* A thread became ready on @rq, and does not preempt: is the CPU to choose again all the same? */
static bool options_preempt(struct runqueue *rq) REQUIRES(rq->lock)
{
	if (likely(!sched_has_options))
		return false;
	if (READ_ONCE(rq->tick) == TICK_PUT_OFF) /* sched_tick.c: K2 */
		return true;
	if (!force_preempt_on || !force_preempt_woken())
		return false;
	rq->rotate = rq->cpu == arch_cpu_id();
	return true;
}

/* @t is new: choose its CPU, and queue it there. */
static __noinline void start_elsewhere(struct thread *t)
{
	irq_state_t state;
	struct runqueue *rq;

	preempt_disable(); /* placement.c: P2 */
	rq = runqueue_lock_of(t, &state);
	runqueue_assert_locked(rq);
	runqueue_move_to(t, placement_choose_woken(t));
	spin_unlock_irq_restore(&rq->lock, state);
	enqueue(t, SCHED_NEW);
	preempt_enable();
}

/* @t, which sleeps, is woken: is it to be queued on another CPU? Then it belongs to that. */
static __cold __noinline bool moves(struct thread *t)
{
	unsigned cpu = placement_choose_woken(t);

	if (cpu == t->cpu)
		return false;
	WRITE_ONCE(t->state, THREAD_NEW); /* placement.c: P1 */
	runqueue_move_to(t, cpu);
	return true;
}

/*
 * @t, which was seen in the state @seen, has not left its CPU yet, and will not. False: it has
 * another state by now (S1), perhaps that of a dead thread, and keeps it. It looked at its
 * condition after it had taken that, or will, so it needs no wake-up; the caller may wake another.
 */
static bool wake_before_it_leaves(struct thread *t, u32 seen)
{
	return __atomic_compare_exchange_n(&t->state, &seen, THREAD_RUNNING, false,
					   __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

bool sched_wake_states(struct thread *t, u32 states)
{
	struct runqueue *rq;
	irq_state_t state;
	u32 seen;
	bool woken = false, moved = false;

	/*
	 * Pairs with sched_sleep_prepare: the waker's condition is visible before the state is
	 * read.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!(BIT(READ_ONCE(t->state)) & states))
		return false;
	rq = runqueue_lock_of(t, &state);
	runqueue_assert_locked(rq);
	seen = READ_ONCE(t->state);
	if (BIT(seen) & states) {
		woken = true;
		if (t == rq->current) {
			woken = wake_before_it_leaves(t, seen);
		} else if (unlikely(sched_has_others) && moves(t)) {
			preempt_disable(); /* placement.c: P2 */
			moved = true;
		} else {
			runqueue_add(rq, t, SCHED_WOKEN);
			TRACE(sched_wake, 0, (u64)t->tid, rq->cpu);
			if (runqueue_preempts(rq, t) || options_preempt(rq))
				runqueue_want_resched(rq);
		}
	}
	spin_unlock_irq_restore(&rq->lock, state);
	if (moved) {
		TRACE(sched_wake, 0, (u64)t->tid, t->cpu);
		enqueue(t, SCHED_WOKEN);
		preempt_enable();
	}
	return woken;
}

/*
 * If @t runs on another CPU, interrupt it: then it looks for work. One that begins to run after
 * this section takes the lock after it, so it sees its work without that.
 */
static __cold __noinline void interrupt(const struct thread *t)
{
	irq_state_t state;
	struct runqueue *rq = runqueue_lock_of(t, &state);

	runqueue_assert_locked(rq);
	if (rq->current == t && rq->cpu != arch_cpu_id())
		arch_smp_send_resched(rq->cpu);
	spin_unlock_irq_restore(&rq->lock, state);
}

void sched_notify(struct thread *t, u32 work, u32 states)
{
	thread_work_set(t, work);
	if (!sched_wake_states(t, states) && unlikely(sched_has_others))
		interrupt(t);
}

void sched_start(struct thread *t)
{
	if (unlikely(sched_has_others))
		start_elsewhere(t);
	else
		enqueue(t, SCHED_NEW);
}

/* --- parameters ------------------------------------------------------------------------------ */

int sched_set_affinity(struct thread *t, u64 mask)
{
	struct runqueue *rq;
	irq_state_t state;
	bool moved = false;

	mask &= sched_cpus_up();
	if (!mask)
		return -EINVAL;
	rq = runqueue_lock_of(t, &state);
	runqueue_assert_locked(rq);
	if (unlikely(t->policy->on_all_cpus) && !sched_is_on_all_cpus(mask)) {
		spin_unlock_irq_restore(&rq->lock, state);
		return -EBUSY;
	}
	WRITE_ONCE(t->affinity, mask);
	if (!(mask & BIT(rq->cpu))) {
		if (t == rq->current) {
			runqueue_want_resched(rq); /* stay_ready() */
		} else if (t->state == THREAD_READY) {
			runqueue_remove(rq, t);
			WRITE_ONCE(t->state, THREAD_NEW); /* placement.c: P1 */
			runqueue_move_to(t, placement_choose(t));
			preempt_disable(); /* placement.c: P2 */
			moved = true;
		}
	}
	spin_unlock_irq_restore(&rq->lock, state);
	if (moved) {
		enqueue(t, SCHED_PREEMPTED);
		preempt_enable();
	}
	return 0;
}
