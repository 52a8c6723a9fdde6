/* SPDX-License-Identifier: MIT */
/* The other CPUs: how they begin, and how one CPU asks another for something. */
#pragma once

#include "arch/arch_cpu.h"
#include "lib/compiler.h"

struct tlb_range;

/* In smp_entry.S: what is copied to SMP_PAGE, the values in it, and where it goes on. */
extern const char smp_page_code[], smp_page_values[], smp_page_end[], smp_entry[];
/* What that reads: the kernel's page table; where the stack of each CPU that is started ends. */
extern u64 smp_root, smp_stack_tops[CPUS_MAX];
/* The number of the CPU that comes next; all are below the other. */
extern u32 smp_next_number, smp_nr_numbers;
/* The first C code of a CPU that is started, on the stack that is meant for it. */
_Noreturn void smp_begin(unsigned cpu);

/* [a] May another CPU run? Set before the first is started, and never cleared. */
extern bool smp_is_on;

/* Make this CPU known to those that send messages. Its interrupts are off. */
void smp_calls_init(void);
/*
 * Make every other CPU for which @wants(cpu, data), or every one if @wants is NULL, call
 * smp_answer(), and wait until they have; if @kernel, they forget the kernel's half too.
 * Context: any, preemption off.
 */
void smp_ask_others(bool (*wants)(unsigned cpu, const void *data), const void *data, bool kernel);
/*
 * The same for the pages of @range, a space's, only. @wants gets the space. The other CPU may
 * forget more.
 */
void smp_ask_others_range(bool (*wants)(unsigned cpu, const void *data),
			  const struct tlb_range *range);
/*
 * Do what other CPUs ask for: forget translations, and see where system calls are to begin.
 * Context: any.
 */
void smp_answer(void);
/* Was the non-maskable interrupt at @frame the message by which a CPU that panics stops others? */
bool smp_is_stopped(const struct trap_frame *frame);
