// SPDX-License-Identifier: MIT
/*
 * smp_calls.c -- what one CPU asks of another: to choose a thread again, to forget translations, to
 *   stop.
 *
 * Idea.  A CPU that asks another to forget translations says what: all, or the pages of a range.
 *   Then it counts up the other's flush_asked and sends it an interrupt. The other does what all
 *   have asked so far, and says so by setting flush_answered to the count that it has seen. The
 *   asker waits for that. Each asker has a place of its own in the other's box, so none waits for
 *   another's.
 * Invariants.
 *   C1  Nobody waits in a circle. An asker may hold spinlocks, with interrupts off. So whoever
 *       waits for a spinlock or for an answer answers others meanwhile: arch_cpu_relax(). A section
 *       with interrupts off that waits for nothing ends by itself.
 *   C2  After an answer no translation is used that was read before the question: the asker changes
 *       the table before it counts; the other reads the count before it forgets.
 *   C3  What is to be forgotten is in the box before it is counted, and the box is emptied after
 *       the count was read. What is taken out that is not counted yet is forgotten early: it is for
 *       a change of the table that is before that, too.
 *   C4  An asker writes its range only while its bit is not set: it has one question at a time. One
 *       that comes in an interrupt meanwhile, or in a wait, asks for everything.
 * Cost.  An interrupt for each CPU asked, and a wait for the slowest.
 * Tests.  tests/system/cpus.t.
 */
#include "arch/x86/smp/smp.h"
#include "arch/arch_irq.h"
#include "arch/arch_percpu.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/entry/trap.h"
#include "arch/x86/irq/lapic.h"
#include "arch/x86/mm/tlb.h"
#include "core/assert.h"
#include "core/ksyms.h"
#include "sync/preempt.h"
#include "trace/trace.h"

bool smp_is_on; /* [a] */

/* What a CPU is asked to forget. */
struct SHARED flush_box {
	u64 ranges;	 /* [a] bit: the asker whose range is to be forgotten: C4 */
	bool everything; /* [a] or this: all translations of programs */
	bool kernel;	 /* [a] those of the kernel's half, too */
	struct tlb_range range[CPUS_MAX]; /* [a] of each asker: its own, while its bit is not set */
};
static PERCPU(struct flush_box, flush_boxes);
static PERCPU(unsigned, nr_questions); /* [p] this CPU asks now; more than 1: C4 */

/* A CPU that panics stops the others, and looks so often for each whether it has. */
#define STOP_TRIES 10000000
static unsigned stopped_by = CPUS_MAX; /* [a] CPUS_MAX: none has yet */
static PERCPU(u64, stopped_at);	       /* [a] where the CPU was; 0: it runs */

void smp_calls_init(void)
{
	arch_percpu()->apic_id = lapic_id();
}

/* Interrupt @cpu: there it is @trap. The event comes first, so that it is before the other's. */
static void send(unsigned cpu, enum x86_trap trap, u32 vector)
{
	TRACE(message_send, trap, cpu);
	lapic_send(percpu_area(cpu)->apic_id, vector);
}

void arch_smp_send_resched(unsigned cpu)
{
	if (cpu == arch_cpu_id())
		arch_need_resched_set();
	else
		send(cpu, X86_TRAP_RESCHED, VECTOR_RESCHED);
}

/* ---- translations ---- */

/* Forget what the box of this CPU says. Interrupts are off. C3 */
static void forget(struct flush_box *box)
{
	bool kernel = __atomic_exchange_n(&box->kernel, false, __ATOMIC_ACQ_REL);
	bool everything = __atomic_exchange_n(&box->everything, false, __ATOMIC_ACQ_REL) || kernel;
	u64 ranges = __atomic_exchange_n(&box->ranges, 0, __ATOMIC_ACQ_REL);

	for (; ranges && !everything; ranges &= ranges - 1)
		everything = !tlb_flush_range_here(&box->range[__builtin_ctzl(ranges)]);
	if (everything)
		tlb_flush_here(kernel);
}

void smp_answer(void)
{
	irq_state_t state = arch_irq_save();
	struct percpu *own = arch_percpu();
	u64 asked = __atomic_load_n(&own->flush_asked, __ATOMIC_ACQUIRE); /* C2 */

	if (asked != own->flush_answered) {
		forget(this_cpu(flush_boxes)); /* C3 */
		idt_catch_up();
		__atomic_store_n(&own->flush_answered, asked, __ATOMIC_RELEASE);
	}
	arch_irq_restore(state);
}

