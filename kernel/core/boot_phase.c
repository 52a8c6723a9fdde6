// SPDX-License-Identifier: MIT
/* Marks of the bring-up, kept as readings of the cycle counter. */
#include "core/boot_phase.h"
#include "time/clock.h"

#define PHASES_MAX 32

static struct {
	const char *name;
	u64 cycles;
} phases[PHASES_MAX];			  /* [I] after boot */
static unsigned nr_phases;		  /* [I] after boot */
static struct boot_memory memory_at_boot; /* [I] after boot */

void boot_phase(const char *name)
{
	if (nr_phases == PHASES_MAX)
		return;
	phases[nr_phases].name = name;
	phases[nr_phases].cycles = arch_clock_cycles();
	nr_phases++;
}

bool boot_phase_get(unsigned index, const char **name, u64 *ns)
{
	if (index >= nr_phases)
		return false;
	*name = phases[index].name;
	*ns = clock_cycles_to_ns(phases[index].cycles - arch_clock.entry_cycles);
	return true;
}

void boot_memory_set(const struct boot_memory *memory)
{
	memory_at_boot = *memory;
}

const struct boot_memory *boot_memory(void)
{
	return &memory_at_boot;
}
