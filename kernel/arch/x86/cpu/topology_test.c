// SPDX-License-Identifier: MIT
// UNIT: arch/x86/cpu/topology.c
#include "unit_test.h"

#include "arch/x86/cpu/topology.h"

static void assert_shifts(const struct topology_facts *facts, u32 core, u32 package)
{
	struct topology t = topology_from(facts);

	assert_int_equal(t.core_shift, core);
	assert_int_equal(t.package_shift, package);
}

static void test_levels(void **state)
{
	assert_shifts(&(struct topology_facts){.has_levels = true}, 0, 0); /* one CPU */
	assert_shifts(&(struct topology_facts){.has_levels = true, .top_shift = 6}, 0, 6);
	assert_shifts(&(struct topology_facts){.has_levels = true, .core_shift = 1, .top_shift = 4},
		      1, 4);
	/* What the older leaves say is of no importance then. */
	assert_shifts(&(struct topology_facts){.has_levels = true,
					       .core_shift = 1,
					       .top_shift = 4,
					       .nr_threads = 2,
					       .nr_cores = 64},
		      1, 4);
	assert_shifts(&(struct topology_facts){.has_levels = true, .core_shift = 3, .top_shift = 2},
		      2, 2); /* nonsense */
}

static void test_older_leaves(void **state)
{
	assert_shifts(&(struct topology_facts){0}, 0, 0);
	assert_shifts(&(struct topology_facts){.nr_threads = 4, .nr_cores = 4}, 0, 2);
	assert_shifts(&(struct topology_facts){.nr_threads = 8, .nr_cores = 4}, 1, 3);
	assert_shifts(&(struct topology_facts){.nr_threads = 2, .nr_cores = 1}, 1, 1);
	assert_shifts(&(struct topology_facts){.nr_threads = 6, .nr_cores = 6}, 0, 3);
	assert_shifts(&(struct topology_facts){.nr_threads = 2, .nr_cores = 8}, 0,
		      1); /* nonsense */
	assert_shifts(&(struct topology_facts){.nr_threads = 255, .nr_cores = 64}, 2, 8);
}

UNIT_MAIN(cmocka_unit_test(test_levels), cmocka_unit_test(test_older_leaves))
