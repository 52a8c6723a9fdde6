// SPDX-License-Identifier: MIT
/*
 * sched_tick.c -- the tick of each CPU: what it does, and when it stops.
 *
 * Idea.  A tick charges what runs, and asks for a switch when its turn is over; it looks for work
 *   elsewhere, and serves who must wait for all CPUs (epoch.c).
 *   A tick that finds its CPU idle stops the tick, unless option nohz=off is given. It goes on when
 *   the idle thread is about to leave the CPU. What idle CPUs would do at ticks is done otherwise:
 *   - idle time is computed when it is read: sched_account.c;
 *   - nobody waits for them to end read sections: epoch.c, E3;
 *   - who has threads that wait wakes them: placement_kick();
 *   - the coarse clocks are updated by whoever ticks: clock_tick();
 *   - so are the load averages; the first CPU that ticks again makes up for the time when none did.
 * Invariants.
 *   K1  The tick is stopped only on a CPU whose idle thread runs, and while nothing is ready there,
 *       no item waits for it (epoch.c, E4), and no policy's threads are held back until a tick.
 * Locks.  runqueue, for the charge.
 * Tests.  sched_sim_test.c, placement_test.c, tests/system/tickless.t.
 */
#include "sched/sched_tick.h"
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "core/cmdline.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "sched/epoch.h"
#include "sched/load_average.h"
#include "sched/placement.h"
#include "sched/sched.h"
#include "sched/sched_account.h"
#include "time/clock.h"
#include "time/timer.h"

#define TICK_DEFAULT_NS (10 * NS_PER_MS)

static u64 tick_ns = TICK_DEFAULT_NS; /* [I] after boot */
static bool tick_may_stop = true;     /* [I] after boot */
static void (*tick_hook)(bool user);  /* [I] after boot */

void sched_set_tick_hook(void (*hook)(bool user))
{
	tick_hook = hook;
}

static bool others_tick(const struct runqueue *rq)
{
	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++)
		if (cpu != rq->cpu && !READ_ONCE(runqueue_of(cpu)->tick_stopped))
			return true;
	return false;
}

/* K1: is this the last tick for now? */
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
		load_average_catch_up(now_ns);
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
	load_average_update(now_ns);
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
