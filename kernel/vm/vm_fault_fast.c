// SPDX-License-Identifier: MIT
/*
 * vm_fault_fast.c -- the first write to a page of anonymous memory, in a straight line.
 *
 * The commonest fault by far. Guards first, each with what it leaves to vm_fault(), which can do
 * all of this as well: option nofast=fault turns this file off.
 */
#include "vm/vm_internal.h"

#include "core/cmdline.h"
#include "lib/string.h"

static bool fast_is_on = true; /* [I] after boot */

void vm_fault_fast_init(void)
{
	char name[16];

	for (unsigned i = 0; cmdline_string_at("nofast", i, name, sizeof(name)); i++)
		if (strcmp(name, "fault") == 0)
			fast_is_on = false;
}

bool vm_fault_fast(struct vm_map *map, vaddr_t address)
{
	struct vm_area *area;
	struct page *page;
	struct pte *entry;

	if (unlikely(!fast_is_on) || !mutex_trylock(&map->lock))
		return false; /* the lock must be waited for */
	area = vm_map_find_again(map, address);
	if (unlikely(!area || area->object || !(area->protection & PROTECT_WRITE)))
		goto out_unlock; /* stacks that grow, files, signals */
	page = page_alloc_one(PAGE_USER | PAGE_ZERO);
	if (unlikely(!page))
		goto out_unlock; /* out of memory */
	spin_lock(&map->table_lock);
	entry = arch_pagetable_walk(&map->pagetable, address, true);
	if (unlikely(!entry || !pte_is_none(pte_read(entry))))
		goto out_free; /* no memory for tables; a page without rights */

	/* POINT OF NO RETURN */
	if (area->protection & PROTECT_EXEC)
		pte_write(entry, pte_make(page_to_pfn(page), PROTECT_READ | PROTECT_WRITE |
								     PROTECT_EXEC | PROTECT_USER));
	else
		pte_write(entry,
			  pte_make(page_to_pfn(page), PROTECT_READ | PROTECT_WRITE | PROTECT_USER));
	if (++map->resident_pages > map->peak_resident_pages)
		map->peak_resident_pages = map->resident_pages;
	spin_unlock(&map->table_lock);
	map->faults_minor++;
	mutex_unlock(&map->lock);
	return true;

out_free:
	spin_unlock(&map->table_lock);
	page_free(page);
out_unlock:
	mutex_unlock(&map->lock);
	return false;
}
