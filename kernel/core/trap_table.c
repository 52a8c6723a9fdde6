// SPDX-License-Identifier: MIT
/* The trap table itself: see trap_table.h. */
#include "core/trap_table.h"
#include "arch/arch_cpu.h"
#include "arch/arch_thread.h"
#include "core/assert.h"
#define LOG_SUBSYS "trap"
#include "core/log.h"

struct trap_entry {
	trap_handler_t handler; /* set at boot */
	const char *handler_name;
};

static struct trap_entry table[NR_TRAPS];  /* [I] after boot */
u64 trap_table_counts[CPUS_MAX][NR_TRAPS]; /* [p] */

#define TRAP_SIGNAL(vector, name, text, ...) [TRAP_##name] = text,
#define TRAP_HANDLER(vector, name, text, ...) [TRAP_##name] = text,
static const char *const trap_names[NR_TRAPS] = {
#include "arch/arch_traps.tbl.h"
};
#undef TRAP_SIGNAL
#undef TRAP_HANDLER

void trap_table_set(enum trap trap, trap_handler_t handler, const char *name)
{
	assert(trap < NR_TRAPS && !table[trap].handler);
	table[trap] = (struct trap_entry){handler, name};
}

void trap_table_dispatch(struct trap_frame *frame, const struct trap_info *info)
{
	trap_handler_t handler = table[info->trap].handler;

	trap_table_count(info->trap);
	if (unlikely(!handler)) {
		arch_frame_dump(frame, log_raw);
		panic("trap without a handler: %s, vector %u, error code %lx, at %lx",
		      trap_names[info->trap], info->vector, info->error_code, frame_ip(frame));
	}
	handler(frame, info);
}

bool trap_table_row(enum trap trap, struct trap_table_row *row)
{
	if (trap >= NR_TRAPS)
		return false;
	row->trap_name = trap_names[trap];
	row->handler_name = table[trap].handler_name;
	row->count = 0;
	for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++)
		row->count += trap_table_counts[cpu][trap];
	return true;
}

void trap_table_print(void)
{
	struct trap_table_row row;

	for (unsigned i = 0; trap_table_row(i, &row); i++)
		if (row.handler_name)
			log_info("%-24s -> %s", row.trap_name, row.handler_name);
}
