// SPDX-License-Identifier: MIT
/* The trap table itself: see trap_table.h. */
#include "core/trap_table.h"
#include "arch/arch_cpu.h"
#include "arch/arch_percpu.h"
#include "core/assert.h"
#define LOG_SUBSYS "trap"
#include "core/log.h"

static trap_handler_t handlers[TRAPS_MAX]; /* [I] after boot */
PERCPU(u64[TRAPS_MAX], trap_table_counts); /* [p] */

void trap_table_set(enum trap_kind kind, trap_handler_t handler)
{
	const struct trap_row *row;

	for (unsigned i = 0; (row = arch_trap_row(i)); i++) {
		if (row->kind != kind)
			continue;
		assert(!handlers[i]);
		handlers[i] = handler;
	}
}

void trap_table_check(void)
{
	for (unsigned i = 0; arch_trap_row(i); i++)
		assert(handlers[i]);
}

unsigned trap_table_nr_rows(void)
{
	unsigned n = 0;

	while (arch_trap_row(n))
		n++;
	return n;
}

void trap_table_dispatch(struct trap_frame *frame, const struct trap_info *info)
{
	handlers[info->trap](frame, info);
}

u64 trap_table_total_on(unsigned trap, unsigned cpu)
{
	return READ_ONCE((*on_cpu(trap_table_counts, cpu))[trap]);
}

u64 trap_table_total(unsigned trap)
{
	u64 total = 0;

	for (unsigned cpu = 0; cpu < percpu_nr(); cpu++)
		total += trap_table_total_on(trap, cpu);
	return total;
}

void trap_ignore(struct trap_frame *frame, const struct trap_info *info)
{
	(void)frame;
	(void)info;
}

void trap_resched(struct trap_frame *frame, const struct trap_info *info)
{
	(void)frame;
	(void)info;
	arch_need_resched_set();
}

void trap_table_print(void)
{
	const struct trap_row *row;

	for (unsigned i = 0; (row = arch_trap_row(i)); i++)
		log_info("%-24s -> %s", row->name, row->label);
}
