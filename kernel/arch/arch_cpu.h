/* SPDX-License-Identifier: MIT */
/*
 * This CPU: its number, its current thread, its preemption count, and how to wait.
 * Contract of the inline body: arch_cpu_relax, arch_preempt_count{,_inc,_dec_is_zero,_add},
 * arch_need_resched_{set,clear,test}, current_thread, arch_cpu_id: each one or two instructions.
 */
#pragma once

#include "lib/compiler.h"

#define CPUS_MAX 32

struct thread;

#ifndef HOST_TEST
#include <arch_inline/cpu_inline.h>

/*
 * Detect features, set control registers and load descriptor tables of the boot CPU. First call of
 * kernel_main.
 */
void arch_cpu_init_boot(void);
/* The part that needs the object caches: FPU areas. */
void arch_cpu_init_late(void);
/*
 * One line on the CPU and the features in use, for the log. Returns the length.
 */
size_t arch_cpu_describe(char *buffer, size_t size);
/* /proc/cpuinfo's text for CPU @cpu into @buffer; returns the length. */
size_t arch_cpu_info_text(unsigned cpu, char *buffer, size_t size);
/*
 * Sleep until an interrupt. Interrupts are off before and on after. Context: idle thread.
 */
void arch_cpu_idle(void);
/* Stop this CPU for ever, interrupts off. */
_Noreturn void arch_cpu_halt(void);
/*
 * Power off, reset: by the firmware's tables, else as the platform has always done it. Halts if
 * neither works. Context: any.
 */
_Noreturn void arch_machine_poweroff(void);
_Noreturn void arch_machine_reboot(void);
/* Fill @buffer with hardware randomness if the CPU has it, else with clock jitter. */
void arch_random_seed(void *buffer, size_t len_bytes);
/* Print a backtrace of the caller through @print (for panic). */
void arch_backtrace(void (*print)(const char *fmt, ...) __printf(1, 2));
#else
void arch_cpu_idle(void);
_Noreturn void arch_machine_poweroff(void);
static inline void arch_cpu_relax(void)
{
}
extern unsigned unit_current_cpu;
static inline unsigned arch_cpu_id(void)
{
	return unit_current_cpu;
}
extern bool unit_need_resched; /* of this CPU */
static inline void arch_need_resched_set(void)
{
	unit_need_resched = true;
}
static inline void arch_need_resched_clear(void)
{
	unit_need_resched = false;
}
static inline bool arch_need_resched_test(void)
{
	return unit_need_resched;
}
extern struct thread *unit_current_thread; /* a test that needs one sets it */
static inline struct thread *current_thread(void)
{
	return unit_current_thread;
}
#endif
