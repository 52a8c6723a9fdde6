// SPDX-License-Identifier: MIT
/*
 * smp_clock.c -- the time-stamp counters of all CPUs must agree.
 *
 * Idea.  Each CPU that starts exchanges counter values with the boot CPU. What the exchange cannot
 *   explain is a difference (time/counter_bounds.c): it is written to the CPU's TSC_ADJUST, where
 *   there is one, and the exchange is made again. If a counter still disagrees, the others are not
 *   used at all. So all clocks are those of one counter, on one CPU or on several, and what is left
 *   of a difference is less than a message between the CPUs takes: no program sees the time go
 *   back. Nothing needs to be looked at when the time is read.
 * Invariants.
 *   A1  One CPU asks at a time: the boot CPU gives each its turn. `question` grows by one; `answer`
 *       belongs to it once `answered` is the same.
 *   A2  A CPU that has compared uses nothing that others know of until `verdict` says so.
 * Cost.  A CPU sleeps until its turn: on a host with fewer CPUs all that spun would keep the two
 *   that talk from running. One exchange when it takes less than QUICK_CYCLES, as on a host that
 *   runs both, else up to EXCHANGES_MAX.
 * Tests.  counter_bounds_test.c; tests/guest/time/time_cpus.c.
 */
#include "arch/x86/smp/smp_clock.h"
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "arch/arch_irq.h"
#include "arch/arch_percpu.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/time/counter_bounds.h"
#define LOG_SUBSYS "cpu"
#include "core/log.h"

#define MSR_TSC_ADJUST 0x3b
#define FEATURE_TSC_ADJUST BIT(1) /* leaf 7, EBX */
#define EXCHANGES_MAX 3
#define QUICK_CYCLES 100000

enum verdict { VERDICT_NONE, VERDICT_GO, VERDICT_STAY };
enum stage { STAGE_ABSENT, STAGE_WAITS, STAGE_COMPARED };

static PERCPU(u32, stage);	       /* [a] enum stage */
static unsigned turn;		       /* [a] the CPU that may ask */
static u64 question, answered, answer; /* [a] A1 */
static u32 verdict;		       /* [a] enum verdict */
static PERCPU(s64, ahead);	       /* [o] by what cannot be explained; read when compared */

/* Returns the cycles that it took. */
static u64 exchange(struct counter_bounds *bounds)
{
	u64 before = arch_clock_cycles_ordered(), after;
	u64 asked = __atomic_add_fetch(&question, 1, __ATOMIC_SEQ_CST);

	while (__atomic_load_n(&answered, __ATOMIC_ACQUIRE) != asked) /* pairs with serve */
		arch_cpu_relax();
	after = arch_clock_cycles_ordered();
	counter_bounds_add(bounds, before, __atomic_load_n(&answer, __ATOMIC_RELAXED), after);
	return after - before;
}

static struct counter_bounds compare(void)
{
	struct counter_bounds bounds = COUNTER_BOUNDS_INIT;

	for (unsigned i = 0; i < EXCHANGES_MAX; i++)
		if (exchange(&bounds) < QUICK_CYCLES)
			break;
	return bounds;
}

static bool can_adjust(void)
{
	return x86_cpuid_leaf_7().ebx & FEATURE_TSC_ADJUST;
}

/* Returns by how much this counter is ahead, as far as that cannot be explained. */
static s64 compare_and_adjust(void)
{
	struct counter_bounds bounds = compare();

	if (!counter_bounds_agree(&bounds) && can_adjust()) {
		x86_write_msr(MSR_TSC_ADJUST, x86_read_msr(MSR_TSC_ADJUST) +
						      (u64)counter_bounds_correction(&bounds));
		bounds = compare();
	}
	return -counter_bounds_correction(&bounds);
}

/* Sleep for an interrupt of the boot CPU; it may have come since interrupts are off. */
static void sleep(void)
{
	arch_cpu_idle();
	arch_irq_disable();
}

bool smp_clock_join(unsigned cpu)
{
	u32 now;

	__atomic_store_n(this_cpu(stage), STAGE_WAITS, __ATOMIC_RELEASE);
	while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != cpu)
		sleep();
	*this_cpu(ahead) = compare_and_adjust();
	__atomic_store_n(this_cpu(stage), STAGE_COMPARED, __ATOMIC_RELEASE);
	while (!(now = __atomic_load_n(&verdict, __ATOMIC_ACQUIRE))) /* A2 */
		sleep();
	return now == VERDICT_GO;
}

static void serve(void)
{
	u64 asked = __atomic_load_n(&question, __ATOMIC_ACQUIRE);

	if (asked == __atomic_load_n(&answered, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&answer, arch_clock_cycles_ordered(), __ATOMIC_RELAXED);
	__atomic_store_n(&answered, asked, __ATOMIC_RELEASE); /* A1 */
}

/* Give @cpu, which has begun, its turn. Returns by how much its counter is ahead. */
static s64 ask(unsigned cpu)
{
	u32 *its = on_cpu(stage, cpu);

	while (__atomic_load_n(its, __ATOMIC_ACQUIRE) == STAGE_ABSENT)
		arch_cpu_relax();
	__atomic_store_n(&turn, cpu, __ATOMIC_RELEASE);
	arch_smp_send_resched(cpu);
	while (__atomic_load_n(its, __ATOMIC_ACQUIRE) != STAGE_COMPARED) {
		serve();
		arch_cpu_relax();
	}
	return *on_cpu(ahead, cpu);
}

bool smp_clock_decide(unsigned end)
{
	bool agree = true;

	for (unsigned cpu = 1; cpu < end; cpu++) {
		s64 by = ask(cpu);

		if (by)
			log_warn("the time-stamp counter of CPU %u is off by %ld cycles", cpu,
				 (long)by);
		agree &= !by;
	}
	__atomic_store_n(&verdict, agree ? VERDICT_GO : VERDICT_STAY, __ATOMIC_RELEASE);
	for (unsigned cpu = 1; cpu < end; cpu++)
		arch_smp_send_resched(cpu);
	return agree;
}
