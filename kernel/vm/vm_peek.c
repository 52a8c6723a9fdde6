// SPDX-License-Identifier: MIT
#include "vm/vm_peek.h"

#include "lib/string.h"
#include "sched/thread.h"
#include "vm/user_copy.h"
#include "vm/vm_internal.h"

/* Copy from the page that is mapped at @address, within one page. False: none is. */
static bool peek_mapped(struct vm_map *map, vaddr_t address, void *to, size_t part)
{
	const struct pte *entry;
	bool present = false;

	spin_lock(&map->table_lock);
	entry = arch_pagetable_walk(&map->pagetable, address, false);
	if (entry)
		present = pte_is_present(pte_read(entry));
	if (present)
		memcpy(to,
		       (const char *)page_to_virt(pfn_to_page(pte_pfn(pte_read(entry)))) +
			       (address & (PAGE_SIZE - 1)),
		       part);
	spin_unlock(&map->table_lock);
	return present;
}

/* Copy what a read of @address, where nothing is mapped, would map. False: it would fail. */
static bool peek_area(const struct vm_area *area, vaddr_t address, void *to, size_t part)
{
	struct page *page;
	u64 index;

	if (!area->protection)
		return false;
	if (!area->object) {
		memset(to, 0, part);
		return true;
	}
	index = vm_area_index(area, address);
	if (index >= div_round_up(READ_ONCE(area->object->size_bytes), PAGE_SIZE))
		return false;
	page = vm_object_find_page(area->object, index);
	if (!page)
		return false;
	memcpy(to, (const char *)page_to_virt(page) + (address & (PAGE_SIZE - 1)), part);
	page_put(page);
	return true;
}

static bool peek_unmapped(struct vm_map *map, vaddr_t address, void *to, size_t part)
{
	const struct vm_area *area;
	bool known = false;

	rwlock_read_lock(&map->lock);
	area = vm_map_find(map, address);
	if (area) /* another thread may have mapped the page meanwhile, and written to it */
		known = peek_mapped(map, address, to, part) || peek_area(area, address, to, part);
	rwlock_read_unlock(&map->lock);
	return known;
}

/* Page by page, with what the map knows. */
static __noinline size_t peek_pages(struct vm_map *map, vaddr_t address, void *to, size_t len_bytes)
{
	size_t done = 0;

	if (address >= USER_TOP)
		return 0;
	len_bytes = min(len_bytes, USER_TOP - address);
	while (done < len_bytes) {
		vaddr_t at = address + done;
		size_t part = min(len_bytes - done, PAGE_SIZE - (at & (PAGE_SIZE - 1)));

		if (!peek_mapped(map, at, (char *)to + done, part) &&
		    !peek_unmapped(map, at, (char *)to + done, part))
			break;
		done += part;
	}
	return done;
}

size_t vm_peek(vaddr_t address, void *to, size_t len_bytes)
{
	struct vm_map *map = current_thread()->vm;
	size_t left;

	if (unlikely(!map))
		return 0;
	/* Nearly always it is mapped, and the CPU can read it where it is. */
	user_faults_disable();
	left = arch_copy_from_user(to, (const void __user *)address, len_bytes);
	user_faults_enable();
	return likely(!left) ? len_bytes : peek_pages(map, address, to, len_bytes);
}
