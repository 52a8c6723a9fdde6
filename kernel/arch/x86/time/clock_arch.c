// SPDX-License-Identifier: MIT
/*
 * clock_arch.c -- the time-stamp counter as clock, the local timer as alarm; both measured against the PIT.
 *
 * Idea. The PIT's channel 2 counts down at 1193182 Hz without interrupting. We read it together with the cycle counter
 *   and the local timer twice, at least 2 ms apart. Each reading is the tightest of several, so that a stall of the
 *   host between the reads of one is noticed; a stall between the two readings does no harm, all three go on counting, unless
 *   the PIT has run out: then we try again. Every loop is bounded. Where the hypervisor tells the frequency, it is believed.
 * Cost.  About 2 ms of boot.
 */
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/inline/control_inline.h"
#include "arch/x86/irq/lapic.h"
#include "arch/x86/time/rtc.h"
#include "core/log.h"

#define PIT_HZ 1193182UL
#define PIT_CHANNEL_2 0x42
#define PIT_COMMAND 0x43
#define PORT_B 0x61
#define PORT_B_GATE_2 0x01
#define PORT_B_SPEAKER 0x02
#define PORT_B_OUT_2 0x20
#define PIT_START 0xffffU
#define CALIBRATION_TICKS (PIT_HZ / 500) /* 2 ms */
#define TRIES 8
#define NS_PER_S 1000000000UL

static u64 tsc_hz, tsc_base;
static u64 ns_mult;  /* ns = cycles * ns_mult >> 32           */
static u64 alarm_mult; /* timer ticks (or cycles) per ns, << 32 */
static const char *source = "none";

static u8 in8(u16 port)
{
	u8 value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void out8(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

struct reading {
	u64 tsc;
	u32 pit, lapic;
};

static u32 pit_read(void)
{
	u32 low;

	out8(PIT_COMMAND, 0x80); /* latch channel 2 */
	low = in8(PIT_CHANNEL_2);
	return low | (u32)in8(PIT_CHANNEL_2) << 8;
}

static struct reading read_all(void)
{
	struct reading best = { 0 };
	u64 best_width = ~0UL;

	for (unsigned i = 0; i < 6; i++) {
		u64 before = arch_clock_cycles(), after;
		u32 pit = pit_read(), lapic = lapic_timer_current();

		after = arch_clock_cycles();
		if (after - before < best_width) {
			best_width = after - before;
			best = (struct reading){ before + (after - before) / 2, pit, lapic };
		}
	}
	return best;
}

/* One measurement: false when the PIT does not count or ran out under us. */
static bool measure(u64 *tsc_per_s, u64 *lapic_per_s)
{
	struct reading first, last;
	u64 ticks;

	out8(PORT_B, (u8)((in8(PORT_B) & ~PORT_B_SPEAKER) | PORT_B_GATE_2));
	out8(PIT_COMMAND, 0xb0); /* channel 2, low then high byte, mode 0: one countdown */
	out8(PIT_CHANNEL_2, PIT_START & 0xff);
	out8(PIT_CHANNEL_2, PIT_START >> 8);
	lapic_timer_start(~0U);
	first = read_all();
	for (unsigned i = 0; i < 100000 && first.pit - pit_read() < CALIBRATION_TICKS; i++)
		if (in8(PORT_B) & PORT_B_OUT_2)
			break;
	last = read_all();
	if ((in8(PORT_B) & PORT_B_OUT_2) || last.pit >= first.pit)
		return false;
	ticks = first.pit - last.pit;
	if (ticks < CALIBRATION_TICKS / 2 || last.tsc <= first.tsc)
		return false;
	*tsc_per_s = (u64)((unsigned __int128)(last.tsc - first.tsc) * PIT_HZ / ticks);
	*lapic_per_s = (u64)(first.lapic - last.lapic) * PIT_HZ / ticks;
	return *tsc_per_s > 1000000 && *lapic_per_s > 10000;
}

/* Hypervisors' timing leaf (as KVM and VMware give it): kHz of the cycle counter and of the local timer's bus. */
static bool ask_hypervisor(u64 *tsc_per_s, u64 *lapic_per_s)
{
	struct x86_cpuid leaf;

	if (!cpu_features.hypervisor || x86_cpuid(0x40000000, 0).eax < 0x40000010)
		return false;
	leaf = x86_cpuid(0x40000010, 0);
	if (!leaf.eax || !leaf.ebx)
		return false;
	*tsc_per_s = leaf.eax * 1000UL;
	*lapic_per_s = leaf.ebx * 1000UL;
	return true;
}

void arch_clock_init(void)
{
	u64 lapic_hz = 0;
	bool known = ask_hypervisor(&tsc_hz, &lapic_hz);

	source = "hypervisor";
	for (unsigned i = 0; !known && i < TRIES; i++) {
		known = measure(&tsc_hz, &lapic_hz);
		source = "pit";
	}
	lapic_timer_start(0);
	if (!known) {
		log_warn("no clock to measure the time-stamp counter by: taking it for 1 GHz");
		tsc_hz = lapic_hz = NS_PER_S;
		source = "guess";
	}
	ns_mult = (u64)(((unsigned __int128)NS_PER_S << 32) / tsc_hz);
	if (cpu_features.tsc_deadline) {
		lapic_timer_deadline_mode();
		alarm_mult = (u64)(((unsigned __int128)tsc_hz << 32) / NS_PER_S);
	} else {
		alarm_mult = (u64)(((unsigned __int128)lapic_hz << 32) / NS_PER_S);
	}
	tsc_base = arch_clock_cycles();
}

u64 arch_clock_ns(void)
{
	return (u64)((unsigned __int128)(arch_clock_cycles() - tsc_base) * ns_mult >> 32);
}

u64 arch_clock_frequency_hz(void)
{
	return tsc_hz;
}

u64 arch_clock_wall_seconds(void)
{
	return rtc_read_seconds();
}

void arch_timer_arm(u64 delta_ns)
{
	u64 ticks = (u64)((unsigned __int128)min(delta_ns, NS_PER_S) * alarm_mult >> 32);

	if (cpu_features.tsc_deadline)
		lapic_timer_set_deadline(arch_clock_cycles() + ticks);
	else
		lapic_timer_start((u32)min(max(ticks, 1UL), 0xffffffffUL));
}

void arch_timer_stop(void)
{
	if (cpu_features.tsc_deadline)
		lapic_timer_set_deadline(0);
	else
		lapic_timer_start(0);
}

void arch_delay_ns(u64 ns)
{
	u64 start = arch_clock_ns();

	while (arch_clock_ns() - start < ns)
		arch_cpu_relax();
}

const char *arch_clock_source_name(void)
{
	return source;
}
