// SPDX-License-Identifier: MIT
/*
 * vm_vdso.c -- the vDSO: reading the time without a system call.
 *
 * Idea.  One object for all address spaces: the clock page, which time/clock.c keeps current, then
 *   the pages of the architecture's shared object. A program has them as one private area that
 *   cannot become writable (a debugger's breakpoints go into a private copy); touching it maps all
 *   pages at once. A program that unmaps it can still make the system calls.
 *   Most address spaces end before any thread reads the clock there. So the map holds only the
 *   area's address (map->vdso) until an operation other than a fault or a fork searches the tree,
 *   or a fault finds no other area. Then the area is inserted; its storage is part of the map.
 * Invariants.
 *   W1  While map->vdso is not 0, its range is in no area, and its bytes are counted as mapped.
 *   W2  vm_map_find, vm_map_find_first and vm_map_find_gap insert it first; vm_fault_find_area does
 *       so only when it finds no other area.
 * Cost.  Fork: one word. Exec: a search for the place. Insertion: some 150 instructions.
 * Tests.  tests/guest/time/time_vdso.c.
 */
#include "vm/vm_vdso.h"

#include "arch/arch_program.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "time/clock.h"
#include "vm/vm_internal.h"

static struct vm_object pages; /* never freed: the kernel keeps one reference */

static void *add_page(u64 index)
{
	struct page *page = page_alloc_one(PAGE_FILE | PAGE_ZERO);

	if (!page || vm_object_adopt_page(&pages, index, page))
		panic("no memory for the vDSO");
	return page_to_virt(page);
}

void vm_vdso_init(void)
{
	static const struct vm_object_ops ops;
	size_t size;
	const u8 *code = arch_program_vdso(&size);

	vm_object_init(&pages, &ops, NULL, PAGE_SIZE + align_up(size, PAGE_SIZE));
	clock_page_init(add_page(0), sched_tick_ns());
	for (size_t at = 0; at < size; at += PAGE_SIZE)
		memcpy(add_page(1 + at / PAGE_SIZE), code + at, min(size - at, PAGE_SIZE));
}

void vm_vdso_inherit(struct vm_map *to, vaddr_t at)
{
	to->vdso = at;
	to->nr_mapped_bytes += pages.size_bytes; /* W1 */
}

int vm_vdso_add(struct vm_map *map, vaddr_t *code)
{
	vaddr_t at;
	bool found;

	mutex_lock(&map->lock);
	found = vm_map_find_gap(map, pages.size_bytes, map->mmap_top, &at);
	if (found)
		vm_vdso_inherit(map, at);
	mutex_unlock(&map->lock);
	*code = at + PAGE_SIZE;
	return found ? 0 : -ENOMEM;
}

void vm_vdso_settle(struct vm_map *map)
{
	struct vm_area *area = &map->vdso_area;

	assert_mutex_held(&map->lock);
	if (!map->vdso)
		return;
	*area = (struct vm_area){
		.start = map->vdso,
		.end = map->vdso + pages.size_bytes,
		.protection = PROTECT_READ | PROTECT_EXEC,
		.flags = VM_VDSO,
		.object = &pages,
		.map = map,
	};
	vm_object_get(&pages);
	map->vdso = 0;
	map->nr_mapped_bytes -= pages.size_bytes;
	vm_area_insert(map, area);
}
