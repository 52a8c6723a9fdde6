// SPDX-License-Identifier: MIT
/*
 * vm_vdso.c -- the vDSO: reading the time without a system call.
 *
 * Idea.  One object for all address spaces: the clock page, which time/clock.c keeps current, then
 *   the pages of the architecture's shared object. A program has them as one private area that
 *   cannot become writable (a debugger's breakpoints go into a private copy); touching it maps all
 *   pages at once. A program that unmaps it can still make the system calls.
 * Cost.  One area more to copy at a fork and to remove at the end: some 250 instructions each.
 * Tests.  tests/guest/time/time_vdso.c.
 */
#include "vm/vm_vdso.h"

#include "arch/arch_thread.h"
#include "lib/string.h"
#include "sched/account/sched_tick.h"
#include "sched/account/user_time.h"
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
	struct arch_program_hints hints;
	const u8 *code;
	size_t size;

	arch_program_hints(&hints);
	code = hints.vdso;
	size = hints.vdso_size_bytes;
	vm_object_init(&pages, &ops, NULL, PAGE_SIZE + align_up(size, PAGE_SIZE));
	clock_page_init(add_page(0), sched_tick_ns(), !user_time_on);
	for (size_t at = 0; at < size; at += PAGE_SIZE)
		memcpy(add_page(1 + at / PAGE_SIZE), code + at, min(size - at, PAGE_SIZE));
}

int vm_vdso_add(struct vm_map *map, vaddr_t *code)
{
	struct vm_area model = {
		.protection = PROTECT_READ | PROTECT_EXEC,
		.flags = VM_VDSO,
		.object = &pages,
	};
	struct vm_area *area = NULL;
	vaddr_t at;

	rwlock_write_lock(&map->lock);
	if (vm_map_find_gap(map, pages.size_bytes, map->mmap_top, &at))
		area = vm_area_create(map, &model, at, at + pages.size_bytes);
	if (area)
		vm_area_insert(map, area);
	rwlock_write_unlock(&map->lock);
	if (!area)
		return -ENOMEM;
	*code = at + PAGE_SIZE;
	return 0;
}
