// SPDX-License-Identifier: MIT
/* Monotonic and real time from the one counter, and the page that programs read them from. */
#include "time/clock.h"
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "core/cmdline.h"
#include "core/errno.h"
#include "core/fast_path.h"
#include "sync/seqcount.h"
#include "sync/spinlock.h"
#include "time/clock_page.h"

#include <linux/time.h>

#define FINE_CLOCKS                                                                                \
	(1U << CLOCK_REALTIME | 1U << CLOCK_TAI | 1U << CLOCK_MONOTONIC |                          \
	 1U << CLOCK_MONOTONIC_RAW | 1U << CLOCK_BOOTTIME)
#define COARSE_CLOCKS (1U << CLOCK_REALTIME_COARSE | 1U << CLOCK_MONOTONIC_COARSE)

static u64 real_offset_ns; /* real = monotonic + this; [a] */
static u64 coarse_ns;	   /* monotonic time as of the last tick; [a] */
static struct spinlock page_lock = SPINLOCK_INIT(clock_page);
static struct clock_page *page; /* [I] after clock_page_init; NULL before */

/*
 * Set the clocks here and in the page that programs read. Who has seen one of them changed here
 * finds the page as it is after the change, or waits for that. Locks: page_lock held.
 */
static void set_clocks(u64 new_coarse_ns, u64 new_offset_ns)
{
	if (page)
		seqcount_write_begin(&page->sequence, &page_lock);
	__atomic_store_n(&coarse_ns, new_coarse_ns, __ATOMIC_RELAXED);
	__atomic_store_n(&real_offset_ns, new_offset_ns, __ATOMIC_RELAXED);
	if (!page)
		return;
	WRITE_ONCE(page->coarse_ns, new_coarse_ns);
	WRITE_ONCE(page->offset_ns[CLOCK_REALTIME], new_offset_ns);
	WRITE_ONCE(page->offset_ns[CLOCK_REALTIME_COARSE], new_offset_ns);
	WRITE_ONCE(page->offset_ns[CLOCK_TAI], new_offset_ns); /* no leap seconds are known */
	seqcount_write_end(&page->sequence);
}

int clock_real_set(u64 ns_since_1970)
{
	irq_state_t state = spin_lock_irq_save(&page_lock);
	u64 now = clock_monotonic_ns();
	bool valid = ns_since_1970 >= now && ns_since_1970 < CLOCK_REAL_MAX_NS;

	if (valid)
		set_clocks(now, ns_since_1970 - now);
	spin_unlock_irq_restore(&page_lock, state);
	return valid ? 0 : -EINVAL;
}

void clock_init(void)
{
	u64 seconds = cmdline_u64("epoch", 0);

	if (!seconds || clock_real_set(clock_ns_of_seconds(seconds)))
		clock_real_set(arch_clock_wall_seconds() * NS_PER_SECOND);
}

void clock_page_init(struct clock_page *fresh, u64 tick_ns, bool has_ticks)
{
	irq_state_t state;

	static_assert(CLOCK_TAI < CLOCK_PAGE_CLOCKS, "the page has room for all clocks");
	fresh->tick_ns = tick_ns;
	fresh->base_cycles = arch_clock.base_cycles;
	fresh->mult = arch_clock.mult;
	if (arch_clock.in_programs && fast_path_is_on(FAST_PATH_clock)) {
		fresh->fine_clocks = FINE_CLOCKS;
		fresh->coarse_clocks = has_ticks ? COARSE_CLOCKS : 0;
	}
	state = spin_lock_irq_save(&page_lock);
	page = fresh;
	set_clocks(coarse_ns, real_offset_ns);
	spin_unlock_irq_restore(&page_lock, state);
}

void clock_tick(u64 now_ns, u64 period_ns)
{
	u64 coarse = clock_monotonic_coarse_ns();

	/* CPU 0 does it for all, and others only while it has no ticks. */
	if (now_ns < coarse + (arch_cpu_id() ? period_ns : 0))
		return;
	spin_lock(&page_lock);
	if (now_ns > clock_monotonic_coarse_ns())
		set_clocks(now_ns, real_offset_ns);
	spin_unlock(&page_lock);
}

u64 clock_monotonic_ns(void)
{
	return clock_cycles_to_ns(arch_clock_cycles_ordered() - arch_clock.base_cycles);
}

void clock_delay_ns(u64 ns)
{
	u64 start = clock_monotonic_ns();

	while (clock_monotonic_ns() - start < ns)
		arch_cpu_relax();
}

u64 clock_real_ns(void)
{
	return clock_monotonic_ns() + clock_real_offset_ns();
}

u64 clock_monotonic_coarse_ns(void)
{
	return __atomic_load_n(&coarse_ns, __ATOMIC_RELAXED);
}

u64 clock_real_coarse_ns(void)
{
	return clock_monotonic_coarse_ns() + clock_real_offset_ns();
}

u64 clock_real_offset_ns(void)
{
	return __atomic_load_n(&real_offset_ns, __ATOMIC_RELAXED);
}
