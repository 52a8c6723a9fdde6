// SPDX-License-Identifier: MIT
/*
 * irq_route.c -- the interrupts of devices: each has a vector and a handler.
 *
 * Idea.  A slot for each vector. Lines go through the I/O APIC, messages directly to the local
 *   APIC; either way one CPU takes the vector: any of those that the slot's affinity allows, by
 *   preference the one that it interrupts already. What CPUs get from themselves and each other has
 *   no slots: entry/trap.c counts it, by trap and CPU, and /proc/interrupts shows both.
 * Invariants.
 *   I1  A handler runs on one CPU at a time. An interrupt that comes while it runs elsewhere, as
 *       its slot has just moved, makes it run once more there, instead of here.
 * Locks. slots_lock, for slots, affinities and the registers of the I/O APIC. A slot is not given
 *   back while its device may interrupt.
 * Tests. tests/system/cpus.t, tests/guest/time/time_system.c (the counts).
 */
#include "arch/arch_irq.h"
#include "arch/arch_cpu.h"
#include "arch/arch_percpu.h"
#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/entry/trap.h"
#include "arch/x86/irq/ioapic.h"
#include "arch/x86/irq/lapic.h"
#include "arch/x86/platform/ports.h"
#include "arch/x86/smp/smp.h"
#include "core/errno.h"
#include "core/trap_table.h"
#include "lib/fmt.h"
#include "sched/sched.h"
#include "sync/spinlock.h"

#define NR_DEVICE_VECTORS (VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST + 1)
#define MESSAGE_ADDRESS 0xfee00000UL
#define APIC_ID_MAX 0xfeU /* that lines and messages can name */

struct SHARED irq_slot {
	irq_handler_t handler;	     /* [I] once set              */
	void *data;		     /* [I]                       */
	struct irq_message *message; /* [I] NULL: a line          */
	u32 line;		     /* [I] ~0: a message         */
	u32 cpu;		     /* [a] written with slots_lock */
	u64 affinity;		     /* [slots_lock]              */
	u32 nr_wanted;		     /* [a] runs of the handler, the one under way included: I1 */
};

/* How often each vector has interrupted a CPU. */
struct irq_counts {
	u64 of[NR_DEVICE_VECTORS];
};

static struct irq_slot slots[NR_DEVICE_VECTORS];
static u64 default_affinity = ~0UL; /* [slots_lock] */
static struct spinlock slots_lock = SPINLOCK_INIT(leaf);
static PERCPU(struct irq_counts, counts); /* [p] */

void arch_irq_init(void)
{
	/* The old pair of 8259s may raise vectors that mean exceptions: mask every line of both. */
	port_out8(0x21, 0xff);
	port_out8(0xa1, 0xff);
	lapic_init();
	ioapic_init();
}

/* Of the CPUs in @set one that takes a vector: @now, if it is among them. */
static unsigned one_of(u64 set, unsigned now)
{
	return set & BIT(now) ? now : (unsigned)__builtin_ctzl(set);
}

/* Claim a slot for a line, or a message. Its vector goes to slot->cpu. */
static int claim_slot(const struct irq_slot *wanted, u32 *vector) REQUIRES(slots_lock)
{
	for (u32 i = 0; i < NR_DEVICE_VECTORS; i++)
		if (slots[i].handler && !wanted->message && slots[i].line == wanted->line)
			return -EBUSY;
	for (u32 i = 0; i < NR_DEVICE_VECTORS; i++) {
		/* Vector 0x80 is int 0x80. */
		if (slots[i].handler || VECTOR_DEVICE_FIRST + i == VECTOR_SYSCALL_LEGACY)
			continue;
		slots[i] = (struct irq_slot){
			.data = wanted->data,
			.message = wanted->message,
			.line = wanted->line,
			.affinity = default_affinity,
			.cpu = one_of(default_affinity & sched_cpus_up(), arch_cpu_id()),
		};
		__atomic_store_n(&slots[i].handler, wanted->handler, __ATOMIC_RELEASE);
		*vector = VECTOR_DEVICE_FIRST + i;
		return 0;
	}
	return -ENOSPC;
}

static struct irq_slot *slot_of(u32 vector)
{
	return &slots[vector - VECTOR_DEVICE_FIRST];
}

static u32 apic_id_of(unsigned cpu)
{
	return percpu_area(cpu)->apic_id;
}

int arch_irq_route_line(unsigned line, unsigned flags, irq_handler_t handler, void *data)
{
	bool level = flags & IRQ_LEVEL, active_low = flags & IRQ_ACTIVE_LOW;
	u32 vector;
	int err;

	acpi_translate_irq(&line, &level, &active_low);
	spin_lock(&slots_lock);
	err = claim_slot(&(struct irq_slot){.handler = handler, .data = data, .line = line},
			 &vector);
	if (!err) {
		err = ioapic_route(line, vector, apic_id_of(slot_of(vector)->cpu), level,
				   active_low);
		if (err) /* no controller has the line, so it cannot interrupt */
			slot_of(vector)->handler = NULL;
	}
	spin_unlock(&slots_lock);
	return err;
}

