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
 *   With option nohz=full a tick that finds a program's thread in user mode, and no other ready,
 *   puts the next one off for a second. Who gives the CPU a reason for ticks lets them go on: for
 *   what comes from elsewhere by an interrupt (sched_ask_for_ticks), else at the next switch, or
 *   when the thread leaves the kernel. What others wait for is done at each stay in the kernel:
 *   user_time.c. The tick that still comes each second looks at everything once more.
 * Invariants.
 *   K1  The tick is stopped only on a CPU whose idle thread runs, and while nothing is ready there,
 *       no item waits for it (epoch.c, E4), and no policy's threads are held back until a tick.
 *   K2  It is put off only while one ordinary thread of a program runs, the same applies, and that
 *       program has no limits and timers on CPU time. That is decided with the run queue's lock;
 *       who makes another thread ready with that lock sees it. Who sets a limit looks after that,
 *       and the tick looks for limits after it has said that it is put off: one of both sees the
 *       other.
 * Locks.  runqueue, for the charge, and to put ticks off.
 * Tests.  sched_sim_test.c, placement_test.c, tests/system/tickless.t.
 */
#include "sched/account/sched_tick.h"
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "core/cmdline.h"
#include "core/regime.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "sched/account/load_average.h"
#include "sched/account/sched_account.h"
#include "sched/account/user_time.h"
#include "sched/epoch.h"
#include "sched/placement.h"
#include "sched/sched.h"
#include "time/clock.h"
#include "time/timer.h"

#define TICK_DEFAULT_NS (10 * NS_PER_MS)
#define PUT_OFF_NS NS_PER_SECOND

static u64 tick_ns = TICK_DEFAULT_NS;	     /* [I] after boot */
static bool tick_may_stop = true;	     /* [I] after boot */
static const struct sched_tick_hooks *hooks; /* [I] after boot */

void sched_set_tick_hooks(const struct sched_tick_hooks *wanted)
{
	hooks = wanted;
}

static bool others_tick(const struct runqueue *rq)
{
	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++)
		if (cpu != rq->cpu && READ_ONCE(runqueue_of(cpu)->tick) != TICK_STOPPED)
			return true;
	return false;
}

/* K1: is this the last tick for now? */
static bool is_last_tick(const struct runqueue *rq, bool wants_switch)
{
	return tick_may_stop && READ_ONCE(rq->current) == rq->idle && !wants_switch &&
	       !READ_ONCE(rq->nr_ready) && !READ_ONCE(rq->is_throttled) && !epoch_needs_tick();
}

/* What ticks would have done while this CPU was idle. */
static void catch_up(const struct runqueue *rq, u64 now_ns)
{
	/* Of several that go on at once, the first to look sees none of the others tick. */
	if (!others_tick(rq))
		load_average_catch_up(now_ns);
	clock_tick(now_ns, 0);
	epoch_wake(); /* the wait may have ended without a handler: for firmware, for one */
}

void sched_resume_tick(void)
{
	struct runqueue *rq = runqueue_of(arch_cpu_id());
	u64 now_ns = clock_monotonic_ns();

	debug_assert(!arch_irq_enabled());
	if (rq->tick == TICK_STOPPED)
		catch_up(rq, now_ns);
	WRITE_ONCE(rq->tick, TICK_ON);
	timer_resume_tick(now_ns);
}

/* K2: may the next tick of @rq, where @t runs in user mode, be put off? */
static bool may_put_off(struct runqueue *rq, const struct thread *t) REQUIRES(rq->lock)
{
	assert_spin_held(&rq->lock);
	if (!thread_is_user(t) || t->policy != rq->ordinary || rq->nr_ready || rq->is_throttled ||
	    epoch_needs_tick() || runqueue_resched_wanted(rq))
		return false;
	WRITE_ONCE(rq->tick, TICK_PUT_OFF);
	/* Before the look at limits: pairs with sched_ask_for_ticks(). */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!hooks->needed(t->process))
		return true;
	WRITE_ONCE(rq->tick, TICK_ON);
	return false;
}

/* Let CPUs whose ticks are put off have them again: all, or those that are not in user mode. */
static void ask_for_ticks(bool all)
{
	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++)
		if (READ_ONCE(runqueue_of(cpu)->tick) == TICK_PUT_OFF &&
		    (all || !READ_ONCE(*on_cpu(epoch_asleep, cpu))))
			arch_smp_send_resched(cpu);
}

void sched_ask_for_ticks(void)
{
	if (likely(!user_time_on))
		return;
	/* After what gives the reason: pairs with may_put_off(). */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	ask_for_ticks(true);
}

void sched_tick(bool user)
{
	struct runqueue *rq = runqueue_of(arch_cpu_id());
	struct thread *t = rq->current;
	bool wants_switch = epoch_tick(runqueue_resched_wanted(rq)), put_off = false;
	u64 now, now_ns;

	spin_lock(&rq->lock);
	if (READ_ONCE(rq->tick) == TICK_PUT_OFF)
		WRITE_ONCE(rq->tick, TICK_ON);
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
	else if (unlikely(user_time_on) && user)
		put_off = may_put_off(rq, t);
	spin_unlock(&rq->lock);
	if (unlikely(user_time_on) && epoch_needs_tick())
		ask_for_ticks(false);
	now_ns = clock_monotonic_ns();
	if (unlikely(sched_has_others) && t != rq->idle) {
		placement_balance(rq, now_ns);
		placement_kick(rq, now_ns);
	}
	load_average_update(now_ns);
	if (is_last_tick(rq, wants_switch)) {
		WRITE_ONCE(rq->tick, TICK_STOPPED);
		timer_stop_tick();
	} else if (put_off) {
		timer_put_off_tick(PUT_OFF_NS);
	}
	if (thread_is_user(t) && hooks)
		hooks->tick(user);
}

u64 sched_tick_ns(void)
{
	return tick_ns;
}

void sched_read_tick_options(void)
{
	char text[32];
	u64 value;

	if (cmdline_string("nohz", text, sizeof(text))) {
		tick_may_stop = strcmp(text, "off") != 0;
		user_time_on = strcmp(text, "full") == 0 && regime_current() == REGIME_PREEMPTIVE;
		sched_has_options |= user_time_on;
	}
	if (cmdline_string("tick", text, sizeof(text)) && !parse_duration_ns(text, &value) &&
	    value >= 100 * NS_PER_US && value <= NS_PER_SECOND)
		tick_ns = value;
}
