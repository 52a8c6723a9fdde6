// SPDX-License-Identifier: MIT
/*
 * sched_account.c -- accounting of CPU time; ticks; load averages.
 *
 * Idea.  Time is kept in cycles and converted to nanoseconds when it is read. A thread is charged
 *   when it leaves the CPU and at each tick; what it has had since then is added by the reader, so
 *   that a figure is exact at any moment. So the idle thread needs no tick.
 *   A tick that finds its CPU idle stops the tick, unless option nohz=off is given. It goes on when
 *   the idle thread is about to leave the CPU. What idle CPUs would do at ticks is done otherwise:
 *   - nobody waits for them to end read sections: epoch.c, E3;
 *   - who has threads that wait wakes them: placement_kick();
 *   - the coarse clocks are updated by whoever ticks: clock_tick();
 *   - so are the load averages; the first CPU that ticks again makes up for the time when none did.
 * Invariants.
 *   A1  Every cycle of a CPU is charged to one thread, the idle thread included.
 *   A2  A stretch is counted once, and no figure goes back: a thread's charge, the start of its
 *       next stretch and whether it runs change in one section, in which readers look at them.
 *       Readers of totals that find that a charge came in between read again.
 *   A3  The tick is stopped only on a CPU whose idle thread runs, and while nothing is ready there,
 *       no item waits for it (epoch.c, E4), and no policy's threads are held back until a tick.
 * Locks.  runqueue, to charge and to read; readers of totals take that of each CPU that runs a
 *   thread of theirs, one after the other. load_lock (leaf_irq) for the load averages.
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
#include "time/timer.h"

#define TICK_DEFAULT_NS (10 * NS_PER_MS)
#define LOAD_SHIFT 11
#define LOAD_PERIOD_NS (5 * NS_PER_SECOND)

static u64 tick_ns = TICK_DEFAULT_NS; /* [I] after boot */
static bool tick_may_stop = true;     /* [I] after boot */
static struct spinlock load_lock = SPINLOCK_INIT(leaf_irq);
static u64 load_average[3];	     /* [load_lock] read without it */
static u64 next_load_ns;	     /* [load_lock] read without it */
static u64 nr_created;		     /* [a] */
static void (*tick_hook)(bool user); /* [I] after boot */

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

/* exp(-5s/1min), (-5s/5min), (-5s/15min), in fixed point. */
static const u64 load_decay[3] = {1884, 2014, 2037};

/* The time is due again when a whole number of periods has passed. Returns that number. */
static u64 pass_load_periods(u64 now_ns) REQUIRES(load_lock)
{
	u64 nr = now_ns < next_load_ns ? 0 : (now_ns - next_load_ns) / LOAD_PERIOD_NS + 1;

	assert_spin_held(&load_lock);
	WRITE_ONCE(next_load_ns, next_load_ns + nr * LOAD_PERIOD_NS);
	return nr;
}

/* From each tick. After a stall the missed periods are not made up for. */
static void update_load(u64 now_ns)
{
	u64 active;

	if (likely(now_ns < READ_ONCE(next_load_ns)))
		return;
	spin_lock(&load_lock);
	if (pass_load_periods(now_ns)) {
		active = (u64)count_running() << LOAD_SHIFT;
		for (unsigned i = 0; i < 3; i++)
			WRITE_ONCE(load_average[i],
				   (load_average[i] * load_decay[i] +
				    active * ((1UL << LOAD_SHIFT) - load_decay[i])) >>
					   LOAD_SHIFT);
	}
	spin_unlock(&load_lock);
}

static u64 load_power(u64 factor, u64 exponent)
{
	u64 result = 1UL << LOAD_SHIFT, half = result / 2;

	for (; exponent; exponent /= 2) {
		if (exponent % 2)
			result = (result * factor + half) >> LOAD_SHIFT;
		factor = (factor * factor + half) >> LOAD_SHIFT;
	}
	return result;
}

static bool others_tick(const struct runqueue *rq)
{
	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++)
		if (cpu != rq->cpu && !READ_ONCE(runqueue_of(cpu)->tick_stopped))
			return true;
	return false;
}

/* No CPU has had ticks until now: in all periods that have ended nothing ran. */
static void update_load_of_idle(u64 now_ns)
{
	u64 nr;

	spin_lock(&load_lock);
	nr = pass_load_periods(now_ns);
	for (unsigned i = 0; nr && i < 3; i++)
		WRITE_ONCE(load_average[i],
			   load_average[i] * load_power(load_decay[i], nr) >> LOAD_SHIFT);
	spin_unlock(&load_lock);
}

/* A3: is this the last tick for now? */
static bool is_last_tick(const struct runqueue *rq, bool wants_switch)
{
	return tick_may_stop && READ_ONCE(rq->current) == rq->idle && !wants_switch &&
	       !READ_ONCE(rq->nr_ready) && !READ_ONCE(rq->is_throttled) && !epoch_needs_tick();
}

void sched_resume_tick(void)
{
	struct runqueue *rq = runqueue_of(arch_cpu_id());
	u64 now_ns = clock_monotonic_ns();

	debug_assert(!arch_irq_enabled());
	/* Of several that go on at once, the first to look sees none of the others tick. */
	if (!others_tick(rq))
		update_load_of_idle(now_ns);
	epoch_wake(); /* the wait may have ended without a handler: for firmware, for one */
	WRITE_ONCE(rq->tick_stopped, false);
	timer_resume_tick(now_ns);
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
	if (user && t != rq->idle) {
		rq->ticks_user++;
		t->ticks_user++;
	} else if (t != rq->idle) {
		rq->ticks_system++;
		t->ticks_system++;
	}
	if (wants_switch || (t != rq->idle && t->policy->charge(rq, t, 0) && rq->nr_ready))
		runqueue_want_resched(rq);
	spin_unlock(&rq->lock);
	now_ns = clock_monotonic_ns();
	if (unlikely(sched_has_others) && t != rq->idle) {
		placement_balance(rq, now_ns);
		placement_kick(rq);
	}
	update_load(now_ns);
	if (is_last_tick(rq, wants_switch)) {
		WRITE_ONCE(rq->tick_stopped, true);
		timer_stop_tick();
	}
	if (thread_is_user(t) && tick_hook)
		tick_hook(user);
}

u64 sched_tick_ns(void)
{
	return tick_ns;
}

void sched_read_tick_options(void)
{
	char text[32];
	u64 value;

	if (cmdline_string("nohz", text, sizeof(text)))
		tick_may_stop = strcmp(text, "off") != 0;

	if (cmdline_string("tick", text, sizeof(text)) && !parse_duration_ns(text, &value) &&
	    value >= 100 * NS_PER_US && value <= NS_PER_SECOND)
		tick_ns = value;
}

/* Until now, though it has no ticks: A2. */
static u64 idle_ns(const struct runqueue *rq) REQUIRES(rq->lock)
{
	u64 cycles = rq->idle_cycles;

	if (rq->current == rq->idle)
		cycles += cycles_since_charge(rq, rq->idle);
	return clock_cycles_to_ns(cycles);
}

void sched_cpu_times_get(unsigned cpu, struct sched_cpu_times *out)
{
	struct runqueue *rq = runqueue_of(cpu);
	irq_state_t state = spin_lock_irq_save(&rq->lock);

	out->user_ns = rq->ticks_user * tick_ns;
	out->system_ns = rq->ticks_system * tick_ns;
	out->idle_ns = idle_ns(rq);
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
	out->idle_ns = idle_ns(rq);
	spin_unlock_irq_restore(&rq->lock, state);
}
