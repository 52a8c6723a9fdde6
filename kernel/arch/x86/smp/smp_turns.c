// SPDX-License-Identifier: MIT
/*
 * smp_turns.c -- how long a CPU has run itself, on an emulator that runs the CPUs in turns.
 *
 * Idea.  With -icount QEMU runs all CPUs in one thread, one after another in the order of their
 *   numbers. A CPU's turn lasts until the next timer of the machine is due, the CPU sleeps or
 *   executes `pause`, or the host's side interrupts it. Nothing tells a CPU that its turn has ended
 *   and another begun, and the time-stamp counters count all CPUs' instructions. So with option
 *   turn_marks two CPUs after each that works do nothing but note the time in each turn of theirs
 *   (smp_marker.S): when the turn of the CPU before them ends, and when that of the CPU behind
 *   them begins. The sum of its turns is what a CPU has run.
 *   Two, because the CPU whose turn follows a timer that is due is passed over: it gets a turn of
 *   no instruction, in which QEMU runs the timer.
 *   A timer of the first marker, whose interrupt is never taken, ends every turn after PACE_NS. If
 *   the ticks of all CPUs were the only ends, and came together, one CPU would get all the time
 *   between two ticks, and each other only the time for the tick.
 *   When all that work sleep, the markers sleep too, or no time would be skipped. Who wakes first
 *   sends them an NMI, and gives up its turn, so that it begins a new one, which is marked.
 * Invariants.
 *   M1  A sum that is wrong by more than MARKERS_CYCLES is noticed, and counted in nr_missed. Both
 *       markers may be passed over, or interrupted between two of their steps. Then a turn has no
 *       known end or begin: it is still open when it begins again; or other markers have noted the
 *       time since it began, while they cannot run in it (smp_marker_last). A marker that was
 *       interrupted has read an old time: it sees how long its steps took, and distrusts both
 *       neighbours' turns; until it has seen that, nr_changing says that it is at it.
 *   M2  A CPU's turns are only written while it has no turn. Its own reader sees them change under
 *       it if it is interrupted by others' turns, and reads again.
 *   M3  No marker sleeps while a CPU works: it says that it is about to sleep before it looks
 *       whether any works; a CPU says that it works before it looks which marker sleeps. The NMI
 *       makes a marker begin again wherever it is between the two.
 * Cost.  Some 50 instructions for each marker and round, a round each PACE_NS or more often. Other
 * builds have none of it.
 * Tests.  tests/system/latency_cpus.t.
 */
#include "arch/x86/smp/smp_turns.h"
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "arch/arch_page.h"
#include "arch/arch_percpu.h"
#include "arch/arch_turns.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/cpu/descriptor.h"
#include "arch/x86/entry/trap.h"
#include "arch/x86/irq/lapic.h"
#include "arch/x86/smp/smp_page.h"
#include "core/cmdline.h"
#include "time/clock.h"
#define LOG_SUBSYS "cpu"
#include "core/log.h"

#if LATENCY_BUILD

#define INIT_NS (200 * NS_PER_US)
#define PACE_NS 97003U /* no multiple of the tick's parts */

static_assert(sizeof(struct turns) == TURNS_SIZE && offsetof(struct turns, begun) == TURNS_BEGUN &&
		      offsetof(struct turns, is_open) == TURNS_IS_OPEN &&
		      offsetof(struct turns, nr_missed) == TURNS_NR_MISSED &&
		      offsetof(struct turns, nr_changing) == TURNS_NR_CHANGING,
	      "as smp_marker.S has it");

struct turns smp_turns[TURNS_CPUS_MAX];
u8 smp_turns_busy[TURNS_CPUS_MAX] __aligned(8); /* [a] M3: this CPU works */
u8 smp_marker_sleeps[MARKERS_MAX];		/* [a] M3 */
u64 smp_marker_last;				/* [a] when a marker last noted the time */
u32 smp_turns_nr;				/* [I] CPUs that work; 0: no turns are marked */
char smp_marker_stacks[MARKERS_MAX][MARKER_STACK_SIZE] __aligned(16); /* [o] the marker's */
/* SELECTOR_KERNEL_CODE: 64-bit code. */
static const u64 gdt[] = {0, 0x00af9b000000ffffUL};
static struct idt_gate idt[VECTOR_NMI + 1]; /* [I] */
const struct descriptor_pointer smp_marker_gdt = {sizeof(gdt) - 1, (u64)gdt};
const struct descriptor_pointer smp_marker_idt = {sizeof(idt) - 1, (u64)idt};

