/* SPDX-License-Identifier: MIT */
/*
 * The trap table: which function handles which trap. Filled by init/main.c at boot, handed to the
 * CPU by the architecture with a privileged instruction, and read on every trap but a system call.
 *
 * The architecture lists its traps, with their vectors, in arch/arch_traps.tbl.h.
 */
#pragma once

#include "arch/arch_cpu.h"
#include "lib/compiler.h"

struct trap_frame;

#define TRAP_SIGNAL(vector, name, ...) TRAP_##name,
#define TRAP_HANDLER(vector, name, ...) TRAP_##name,
enum trap {
#include "arch/arch_traps.tbl.h"
	NR_TRAPS
};
#undef TRAP_SIGNAL
#undef TRAP_HANDLER

/* What the CPU said about a trap. */
struct trap_info {
	enum trap trap;
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

/* Install @handler for @trap; @name is shown in /proc and at boot. Boot only. */
void trap_table_set(enum trap trap, trap_handler_t handler, const char *name);
/* Called by the entry code. Interrupts as the trap left them. */
void trap_table_dispatch(struct trap_frame *frame, const struct trap_info *info);
/* Count a trap that is handled without the table. */
extern u64 trap_table_counts[CPUS_MAX][NR_TRAPS]; /* [p] */
static inline void trap_table_count(enum trap trap)
{
	trap_table_counts[arch_cpu_id()][trap]++;
}
/* One row for printing: false past the end. */
struct trap_table_row {
	const char *trap_name, *handler_name;
	u64 count;
};
bool trap_table_row(enum trap trap, struct trap_table_row *row);
/* Print the whole table to the log. */
void trap_table_print(void);
