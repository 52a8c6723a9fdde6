// SPDX-License-Identifier: MIT
/*
 * lapic.c -- the interrupt controller of each CPU, the local APIC (SDM 3A chapter 10).
 *
 * Idea.  Its registers are in memory, at the same address on each CPU, or in MSRs, where the CPU
 *   has x2APIC. Each CPU sets up its own, and only the interrupts sent to others take two writes,
 *   which nothing of the same CPU may come between.
 * Tests.  tests/system/cpus.t.
 */
#include "arch/x86/irq/lapic.h"
#include "arch/arch_cpu.h"
#include "arch/arch_irq.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/entry/trap.h"
#include "core/assert.h"
#include "mm/kmap.h"

#define LAPIC_ID 0x20
#define LAPIC_TASK_PRIORITY 0x80
#define LAPIC_EOI 0xb0
#define LAPIC_SPURIOUS 0xf0
#define LAPIC_ICR_LOW 0x300
#define LAPIC_ICR_HIGH 0x310
#define LAPIC_LVT_TIMER 0x320
#define LAPIC_LVT_LINT0 0x350
#define LAPIC_LVT_LINT1 0x360
#define LAPIC_LVT_ERROR 0x370
#define LAPIC_TIMER_INITIAL 0x380
#define LAPIC_TIMER_CURRENT 0x390
#define LAPIC_TIMER_DIVIDE 0x3e0

/* The interrupt command register, SDM 3A 11.6.1. */
#define ICR_NMI 0x400U
#define ICR_INIT 0x500U
#define ICR_STARTUP 0x600U
#define ICR_PENDING BIT(12)
#define ICR_ASSERT 0x4000U
#define MSR_X2APIC_ICR 0x830

#define LVT_NMI 0x400U
#define LVT_MASKED BIT(16)
#define LVT_PERIODIC (1UL << 17)
#define LVT_TSC_DEADLINE (2UL << 17)
#define DIVIDE_BY_1 0xb
#define APIC_BASE_ENABLE BIT(11)
#define APIC_BASE_X2APIC BIT(10)

static volatile u32 *registers; /* [I] after boot; NULL in x2APIC mode */

static u32 lapic_read(u32 offset)
{
	return registers ? registers[offset / 4] : (u32)x86_read_msr(0x800 + offset / 16);
}

static void lapic_write(u32 offset, u32 value)
{
	if (likely(registers))
		registers[offset / 4] = value;
	else
		x86_write_msr(0x800 + offset / 16, value);
}

void lapic_init(void)
{
	u64 base = x86_read_msr(MSR_APIC_BASE) | APIC_BASE_ENABLE;

	if (cpu_features.x2apic) {
		x86_write_msr(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
	} else {
		x86_write_msr(MSR_APIC_BASE, base);
		if (!registers)
			registers = kmap_device(base & 0xffffff000UL, 4096, KMAP_UNCACHED);
		if (!registers)
			panic("no memory for the interrupt controller's mapping");
	}
	lapic_write(LAPIC_TASK_PRIORITY, 0);
	lapic_write(LAPIC_LVT_LINT0, LVT_MASKED);
	lapic_write(LAPIC_LVT_LINT1, LVT_NMI); /* the host's watchdog uses it */
	lapic_write(LAPIC_LVT_ERROR, LVT_MASKED);
	lapic_write(LAPIC_TIMER_DIVIDE, DIVIDE_BY_1);
	lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER);
	lapic_write(LAPIC_SPURIOUS, 0x100 | VECTOR_SPURIOUS);
}

u32 lapic_id(void)
{
	u32 id = lapic_read(LAPIC_ID);

	return registers ? id >> 24 : id;
}

void lapic_end_of_interrupt(void)
{
	lapic_write(LAPIC_EOI, 0);
}

void lapic_timer_start(u32 ticks)
{
	lapic_write(LAPIC_TIMER_INITIAL, ticks);
}

void lapic_timer_repeat(u32 ticks)
{
	lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER | LVT_PERIODIC);
	lapic_write(LAPIC_TIMER_INITIAL, ticks);
}

u32 lapic_timer_current(void)
{
	return lapic_read(LAPIC_TIMER_CURRENT);
}

void lapic_timer_deadline_mode(void)
{
	lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER | LVT_TSC_DEADLINE);
	/* SDM 3A 10.5.4.1: order the mode change before the first deadline. */
	__asm__ volatile("mfence" ::: "memory");
}

void lapic_timer_set_deadline(u64 deadline)
{
	x86_write_msr(MSR_TSC_DEADLINE, deadline);
}

static void send(u32 destination, u32 command)
{
	irq_state_t state;

	if (!registers) {
		x86_write_msr(MSR_X2APIC_ICR, (u64)destination << 32 | command);
		return;
	}
	state = arch_irq_save(); /* an interrupt in between could send, too */
	while (lapic_read(LAPIC_ICR_LOW) & ICR_PENDING)
		arch_cpu_relax();
	lapic_write(LAPIC_ICR_HIGH, destination << 24);
	lapic_write(LAPIC_ICR_LOW, command);
	arch_irq_restore(state);
}

void lapic_send(u32 destination, u32 vector)
{
	send(destination, vector);
}

void lapic_send_nmi(u32 destination)
{
	send(destination, ICR_NMI);
}

void lapic_send_init(u32 destination)
{
	send(destination, ICR_INIT | ICR_ASSERT);
}

void lapic_send_startup(u32 destination, u32 page)
{
	send(destination, ICR_STARTUP | ICR_ASSERT | page);
}
