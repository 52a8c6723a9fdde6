/* SPDX-License-Identifier: MIT */
/*
 * The CPUs: this one's number, current thread and preemption count, how to wait, the traps, and how
 * far programs are limited.
 *
 * The body defines arch_cpu_relax, arch_spin_wait (calls spin_wait() of sync/spinlock.h, by which
 * its caller loses no register), arch_bytes_are_equal (the two of a u16), arch_increment_release
 * (of a byte that only this CPU writes, after all that it wrote before),
 * arch_preempt_count{,_inc,_dec_is_zero,_add} (layout: sync/preempt.h),
 * arch_need_resched_{set,clear,test}, current_thread and arch_cpu_id: each one or two instructions.
 */
#pragma once

#include "lib/compiler.h"

#define CPUS_MAX 64 /* a mask of them is a u64 */

struct thread;
struct trap_frame;
struct trap_info;
struct trap_row;

#include <arch_inline/cpu_inline.h>

/*
 * Detect features, set control registers and load descriptor tables of the boot CPU. First call of
 * kernel_main.
 */
void arch_cpu_init_boot(void);
/* The part that needs the object caches: FPU areas. */
void arch_cpu_init_late(void);
/* One line on the CPU and the features in use, for the log. Returns the length. */
size_t arch_cpu_describe(char *buffer, size_t size);
/* /proc/cpuinfo's text for CPU @cpu into @buffer; returns the length. */
size_t arch_cpu_info_text(unsigned cpu, char *buffer, size_t size);
/* Where a CPU is: those of one package, or of one core of it, have the same numbers. */
struct arch_cpu_place {
	u32 package, core;
};
struct arch_cpu_place arch_cpu_place(unsigned cpu);
/* Sleep until an interrupt. Interrupts are off before and on after. Context: idle thread. */
void arch_cpu_idle(void);
/* Stop this CPU for ever, interrupts off. */
_Noreturn void arch_cpu_halt(void);
/* Fill @buffer with hardware randomness if the CPU has it, else with clock jitter. */
void arch_random_seed(void *buffer, size_t len_bytes);
/* Print a backtrace of the caller through @print (for panic). */
void arch_backtrace(void (*print)(const char *fmt, ...) __printf(1, 2));

/*
 * Make an area of variables (arch/arch_percpu.h) for each CPU that may run. Boot, before
 * arch_kernel_map_init().
 */
void arch_cpu_areas_init(void);
/* Start the CPUs for which there are areas, and wait until they are up. Boot, in a thread. */
void arch_smp_start(void);
/* CPUs that are up: they have the numbers below it. */
unsigned arch_smp_nr_cpus(void);
/* Make @cpu reschedule soon (by an inter-processor interrupt if it is another). Context: any. */
void arch_smp_send_resched(unsigned cpu);
/* Stop all other CPUs for good, and say through @print where each was. For panic. */
void arch_smp_stop_others(void (*print)(const char *fmt, ...) __printf(1, 2));

/* The machine's trap number @index (core/trap_table.h); NULL: there are no more. */
const struct trap_row *arch_trap_row(unsigned index);
/* Give the CPU the addresses of the entry code, once for each CPU: now it handles traps. */
void arch_traps_install(void);
/* Switch all CPUs to the traced entry of system calls, or back. */
void arch_traps_trace(bool on);
/* Handlers of what only the architecture can handle: TRAP_DEVICE, TRAP_FLUSH, TRAP_FATAL. */
void arch_trap_device(struct trap_frame *frame, const struct trap_info *info);
void arch_trap_flush(struct trap_frame *frame, const struct trap_info *info);
_Noreturn void arch_trap_fatal(struct trap_frame *frame, const struct trap_info *info);
/*
 * After TRAP_ILLEGAL in the kernel: was it the instruction that the compiler places where a check
 * for undefined behaviour fails (debug kernel)?
 */
bool arch_compiler_trap(const struct trap_frame *frame);
/* The FPE_* code of a TRAP_FLOAT of the current program. */
int arch_float_fault_code(const struct trap_info *info);

/* How far programs are limited: the machine's side of option regime= (core/regime.h). */
enum regime {
	REGIME_NONE,	    /* programs run in kernel mode, interrupts off                   */
	REGIME_COOPERATIVE, /* user mode and traps; an interrupt never switches programs     */
	REGIME_PREEMPTIVE,  /* the same, and the timer takes the CPU back                    */
	NR_REGIMES
};
/*
 * Patch the entry code for @regime. Boot, once: after the CPU's features were detected, while the
 * code is still writable, before arch_kernel_map_init and arch_traps_install.
 */
void arch_regime_install(enum regime regime);
