// SPDX-License-Identifier: MIT
/*
 * user_time.c -- how long threads have been in user mode, exactly.
 *
 * Idea.  User and system time are usually estimated, from the modes in which ticks found a thread.
 *   With option nohz=full there are few ticks; then every way into the kernel and out of it comes
 *   by here, and the time in between is added up. System calls take the entry of traced calls for
 *   that, and page faults not the fast one.
 *   While the tick is put off (sched_tick.c) more is done here. A CPU in user mode counts as asleep
 *   for epochs, as an idle one does: it is in no read section. A call that leaves items of its own
 *   to an epoch lets the ticks go on. And the coarse clocks are brought up to date first, which
 *   perhaps nobody else does.
 * Invariants.
 *   U1  user_since is the counter's value when the thread entered user mode, and 0 in the kernel.
 *       Only the thread changes it, with interrupts off, so it is 0 whenever the thread is not on a
 *       CPU. It is CHANGING while the sums change: who reads then reads again.
 *   U2  Interrupts and exceptions of the kernel come by user_time_left(), too: one may come after
 *       the entry of a system call and before the call's own. So epoch_sleep() is undone before
 *       anything in the kernel reads.
 * Locks.  None.
 * Cost.  Nothing without the option. With it some 75 instructions for each stay in the kernel.
 * Tests.  user_time_model_test.c; tests/system/tickless.t.
 */
#include "sched/account/user_time.h"
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "core/assert.h"
#include "sched/account/sched_tick.h"
#include "sched/epoch.h"
#include "sched/runqueue.h"
#include "sched/sched.h"
#include "time/clock.h"

#define CHANGING 1UL

bool user_time_on; /* [I] after boot */

/* Others may have no ticks either. */
static void update_coarse_clocks(void)
{
	u64 now_ns = clock_monotonic_ns();

	if (now_ns >= clock_monotonic_coarse_ns() + sched_tick_ns())
		clock_tick(now_ns, 0);
}

static void add_to(u64 *sum, u64 cycles)
{
	WRITE_ONCE(*sum, READ_ONCE(*sum) + cycles);
}

void user_time_end(void)
{
	irq_state_t state = arch_irq_save();
	struct runqueue *rq = runqueue_of(arch_cpu_id());
	struct thread *t = current_thread();
	u64 since = READ_ONCE(t->user_since);

	epoch_interrupted();
	if (since) {
		u64 cycles = arch_clock_cycles() - since;

		WRITE_ONCE(t->user_since, CHANGING);
		/* Who sees a new sum sees that it changes: pairs with user_stretch(). */
		__atomic_thread_fence(__ATOMIC_RELEASE);
		add_to(&t->user_cycles, cycles);
		add_to(&rq->user_cycles, cycles);
		__atomic_fetch_add(&t->totals->user_cycles, cycles, __ATOMIC_RELAXED);
		/* Who sees the end sees the sums: pairs with user_stretch(). */
		__atomic_store_n(&t->user_since, 0, __ATOMIC_RELEASE);
		if (rq->tick == TICK_PUT_OFF)
			update_coarse_clocks();
	}
	arch_irq_restore(state);
}

void user_time_begin(void)
{
	struct runqueue *rq = runqueue_of(arch_cpu_id());
	struct thread *t = current_thread();

	debug_assert(!arch_irq_enabled() && !preempt_count());
	if (READ_ONCE(t->user_since))
		return;
	if (rq->tick == TICK_PUT_OFF && epoch_needs_tick())
		sched_resume_tick();
	WRITE_ONCE(t->user_since, arch_clock_cycles() | 2); /* neither 0 nor CHANGING */
	if (rq->tick == TICK_PUT_OFF)
		epoch_sleep();
}

/* Since when @t has been in user mode, which it has not just left or entered; 0: it is not. */
static u64 user_stretch(const struct thread *t)
{
	u64 since;

	/* Pairs with user_time_end(). */
	while ((since = __atomic_load_n(&t->user_since, __ATOMIC_ACQUIRE)) == CHANGING)
		arch_cpu_relax();
	return since;
}

/* How long that is. The counter of this CPU may be a little behind that of another. */
static u64 cycles_since(u64 since)
{
	s64 cycles = (s64)(arch_clock_cycles() - since);

	return since && cycles > 0 ? (u64)cycles : 0;
}

u64 user_time_of_thread(const struct thread *t)
{
	u64 since, done, cycles;

	do {
		since = user_stretch(t);
		cycles = cycles_since(since);
		done = READ_ONCE(t->user_cycles);
		/* The sum before the second look: pairs with user_time_end(). */
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (READ_ONCE(t->user_since) != since);
	return done + cycles;
}

/* What the thread of @rq has had since it entered user mode; if it is of @totals, or NULL is. */
static u64 user_cycles_under_way(const struct runqueue *rq, const struct cpu_totals *totals)
{
	const struct thread *t;
	u64 cycles = 0;

	epoch_read_begin(); /* its memory stays: thread.h */
	t = __atomic_load_n(&rq->current, __ATOMIC_ACQUIRE);
	if (!totals || t->totals == totals)
		cycles = cycles_since(user_stretch(t));
	epoch_read_end();
	return cycles;
}

u64 user_time_of_totals(const struct cpu_totals *totals)
{
	u64 done, cycles;

	/* Again if a stretch has ended in between: it would count twice, or not at all. */
	do {
		cycles = 0;
		done = __atomic_load_n(&totals->user_cycles, __ATOMIC_ACQUIRE);
		for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++)
			cycles += user_cycles_under_way(runqueue_of(cpu), totals);
	} while (READ_ONCE(totals->user_cycles) != done);
	return done + cycles;
}

u64 user_time_of_cpu(const struct runqueue *rq)
{
	u64 done, cycles;

	do {
		done = __atomic_load_n(&rq->user_cycles, __ATOMIC_ACQUIRE);
		cycles = user_cycles_under_way(rq, NULL);
	} while (READ_ONCE(rq->user_cycles) != done);
	return done + cycles;
}