unsigned smp_turns_decide(unsigned nr)
{
	unsigned each = 1 + MARKERS_EACH;

	if (!cmdline_has("turn_marks"))
		return nr;
	if (nr % each || nr > MARKERS_MAX) {
		log_warn("turn_marks: there are %u CPUs, not a multiple of %u up to %u", nr, each,
			 MARKERS_MAX);
		return nr;
	}
	smp_turns_nr = nr / each;
	for (unsigned i = 0; i < smp_turns_nr; i++)
		smp_turns_busy[i] = 1;
	return smp_turns_nr;
}

bool smp_turns_is_marker(u32 apic_id)
{
	return smp_turns_nr && apic_id % (1 + MARKERS_EACH);
}

bool arch_turns_are_marked(void)
{
	return smp_turns_nr;
}

static unsigned own_place(void)
{
	return arch_percpu()->apic_id / (1 + MARKERS_EACH);
}

void smp_turns_start(void)
{
	const u32 *apic_ids;
	unsigned nr = acpi_cpus(&apic_ids);

	if (!smp_turns_nr)
		return;
	idt[VECTOR_NMI] = idt_gate_to((u64)smp_marker_nmi, GATE_INTERRUPT, 0);
	for (unsigned i = 0; i < nr; i++)
		if (smp_turns_is_marker(apic_ids[i]))
			lapic_send_init(apic_ids[i]);
	clock_delay_ns(INIT_NS);
	for (unsigned i = 0; i < nr; i++)
		if (smp_turns_is_marker(apic_ids[i]))
			lapic_send_startup(apic_ids[i], SMP_PAGE / PAGE_SIZE);
	while (!__atomic_load_n(&smp_turns[own_place()].is_open, __ATOMIC_ACQUIRE))
		__asm__ volatile("pause"); /* until they mark: else this turn would be unknown */
}

void smp_marker_set_pace(void)
{
	lapic_init();
	lapic_timer_repeat(PACE_NS); /* of QEMU's timer, which counts nanoseconds */
}

void smp_turns_idle(void)
{
	if (smp_turns_nr)
		__atomic_store_n(&smp_turns_busy[own_place()], 0, __ATOMIC_SEQ_CST);
}

void smp_turns_awake(void)
{
	bool woke = false;
	u8 *busy = &smp_turns_busy[own_place()];

	if (!smp_turns_nr || __atomic_load_n(busy, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(busy, 1, __ATOMIC_SEQ_CST); /* M3 */
	for (unsigned i = 0; i < smp_turns_nr * (1 + MARKERS_EACH); i++) {
		if (!__atomic_load_n(&smp_marker_sleeps[i], __ATOMIC_SEQ_CST))
			continue;
		lapic_send_nmi(i);
		woke = true;
	}
	if (woke)
		__asm__ volatile("pause");
}

struct own_time arch_own_time(void)
{
	struct turns *own = &smp_turns[own_place()];
	u64 cycles, begun, nr_missed, now;
	bool is_open, is_changing, goes_on;

	if (!smp_turns_nr)
		return (struct own_time){.cycles = arch_clock_cycles(), .is_known = true};
	do { /* M2 */
		nr_missed = __atomic_load_n(&own->nr_missed, __ATOMIC_ACQUIRE);
		cycles = __atomic_load_n(&own->cycles, __ATOMIC_ACQUIRE);
		begun = __atomic_load_n(&own->begun, __ATOMIC_ACQUIRE);
		is_open = __atomic_load_n(&own->is_open, __ATOMIC_ACQUIRE);
		is_changing = __atomic_load_n(&own->nr_changing, __ATOMIC_ACQUIRE);
		goes_on = (s64)(__atomic_load_n(&smp_marker_last, __ATOMIC_ACQUIRE) - begun) <
			  MARKERS_CYCLES;
		now = arch_clock_cycles_ordered();
	} while (nr_missed != __atomic_load_n(&own->nr_missed, __ATOMIC_RELAXED) ||
		 begun != __atomic_load_n(&own->begun, __ATOMIC_RELAXED) ||
		 cycles != __atomic_load_n(&own->cycles, __ATOMIC_RELAXED));
	return (struct own_time){cycles + (now - begun), nr_missed,
				 is_open && goes_on && !is_changing};
}

#endif
