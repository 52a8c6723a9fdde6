// SPDX-License-Identifier: MIT
/*
 * lockstat.c -- counts what locks cost, by class.
 *
 * Idea. In the lockstat build each lock calls a hook when it has been taken, with the cycle at
 *   which it was wanted, and before it is given back. The counts are those of the CPU, so that
 *   counting makes no contention of its own. A clearing only begins a new epoch: each CPU clears
 *   its own counts when it next counts, and those of an earlier epoch are read as zero.
 * Invariants.
 *   S1  The counts of a CPU change on that CPU only, with interrupts off. A reader may see a row
 *       that is half changed.
 *   S2  The cycle of the wish is read before the lock is asked for, that of the release before it
 *       is given back: who waits for a lock sees at least the time that it saw the lock held.
 * Not counted. Waits that go on, and locks that are held. Of a lock that is taken in one epoch and
 *   released in the next the whole time counts in the latter.
 * Cost. Some 60 instructions for each lock that is taken and released. Other builds have none of
 *   it.
 * Tests. lockstat_test.c; tests/system/lockstat.t.
 */
#include "sync/lockstat.h"

#if LOCKSTAT_BUILD
#include "arch/arch_irq.h"
#include "arch/arch_percpu.h"
#include "lib/string.h"

struct SHARED lockstat_cpu {
	u32 epoch;				    /* [p] of the counts */
	struct lock_counts counts[LOCK_NR_CLASSES]; /* [p] S1 */
} __cacheline_aligned;

static PERCPU(struct lockstat_cpu, cpu_counts);
static u32 epoch; /* [a] */

/* The counts of this CPU. Context: interrupts off. */
static struct lock_counts *counts_of(enum lock_class class)
{
	struct lockstat_cpu *own = this_cpu(cpu_counts);
	u32 now = READ_ONCE(epoch);

	if (unlikely(own->epoch != now)) {
		memset(own->counts, 0, sizeof(own->counts));
		__atomic_store_n(&own->epoch, now, __ATOMIC_RELEASE);
	}
	return &own->counts[class];
}

/* The counters of two CPUs may differ by a little. */
static u64 cycles_between(u64 begin, u64 end)
{
	return end > begin ? end - begin : 0;
}

u64 lockstat_count_acquired(enum lock_class class, u64 begin, bool waited)
{
	u64 now = waited ? arch_clock_cycles() : begin;
	irq_state_t state = arch_irq_save_unseen();
	struct lock_counts *counts = counts_of(class);

	counts->acquired++;
	if (waited) {
		u64 wait = cycles_between(begin, now);

		counts->contended++;
		counts->wait_total += wait;
		counts->wait_longest = max(counts->wait_longest, wait);
	}
	arch_irq_restore_unseen(state);
	return now;
}

void lockstat_count_released(enum lock_class class, u64 held_since)
{
	u64 held = cycles_between(held_since, arch_clock_cycles()); /* S2 */
	irq_state_t state = arch_irq_save_unseen();
	struct lock_counts *counts = counts_of(class);

	counts->held_total += held;
	counts->held_longest = max(counts->held_longest, held);
	arch_irq_restore_unseen(state);
}

void lockstat_get(enum lock_class class, struct lock_counts *out)
{
	*out = (struct lock_counts){0};
	for (unsigned cpu = 0; cpu < percpu_nr(); cpu++) {
		struct lockstat_cpu *its = on_cpu(cpu_counts, cpu);
		const struct lock_counts *counts = &its->counts[class];

		if (__atomic_load_n(&its->epoch, __ATOMIC_ACQUIRE) != READ_ONCE(epoch))
			continue;
		out->acquired += READ_ONCE(counts->acquired);
		out->contended += READ_ONCE(counts->contended);
		out->wait_total += READ_ONCE(counts->wait_total);
		out->wait_longest = max(out->wait_longest, READ_ONCE(counts->wait_longest));
		out->held_total += READ_ONCE(counts->held_total);
		out->held_longest = max(out->held_longest, READ_ONCE(counts->held_longest));
	}
}

void lockstat_clear(void)
{
	__atomic_add_fetch(&epoch, 1, __ATOMIC_RELAXED);
}
#endif