static bool has_answered(unsigned cpu, u64 question)
{
	u64 answered = __atomic_load_n(&percpu_area(cpu)->flush_answered, __ATOMIC_ACQUIRE);

	return (s64)(answered - question) >= 0 ||
	       __atomic_load_n(&stopped_by, __ATOMIC_RELAXED) != CPUS_MAX;
}

/* Say in @cpu's box what it is to forget; all, if @range is NULL or this CPU asks already. C4 */
static void fill_box(unsigned cpu, const struct tlb_range *range, bool kernel)
{
	struct flush_box *box = on_cpu(flush_boxes, cpu);
	unsigned own = arch_cpu_id();

	if (range && *this_cpu(nr_questions) == 1) {
		box->range[own] = *range;
		__atomic_fetch_or(&box->ranges, BIT(own), __ATOMIC_RELEASE);
		return;
	}
	if (kernel)
		__atomic_store_n(&box->kernel, true, __ATOMIC_RELEASE);
	__atomic_store_n(&box->everything, true, __ATOMIC_RELEASE);
}

static void ask_others(bool (*wants)(unsigned cpu, const void *data), const void *data,
		       const struct tlb_range *range, bool kernel)
{
	unsigned nr_cpus = arch_smp_nr_cpus(), own = arch_cpu_id();
	u64 questions[CPUS_MAX], asked = 0;

	debug_assert(preempt_count() || !arch_irq_enabled());
	++*this_cpu(nr_questions);
	/*
	 * Pairs with the load of CR3 in arch_pagetable_activate(): the change of the table comes
	 * before the look at who has it loaded. L1 of tlb.c
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (unsigned cpu = 0; cpu < nr_cpus; cpu++) {
		if (cpu == own || (wants && !wants(cpu, data)))
			continue;
		fill_box(cpu, range, kernel);
		questions[cpu] = __atomic_add_fetch(&percpu_area(cpu)->flush_asked, 1,
						    __ATOMIC_ACQ_REL); /* C3 */
		asked |= BIT(cpu);
		send(cpu, X86_TRAP_FLUSH, VECTOR_FLUSH);
	}
	for (; asked; asked &= asked - 1) {
		unsigned cpu = (unsigned)__builtin_ctzl(asked);

		while (!has_answered(cpu, questions[cpu]))
			arch_cpu_relax();
	}
	--*this_cpu(nr_questions);
}

void smp_ask_others(bool (*wants)(unsigned cpu, const void *data), const void *data, bool kernel)
{
	ask_others(wants, data, NULL, kernel);
}

void smp_ask_others_range(bool (*wants)(unsigned cpu, const void *data),
			  const struct tlb_range *range)
{
	ask_others(wants, range->pt, range, false);
}

void arch_trap_flush(struct trap_frame *frame, const struct trap_info *info)
{
	(void)frame;
	(void)info;
	smp_answer();
}

/* ---- the end ---- */

void arch_smp_stop_others(void (*print)(const char *fmt, ...) __printf(1, 2))
{
	unsigned own = arch_cpu_id(), nobody = CPUS_MAX, nr_cpus = arch_smp_nr_cpus();

	if (nr_cpus == 1 || !__atomic_compare_exchange_n(&stopped_by, &nobody, own, false,
							 __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		return;
	for (unsigned cpu = 0; cpu < nr_cpus; cpu++) {
		const char *name;
		u64 at = 0, offset;

		if (cpu == own)
			continue;
		TRACE(message_send, X86_TRAP_NMI, cpu);
		lapic_send_nmi(percpu_area(cpu)->apic_id);
		for (unsigned i = 0; i < STOP_TRIES && !at; i++) {
			at = __atomic_load_n(on_cpu(stopped_at, cpu), __ATOMIC_ACQUIRE);
			__asm__ volatile("pause");
		}
		name = ksyms_find(at, &offset);
		if (name)
			print("  CPU %u was in %s+0x%lx [%lx]", cpu, name, offset, at);
		else if (at)
			print("  CPU %u was at %lx", cpu, at);
		else
			print("  CPU %u does not answer", cpu);
	}
}

bool smp_is_stopped(const struct trap_frame *frame)
{
	unsigned by = __atomic_load_n(&stopped_by, __ATOMIC_SEQ_CST);

	if (by == CPUS_MAX || by == arch_cpu_id())
		return false;
	__atomic_store_n(this_cpu(stopped_at), frame->ip, __ATOMIC_RELEASE);
	return true;
}
