// SPDX-License-Identifier: MIT
/* Packages and cores by the bits of APIC IDs: SDM 3A 9.9.3. */
#include "arch/x86/cpu/topology.h"

/* Bits that number @nr things. */
static u32 bits_for(u32 nr)
{
	return nr > 1 ? 32 - (u32)__builtin_clz(nr - 1) : 0;
}

struct topology topology_from(const struct topology_facts *facts)
{
	u32 package = bits_for(facts->nr_threads), cores = bits_for(facts->nr_cores);

	if (facts->has_levels)
		return (struct topology){min(facts->core_shift, facts->top_shift),
					 facts->top_shift};
	return (struct topology){package - min(cores, package), package};
}
