// SPDX-License-Identifier: MIT
/*
 * load_average.c -- how many threads were busy lately.
 *
 * Idea.  Every five seconds one CPU counts the threads that run or are ready, and each average
 *   moves towards that number by its own factor. While no CPU ticks nothing runs: the first that
 *   ticks again lets the averages fall by as many periods as have passed.
 * Locks.  load_lock (leaf_irq).
 * Cost.  A tick: one comparison, but for one in each period.
 * Tests.  sched_sim_test.c, tests/system/tickless.t.
 */
#include "sched/account/load_average.h"
#include "arch/arch_cpu.h"
#include "sched/runqueue.h"
#include "time/clock.h"

#define LOAD_SHIFT 11
#define LOAD_PERIOD_NS (5 * NS_PER_SECOND)

static struct spinlock load_lock = SPINLOCK_INIT(leaf_irq);
static u64 load_average[LOAD_AVERAGES]; /* [load_lock] read without it */
static u64 next_load_ns;		/* [load_lock] read without it */

/* exp(-5s/1min), (-5s/5min), (-5s/15min), in fixed point. */
static const u64 load_decay[LOAD_AVERAGES] = {1884, 2014, 2037};

unsigned sched_nr_running(void)
{
	unsigned n = 0;

	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++) {
		struct runqueue *rq = runqueue_of(cpu);

		n += READ_ONCE(rq->nr_ready) + (READ_ONCE(rq->current) != rq->idle);
	}
	return n;
}

/* The time is due again when a whole number of periods has passed. Returns that number. */
static u64 pass_load_periods(u64 now_ns) REQUIRES(load_lock)
{
	u64 nr = now_ns < next_load_ns ? 0 : (now_ns - next_load_ns) / LOAD_PERIOD_NS + 1;

	assert_spin_held(&load_lock);
	WRITE_ONCE(next_load_ns, next_load_ns + nr * LOAD_PERIOD_NS);
	return nr;
}

/* After a stall the missed periods are not made up for. */
void load_average_update(u64 now_ns)
{
	u64 active;

	if (likely(now_ns < READ_ONCE(next_load_ns)))
		return;
	spin_lock(&load_lock);
	if (pass_load_periods(now_ns)) {
		active = (u64)sched_nr_running() << LOAD_SHIFT;
		for (unsigned i = 0; i < LOAD_AVERAGES; i++)
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

void load_average_catch_up(u64 now_ns)
{
	u64 nr;

	spin_lock(&load_lock);
	nr = pass_load_periods(now_ns);
	for (unsigned i = 0; nr && i < LOAD_AVERAGES; i++)
		WRITE_ONCE(load_average[i],
			   load_average[i] * load_power(load_decay[i], nr) >> LOAD_SHIFT);
	spin_unlock(&load_lock);
}

void load_average_get(u64 averages[LOAD_AVERAGES])
{
	for (unsigned i = 0; i < LOAD_AVERAGES; i++)
		averages[i] = READ_ONCE(load_average[i]);
}
