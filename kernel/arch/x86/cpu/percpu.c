// SPDX-License-Identifier: MIT
/* The data area of each CPU, at %gs:0 in kernel mode, and where its other variables are. */
#include "arch/arch_page.h"
#include "arch/arch_percpu.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/boot/boot_entry.h"
#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/smp/smp_page.h"
#include "arch/x86/smp/smp_turns.h"
#include "core/assert.h"
#include "core/cmdline.h"
#include "core/panic.h"
#include "lib/string.h"
#include "mm/boot_alloc.h"
#include "sched/thread.h"
#include "sync/preempt.h"

static PERCPU(struct percpu, area) __cacheline_aligned;
/* [I] The boot CPU uses the section in the image itself. */
u64 percpu_offsets[CPUS_MAX] = {0, [1 ... CPUS_MAX - 1] = PERCPU_NOWHERE};
unsigned percpu_nr_areas = 1; /* [I] */
/* The current thread until sched_init gives the CPU's boot code a thread of its own. */
static PERCPU(struct thread, early_thread);

struct percpu *percpu_area(unsigned cpu)
{
	debug_assert(cpu < percpu_nr());
	return on_cpu(area, cpu);
}

#ifdef DEBUG
void percpu_may_move(const char *name)
{
	if (!panic_in_progress())
		panic("this CPU's %s is wanted by a thread that may move to another", name);
}
#endif

void percpu_init(unsigned cpu)
{
	struct percpu *own = percpu_area(cpu);

	own->self = own;
	own->offset = percpu_offsets[cpu];
	own->cpu_id = cpu;
	own->current = on_cpu(early_thread, cpu);
	own->current->state = THREAD_RUNNING;
	own->current->cpu = cpu;
	/* Boot code is not preemptible until the scheduler runs. */
	own->preempt_count = PREEMPT_NO_RESCHED | 1;
	x86_write_msr(MSR_GS_BASE, (u64)own);
	x86_write_msr(MSR_KERNEL_GS_BASE, 0);
}

void arch_cpu_areas_init(void)
{
	u64 bytes = align_up((u64)(percpu_end - percpu_start), PAGE_SIZE);
	const u32 *apic_ids;

	acpi_init();
	percpu_nr_areas = max(1U, min(smp_turns_decide(acpi_cpus(&apic_ids)),
				      (unsigned)cmdline_u64("maxcpus", CPUS_MAX)));
	if (percpu_nr_areas > 1)
		boot_alloc_reserve(SMP_PAGE, PAGE_SIZE);
	for (unsigned cpu = 1; cpu < percpu_nr_areas; cpu++) {
		void *area = phys_to_virt(boot_alloc_pages(bytes / PAGE_SIZE));

		memset(area, 0, bytes);
		percpu_offsets[cpu] = (u64)area - (u64)percpu_start;
	}
}
