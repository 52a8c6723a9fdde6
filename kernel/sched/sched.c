// SPDX-License-Identifier: MIT
/*
 * sched.c -- the mechanism of scheduling: states, wake-up, preemption, the switch.
 *
 * Idea. A thread is running, ready (on a queue), or waits. Waiting takes two steps, so that no
 * wake-up is lost: the
 *   thread says how it will sleep (state), looks at its condition, and only then leaves the CPU; a
 *   waker that comes between
 *   finds the state and takes it back.
 * Invariants.
 *   S1 state, on_queue and rq->current change under the run queue's lock, but for the owner's own
 *   sched_sleep_prepare.
 *   S2  A thread that is preempted stays ready, whatever its state says: it had not left by itself.
 *   S3 A switch happens with interrupts off and a preemption count of one; so the count need not be
 *   saved.
 *   S4 A dead thread's structure is freed by the thread that runs after it: nobody can free the
 *   stack he stands on.
 * Locks.  runqueue.
 */
#include "sched/sched.h"
#include "arch/arch_clock.h"
#include "arch/arch_pagetable.h"
#include "arch/arch_smp.h"
#include "core/assert.h"
#include "core/errno.h"
#include "core/trap_table.h"
#include "mm/page_alloc.h"
#include "sched/force_preempt.h"
#include "sched/runqueue.h"
#include "sched/sched_account.h"
#include "time/clock.h"
#include "time/timer.h"
#include "trace/trace.h"

#include <linux/sched.h>

static struct runqueue *this_runqueue(void)
{
	return runqueue_of(arch_cpu_id());
}

/* --- wanting a switch ---------------------------------------------------------------------- */

void runqueue_want_resched(struct runqueue *rq)
{
	rq->resched_wanted = true;
	arch_smp_send_resched(rq->cpu);
}

bool runqueue_resched_wanted(const struct runqueue *rq)
{
	return unlikely(force_preempt_on) ? READ_ONCE(rq->resched_wanted)
					  : arch_need_resched_test();
}

/* --- the switch ------------------------------------------------------------------------------ */

