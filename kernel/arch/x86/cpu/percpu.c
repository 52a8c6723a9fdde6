// SPDX-License-Identifier: MIT
/* The data area of each CPU, at %gs:0 in kernel mode. */
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/cpu/cpu.h"
#include "core/assert.h"
#include "sched/thread.h"
#include "sync/preempt.h"

static struct percpu areas[CPUS_MAX] __cacheline_aligned; /* [p] */
/* The current thread until sched_init gives the boot code a thread of its own. */
static struct thread early_thread;

struct percpu *percpu_area(unsigned cpu)
{
	debug_assert(cpu < CPUS_MAX);
	return &areas[cpu];
}

void percpu_init_boot(void)
{
	struct percpu *area = &areas[0];

	area->self = area;
	area->cpu_id = 0;
	area->current = &early_thread;
	early_thread.state = THREAD_RUNNING;
	/* Boot code is not preemptible until the scheduler runs. */
	area->preempt_count = PREEMPT_NO_RESCHED | 1;
	x86_write_msr(MSR_GS_BASE, (u64)area);
	x86_write_msr(MSR_KERNEL_GS_BASE, 0);
}
