// SPDX-License-Identifier: MIT
/*
 * sched_account.c -- accounting of CPU time; ticks; load averages.
 *
 * Idea.  Time is kept in cycles and converted to nanoseconds when it is read. A thread is charged
 *   when it leaves the CPU and at each tick; what it has had since then is added by the reader, so
 *   that a figure is exact at any moment.
 * Invariants.
 *   A1  Every cycle of a CPU is charged to one thread, the idle thread included.
 *   A2  A stretch is counted once, and no figure goes back: a thread's charge, the start of its
 *       next stretch and whether it runs change in one section, in which readers look at them.
 *       Readers of totals that find that a charge came in between read again.
 * Locks.  runqueue, to charge and to read; readers of totals take that of each CPU that runs a
 *   thread of theirs, one after the other. Load averages belong to the tick of CPU 0.
 * Cost.  A charge is an atomic addition and the policy's hook.
 * Tests.  sched_sim_test.c; sched_account_test.c: all orders of the steps of two CPUs.
 */
#include "sched/sched_account.h"
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "core/cmdline.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "sched/epoch.h"
#include "sched/placement.h"
#include "sched/sched.h"
#include "time/clock.h"

#define TICK_DEFAULT_NS (10 * NS_PER_MS)
#define LOAD_SHIFT 11
#define LOAD_PERIOD_NS (5 * NS_PER_SECOND)

static u64 tick_ns = TICK_DEFAULT_NS; /* [I] after boot */
static u64 load_average[3];	      /* [a] written by the tick of CPU 0 */
static u64 next_load_ns;	      /* [o] the tick of CPU 0 */
static u64 nr_created;		      /* [a] */
static void (*tick_hook)(bool user);  /* [I] after boot */

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

void sched_set_tick_hook(void (*hook)(bool user))
{
	tick_hook = hook;
}

static unsigned count_running(void)
{
	unsigned n = 0;

	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++) {
		struct runqueue *rq = runqueue_of(cpu);

		n += READ_ONCE(rq->nr_ready) + (READ_ONCE(rq->current) != rq->idle);
	}
	return n;
}

static void update_load(u64 now_ns)
{
	/* exp(-5s/1min), (-5s/5min), (-5s/15min) in 11-bit fixed point. */
	static const u64 decay[3] = {1884, 2014, 2037};
	u64 active;

	if (now_ns < next_load_ns)
		return;
	next_load_ns = now_ns + LOAD_PERIOD_NS;
	active = (u64)count_running() << LOAD_SHIFT;
	for (unsigned i = 0; i < 3; i++)
		WRITE_ONCE(load_average[i], (load_average[i] * decay[i] +
					     active * ((1UL << LOAD_SHIFT) - decay[i])) >>
						    LOAD_SHIFT);
}

void sched_tick(bool user)
{
	struct runqueue *rq = runqueue_of(arch_cpu_id());
	struct thread *t = rq->current;
	bool wants_switch = epoch_tick(runqueue_resched_wanted(rq));
	u64 now, now_ns;

	spin_lock(&rq->lock);
	now = arch_clock_cycles();
	sched_account(rq, t, now);
	wants_switch |= runqueue_tick(rq, now);
	if (t == rq->idle) {
		rq->ticks_idle++;
	} else if (user) {
		rq->ticks_user++;
		t->ticks_user++;
	} else {
		rq->ticks_system++;
		t->ticks_system++;
	}
	if (wants_switch || (t != rq->idle && t->policy->charge(rq, t, 0) && rq->nr_ready))
		runqueue_want_resched(rq);
	spin_unlock(&rq->lock);
	now_ns = clock_monotonic_ns();
	if (unlikely(sched_has_others) && t != rq->idle)
		placement_balance(rq, now_ns);
	if (rq->cpu == 0)
		update_load(now_ns);
	if (thread_is_user(t) && tick_hook)
		tick_hook(user);
}

u64 sched_tick_ns(void)
{
	return tick_ns;
}

void sched_read_tick_option(void)
{
	char text[32];
	u64 value;

	if (cmdline_string("tick", text, sizeof(text)) && !parse_duration_ns(text, &value) &&
	    value >= 100 * NS_PER_US && value <= NS_PER_SECOND)
		tick_ns = value;
}

void sched_cpu_times_get(unsigned cpu, struct sched_cpu_times *out)
{
	const struct runqueue *rq = runqueue_of(cpu);

	out->user_ns = READ_ONCE(rq->ticks_user) * tick_ns;
	out->system_ns = READ_ONCE(rq->ticks_system) * tick_ns;
	out->idle_ns = clock_cycles_to_ns(READ_ONCE(rq->idle_cycles));
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
	out->nr_running = count_running();
	for (unsigned i = 0; i < 3; i++)
		out->load_average[i] = READ_ONCE(load_average[i]);
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
	out->idle_ns = clock_cycles_to_ns(rq->idle_cycles);
	spin_unlock_irq_restore(&rq->lock, state);
}
