// SPDX-License-Identifier: MIT
/*
 * timer.c -- functions to be called at a time, in one ordered tree for each CPU; the periodic tick.
 *
 * Idea. The hardware timer is always armed for the earlier of the next tick and the first timer.
 *   Arming costs a write to a device register, so cancelling does not re-arm: an interrupt that
 *   finds nothing due is cheaper, and rare.
 * Invariants.
 *   M1  A pending timer is in exactly one tree, that of timer->cpu.
 *   M2  The hardware is armed for no later than the earliest deadline of its CPU.
 * Locks.  timer, one for each CPU; functions run without it, in interrupt context.
 * Tests. timer_test.c.
 */
#include "time/timer.h"
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "core/trap_table.h"
#include "sync/spinlock.h"
#include "time/clock.h"

#define DEADLINE_NONE (~0UL)
#define FIRE_AT_ONCE 32

struct SHARED timer_cpu {
	struct spinlock lock;	     /* class timer                              */
	struct rb_root_cached tree;  /* [lock]                                   */
	u64 armed_ns;		     /* [lock] what the hardware is set for      */
	u64 next_tick_ns, period_ns; /* [lock]                                   */
	struct timer *running;	     /* [lock] whose function is being called    */
} __cacheline_aligned;

static struct timer_cpu cpus[CPUS_MAX];	 /* by their locks */
static void (*tick_function)(bool user); /* [I] after boot */

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
	arch_timer_arm(deadline_ns > now_ns ? deadline_ns - now_ns : 1);
}

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
	*timer = (struct timer){.fire = fire};
}

/*
 * Take @timer out of its tree if it is in one. Its CPU may change before the lock is taken, so it
 * is compared again under the lock.
 */
static bool remove_pending(struct timer *timer)
{
	for (;;) {
		struct timer_cpu *cpu = &cpus[READ_ONCE(timer->cpu)];
		irq_state_t state = spin_lock_irq_save(&cpu->lock);
		bool was_pending = timer->pending;

		if (cpu != &cpus[READ_ONCE(timer->cpu)]) {
			spin_unlock_irq_restore(&cpu->lock, state);
			continue;
		}
		if (was_pending) {
			rb_erase_cached(&cpu->tree, &timer->node);
			timer->pending = false;
		}
		spin_unlock_irq_restore(&cpu->lock, state);
		return was_pending;
	}
}

void timer_set(struct timer *timer, u64 deadline_ns)
{
	irq_state_t state = arch_irq_save();
	struct timer_cpu *cpu = &cpus[arch_cpu_id()];

	if (READ_ONCE(timer->pending))
		remove_pending(timer);
	spin_lock(&cpu->lock);
	timer->cpu = arch_cpu_id();
	timer->deadline_ns = deadline_ns;
	timer->pending = true;
	rb_insert_cached(&cpu->tree, &timer->node, timer_before);
	if (deadline_ns < cpu->armed_ns)
		arm(cpu, deadline_ns, clock_monotonic_ns()); /* M2 */
	spin_unlock(&cpu->lock);
	arch_irq_restore(state);
}

bool timer_cancel(struct timer *timer)
{
	return READ_ONCE(timer->pending) && remove_pending(timer);
}

void timer_cancel_wait(struct timer *timer)
{
	/* The function may set the timer again: so cancel, wait, and see whether it stays so. */
	do {
		timer_cancel(timer);
		while (__atomic_load_n(&cpus[READ_ONCE(timer->cpu)].running, __ATOMIC_ACQUIRE) ==
		       timer)
			arch_cpu_relax();
	} while (READ_ONCE(timer->pending));
}

/* At most FIRE_AT_ONCE of those that are due: for the rest the interrupt comes again. */
static void fire_due(struct timer_cpu *cpu, u64 now_ns) NO_LOCK_ANALYSIS
{
	for (unsigned n = 0; n < FIRE_AT_ONCE && first_deadline(cpu) <= now_ns; n++) {
		struct timer *timer = rb_entry(rb_first_cached(&cpu->tree), struct timer, node);

		rb_erase_cached(&cpu->tree, &timer->node);
		timer->pending = false;
		cpu->running = timer;
		spin_unlock(&cpu->lock);
		timer->fire(timer);
		spin_lock(&cpu->lock);
		__atomic_store_n(&cpu->running, NULL, __ATOMIC_RELEASE);
	}
}

void timer_trap(struct trap_frame *frame, const struct trap_info *info)
{
	struct timer_cpu *cpu = &cpus[arch_cpu_id()];
	u64 now_ns = clock_monotonic_ns();
	bool tick = false;

	(void)frame;
	spin_lock(&cpu->lock);
	cpu->armed_ns = DEADLINE_NONE;
	fire_due(cpu, now_ns);
	if (cpu->period_ns && now_ns >= cpu->next_tick_ns) {
		tick = true;
		/* After a stall the missed ticks are not made up for. */
		cpu->next_tick_ns += cpu->period_ns;
		if (cpu->next_tick_ns <= now_ns)
			cpu->next_tick_ns = now_ns + cpu->period_ns;
	}
	arm(cpu,
	    min(first_deadline(cpu), cpu->period_ns ? cpu->next_tick_ns : now_ns + NS_PER_SECOND),
	    now_ns);
	spin_unlock(&cpu->lock);
	if (tick) {
		clock_tick(now_ns);
		tick_function(info->from_user);
	}
}

void timer_init_cpus(void)
{
	for (unsigned i = 0; i < CPUS_MAX; i++) {
		spin_lock_init(&cpus[i].lock, timer);
		cpus[i].armed_ns = DEADLINE_NONE;
	}
}

void timer_start_tick(u64 period_ns, void (*tick)(bool user))
{
	struct timer_cpu *cpu = &cpus[arch_cpu_id()];
	irq_state_t state = spin_lock_irq_save(&cpu->lock);
	u64 now_ns = clock_monotonic_ns();

	tick_function = tick;
	cpu->period_ns = period_ns;
	cpu->next_tick_ns = now_ns + period_ns;
	arm(cpu, min(first_deadline(cpu), cpu->next_tick_ns), now_ns);
	spin_unlock_irq_restore(&cpu->lock, state);
}
