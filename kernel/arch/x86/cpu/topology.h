/* SPDX-License-Identifier: MIT */
/* How the bits of an APIC ID say where a CPU is. */
#pragma once

#include "lib/compiler.h"

/* What CPUID says of it. */
struct topology_facts {
	bool has_levels;	   /* leaf 0xb: the shifts of its levels follow */
	u32 core_shift, top_shift; /* of the threads of a core; of all levels */
	u32 nr_threads, nr_cores;  /* else: of a package, as its IDs allow; 0: not said */
};

/* An ID without its lowest core_shift bits names a core, without package_shift bits a package. */
struct topology {
	u32 core_shift, package_shift;
};

struct topology topology_from(const struct topology_facts *facts);
