// SPDX-License-Identifier: MIT
/*
 * sched_account.c -- accounting of CPU time.
 *
 * Idea.  Time is kept in cycles and converted to nanoseconds when it is read. A thread is charged
 *   when it leaves the CPU and at each tick; what it has had since then is added by the reader, so
 *   that a figure is exact at any moment. So the idle thread needs no tick.
 * Invariants.
 *   A1  Every cycle of a CPU is charged to one thread, the idle thread included.
 *   A2  A stretch is counted once, and no figure goes back: a thread's charge, the start of its
 *       next stretch and whether it runs change in one section, in which readers look at them.
 *       Readers of totals that find that a charge came in between read again.
 * Locks.  runqueue, to charge and to read; readers of totals take that of each CPU that runs a
 *   thread of theirs, one after the other.
 * Cost.  A charge is an atomic addition and the policy's hook.
 * Tests.  sched_sim_test.c; sched_account_test.c: all orders of the steps of two CPUs.
 */
#include "sched/account/sched_account.h"
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "sched/account/load_average.h"
#include "sched/account/sched_tick.h"
#include "sched/account/user_time.h"
#include "sched/epoch.h"
#include "sched/sched.h"
#include "time/clock.h"

static u64 nr_created; /* [a] */

void sched_account(struct runqueue *rq, struct thread *t, u64 now)
{
	u64 ran = now - t->started_cycles;

	t->started_cycles = now;
	t->run_cycles += ran;
	__atomic_fetch_add(&t->totals->run_cycles, ran, __ATOMIC_RELAXED);
	if (t == rq->idle)
		rq->idle_cycles += ran;
	else
		t->policy->charge(rq, t, ran);
}

void sched_account_created(void)
{
	__atomic_fetch_add(&nr_created, 1, __ATOMIC_RELAXED);
}

/*
 * What @t, which runs on the CPU of @rq, has not been charged for yet: nothing, if the counter of
 * that CPU is a little ahead of this one's, or ours was read before the lock was ours.
 */
static u64 cycles_since_charge(const struct runqueue *rq, const struct thread *t) REQUIRES(rq->lock)
{
	s64 cycles = (s64)(arch_clock_cycles() - t->started_cycles);

	assert_spin_held(&rq->lock);
	return (u64)max(cycles, (s64)0);
}

u64 sched_thread_runtime_ns(const struct thread *t) NO_LOCK_ANALYSIS
{
	irq_state_t state;
	struct runqueue *rq = runqueue_lock_of(t, &state); /* A2 */
	u64 cycles = t->run_cycles;

	if (rq->current == t)
		cycles += cycles_since_charge(rq, t);
	spin_unlock_irq_restore(&rq->lock, state);
	return clock_cycles_to_ns(cycles);
}

/*
 * Does @rq run a thread of @totals? If it has begun to since the caller looked last, or stopped,
 * then about now. Its memory stays for the section (thread.h).
 */
static bool runs_one_of(const struct runqueue *rq, const struct cpu_totals *totals)
{
	const struct thread *t;
	bool is_one;

	epoch_read_begin();
	/* Who sees that the thread has left sees its charge: pairs with switch_away in sched.c. */
	t = __atomic_load_n(&rq->current, __ATOMIC_ACQUIRE);
	is_one = t->totals == totals;
	epoch_read_end();
	return is_one;
}

/* What the threads of @totals that run have not been accounted for yet. */
static u64 cycles_under_way(const struct cpu_totals *totals)
{
	u64 cycles = 0;

	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++) {
		struct runqueue *rq = runqueue_of(cpu);
		irq_state_t state;

		if (!runs_one_of(rq, totals))
			continue;
		state = spin_lock_irq_save(&rq->lock);
		if (rq->current->totals == totals)
			cycles += cycles_since_charge(rq, rq->current);
		spin_unlock_irq_restore(&rq->lock, state);
	}
	return cycles;
}

u64 sched_totals_runtime_ns(const struct cpu_totals *totals)
{
	u64 done, under_way;

	/* Again if a thread was accounted for in between: it would count twice, or not at all. */
	do {
		done = READ_ONCE(totals->run_cycles);
		under_way = cycles_under_way(totals);
	} while (unlikely(READ_ONCE(totals->run_cycles) != done));
	return clock_cycles_to_ns(done + under_way);
}

/* Until now, though it has no ticks: A2. */
static u64 idle_cycles(const struct runqueue *rq) REQUIRES(rq->lock)
{
	u64 cycles = rq->idle_cycles;

	if (rq->current == rq->idle)
		cycles += cycles_since_charge(rq, rq->idle);
	return cycles;
}

/* The same, and divided exactly: what is not idle, and no user time, is system time. */
static void times_get_exact(const struct runqueue *rq, struct sched_cpu_times *out)
	REQUIRES(rq->lock)
{
	/* The idle thread's first stretch began when the counter did: A1 */
	u64 all = arch_clock_cycles(), idle = idle_cycles(rq), user = user_time_of_cpu(rq);

	out->idle_ns = clock_cycles_to_ns(idle);
	out->user_ns = clock_cycles_to_ns(user);
	out->system_ns = clock_cycles_to_ns(all - min(all, idle + user));
}

void sched_cpu_times_get(unsigned cpu, struct sched_cpu_times *out)
{
	struct runqueue *rq = runqueue_of(cpu);
	irq_state_t state = spin_lock_irq_save(&rq->lock);

	if (unlikely(user_time_on)) {
		times_get_exact(rq, out);
	} else {
		out->user_ns = rq->ticks_user * sched_tick_ns();
		out->system_ns = rq->ticks_system * sched_tick_ns();
		out->idle_ns = clock_cycles_to_ns(idle_cycles(rq));
	}
	spin_unlock_irq_restore(&rq->lock, state);
}

void sched_statistics_get(struct sched_statistics *out)
{
	*out = (struct sched_statistics){.nr_created = READ_ONCE(nr_created)};
	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++) {
		struct sched_cpu_times times;

		sched_cpu_times_get(cpu, &times);
		out->times.user_ns += times.user_ns;
		out->times.system_ns += times.system_ns;
		out->times.idle_ns += times.idle_ns;
		out->nr_switches += READ_ONCE(runqueue_of(cpu)->nr_switches);
	}
	out->nr_running = sched_nr_running();
	load_average_get(out->load_average);
}

void sched_cpu_view(unsigned cpu, struct sched_cpu_view *out)
{
	struct runqueue *rq = runqueue_of(cpu);
	irq_state_t state = spin_lock_irq_save(&rq->lock);
	const struct thread *t = rq->current;
	s64 left = max(t->slice_left_cycles, (s64)0);

	out->current_tid = t->tid;
	thread_name_get(t, out->current_name);
	out->policy = sched_policy_is_ordinary(t->policy) ? rq->ordinary->name : t->policy->name;
	out->slice_left_ns = (s64)clock_cycles_to_ns((u64)left);
	out->nr_ready = rq->nr_ready;
	out->nr_switches = rq->nr_switches;
	out->idle_ns = clock_cycles_to_ns(idle_cycles(rq));
	spin_unlock_irq_restore(&rq->lock, state);
}
