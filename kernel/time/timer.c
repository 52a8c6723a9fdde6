// SPDX-License-Identifier: MIT
/*
 * timer.c -- functions to be called at a time, in one ordered tree for each CPU; the periodic tick.
 *
 * Idea. The hardware timer is armed for the earlier of the next tick and the first timer; if there
 *   is neither it is stopped. Arming costs a write to a device register, so cancelling does not
 *   re-arm: an interrupt that finds nothing due is cheaper, and rare.
 *   The tick may be stopped or put off, and go on later. Its times stay multiples of the period
 *   then, as if it had not been.
 *   A timer goes to the CPU that sets it, but for one whose function is being called: that stays
 *   with the CPU that calls. So no function runs twice at once, and who waits for it knows where to
 *   look.
 * Invariants.
 *   M1  timer->cpu names the CPU whose lock guards the timer, and in whose tree it is if it is
 *       pending. It changes only with that lock held, so who has locked looks at it again.
 *   M2  The hardware is armed for no later than the earliest deadline of its CPU, but while that
 *       CPU takes the interrupt, which arms it at the end.
 *   M3  While a timer's function runs, timer->cpu is the CPU on which it runs.
 * Locks.  timer, one for each CPU, two at once when a timer moves; functions run without it, in
 *   interrupt context.
 * Tests. timer_test.c; timer_model_test.c: all orders of the steps of several CPUs.
 */
#include "time/timer.h"
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "arch/arch_percpu.h"
#include "core/assert.h"
#include "core/trap_table.h"
#include "sync/spinlock.h"
#include "time/clock.h"

#define DEADLINE_NONE (~0UL)
#define FIRE_AT_ONCE 32

struct SHARED timer_cpu {
	struct spinlock lock;	     /* class timer                              */
	struct rb_root_cached tree;  /* [lock]                                   */
	u64 armed_ns;		     /* [lock] what the hardware is set for; 0: M2 */
	u64 next_tick_ns, period_ns; /* [lock]                                   */
	bool tick_stopped;	     /* [lock]                                   */
	struct timer *running;	     /* [a] whose function is called; written under the lock */
} __cacheline_aligned;

static PERCPU(struct timer_cpu, cpu_timers); /* by their locks */
static void (*tick_function)(bool user);     /* [I] after boot */

static bool timer_before(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct timer, node)->deadline_ns <
	       rb_entry(b, struct timer, node)->deadline_ns;
}

static u64 first_deadline(const struct timer_cpu *cpu)
{
	struct rb_node *node = rb_first_cached(&cpu->tree);

	return node ? rb_entry(node, struct timer, node)->deadline_ns : DEADLINE_NONE;
}

static void arm(struct timer_cpu *cpu, u64 deadline_ns, u64 now_ns)
{
	cpu->armed_ns = deadline_ns;
	if (deadline_ns == DEADLINE_NONE)
		arch_timer_stop();
	else
		arch_timer_arm(deadline_ns > now_ns ? deadline_ns - now_ns : 1);
}

static bool ticks(const struct timer_cpu *cpu)
{
	return cpu->period_ns && !cpu->tick_stopped;
}

static void arm_for_next(struct timer_cpu *cpu, u64 now_ns)
{
	u64 tick_ns = ticks(cpu) ? cpu->next_tick_ns : DEADLINE_NONE;

	arm(cpu, min(first_deadline(cpu), tick_ns), now_ns);
}

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
	*timer = (struct timer){.fire = fire, .cpu = arch_cpu_id()};
}

/* Lock the CPU of @timer, which is returned, and @also, if it is not NULL. Interrupts off. M1 */
static __always_inline struct timer_cpu *lock_cpu_of(const struct timer *timer,
						     struct timer_cpu *also) NO_LOCK_ANALYSIS
{
	for (;;) {
		struct timer_cpu *cpu = on_cpu(cpu_timers, READ_ONCE(timer->cpu));

		spin_lock_pair(&cpu->lock, also ? &also->lock : &cpu->lock);
		if (likely(cpu == on_cpu(cpu_timers, READ_ONCE(timer->cpu))))
			return cpu;
		spin_unlock_pair(&cpu->lock, also ? &also->lock : &cpu->lock);
	}
}

void timer_set(struct timer *timer, u64 deadline_ns) NO_LOCK_ANALYSIS
{
	irq_state_t state = arch_irq_save();
	struct timer_cpu *here = this_cpu(cpu_timers), *from = lock_cpu_of(timer, here), *to = here;

	if (timer->pending)
		rb_erase_cached(&from->tree, &timer->node);
	if (unlikely(from->running == timer))
		to = from; /* M3 */
	else
		WRITE_ONCE(timer->cpu, arch_cpu_id());
	timer->deadline_ns = deadline_ns;
	__atomic_store_n(&timer->pending, true, __ATOMIC_RELAXED);
	rb_insert_cached(&to->tree, &timer->node, timer_before);
	if (deadline_ns < to->armed_ns) {
		debug_assert(to == here); /* M2: the other one is taking its interrupt */
		arm(here, deadline_ns, clock_monotonic_ns());
	}
	spin_unlock_pair(&from->lock, &here->lock);
	arch_irq_restore(state);
}

