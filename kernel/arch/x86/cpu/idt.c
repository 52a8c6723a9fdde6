// SPDX-License-Identifier: MIT
/*
 * Hands the trap table to the CPU: the stub of each vector (LIDT), and the entry of `syscall`
 * (LSTAR). Both instructions are privileged.
 */
#include "arch/arch_cpu.h"
#include "arch/arch_percpu.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/cpu/descriptor.h"
#include "arch/x86/entry/trap.h"
#include "arch/x86/smp/smp.h"
#include "core/fast_path.h"
#include "sched/account/user_time.h"
#include "sync/preempt.h"
#include "trace/trace.h"

static struct idt_gate idt[NR_VECTORS] __aligned(16); /* [I] after boot */

static void set_gate(unsigned vector, u8 type, u8 ist)
{
	u64 stub = (u64)entry_stubs + vector * ENTRY_STUB_SIZE;

	idt[vector] = idt_gate_to(stub, type, ist);
}

static u64 call_entry;		    /* [a] where system calls are to begin */
static PERCPU(u64, call_entry_set); /* [p] where they begin on this CPU    */

void idt_catch_up(void)
{
	u64 wanted = READ_ONCE(call_entry);

	if (*this_cpu(call_entry_set) != wanted) {
		*this_cpu(call_entry_set) = wanted;
		x86_write_msr(MSR_LSTAR, wanted);
	}
}

void arch_traps_trace(bool on)
{
	on |= user_time_on;
	WRITE_ONCE(traps_watched, on);
	on |= !fast_path_is_on(FAST_PATH_call);
	preempt_disable();
	WRITE_ONCE(call_entry, on ? (u64)syscall_entry_traced : (u64)syscall_entry);
	idt_catch_up();
	if (unlikely(smp_is_on))
		smp_ask_others(NULL, NULL, false);
	preempt_enable();
}

void idt_init(void)
{
	for (unsigned i = 0; i < NR_VECTORS; i++)
		set_gate(i, GATE_INTERRUPT, 0);
	set_gate(VECTOR_NMI, GATE_INTERRUPT, 1);
	set_gate(VECTOR_DOUBLE_FAULT, GATE_INTERRUPT, 2);
	set_gate(VECTOR_MACHINE_CHECK, GATE_INTERRUPT, 3);
	/* What a program may raise by INT n: breakpoint, overflow, and the legacy system call. */
	set_gate(VECTOR_BREAKPOINT, GATE_INTERRUPT_USER, 0);
	set_gate(VECTOR_OVERFLOW, GATE_INTERRUPT_USER, 0);
	set_gate(VECTOR_SYSCALL_LEGACY, GATE_INTERRUPT_USER, 0);
	arch_traps_trace(trace_on);
}

void idt_load(void)
{
	struct descriptor_pointer pointer = {sizeof(idt) - 1, (u64)idt};

	__asm__ volatile("lidt %0" ::"m"(pointer));

	x86_write_msr(MSR_STAR, (u64)SELECTOR_KERNEL_CODE << 32 | (u64)SELECTOR_KERNEL_DATA << 48);
	idt_catch_up();
	x86_write_msr(MSR_SYSCALL_MASK, X86_FLAGS_TF | X86_FLAGS_IF | X86_FLAGS_DF |
						X86_FLAGS_IOPL | X86_FLAGS_NT | X86_FLAGS_RF |
						X86_FLAGS_AC);
	TRACE(boot_traps_installed, 0, (u64)idt, x86_read_msr(MSR_LSTAR));
}

void idt_use_stack(unsigned ist)
{
	for (unsigned i = 0; i < ARRAY_SIZE(idt); i++)
		if (!idt[i].ist)
			idt[i].ist = (u8)ist;
}
