// SPDX-License-Identifier: MIT
/*
 * smp_boot.c -- the start of the other CPUs.
 *
 * Idea.  The boot CPU sends start-up messages to all CPUs that the firmware names, one after the
 *   other, and waits for none of them. They come up side by side. Each takes a number as it comes
 *   (smp_entry.S), and sets itself up as the boot CPU did. Then the boot CPU closes the numbers: a
 *   CPU that comes too late finds none, and halts. So the numbers in use have no gap. When their
 *   clocks agree (smp_clock.c), the CPUs become the idle threads of their run queues.
 * Invariants.
 *   B1  What a CPU needs from its first instruction on exists before the message that starts it:
 *       its variables (percpu.c), its stack, those of its task-state segment.
 *   B2  A CPU counts as up once it can take interrupts from others. The count only grows.
 * Cost.  A wait until all are up (other_cpus in /proc/creance/boot), or until none has begun for
 *   WAIT_FOR_NEXT_NS; nothing with one CPU.
 * Tests.  tests/system/cpus.t.
 */
#include "arch/arch_cpu.h"
#include "arch/arch_irq.h"
#include "arch/arch_pagetable.h"
#include "arch/arch_percpu.h"
#include "arch/arch_thread.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/boot/boot_entry.h"
#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/entry/regime_install.h"
#include "arch/x86/irq/lapic.h"
#include "arch/x86/mm/kernel_map.h"
#include "arch/x86/smp/smp.h"
#include "arch/x86/smp/smp_clock.h"
#include "arch/x86/smp/smp_page.h"
#include "arch/x86/smp/smp_turns.h"
#include "arch/x86/time/clock_arch.h"
#include "core/assert.h"
#include "lib/string.h"
#include "mm/boot_alloc.h"
#include "mm/kstack.h"
#include "sched/sched.h"
#include "time/clock.h"
#include "time/timer.h"
#define LOG_SUBSYS "cpu"
#include "core/log.h"
#include "sched/account/sched_tick.h"

#define EFER_LONG_MODE BIT(8)
#define WAIT_FOR_NEXT_NS (5 * NS_PER_SECOND) /* a busy host may run each seldom */
#define BETWEEN_MESSAGES_NS (200 * NS_PER_US)
#define BETWEEN_MESSAGES_MAX_NS (10 * NS_PER_MS)

/* What the code in the page reads. */
struct smp_page_values {
	u64 root, efer, entry;
};
u64 smp_root, smp_stack_tops[CPUS_MAX]; /* [I] once a CPU is started */
u32 smp_nr_numbers;			/* [I] once a CPU is started */
u32 smp_next_number = 1;		/* [a] */
static unsigned nr_up = 1;		/* [a] B2 */

unsigned arch_smp_nr_cpus(void)
{
	return __atomic_load_n(&nr_up, __ATOMIC_ACQUIRE);
}

/* The first C code of another CPU, on its idle thread's stack. */
_Noreturn void smp_begin(unsigned cpu)
{
	percpu_init(cpu);
	cpu_features_enable();
	gdt_load(cpu);
	idt_load();
	fpu_enable();
	lapic_init();
	timer_arch_init_other_cpu();
	smp_calls_init();
	if (!smp_clock_join(cpu))
		arch_cpu_halt();
	sched_init();
	__atomic_fetch_add(&nr_up, 1, __ATOMIC_RELEASE); /* B2 */
	timer_start_tick(sched_tick_ns(), sched_tick);
	arch_irq_enable();
	sched_idle();
}

/* B1. False: no memory. */
static bool make_stacks(unsigned cpu)
{
	void *stack = kstack_alloc();

	if (!stack)
		return false;
	if (gdt_alloc_stacks(cpu)) {
		kstack_free(stack);
		return false;
	}
	smp_stack_tops[cpu] = (u64)stack + KERNEL_STACK_SIZE;
	return true;
}