static u64 address_for(unsigned cpu)
{
	return MESSAGE_ADDRESS | apic_id_of(cpu) << 12;
}

int arch_irq_route_message(irq_handler_t handler, void *data, struct irq_message *message)
{
	u32 vector;
	int err;

	spin_lock(&slots_lock);
	err = claim_slot(
		&(struct irq_slot){
			.handler = handler, .data = data, .message = message, .line = ~0U},
		&vector);
	if (!err) {
		message->address = address_for(slot_of(vector)->cpu);
		message->data = vector;
	}
	spin_unlock(&slots_lock);
	return err;
}

/* ---- which CPU ---- */

static void move(struct irq_slot *slot, unsigned cpu) REQUIRES(slots_lock)
{
	WRITE_ONCE(slot->cpu, cpu);
	if (!slot->message) {
		ioapic_move(slot->line, apic_id_of(cpu));
		return;
	}
	slot->message->address = address_for(cpu);
	slot->message->moved(slot->message);
}

static int set_affinity(struct irq_slot *slot, u64 cpus) REQUIRES(slots_lock)
{
	unsigned cpu = one_of(cpus, slot->cpu);

	if (!slot->handler || apic_id_of(cpu) > APIC_ID_MAX)
		return -EINVAL;
	if (cpu != slot->cpu)
		move(slot, cpu);
	slot->affinity = cpus;
	return 0;
}

int arch_irq_set_affinity(unsigned index, u64 cpus)
{
	int err = 0;

	cpus &= sched_cpus_up();
	if (!cpus)
		return -EINVAL;
	spin_lock(&slots_lock);
	if (index == IRQ_SLOT_DEFAULT)
		default_affinity = cpus;
	else
		err = index < NR_DEVICE_VECTORS ? set_affinity(&slots[index], cpus) : -EINVAL;
	spin_unlock(&slots_lock);
	return err;
}

u64 arch_irq_affinity(unsigned index)
{
	u64 cpus;

	spin_lock(&slots_lock);
	cpus = index < NR_DEVICE_VECTORS ? slots[index].affinity : default_affinity;
	spin_unlock(&slots_lock);
	return cpus & sched_cpus_up();
}

unsigned arch_irq_cpu(unsigned index)
{
	return index < NR_DEVICE_VECTORS ? READ_ONCE(slots[index].cpu) : 0;
}

/* ---- the interrupt ---- */

/* I1 */
static __noinline void handle_alone(struct irq_slot *slot)
{
	u32 wanted = __atomic_fetch_add(&slot->nr_wanted, 1, __ATOMIC_ACQ_REL);

	if (wanted)
		return;
	do {
		wanted = __atomic_load_n(&slot->nr_wanted, __ATOMIC_ACQUIRE);
		slot->handler(slot->data);
	} while (!__atomic_compare_exchange_n(&slot->nr_wanted, &wanted, 0, false, __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
}

void arch_trap_device(struct trap_frame *frame, const struct trap_info *info)
{
	struct irq_slot *slot;

	(void)frame;
	if (info->vector < VECTOR_DEVICE_FIRST || info->vector > VECTOR_DEVICE_LAST)
		return;
	slot = slot_of(info->vector);
	this_cpu(counts)->of[slot - slots]++;
	if (!slot->handler)
		return;
	if (smp_is_on)
		handle_alone(slot);
	else
		slot->handler(slot->data);
}

/* ---- what /proc shows ---- */

static const struct {
	enum x86_trap trap;
	const char *abbreviation, *name; /* those of Linux */
} others[] = {
	{X86_TRAP_NMI, "NMI", "Non-maskable interrupts"},
	{X86_TRAP_TIMER, "LOC", "Local timer interrupts"},
	{X86_TRAP_SPURIOUS, "SPU", "Spurious interrupts"},
	{X86_TRAP_RESCHED, "RES", "Rescheduling interrupts"},
	{X86_TRAP_FLUSH, "TLB", "TLB shootdowns"},
	{X86_TRAP_MACHINE_CHECK, "MCE", "Machine check exceptions"},
};

bool arch_irq_source(unsigned index, struct irq_source *out)
{
	unsigned other = index - NR_DEVICE_VECTORS;

	*out = (struct irq_source){NULL, ""};
	if (index < NR_DEVICE_VECTORS) {
		const struct irq_slot *slot = &slots[index];

		if (slot->handler && slot->line == ~0U)
			ksnprintf(out->name, sizeof(out->name), "MSI vector %u",
				  VECTOR_DEVICE_FIRST + index);
		else if (slot->handler)
			ksnprintf(out->name, sizeof(out->name), "IO-APIC line %u", slot->line);
		return true;
	}
	if (other >= ARRAY_SIZE(others))
		return false;
	out->abbreviation = others[other].abbreviation;
	ksnprintf(out->name, sizeof(out->name), "%s", others[other].name);
	return true;
}

u64 arch_irq_count(unsigned index, unsigned cpu)
{
	if (index >= NR_DEVICE_VECTORS)
		return trap_table_total_on(others[index - NR_DEVICE_VECTORS].trap, cpu);
	return READ_ONCE(on_cpu(counts, cpu)->of[index]);
}
