// SPDX-License-Identifier: MIT
/* What CPUID says of packages and cores. All CPUs of a machine answer the same. */
#include "arch/arch_cpu.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/cpu/topology.h"

#define LEAF_CACHES 4
#define LEAF_LEVELS 0xb
#define LEAF_AMD 0x80000000U
#define LEAF_AMD_CORES 0x80000008U
#define LEVELS_MAX 8
#define LEVEL_THREADS 1
#define FEATURE_SEVERAL BIT(28) /* leaf 1, EDX: a package has room for several */

static void read_levels(struct topology_facts *facts)
{
	for (u32 i = 0; i < LEVELS_MAX; i++) {
		struct x86_cpuid r = x86_cpuid(LEAF_LEVELS, i);
		u32 type = (r.ecx >> 8) & 0xff;

		if (!type || !(r.ebx & 0xffff))
			return;
		facts->has_levels = true;
		facts->top_shift = r.eax & 31;
		if (type == LEVEL_THREADS)
			facts->core_shift = r.eax & 31;
	}
}

static void read_facts(struct topology_facts *facts)
{
	u32 most = x86_cpuid(0, 0).eax;
	struct x86_cpuid one = x86_cpuid(1, 0);

	if (most >= LEAF_LEVELS)
		read_levels(facts);
	if (one.edx & FEATURE_SEVERAL)
		facts->nr_threads = (one.ebx >> 16) & 0xff;
	if (x86_cpuid(LEAF_AMD, 0).eax >= LEAF_AMD_CORES)
		facts->nr_cores = (x86_cpuid(LEAF_AMD_CORES, 0).ecx & 0xff) + 1;
	if (facts->nr_cores <= 1 && most >= LEAF_CACHES)
		facts->nr_cores = (x86_cpuid(LEAF_CACHES, 0).eax >> 26) + 1;
}

#define SHIFTS_KNOWN BIT(16)

/* Asked once: under a hypervisor each CPUID is a trap. Who asks at the same time gets the same. */
static struct topology topology_get(void)
{
	static u32 shifts; /* [a] 0: not known */
	u32 now = READ_ONCE(shifts);
	struct topology_facts facts = {0};
	struct topology t = {now & 0xff, (now >> 8) & 0xff};

	if (now)
		return t;
	read_facts(&facts);
	t = topology_from(&facts);
	WRITE_ONCE(shifts, (u32)SHIFTS_KNOWN | t.package_shift << 8 | t.core_shift);
	return t;
}

struct arch_cpu_place arch_cpu_place(unsigned cpu)
{
	u32 id = percpu_area(cpu)->apic_id;
	struct topology t = topology_get();

	return (struct arch_cpu_place){
		.package = id >> t.package_shift,
		.core = (id & ((1U << t.package_shift) - 1)) >> t.core_shift,
	};
}
