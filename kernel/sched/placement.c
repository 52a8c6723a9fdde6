// SPDX-License-Identifier: MIT
/*
 * placement.c -- on which CPU a ready thread waits for its turn.
 *
 * Idea.  A thread that becomes ready goes to a CPU that is idle, if there is one, by preference to
 *   where it ran last, whose caches may still have its data. A CPU that finds nothing to do takes a
 *   thread that waits elsewhere: when it becomes idle, at each of its ticks, and, as it soon has no
 *   ticks, when it is kicked. A CPU where threads wait kicks as many idle ones at each of its own
 *   ticks, others each time, and those that have put off their ticks when they are due to balance.
 *   So no CPU is idle for longer than as many ticks as there are CPUs while a thread that may run
 *   on it waits, unless many that may not are before that in its queue.
 *   One that is busy takes a thread from a CPU where more wait, some times in a second; of threads
 *   that never sleep, and are no multiple of the CPUs, it is another one each time, so that all
 *   come to have the same. Forced preemption lets chance choose now and then.
 *   If no CPU is idle, a thread of an urgent policy goes where what runs is the least urgent, and
 *   perhaps preempts it. One that has to wait, as when it is preempted itself, is taken by a CPU
 *   that runs an ordinary thread, at that CPU's next tick.
 *   A thread that wakes another and then sleeps hands its CPU over: a request and its answer, a
 *   pipe, a child that its parent waits for. To wake an idle CPU for that takes longer than to run
 *   there what the sleeper leaves. So an ordinary thread that is woken, or started, goes to the
 *   waker's CPU if no other waits there and the waker is expected to sleep: it has said so
 *   (sched_will_sleep), or it has slept soon after each of its last few wake-ups. One that runs on
 *   has to prove it for longer the next time; then what it has woken waits for a tick at most.
 * Invariants.
 *   P1  A thread that moves is in no queue, and has the state NEW, from the moment when its old
 *       queue is unlocked until its new one is locked. Nobody wakes it or moves it meanwhile.
 *   P2  A thread that moves another is not preempted until that one is queued: no CPU can choose it
 *       meanwhile, however urgent it is.
 *   P3  From one wake-up to the next a thread that hands over has slept, and had no more of the CPU
 *       than HANDOVER_NS: so much its successor may have waited for it.
 * Locks.  runqueue, one at a time.
 * Cost.  A look at each CPU's queue, without its lock; what is taken is behind at most 16 others.
 * Tests.  placement_test.c, sched_moves_test.c, tests/system/cpus.t.
 */
#include "sched/placement.h"
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "core/assert.h"
#include "sched/force_preempt.h"
#include "sched/sched.h"
#include "time/clock.h"

#define BALANCE_NS (130 * NS_PER_MS) /* of no slices a multiple, so the next is another thread */
#define HANDOVER_NS (500 * NS_PER_US)
#define HANDOVERS_PROOF 3   /* so many in a row, and the next is expected */
#define HANDOVERS_WRONG -16 /* it was expected, and did not come */
#define PASSED_OVER_MAX 16  /* threads that stay: their queue is locked for a bounded time */

bool sched_has_others; /* [a] */

static bool is_idle(unsigned cpu)
{
	const struct runqueue *rq = runqueue_of(cpu);

	return READ_ONCE(rq->current) == rq->idle && !READ_ONCE(rq->nr_ready);
}

static unsigned least_urgent(u64 allowed, unsigned last)
{
	u64 least = runqueue_urgency(runqueue_of(last));

	for (u64 left = allowed; left && least; left &= left - 1) {
		unsigned cpu = (unsigned)__builtin_ctzl(left);
		u64 urgency = runqueue_urgency(runqueue_of(cpu));

		if (urgency < least) {
			least = urgency;
			last = cpu;
		}
	}
	return last;
}

unsigned placement_choose(const struct thread *t)
{
	u64 allowed = READ_ONCE(t->affinity) & sched_cpus_up();
	unsigned last = READ_ONCE(t->cpu);

	if (unlikely(force_preempt_on) && force_preempt_moves())
		return force_preempt_cpu(allowed);
	if (!(allowed & BIT(last)))
		last = (unsigned)__builtin_ctzl(allowed);
	if (is_idle(last))
		return last;
	for (u64 left = allowed; left; left &= left - 1)
		if (is_idle((unsigned)__builtin_ctzl(left)))
			return (unsigned)__builtin_ctzl(left);
	return sched_policy_is_ordinary(READ_ONCE(t->policy)) ? last : least_urgent(allowed, last);
}

/* Does the current thread, which is a waker now, hand over? P3 */
static bool hands_over(struct thread *waker)
{
	u64 used = waker->run_cycles + arch_clock_cycles() - waker->started_cycles;
	bool expected = waker->handovers >= HANDOVERS_PROOF;

	if (waker->handovers == THREAD_WILL_SLEEP) {
		waker->handovers = 0;
		return true;
	}
	if (used - waker->woke_used > arch_clock.frequency_hz / (NS_PER_SECOND / HANDOVER_NS)) {
		waker->handovers = expected ? HANDOVERS_WRONG : min(waker->handovers, (s8)0);
		expected = false;
	} else if (waker->woke_switches == (u32)waker->switches_voluntary) {
		return expected; /* one more before it sleeps */
	} else {
		waker->handovers = (s8)min(waker->handovers + 1, HANDOVERS_PROOF);
	}
	waker->woke_used = used;
	waker->woke_switches = (u32)waker->switches_voluntary;
	return expected;
}

