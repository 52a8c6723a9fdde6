/* SPDX-License-Identifier: MIT */
/* The parts of bringing up one CPU. */
#pragma once

#include "arch/arch_cpu.h"
#include "lib/compiler.h"

/* Descriptor-table selectors; the order is what SYSCALL and SYSRET expect (STAR). */
#define SELECTOR_KERNEL_CODE 0x08
#define SELECTOR_KERNEL_DATA 0x10
#define SELECTOR_USER_DATA 0x1b
#define SELECTOR_USER_CODE 0x23
#define SELECTOR_TSS 0x28

/* The features that CPUID reports. */
struct cpu_features {
	bool no_exec, smep, smap, umip, fsgsbase, global_pages, large_pages_1g;
	bool xsave, x2apic, tsc_deadline, rdrand, rdseed, tsc_aux, invariant_tsc, hypervisor;
	u32 xsave_size;	   /* bytes of the area for xsave_mask             */
	u64 xsave_mask;	   /* components we enable in XCR0                 */
	u32 hwcap, hwcap2; /* for AT_HWCAP, AT_HWCAP2                      */
	char vendor[13], model[49];
	u32 family, model_number, stepping;
};
extern struct cpu_features cpu_features;

void cpu_features_detect(void);
/* Patch the code for what was detected. Boot. */
void cpu_features_patch(void);
/* Turn on what was detected, on this CPU: control registers, EFER, NX. */
void cpu_features_enable(void);
/* Set a new stack canary; the caller must not return through a protected function. */
void cpu_stack_canary_init(void);
/* Make area @cpu the data of the CPU that we run on. */
void percpu_init(unsigned cpu);
/* Allocate the stacks of CPU @cpu's task-state segment. Context: task. Returns 0, -ENOMEM. */
int gdt_alloc_stacks(unsigned cpu) __must_check;
/* Load this CPU's descriptor tables and task-state segment. @cpu is its number. */
void gdt_load(unsigned cpu);
/* Make the trap table that all CPUs share. Boot. */
void idt_init(void);
/* Hand the entry stubs to this CPU: LIDT, and the register of the SYSCALL entry. */
void idt_load(void);
/* System calls are to begin elsewhere (arch_traps_trace): now also on this CPU. Interrupts off. */
void idt_catch_up(void);
/* Make every gate that has no stack of its own use stack @ist of the task-state segment. Boot. */
void idt_use_stack(unsigned ist);
/* Enable the FPU's save instructions on this CPU. */
void fpu_enable(void);
/* The same, and make the cache of areas. After slab_init. */
void fpu_init(void);

/* The per-CPU data of CPU @cpu. */
struct percpu *percpu_area(unsigned cpu);
