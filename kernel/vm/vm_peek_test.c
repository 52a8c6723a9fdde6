// SPDX-License-Identifier: MIT
// UNIT: lib/string.c lib/rbtree.c lib/radix.c mm/boot_alloc.c mm/buddy.c mm/page_alloc.c
// UNIT: mm/fail_alloc.c mm/slab.c mm/slab_debug.c mm/kmalloc.c vm/vm_area.c vm/vm_map.c
// UNIT: mm/slab_check.c lib/boot_options.c lib/parse.c
// UNIT: vm/vm_unmap.c vm/vm_protect.c vm/vm_move.c vm/vm_brk.c vm/vm_advise.c vm/vm_fork.c
// UNIT: core/cmdline.c core/fast_path.c vm/vm_fault_fast.c vm/vm_fault.c vm/vm_access.c
// UNIT: vm/cow.c vm/vm_object.c vm/vm_peek.c
// UNIT: vm/vm_vdso.c vm/vm_object_areas.c vm/vm_usage.c
// UNIT: mm/account.c mm/memory_wait.c mm/box.c mm/user_account.c
/* The edges of memory; vm_map_test.c compares random looks with a model. */
#include "unit_memory.h"
#include "unit_test.h"

#include "host_arch.h"
#include "mm/slab.h"
#include "sched/thread.h"
#include "vm/vm_internal.h"
#include "vm/vm_peek.h"

static struct vm_map *map;

/* Two pages of anonymous memory of the current thread, and a hole after them. */
static vaddr_t begin(u32 protection)
{
	struct vm_map_request request = {
		.len_bytes = 2 * PAGE_SIZE, .protection = protection, .area_flags = VM_MAYWRITE};
	vaddr_t at;

	assert_int_equal(vm_map_create(&map), 0);
	assert_int_equal(vm_map_add(map, &request, &at), 0);
	unit_current_thread->vm = map;
	return at;
}

static void end(void)
{
	unit_current_thread->vm = NULL;
	vm_map_put(map);
}

static int setup(void **state)
{
	unit_memory_init(MIB(64));
	slab_init(0x5ec2e7a11f00d5UL);
	vm_init();
	host_arch_init();
	return 0;
}

static void bytes_up_to_a_hole(void **state)
{
	vaddr_t at = begin(PROTECT_READ | PROTECT_WRITE), hole = at + 2 * PAGE_SIZE;
	char text[64], zeros[8] = {0};

	assert_int_equal(vm_map_access(map, hole - 8, "to the end", 8, true), 8);
	assert_int_equal(vm_peek(hole - 8, text, sizeof(text)), 8);
	assert_memory_equal(text, "to the e", 8);
	assert_int_equal(vm_peek(hole, text, 1), 0);
	/* from a page that is not there to one that is */
	assert_int_equal(vm_peek(at + PAGE_SIZE - 4, text, 8), 8);
	assert_memory_equal(text, zeros, 8);
	assert_int_equal(map->resident_pages, 1);
	end();
}

static void addresses_of_nothing(void **state)
{
	char text[8];

	begin(PROTECT_READ);
	assert_int_equal(vm_peek(0, text, 1), 0);
	assert_int_equal(vm_peek(USER_TOP - 4, text, 8), 0);
	assert_int_equal(vm_peek(1UL << 63, text, 8), 0);
	assert_int_equal(vm_peek(~0UL, text, 8), 0);
	end();
}

/* Where a program's strings are, if its stack has no random place. */
static void bytes_up_to_the_last_address(void **state)
{
	struct vm_map_request request = {.hint = USER_TOP - PAGE_SIZE,
					 .len_bytes = PAGE_SIZE,
					 .protection = PROTECT_READ | PROTECT_WRITE,
					 .area_flags = VM_MAYWRITE,
					 .flags = VM_MAP_FIXED};
	char text[64];
	vaddr_t at;

	begin(PROTECT_READ);
	assert_int_equal(vm_map_add(map, &request, &at), 0);
	assert_int_equal(vm_map_access(map, USER_TOP - 8, "the end", 8, true), 8);
	assert_int_equal(vm_peek(USER_TOP - 8, text, sizeof(text)), 8);
	assert_string_equal(text, "the end");
	assert_int_equal(vm_peek(USER_TOP, text, 1), 0);
	end();
}

static void memory_without_rights(void **state)
{
	vaddr_t at = begin(PROTECT_READ | PROTECT_WRITE);
	char text[8];

	assert_int_equal(vm_map_access(map, at, "secret", 7, true), 7);
	assert_int_equal(vm_map_protect(map, at, PAGE_SIZE, 0), 0);
	assert_int_equal(vm_peek(at, text, 7), 0);
	end();
}

static void a_thread_without_memory(void **state)
{
	char text[8];

	unit_current_thread->vm = NULL; /* the kernel's own */
	assert_int_equal(vm_peek(0x400000, text, 8), 0);
}

UNIT_MAIN(cmocka_unit_test_setup(bytes_up_to_a_hole, setup),
	  cmocka_unit_test_setup(addresses_of_nothing, setup),
	  cmocka_unit_test_setup(bytes_up_to_the_last_address, setup),
	  cmocka_unit_test_setup(memory_without_rights, setup),
	  cmocka_unit_test_setup(a_thread_without_memory, setup))