unsigned placement_choose_woken(const struct thread *t)
{
	unsigned here = arch_cpu_id();

	debug_assert(!arch_irq_enabled());
	if (!in_interrupt() && likely(!force_preempt_on) && hands_over(current_thread()) &&
	    (READ_ONCE(t->affinity) & BIT(here)) && !READ_ONCE(runqueue_of(here)->nr_ready) &&
	    sched_policy_is_ordinary(READ_ONCE(t->policy)))
		return here;
	return placement_choose(t);
}

/* Take the thread that would run next on @from, of those that may run on @cpu. */
static struct thread *take(struct runqueue *from, unsigned cpu)
{
	irq_state_t state = spin_lock_irq_save(&from->lock);
	struct thread *stay[PASSED_OVER_MAX], *t = NULL, *urgent = from->urgent;
	u64 urgency = from->urgency;
	unsigned nr = 0;

	while (!t && from->nr_ready && nr < PASSED_OVER_MAX) {
		t = runqueue_pick(from);
		if (!(t->affinity & BIT(cpu))) {
			stay[nr++] = t;
			t = NULL;
		}
	}
	/*
	 * In a list the first is the first again. In a tree those of equal rank change places: one
	 * that was passed over may then run after one that came later.
	 */
	while (nr)
		runqueue_add(from, stay[--nr], SCHED_PREEMPTED);
	WRITE_ONCE(from->urgency, urgency); /* what was picked here does not run here */
	WRITE_ONCE(from->urgent, urgent);
	if (t) {
		WRITE_ONCE(t->state, THREAD_NEW); /* P1 */
		runqueue_move_to(t, cpu);
	}
	spin_unlock_irq_restore(&from->lock, state);
	return t;
}

/* Take a thread for @rq from the next CPU that @has one. False: there is none. */
static bool take_from_others(struct runqueue *rq, bool (*has)(const struct runqueue *from))
{
	unsigned nr_cpus = arch_smp_nr_cpus();

	for (unsigned i = 1; i < nr_cpus; i++) {
		struct runqueue *from = runqueue_of((rq->cpu + i) % nr_cpus);
		struct thread *t = has(from) ? take(from, rq->cpu) : NULL;

		if (t) {
			sched_start(t);
			return true;
		}
	}
	return false;
}

static bool has_any_waiting(const struct runqueue *from)
{
	return READ_ONCE(from->nr_ready);
}

bool placement_steal(struct runqueue *rq)
{
	debug_assert(!arch_irq_enabled());
	return take_from_others(rq, has_any_waiting);
}

/* One of an urgent policy, which has not had its share. */
static bool has_urgent_waiting(const struct runqueue *from)
{
	return READ_ONCE(from->nr_others) > READ_ONCE(from->nr_leaving) &&
	       !READ_ONCE(from->is_throttled);
}

/* Would @other take a thread that waits on @rq at a tick, of which it has none for now? */
static bool may_want_work(const struct runqueue *rq, const struct runqueue *other, u64 now_ns)
{
	switch (READ_ONCE(other->tick)) {
	case TICK_STOPPED:
		return true;
	case TICK_PUT_OFF:
		return READ_ONCE(other->next_balance_ns) <= now_ns || has_urgent_waiting(rq);
	default:
		return false;
	}
}

void placement_kick(struct runqueue *rq, u64 now_ns)
{
	unsigned nr_cpus = arch_smp_nr_cpus(), left = READ_ONCE(rq->nr_ready);

	for (unsigned i = 1; left && i <= nr_cpus; i++) {
		unsigned cpu = (rq->kicked + i) % nr_cpus;

		if (!may_want_work(rq, runqueue_of(cpu), now_ns))
			continue;
		left--;
		rq->kicked = cpu;
		arch_smp_send_resched(cpu);
	}
}

void placement_balance(struct runqueue *rq, u64 now_ns)
{
	unsigned nr_cpus = arch_smp_nr_cpus(), most = READ_ONCE(rq->nr_ready);
	struct runqueue *from = NULL;
	struct thread *t;

	debug_assert(!arch_irq_enabled());
	if (!runqueue_urgency(rq) && !READ_ONCE(rq->is_throttled) &&
	    take_from_others(rq, has_urgent_waiting))
		return;
	if (now_ns < READ_ONCE(rq->next_balance_ns))
		return;
	WRITE_ONCE(rq->next_balance_ns, now_ns + BALANCE_NS);
	for (unsigned i = 1; i < nr_cpus; i++) {
		struct runqueue *other = runqueue_of((rq->cpu + i) % nr_cpus);

		if (READ_ONCE(other->nr_ready) > most) {
			from = other;
			most = READ_ONCE(other->nr_ready);
		}
	}
	t = from ? take(from, rq->cpu) : NULL;
	if (!t)
		return;
	/* It stays for a while: where it was, now fewer wait, which would take it back at once. */
	WRITE_ONCE(from->next_balance_ns, now_ns + BALANCE_NS);
	sched_start(t);
}
