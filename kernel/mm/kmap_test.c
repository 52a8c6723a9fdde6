// SPDX-License-Identifier: MIT
// UNIT: lib/string.c lib/id_alloc.c mm/boot_alloc.c mm/buddy.c mm/page_alloc.c mm/fail_alloc.c
// UNIT: mm/slab.c mm/slab_check.c mm/slab_debug.c mm/kmalloc.c mm/kmap.c mm/kstack.c
// UNIT: mm/account.c mm/memory_wait.c mm/box.c mm/user_account.c
#include "unit_test.h"
#include "unit_memory.h"

#include <errno.h>
#include <sys/mman.h>

#include "arch/arch_pagetable.h"
#include "arch/arch_thread.h"
#include "mm/fail_alloc.h"
#include "mm/kmalloc.h"
#include "mm/kmap.h"
#include "mm/kstack.h"

#define MAPPINGS_MAX 5000

/* A page table that is an array; each mapping is real host memory, so that it can be touched. */
static struct mapping {
	vaddr_t va;
	paddr_t pa;
	unsigned protection;
} mappings[MAPPINGS_MAX];
static unsigned nr_mapped;

int arch_kernel_map(vaddr_t va, paddr_t pa, unsigned protection)
{
	struct mapping *free_one = NULL;

	if (mm_fail_alloc_now())
		return -ENOMEM;
	for (unsigned i = 0; i < MAPPINGS_MAX; i++) {
		if (mappings[i].va == va)
			return -EEXIST;
		if (!mappings[i].va && !free_one)
			free_one = &mappings[i];
	}
	assert_non_null(free_one);
	*free_one = (struct mapping){va, pa, protection};
	assert_ptr_equal(mmap((void *)va, PAGE_SIZE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
			 (void *)va);
	nr_mapped++;
	return 0;
}

paddr_t arch_kernel_unmap(vaddr_t va)
{
	for (unsigned i = 0; i < MAPPINGS_MAX; i++) {
		paddr_t pa = mappings[i].pa;

		if (mappings[i].va != va)
			continue;
		mappings[i].va = 0;
		munmap((void *)va, PAGE_SIZE);
		nr_mapped--;
		return pa;
	}
	return 0;
}

static unsigned nr_flushes;

void arch_tlb_flush_kernel(const vaddr_t *starts, unsigned nr, u64 nr_pages)
{
	assert_true(nr && nr_pages);
	for (unsigned i = 0; i < nr; i++)
		assert_int_equal(starts[i] % PAGE_SIZE, 0);
	nr_flushes++;
}

static int setup(void **state)
{
	unit_memory_init(MIB(16));
	slab_init(0x5ec2e7a11f00d5UL);
	kstack_init();
	kfree(kmalloc(32, 0));
	return 0;
}

static bool is_mapped(vaddr_t va)
{
	for (unsigned i = 0; i < MAPPINGS_MAX; i++)
		if (mappings[i].va == va)
			return true;
	return false;
}

static void areas_have_unmapped_neighbours(void **state)
{
	void *areas[40] = {0};
	u64 sizes[40], seed = 51, free_at_start;

	kmap_free(kmap_alloc(1, 0));
	slab_reclaim();
	free_at_start = page_alloc_nr_free();
	for (int round = 0; round < 2000; round++) {
		unsigned i = unit_random(&seed) % 40;

		if (areas[i]) {
			kmap_free(areas[i]);
			areas[i] = NULL;
			continue;
		}
		sizes[i] = 1 + unit_random(&seed) % 20;
		areas[i] = kmap_alloc(sizes[i], PAGE_ZERO);
		assert_non_null(areas[i]);
		assert_false(is_mapped((vaddr_t)areas[i] - PAGE_SIZE));
		assert_false(is_mapped((vaddr_t)areas[i] + sizes[i] * PAGE_SIZE));
		memset(areas[i], 1, sizes[i] * PAGE_SIZE);
	}
	for (int i = 0; i < 40; i++)
		kmap_free(areas[i]);
	assert_int_equal(kmap_nr_pages(), 0);
	assert_int_equal(nr_mapped, 0);
	slab_reclaim();
	assert_int_equal(page_alloc_nr_free(), free_at_start);
}

static void failures_leave_nothing_behind(void **state)
{
	u64 free_at_start;
	void *p = NULL;

	kmap_free(kmap_alloc(1, 0));
	slab_reclaim();
	free_at_start = page_alloc_nr_free();
	for (u32 n = 1; !p && n < 50; n++) {
		mm_fail_alloc_set(n);
		p = kmap_alloc(5, 0);
		mm_fail_alloc_set(0);
		slab_reclaim();
		if (!p)
			assert_int_equal(page_alloc_nr_free(), free_at_start);
	}
	kmap_free(p);
	assert_null(kmap_alloc(0, 0));
	assert_null(kmap_alloc(~0UL >> 1, 0));
	assert_null(kmap_alloc(10000, 0));
	slab_reclaim();
	assert_int_equal(page_alloc_nr_free(), free_at_start);
	assert_int_equal(nr_mapped, 0);
}

static void devices_keep_their_offset(void **state)
{
	u8 *p = kmap_device(0xfec00010, PAGE_SIZE, KMAP_UNCACHED);

	assert_non_null(p);
	assert_int_equal((uintptr_t)p % PAGE_SIZE, 0x10);
	assert_int_equal(nr_mapped, 2);
	for (unsigned i = 0; i < MAPPINGS_MAX; i++)
		if (mappings[i].va == (vaddr_t)p - 0x10) {
			assert_int_equal(mappings[i].pa, 0xfec00000);
			assert_true(mappings[i].protection & PROTECT_UNCACHED);
		}
	kmap_device_unmap(p);
	assert_int_equal(nr_mapped, 0);
}

static void stacks_are_kept_and_trimmed(void **state)
{
	void *stacks[30];
	u64 free_at_start = page_alloc_nr_free(), total, cached;

	for (int i = 0; i < 30; i++) {
		stacks[i] = kstack_alloc();
		assert_non_null(stacks[i]);
		assert_false(is_mapped((vaddr_t)stacks[i] - 1 - PAGE_SIZE + 1));
		assert_true(kstack_is_guard((vaddr_t)stacks[i] - 1));
		assert_false(kstack_is_guard((vaddr_t)stacks[i]));
		memset(stacks[i], 5, KERNEL_STACK_SIZE);
	}
	assert_int_equal(nr_mapped, 120);
	for (int i = 0; i < 30; i++)
		kstack_free(stacks[i]);
	assert_int_equal(nr_mapped, 120);
	kstack_counts(&total, &cached);
	assert_int_equal(total, 30);
	assert_int_equal(cached, 30);
	nr_flushes = 0;
	assert_true(kstack_trim());
	assert_int_equal(nr_flushes, 2); /* for 22 stacks */
	kstack_counts(&total, &cached);
	assert_int_equal(total, 8);
	assert_int_equal(cached, 8);
	assert_false(kstack_trim());
	/* Memory runs out: the cached stacks are freed as well. */
	while (page_alloc_one(PAGE_KERNEL))
		;
	assert_int_equal(nr_mapped, 0);
	assert_null(kstack_alloc());
	assert_true(free_at_start > 0);
}

#define test(f) cmocka_unit_test_setup(f, setup)
UNIT_MAIN(test(areas_have_unmapped_neighbours), test(failures_leave_nothing_behind),
	  test(devices_keep_their_offset), test(stacks_are_kept_and_trimmed))