bool timer_cancel(struct timer *timer) NO_LOCK_ANALYSIS
{
	struct timer_cpu *cpu;
	irq_state_t state;
	bool was_pending;

	/* Pairs with fire_due: a timer that is no longer seen as pending is seen as running. */
	if (!__atomic_load_n(&timer->pending, __ATOMIC_ACQUIRE))
		return false;
	state = arch_irq_save();
	cpu = lock_cpu_of(timer, NULL);
	was_pending = timer->pending;
	if (was_pending) {
		rb_erase_cached(&cpu->tree, &timer->node);
		__atomic_store_n(&timer->pending, false, __ATOMIC_RELAXED);
	}
	spin_unlock(&cpu->lock);
	arch_irq_restore(state);
	return was_pending;
}

void timer_cancel_wait(struct timer *timer)
{
	might_sleep(); /* so no lock is held that the function may take */
	/* The function may set the timer again: so cancel, wait, and see whether it stays so. */
	do {
		const struct timer_cpu *cpu;

		timer_cancel(timer);
		cpu = on_cpu(cpu_timers, READ_ONCE(timer->cpu)); /* M3 */
		while (__atomic_load_n(&cpu->running, __ATOMIC_ACQUIRE) == timer)
			arch_cpu_relax();
	} while (READ_ONCE(timer->pending));
}

/* At most FIRE_AT_ONCE of those that are due: for the rest the interrupt comes again. */
static void fire_due(struct timer_cpu *cpu, u64 now_ns) NO_LOCK_ANALYSIS
{
	for (unsigned n = 0; n < FIRE_AT_ONCE && first_deadline(cpu) <= now_ns; n++) {
		struct timer *timer = rb_entry(rb_first_cached(&cpu->tree), struct timer, node);

		rb_erase_cached(&cpu->tree, &timer->node);
		WRITE_ONCE(cpu->running, timer);
		/*
		 * Pairs with timer_cancel: it is seen as running before it is not seen as pending.
		 */
		__atomic_store_n(&timer->pending, false, __ATOMIC_RELEASE);
		spin_unlock(&cpu->lock);
		timer->fire(timer);
		spin_lock(&cpu->lock);
		__atomic_store_n(&cpu->running, NULL, __ATOMIC_RELEASE);
	}
}

void timer_trap(struct trap_frame *frame, const struct trap_info *info)
{
	struct timer_cpu *cpu = this_cpu(cpu_timers);
	u64 now_ns = clock_monotonic_ns();
	bool tick = false;

	(void)frame;
	spin_lock(&cpu->lock);
	cpu->armed_ns = 0; /* M2 */
	fire_due(cpu, now_ns);
	if (ticks(cpu) && now_ns >= cpu->next_tick_ns) {
		tick = true;
		/* After a stall the missed ticks are not made up for. */
		cpu->next_tick_ns += cpu->period_ns;
		if (cpu->next_tick_ns <= now_ns)
			cpu->next_tick_ns = now_ns + cpu->period_ns;
	}
	arm_for_next(cpu, now_ns);
	spin_unlock(&cpu->lock);
	if (tick) {
		clock_tick(now_ns, cpu->period_ns);
		tick_function(info->from_user);
	}
}

void timer_init_cpus(void)
{
	for (unsigned i = 0; i < percpu_nr(); i++) {
		struct timer_cpu *cpu = on_cpu(cpu_timers, i);

		spin_lock_init(&cpu->lock, timer);
		cpu->armed_ns = DEADLINE_NONE;
	}
}

void timer_start_tick(u64 period_ns, void (*tick)(bool user))
{
	irq_state_t state = arch_irq_save();
	struct timer_cpu *cpu = this_cpu(cpu_timers);
	u64 now_ns;

	spin_lock(&cpu->lock);
	now_ns = clock_monotonic_ns();
	tick_function = tick;
	cpu->period_ns = period_ns;
	cpu->next_tick_ns = now_ns + period_ns;
	arm_for_next(cpu, now_ns);
	spin_unlock(&cpu->lock);
	arch_irq_restore(state);
}

/* The first one after @after_ns. */
static void set_next_tick(struct timer_cpu *cpu, u64 after_ns) REQUIRES(cpu->lock)
{
	u64 next_ns = cpu->next_tick_ns;

	if (next_ns > after_ns)
		next_ns -= (next_ns - after_ns - 1) / cpu->period_ns * cpu->period_ns;
	else
		next_ns += ((after_ns - next_ns) / cpu->period_ns + 1) * cpu->period_ns;
	cpu->next_tick_ns = next_ns;
}

void timer_stop_tick(void)
{
	struct timer_cpu *cpu = this_cpu(cpu_timers);

	spin_lock(&cpu->lock);
	cpu->tick_stopped = true;
	arm_for_next(cpu, clock_monotonic_ns());
	spin_unlock(&cpu->lock);
}

void timer_put_off_tick(u64 least_ns)
{
	struct timer_cpu *cpu = this_cpu(cpu_timers);
	u64 now_ns = clock_monotonic_ns();

	spin_lock(&cpu->lock);
	set_next_tick(cpu, now_ns + least_ns);
	arm_for_next(cpu, now_ns);
	spin_unlock(&cpu->lock);
}

void timer_resume_tick(u64 now_ns)
{
	struct timer_cpu *cpu = this_cpu(cpu_timers);

	spin_lock(&cpu->lock);
	cpu->tick_stopped = false;
	set_next_tick(cpu, now_ns);
	if (cpu->next_tick_ns < cpu->armed_ns)
		arm(cpu, cpu->next_tick_ns, now_ns);
	spin_unlock(&cpu->lock);
}
