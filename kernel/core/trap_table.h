/* SPDX-License-Identifier: MIT */
/*
 * The trap table: which function handles which trap. Filled by init/main.c at boot, handed to the
 * CPU by the architecture with a privileged instruction, and read on every trap but a system call.
 *
 * The architecture lists the traps of its machine (arch_trap_row), each with what it means: its
 * kind. The handlers are for the kinds, so no code above arch/ knows a machine's own traps.
 */
#pragma once

#include "arch/arch_cpu.h"
#include "arch/arch_percpu.h"
#include "lib/compiler.h"

struct trap_frame;

enum trap_kind {
	TRAP_PAGE_FAULT, /* a page is absent, or its protection forbids the access         */
	TRAP_ILLEGAL,	 /* an instruction that the CPU does not know, or that is off       */
	TRAP_BREAKPOINT, /* an instruction of debuggers                                     */
	TRAP_STEP,	 /* a single step is done                                           */
	TRAP_ARITHMETIC, /* integers: division by zero, overflow                            */
	TRAP_FLOAT,	 /* floating point: arch_float_fault_code knows the cause           */
	TRAP_ALIGNMENT,	 /* an access to an address that is no multiple of its size         */
	TRAP_ADDRESS,	 /* an address that is refused before a page table is read          */
	TRAP_PRIVILEGE,	 /* what only the kernel may do                                     */
	TRAP_CALL,	 /* a system call, if it passes through the table                   */
	TRAP_TIMER,	 /* the time that arch_timer_arm was given has come                 */
	TRAP_RESCHED,	 /* another CPU's arch_smp_send_resched                             */
	TRAP_FLUSH,	 /* another CPU changed a page table: forget translations           */
	TRAP_DEVICE,	 /* a device wants attention (arch/arch_irq.h)                      */
	TRAP_SPURIOUS,	 /* an interrupt that was withdrawn: nothing to do                  */
	TRAP_FATAL,	 /* the machine cannot go on                                        */
	NR_TRAP_KINDS
};

/* One trap of the machine. If @signal is not 0, the program that caused the trap gets it. */
struct trap_row {
	const char *name, *label; /* of the trap; what becomes of it */
	enum trap_kind kind;
	int signal, code;   /* code: si_code, unless the kind is TRAP_FLOAT       */
	bool address_is_ip; /* si_addr: the instruction's address; false: 0       */
};

#define TRAPS_MAX 32 /* of one machine */

/* What the CPU said about a trap. */
struct trap_info {
	u32 trap;	/* its number: arch_trap_row                                 */
	u32 vector;	/* the architecture's number                                 */
	u64 address;	/* page fault: the address touched; else the instruction     */
	u32 access;	/* page fault: TRAP_ACCESS_* */
	u64 error_code; /* as the hardware gave it                                    */
	bool from_user;
};
#define TRAP_ACCESS_WRITE 1U
#define TRAP_ACCESS_EXEC 2U
#define TRAP_ACCESS_PRESENT 4U /* the page was mapped: a protection violation */

typedef void (*trap_handler_t)(struct trap_frame *frame, const struct trap_info *info);

/* Install @handler for all traps of @kind. Boot only; once for each kind. */
void trap_table_set(enum trap_kind kind, trap_handler_t handler);
/* Make sure that each trap of the machine has a handler. Boot, when all are installed. */
void trap_table_check(void);
/* How many traps the machine has: arch_trap_row knows the indices below. */
unsigned trap_table_nr_rows(void);
/*
 * Called by the entry code, which has counted the trap, before it lets interrupts in, by
 * trap_table_count.
 */
void trap_table_dispatch(struct trap_frame *frame, const struct trap_info *info);
/* Context: interrupts off. */
extern PERCPU(u64[TRAPS_MAX], trap_table_counts); /* [p] */
static inline void trap_table_count(unsigned trap)
{
	(*this_cpu(trap_table_counts))[trap]++;
}
/* How often trap number @trap has happened on CPU @cpu, which has an area; on all CPUs. */
u64 trap_table_total_on(unsigned trap, unsigned cpu);
u64 trap_table_total(unsigned trap);
/* The handler of a trap that means nothing (TRAP_SPURIOUS). */
void trap_ignore(struct trap_frame *frame, const struct trap_info *info);
/* The handler of TRAP_RESCHED: the end of the interrupt will find the wish. */
void trap_resched(struct trap_frame *frame, const struct trap_info *info);
/* Print the whole table to the log. */
void trap_table_print(void);
