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
/* Turn on what was detected: control registers, EFER, NX; patch the SMAP sites. */
void cpu_features_enable(void);
/* Set a new stack canary; the caller must not return through a protected function. */
void cpu_stack_canary_init(void);
void percpu_init_boot(void);
/* Descriptor tables and the task-state segment of CPU @cpu. */
void gdt_load(unsigned cpu);
/* Hand the entry stubs to the CPU: LIDT, and the register of the SYSCALL entry. */
void idt_load(void);
/* Make every gate that has no stack of its own use stack @ist of the task-state segment. Boot. */
void idt_use_stack(unsigned ist);
/* Enable the FPU's save instructions; make the cache of areas. After slab_init. */
void fpu_init(void);

/* The per-CPU data of CPU @cpu. */
struct percpu *percpu_area(unsigned cpu);
