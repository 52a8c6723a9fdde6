// SPDX-License-Identifier: MIT
/*
 * latency.c -- measures how long interrupts stay off, and how long preemption does.
 *
 * Idea. In the latency build each place that turns one of the two off or on calls a hook
 *   (sync/latency_hooks.h). A stretch lasts from the first "off" to the next "on" on the same CPU,
 *   whatever threads run in between. It is identified by these two places. For each pair of places
 *   the longest stretch is kept, and of the pairs the longest LATENCY_NR_PLACES. Other builds do
 *   not refer to this file, and the linker drops it.
 * Invariants.
 *   L1  The rows of a CPU are changed only on that CPU with interrupts off. Readers may see a row
 *       half changed.
 *   L2  Nothing is measured before the first program runs, nor while the idle thread waits: it
 *       turns both on before.
 *   L3  A stretch is as long as its CPU has run meanwhile (arch/arch_turns.h), without the turns of
 *       other CPUs that an emulator runs in between. Where that is not known, the stretch is put
 *       aside and counted: mostly a few in a thousand, two in a hundred where many signals are
 *       sent. Which ones depends on where a timer interrupts the CPUs that mark the turns, not on
 *       what a stretch does or how long it is. So a long loop, which a test goes through hundreds
 *       of times, is measured nearly each time.
 * Not measured.  The few instructions between the CPU's own step and the hook, at entry and at
 *   return to user mode; NMIs, double faults and machine checks. Interrupts that `iretq` turns on
 *   again count as off until just before it. The hooks themselves add some 30 instructions each. Of
 *   a wait for another CPU under -icount, only what the waiting CPU executes: it gives up its turn.
 * Tests.  tests/system/latency.t, tests/system/latency_cpus.t.
 */
#include "trace/latency.h"
#include "arch/arch_cpu.h"
#include "arch/arch_irq.h"
#include "arch/arch_percpu.h"
#include "arch/arch_turns.h"
#include "sync/latency_hooks.h"

#define CALLER ((vaddr_t)__builtin_return_address(0))

#if LATENCY_BUILD

struct stretch {
	struct own_time since;
	bool is_open;
	vaddr_t begin;
};

struct SHARED latency_cpu {
	struct stretch open[LATENCY_NR_KINDS];				/* [p] */
	struct latency_counts counts[LATENCY_NR_KINDS];			/* [p] */
	struct latency_place kept[LATENCY_NR_KINDS][LATENCY_NR_PLACES]; /* [p] */
} __cacheline_aligned;

static PERCPU(struct latency_cpu, cpu_stretches);
static bool started; /* [a] */

static void open_stretch(enum latency_kind kind, vaddr_t place)
{
	struct stretch *stretch;

	if (!started)
		return;
	stretch = &this_cpu(cpu_stretches)->open[kind];
	if (stretch->is_open)
		return;
	stretch->begin = place;
	stretch->is_open = true;
	stretch->since = arch_own_time();
}

/* Keep the stretch if it is longer than the one kept for its places, or than the shortest kept. */
static void keep(struct latency_place *rows, u64 cycles, vaddr_t begin, vaddr_t end)
{
	struct latency_place *shortest = rows;

	for (unsigned i = 0; i < LATENCY_NR_PLACES; i++) {
		struct latency_place *row = &rows[i];

		if (row->begin == begin && row->end == end) {
			row->cycles = max(row->cycles, cycles);
			row->times++;
			return;
		}
		if (row->cycles < shortest->cycles)
			shortest = row;
	}
	if (cycles > shortest->cycles)
		*shortest = (struct latency_place){cycles, 1, begin, end};
}

static void close_stretch(enum latency_kind kind, vaddr_t place)
{
	struct latency_cpu *cpu;
	struct stretch *stretch;
	struct own_time now;

	if (!started)
		return;
	cpu = this_cpu(cpu_stretches);
	stretch = &cpu->open[kind];
	if (!stretch->is_open)
		return;
	now = arch_own_time();
	if (now.is_known && stretch->since.is_known && now.nr_missed == stretch->since.nr_missed) {
		keep(cpu->kept[kind], now.cycles - stretch->since.cycles, stretch->begin, place);
		cpu->counts[kind].measured++;
	} else {
		cpu->counts[kind].put_aside++; /* L3 */
	}
	stretch->is_open = false;
}

void latency_irqs_off(void)
{
	open_stretch(LATENCY_IRQS, CALLER);
}

void latency_irqs_off_at(vaddr_t place)
{
	open_stretch(LATENCY_IRQS, place);
}

void latency_irqs_on(void)
{
	close_stretch(LATENCY_IRQS, CALLER);
}

void latency_preempt_off(void)
{
	irq_state_t state = arch_irq_save_unseen();

	open_stretch(LATENCY_PREEMPT, CALLER);
	arch_irq_restore_unseen(state);
}

void latency_preempt_on(void)
{
	irq_state_t state = arch_irq_save_unseen();

	close_stretch(LATENCY_PREEMPT, CALLER);
	arch_irq_restore_unseen(state);
}

void latency_start(void)
{
	started = true;
}

void latency_get(unsigned cpu, enum latency_kind kind, struct latency_place out[LATENCY_NR_PLACES])
{
	for (unsigned i = 0; i < LATENCY_NR_PLACES; i++) {
		struct latency_place row = on_cpu(cpu_stretches, cpu)->kept[kind][i];
		unsigned at = i;

		for (; at && out[at - 1].cycles < row.cycles; at--)
			out[at] = out[at - 1];
		out[at] = row;
	}
}

struct latency_counts latency_counts(unsigned cpu, enum latency_kind kind)
{
	return on_cpu(cpu_stretches, cpu)->counts[kind];
}

void latency_reset(void)
{
	irq_state_t state = arch_irq_save_unseen();

	for (unsigned cpu = 0; cpu < percpu_nr(); cpu++)
		for (unsigned kind = 0; kind < LATENCY_NR_KINDS; kind++) {
			on_cpu(cpu_stretches, cpu)->counts[kind] = (struct latency_counts){0};
			for (unsigned i = 0; i < LATENCY_NR_PLACES; i++)
				on_cpu(cpu_stretches, cpu)->kept[kind][i] =
					(struct latency_place){0};
		}
	arch_irq_restore_unseen(state);
}

#endif