static void fill_page(void)
{
	u8 *page = phys_to_virt(SMP_PAGE);
	struct smp_page_values values = {
		.root = kernel_image_phys(boot_pml4),
		.efer = EFER_LONG_MODE | (cpu_features.no_exec ? EFER_NXE : 0),
		.entry = (u64)smp_entry,
	};

	memcpy(page, smp_page_code, (size_t)(smp_page_end - smp_page_code));
	memcpy(page + (smp_page_values - smp_page_code), &values, sizeof(values));
}

/*
 * SDM 3A 9.4.4.1: INIT, then the start-up message. A CPU that has begun ignores it, so it may be
 * sent again, to one that has not yet obeyed INIT.
 */
static void send_init(void)
{
	const u32 *apic_ids;
	unsigned nr = acpi_cpus(&apic_ids);

	for (unsigned i = 0; i < nr; i++)
		if (apic_ids[i] != lapic_id() && !smp_turns_is_marker(apic_ids[i]))
			lapic_send_init(apic_ids[i]);
	clock_delay_ns(BETWEEN_MESSAGES_NS);
}

static void send_startup(void)
{
	const u32 *apic_ids;
	unsigned nr = acpi_cpus(&apic_ids);

	for (unsigned i = 0; i < nr; i++)
		if (apic_ids[i] != lapic_id() && !smp_turns_is_marker(apic_ids[i]))
			lapic_send_startup(apic_ids[i], SMP_PAGE / PAGE_SIZE);
}

/* Wait until more than @begun CPUs have begun, for @ns at most. Returns how many have. */
static unsigned wait_for_next(unsigned begun, u64 ns)
{
	u64 until_ns = clock_monotonic_ns() + ns;
	unsigned now = begun;

	while (now == begun && clock_monotonic_ns() < until_ns) {
		arch_cpu_relax();
		now = __atomic_load_n(&smp_next_number, __ATOMIC_RELAXED);
	}
	return now;
}

/*
 * Wait until @nr CPUs are up, as long as further ones begin. Then those that have no number get
 * none any more. Each message disturbs those that are on their way, so they become rarer.
 */
static void wait_for(unsigned nr)
{
	u64 between_ns = BETWEEN_MESSAGES_NS, until_ns = clock_monotonic_ns() + WAIT_FOR_NEXT_NS;
	unsigned begun = 1;

	while (begun < nr && clock_monotonic_ns() < until_ns) {
		unsigned before = begun;

		send_startup();
		begun = wait_for_next(before, between_ns);
		between_ns = min(2 * between_ns, BETWEEN_MESSAGES_MAX_NS);
		if (begun > before)
			until_ns = clock_monotonic_ns() + WAIT_FOR_NEXT_NS;
	}
	begun = __atomic_exchange_n(&smp_next_number, CPUS_MAX, __ATOMIC_ACQ_REL);
	/* These run code of the kernel: they will be up, as soon as the host lets them run. */
	if (!smp_clock_decide(begun))
		return;
	while (arch_smp_nr_cpus() < begun)
		sched_yield();
}

void arch_smp_start(void)
{
	unsigned nr = 1;

	smp_calls_init();
	if (percpu_nr() == 1)
		return;
	if (regime_unlimited || !boot_alloc_is_ram(SMP_PAGE / PAGE_SIZE)) {
		log_warn("only one CPU is used: %s",
			 regime_unlimited ? "regime none has no protection between several"
					  : "no memory where the others would begin");
		return;
	}
	while (nr < percpu_nr() && make_stacks(nr))
		nr++;
	__atomic_store_n(&smp_is_on, nr > 1, __ATOMIC_SEQ_CST);
	smp_nr_numbers = nr;
	smp_root = virt_to_phys(kernel_root_table());
	fill_page();
	send_init();
	wait_for(nr);
	smp_turns_start();
	if (arch_smp_nr_cpus() < nr)
		log_warn("%u of %u CPUs did not start, or cannot: they are left out",
			 nr - arch_smp_nr_cpus(), nr);
	log_info("%u CPUs", arch_smp_nr_cpus());
}
