// SPDX-License-Identifier: MIT
/*
 * Segment descriptors (flat, as 64-bit mode requires them) and the task-state segment, which holds
 * the kernel stack of the running thread.
 */
#include "arch/arch_page.h"
#include "arch/arch_percpu.h"
#include "arch/arch_thread.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/cpu/descriptor.h"
#include "arch/x86/cpu/tss.h"
#include "arch/x86/vdso/vdso.h"
#include "core/assert.h"
#include "core/errno.h"
#include "mm/kstack.h"

struct gdt {
	u64 entries[8];
};

static PERCPU(struct gdt, cpu_gdt) __cacheline_aligned; /* [p] */
static PERCPU(struct tss, cpu_tss) __cacheline_aligned; /* [p] */

/*
 * The stacks of NMI, double fault and machine check. An overflow hits the unmapped guard page.
 * Those of the boot CPU are here, as it needs them first of all. Others have kernel stacks.
 */
struct ist_stack {
	u8 guard[PAGE_SIZE];
	u8 stack[IST_STACK_SIZE];
};
/* [o] of the boot CPU */
static struct ist_stack boot_ist_stacks[NR_IST_STACKS] __aligned(PAGE_SIZE)
	__attribute__((section(".bss.page_aligned")));
static_assert(sizeof(struct ist_stack) % PAGE_SIZE == 0, "each guard is a page");

static const struct gdt gdt_template = {{
	0, 0x00af9b000000ffff, /* kernel code: 64-bit, ring 0 */
	0x00cf93000000ffff,    /* kernel data                 */
	0x00cff3000000ffff,    /* user data: ring 3           */
	0x00affb000000ffff,    /* user code: 64-bit, ring 3   */
}};

/* User data, read-only, limit in bytes (the CPU's number is added to it). */
#define CPU_NUMBER_DESCRIPTOR 0x0040f10000000000UL

bool ist_is_guard(u64 address)
{
	u64 offset = address - (u64)boot_ist_stacks;

	return offset < sizeof(boot_ist_stacks) &&
	       offset % sizeof(struct ist_stack) < sizeof(boot_ist_stacks[0].guard);
}

static void set_ist_stack(unsigned cpu, unsigned i, u64 end)
{
	u64 *top = (u64 *)(end - 16);

	*top = (u64)percpu_area(cpu); /* for entry_paranoid */
	on_cpu(cpu_tss, cpu)->ist[i] = (u64)top;
}

int gdt_alloc_stacks(unsigned cpu)
{
	void *stacks[NR_IST_STACKS];

	for (unsigned i = 0; i < NR_IST_STACKS; i++) {
		stacks[i] = kstack_alloc();
		if (!stacks[i]) {
			while (i--)
				kstack_free(stacks[i]);
			return -ENOMEM;
		}
	}
	for (unsigned i = 0; i < NR_IST_STACKS; i++)
		set_ist_stack(cpu, i, (u64)stacks[i] + KERNEL_STACK_SIZE);
	return 0;
}

void gdt_load(unsigned cpu)
{
	struct gdt *gdt = on_cpu(cpu_gdt, cpu);
	struct tss *tss = on_cpu(cpu_tss, cpu);
	u64 base = (u64)tss, limit = sizeof(*tss) - 1;
	struct descriptor_pointer pointer = {sizeof(*gdt) - 1, (u64)gdt};

	static_assert(SELECTOR_CPU_NUMBER == (7 << 3 | 3) && CPUS_MAX <= CPU_NUMBER_MASK,
		      "the last entry tells programs the CPU");
	if (!cpu)
		for (unsigned i = 0; i < NR_IST_STACKS; i++)
			set_ist_stack(cpu, i, (u64)(boot_ist_stacks[i].stack + IST_STACK_SIZE));
	*gdt = gdt_template;
	gdt->entries[5] =
		limit | (base & 0xffffff) << 16 | 0x89UL << 40 | ((base >> 24) & 0xff) << 56;
	gdt->entries[6] = base >> 32;
	gdt->entries[7] = CPU_NUMBER_DESCRIPTOR | cpu; /* on node 0 */
	tss->io_map_base = sizeof(*tss);	       /* no I/O permission map: every port traps */
	percpu_area(cpu)->tss = tss;

	__asm__ volatile("lgdt %0\n\t"
			 "pushq %1\n\t"
			 "lea 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:\tmov %2, %%ss\n\t"
			 "mov %3, %%ds\n\t"
			 "mov %3, %%es\n\t"
			 "ltr %w4" ::"m"(pointer),
			 "i"(SELECTOR_KERNEL_CODE), "r"(SELECTOR_KERNEL_DATA), "r"(0),
			 "r"(SELECTOR_TSS)
			 : "rax", "memory");
}