/* In the new thread's own time: what must wait until nobody stands on the old one's stack (S4). */
static void finish_switch(struct thread *prev) NO_LOCK_ANALYSIS
{
	struct runqueue *rq = this_runqueue();
	bool dead = prev->state == THREAD_DEAD;

	__atomic_store_n(&prev->on_cpu, 0, __ATOMIC_RELEASE);
	lockcheck_release(&rq->lock, LOCK_runqueue);
	__atomic_store_n(&rq->lock.locked, 0, __ATOMIC_RELEASE);
	if (unlikely(dead))
		prev->destroy(prev);
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
 * A switch under forced preemption: the bit stays set, so that every place where a switch may be
 * asks again. As what is @prev queued, if it stays ready? Real-time threads keep their order.
 */
static __cold __noinline enum sched_event force_queue_as(struct runqueue *rq,
							 const struct thread *prev,
							 enum sched_event why)
{
	bool rotate = rq->rotate && prev->policy != &policy_realtime;

	rq->resched_wanted = rq->rotate = false;
	arch_need_resched_set();
	return rotate ? SCHED_YIELDED : why;
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

/* Choose and change. Interrupts off; @why tells how the current thread leaves. */
static void switch_away(enum sched_event why) NO_LOCK_ANALYSIS
{
	struct runqueue *rq = this_runqueue();
	struct thread *prev = current_thread(), *next;
	bool stays;
	u64 now;

	preempt_disable();
	lockcheck_acquire(&rq->lock, LOCK_runqueue, false);
	spin_lock_raw(&rq->lock);
	arch_need_resched_clear();
	prev->left_why = why;
	now = arch_clock_cycles();
	sched_account(rq, prev, now);

	stays = why == SCHED_PREEMPTED || prev->state == THREAD_RUNNING; /* S2 */
	if (unlikely(force_preempt_on))
		why = force_queue_as(rq, prev, why);
	if (stays && prev != rq->idle)
		runqueue_add(rq, prev, why == SCHED_BLOCKED ? SCHED_PREEMPTED : why);
	next = runqueue_pick(rq);
	next->started_cycles = now;
	if (next == prev) {
		lockcheck_release(&rq->lock, LOCK_runqueue);
		__atomic_store_n(&rq->lock.locked, 0, __ATOMIC_RELEASE);
	} else {
		rq->nr_switches++;
		count_switch(prev, stays);
		rq->current = next;
		next->on_cpu = 1;
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

	if (!READ_ONCE(this_runqueue()->nr_ready))
		return;
	state = arch_irq_save();
	switch_away(SCHED_YIELDED);
	arch_irq_restore(state);
}

void sched_preempt(void)
{
	/*
	 * With interrupts off the end of the section that turned them off comes here again, or the
	 * next interrupt does.
	 */
	if (!arch_irq_enabled())
		return;
	arch_irq_disable();
	sched_preempt_interrupted();
	arch_irq_enable();
}

/* A place where forced preemption may come. */
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
	do
		switch_away(SCHED_PREEMPTED);
	while (runqueue_resched_wanted(this_runqueue()));
}

_Noreturn void sched_exit(void)
{
	arch_irq_disable();
	current_thread()->state = THREAD_DEAD;
	switch_away(SCHED_EXITED);
	panic("a dead thread ran");
}

/* --- sleeping and waking --------------------------------------------------------------------- */

void sched_sleep_prepare(enum thread_state state)
{
	/*
	 * Orders the state before the look at the condition; pairs with the waker's run-queue lock
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
	    (state == THREAD_SLEEPING_KILLABLE && thread_kill_pending(t))) {
		sched_sleep_finish();
		return -EINTR;
	}
	if (deadline_ns != DEADLINE_NEVER)
		return sleep_until(t, deadline_ns);
	schedule();
	return 0;
}

static bool force_woken(struct runqueue *rq)
{
	if (likely(!force_preempt_on) || !force_preempt_woken())
		return false;
	rq->rotate = rq->cpu == arch_cpu_id();
	return true;
}

bool sched_wake_states(struct thread *t, u32 states)
{
	struct runqueue *rq;
	irq_state_t state;
	bool woken = false;

	/*
	 * Pairs with sched_sleep_prepare: the waker's condition is visible before the state is
	 * read.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!(BIT(READ_ONCE(t->state)) & states))
		return false;
	rq = runqueue_of(READ_ONCE(t->cpu));
	state = spin_lock_irq_save(&rq->lock);
	if (BIT(t->state) & states) {
		t->state = THREAD_RUNNING;
		woken = true;
		if (!t->on_queue && t != rq->current) {
			runqueue_add(rq, t, SCHED_WOKEN);
			TRACE(sched_wake, 0, (u64)t->tid, rq->cpu);
			if (runqueue_preempts(rq, t) || force_woken(rq))
				runqueue_want_resched(rq);
		}
	}
	spin_unlock_irq_restore(&rq->lock, state);
	return woken;
}

void sched_notify(struct thread *t, u32 work, u32 states)
{
	thread_work_set(t, work);
	if (!sched_wake_states(t, states) && READ_ONCE(t->on_cpu) && t->cpu != arch_cpu_id())
		arch_smp_send_resched(t->cpu);
}

void sched_start(struct thread *t)
{
	struct runqueue *rq = this_runqueue();
	irq_state_t state = spin_lock_irq_save(&rq->lock);

	t->state = THREAD_RUNNING;
	runqueue_add(rq, t, SCHED_NEW);
	if (rq->current == rq->idle)
		runqueue_want_resched(rq);
	spin_unlock_irq_restore(&rq->lock, state);
}

/* --- parameters ------------------------------------------------------------------------------ */

int sched_set_affinity(struct thread *t, u64 mask)
{
	struct runqueue *rq;
	irq_state_t state;

	mask &= BIT(arch_smp_nr_cpus()) - 1;
	if (!mask)
		return -EINVAL;
	rq = runqueue_of(READ_ONCE(t->cpu));
	state = spin_lock_irq_save(&rq->lock);
	t->affinity = mask;
	spin_unlock_irq_restore(&rq->lock, state);
	return 0;
}

int sched_set_nice(struct thread *t, int nice)
{
	WRITE_ONCE(t->nice, max(-20, min(nice, 19)));
	return 0;
}

static const struct sched_policy *policy_for(u32 linux_policy)
{
	return linux_policy == SCHED_FIFO || linux_policy == SCHED_RR ? &policy_realtime
								      : &policy_round_robin;
}

const char *sched_policy_name(void)
{
	return policy_for(SCHED_NORMAL)->name;
}

int sched_set_policy(struct thread *t, u32 linux_policy, u32 rt_priority, bool privileged)
{
	bool reset_on_fork = linux_policy & SCHED_RESET_ON_FORK, queued;
	const struct sched_policy *policy;
	struct runqueue *rq;
	irq_state_t state;

	linux_policy &= ~(u32)SCHED_RESET_ON_FORK;
	policy = policy_for(linux_policy);
	if (linux_policy > SCHED_IDLE || linux_policy == 4)
		return -EINVAL;
	if (policy == &policy_realtime ? rt_priority < 1 || rt_priority > 99 : rt_priority != 0)
		return -EINVAL;
	rq = runqueue_of(READ_ONCE(t->cpu));
	state = spin_lock_irq_save(&rq->lock);
	if (t->reset_on_fork && !reset_on_fork && !privileged) {
		spin_unlock_irq_restore(&rq->lock, state);
		return -EPERM;
	}
	queued = t->on_queue;
	if (queued)
		runqueue_remove(rq, t, SCHED_RECLASSED);
	t->policy = policy;
	t->linux_policy = linux_policy;
	t->reset_on_fork = reset_on_fork;
	t->rt_priority = rt_priority;
	t->slice_left_cycles = 0;
	if (queued)
		runqueue_add(rq, t, SCHED_RECLASSED);
	runqueue_want_resched(rq); /* whoever should run now will */
	spin_unlock_irq_restore(&rq->lock, state);
	return 0;
}

void sched_inherit(struct thread *child, const struct thread *parent)
{
	struct runqueue *rq = runqueue_of(READ_ONCE(parent->cpu));
	irq_state_t state = spin_lock_irq_save(&rq->lock);
	bool reset = parent->reset_on_fork;

	if (unlikely(reset && parent->policy == &policy_realtime)) {
		child->policy = &policy_round_robin;
		child->linux_policy = SCHED_NORMAL;
	} else {
		child->policy = parent->policy;
		child->linux_policy = parent->linux_policy;
		child->rt_priority = parent->rt_priority;
		child->nice = reset ? max(parent->nice, 0) : parent->nice;
	}
	child->affinity = parent->affinity;
	spin_unlock_irq_restore(&rq->lock, state);
}
