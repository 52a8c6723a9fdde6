// SPDX-License-Identifier: MIT
/*
 * clock_arch.c -- the time-stamp counter as clock, the local timer as alarm, both measured against
 * the PIT.
 *
 * Idea. Channel 0 of the PIT counts down at 1193182 Hz (its interrupt is masked; the gate of
 *   channel 2 is missing on some machines). It is started first of all at boot. When the clock is
 *   wanted, PIT and cycle counter are read again: the work in between serves as measuring time, so
 *   nothing waits. A stall of the host between the two readings does no harm, because all counters
 *   go on, unless the PIT has run out (55 ms): then the measurement is repeated, and waits. Each
 *   reading is the tightest of several, so that a stall within one is noticed. The local timer is
 *   then measured against the cycle counter in the same way. Every loop is bounded. If the
 *   hypervisor reports the frequencies, they are used without measuring.
 */
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/irq/lapic.h"
#include "arch/x86/platform/ports.h"
#include "arch/x86/time/clock_arch.h"
#include "arch/x86/time/rtc.h"
#include "core/log.h"

#define PIT_HZ 1193182UL
#define PIT_CHANNEL_0 0x40
#define PIT_COMMAND 0x43
#define PIT_ONE_COUNTDOWN 0x30 /* channel 0, low then high byte, mode 0 */
#define PIT_LATCH_COUNT 0x00   /* of channel 0                          */
#define PIT_LATCH_STATUS 0xe2  /* read-back, status of channel 0        */
#define PIT_STATUS_OUT 0x80    /* the countdown is over                 */
#define PIT_START 0xffffU
#define CALIBRATION_TICKS (PIT_HZ / 500) /* 2 ms */
#define TRIES 8
#define NS_PER_S 1000000000UL

struct arch_clock arch_clock = {.in_programs = true, .source = "none"}; /* [I] after boot */
static u64 lapic_hz;							/* [I] after boot */
static u64 alarm_mult; /* [I] after boot; timer ticks (or cycles) per ns, << 32 */

/* a * b / c with the full product in between; the quotient must fit. */
static u64 mul_div(u64 a, u64 b, u64 c)
{
	u64 low, high;

	__asm__("mulq %3" : "=a"(low), "=d"(high) : "0"(a), "rm"(b));
	__asm__("divq %2" : "+a"(low), "+d"(high) : "rm"(c));
	return low;
}

struct reading {
	u64 tsc;
	u32 count; /* of a timer that counts down */
};

static u32 pit_read(void)
{
	u32 low;

	port_out8(PIT_COMMAND, PIT_LATCH_COUNT);
	low = port_in8(PIT_CHANNEL_0);
	return low | (u32)port_in8(PIT_CHANNEL_0) << 8;
}

/* Also true if there is no PIT: all bits read as ones. */
static bool pit_is_over(void)
{
	port_out8(PIT_COMMAND, PIT_LATCH_STATUS);
	return port_in8(PIT_CHANNEL_0) & PIT_STATUS_OUT;
}

/* @read_count() and the cycle counter at the same moment: the tightest of several readings. */
static struct reading read_with_tsc(u32 (*read_count)(void))
{
	struct reading best = {0};
	u64 best_width = ~0UL;

	for (unsigned i = 0; i < 5; i++) {
		u64 before = arch_clock_cycles(), after;
		u32 count = read_count();

		after = arch_clock_cycles();
		if (after - before < best_width) {
			best_width = after - before;
			best = (struct reading){before + (after - before) / 2, count};
		}
	}
	return best;
}

static struct reading pit_start, lapic_start; /* [o] of boot */

static void start_pit(void)
{
	port_out8(PIT_COMMAND, PIT_ONE_COUNTDOWN);
	port_out8(PIT_CHANNEL_0, PIT_START & 0xff);
	port_out8(PIT_CHANNEL_0, PIT_START >> 8);
	pit_start = read_with_tsc(pit_read);
}

/* Hz of the cycle counter since start_pit; 0 when the PIT does not count or has run out. */
static u64 measure_tsc(void)
{
	struct reading end;
	u64 ticks;

	for (unsigned i = 0; i < 100000 && pit_start.count - pit_read() < CALIBRATION_TICKS; i++)
		if (pit_is_over())
			return 0;
	end = read_with_tsc(pit_read);
	if (pit_is_over() || end.count >= pit_start.count || end.tsc <= pit_start.tsc)
		return 0;
	ticks = pit_start.count - end.count;
	return mul_div(end.tsc - pit_start.tsc, PIT_HZ, ticks);
}

/*
 * Hypervisors' timing leaf (as KVM and VMware give it): kHz of the cycle counter and of the local
 * timer's bus.
 */
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

void clock_start(void)
{
	arch_clock.entry_cycles = arch_clock_cycles();
	start_pit();
}

void arch_clock_init(void)
{
	u64 tsc_hz;
	bool known = ask_hypervisor(&tsc_hz, &lapic_hz);

	arch_clock.source = "hypervisor";
	for (unsigned i = 0; !known && i < TRIES; i++) {
		if (i)
			start_pit();
		tsc_hz = measure_tsc();
		known = tsc_hz > 1000000;
		arch_clock.source = "pit";
	}
	if (!known) {
		log_warn("no clock to measure the time-stamp counter by: taking it for 1 GHz");
		tsc_hz = NS_PER_S;
		arch_clock.source = "guess";
	}
	arch_clock.frequency_hz = tsc_hz;
	arch_clock.mult = mul_div(NS_PER_S, 1UL << ARCH_CLOCK_SHIFT, tsc_hz);
	arch_clock.base_cycles = arch_clock_cycles();
	if (cpu_features.tsc_deadline) {
		lapic_timer_deadline_mode();
		alarm_mult = mul_div(tsc_hz, 1UL << 32, NS_PER_S);
	} else {
		lapic_timer_start(~0U);
		lapic_start = read_with_tsc(lapic_timer_current);
	}
}

void arch_timer_init(void)
{
	u64 tsc_hz = arch_clock.frequency_hz;
	struct reading end;

	if (cpu_features.tsc_deadline)
		return;
	while (arch_clock_cycles() - lapic_start.tsc < tsc_hz / 1000)
		arch_cpu_relax();
	end = read_with_tsc(lapic_timer_current);
	if (!lapic_hz && end.count < lapic_start.count)
		lapic_hz =
			mul_div(lapic_start.count - end.count, tsc_hz, end.tsc - lapic_start.tsc);
	if (!lapic_hz) {
		log_warn("the local timer does not count: taking it for 1 GHz");
		lapic_hz = NS_PER_S;
	}
	lapic_timer_start(0);
	alarm_mult = mul_div(lapic_hz, 1UL << 32, NS_PER_S);
}

void timer_arch_init_other_cpu(void)
{
	if (cpu_features.tsc_deadline)
		lapic_timer_deadline_mode();
}

static u8 cmos_read(u8 index)
{
	port_out8(0x70, index);
	return port_in8(0x71);
}

u64 arch_clock_wall_seconds(void)
{
	return rtc_read_seconds(cmos_read);
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
	/* SDM 3A 10.5.4 and 10.5.4.1: zero disarms in either mode. */
	if (cpu_features.tsc_deadline)
		lapic_timer_set_deadline(0);
	else
		lapic_timer_start(0);
}
