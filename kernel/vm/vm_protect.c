// SPDX-License-Identifier: MIT
/*
 * vm_protect.c -- mprotect: changing the rights of a range.
 *
 * Rights are removed from the page table at once, and added only by the next fault, because
 * copy-on-write decides whether a page may become writable. A page without any right stays in an
 * entry that the CPU takes for absent.
 */
#include "vm/vm_internal.h"
#include "vm/vm_given_up.h"

struct protect {
	u32 protection;
	u32 budget;
	vaddr_t next;
	bool changed;
};

static int protect_entries(vaddr_t va, struct pte *entries, unsigned count, void *data)
{
	struct protect *protect = data;

	for (unsigned i = 0; i < count; i++) {
		struct pte old = pte_read(&entries[i]);
		u32 protection = protect->protection;

		if (pte_is_none(old))
			continue;
		if (!pte_is_writable(old))
			protection &= ~(u32)PROTECT_WRITE;
		pte_write(&entries[i], pte_with_protection(old, protection));
		protect->changed |= pte_is_present(old);
	}
	protect->next = va + count * PAGE_SIZE;
	protect->budget -= min(protect->budget, count);
	return protect->budget == 0;
}

static void protect_pages(struct vm_map *map, struct vm_area *area)
{
	struct protect protect = {.protection = vm_area_pte_protection(area), .next = area->start};
	bool more;

	do {
		protect.budget = VM_BATCH_ENTRIES;
		spin_lock(&map->table_lock);
		more = arch_pagetable_visit(&map->pagetable, protect.next, area->end,
					    protect_entries, &protect);
		spin_unlock(&map->table_lock);
	} while (more && protect.next < area->end);
	if (protect.changed)
		arch_tlb_flush_range(&map->pagetable, area->start, area->end);
}

/* May @bytes of @area be changed to @protection? */
static int check_allowed(const struct vm_map *map, const struct vm_area *area, u64 bytes,
			 u32 protection)
{
	if ((protection & PROTECT_EXEC) && (area->flags & VM_NOEXEC))
		return -EACCES;
	if (!(protection & PROTECT_WRITE))
		return 0;
	if (!(area->flags & VM_MAYWRITE))
		return -EACCES;
	if ((area->protection & PROTECT_WRITE) || (area->flags & (VM_SHARED | VM_STACK)))
		return 0;
	if (bytes > map->data_limit_bytes || map->nr_data_bytes > map->data_limit_bytes - bytes)
		return -ENOMEM;
	return 0;
}

/* Split @area to [start, end) and change it; *@at is the area that contains the part afterwards. */
static int protect_part(struct vm_map *map, struct vm_area *area, vaddr_t start, vaddr_t end,
			u32 protection, struct vm_area **at) REQUIRES(map->lock)
{
	struct vm_area *unused;
	int err =
		check_allowed(map, area, min(area->end, end) - max(area->start, start), protection);

	*at = area;
	if (err || area->protection == protection)
		return err;
	if (area->start < start) {
		err = vm_area_split(map, area, start, &area);
		if (err)
			return err;
	}
	if (area->end > end) {
		err = vm_area_split(map, area, end, &unused);
		if (err)
			return err;
	}
	vm_area_set_attributes(map, area, protection, area->flags);
	protect_pages(map, area);
	*at = vm_area_merge(map, area);
	return 0;
}

/* As on Linux, everything up to the first hole or refusal is changed. */
static int protect_locked(struct vm_map *map, vaddr_t start, vaddr_t end, u32 protection)
	REQUIRES(map->lock)
{
	struct vm_area *area = vm_map_find(map, start);
	int err;

	if (!area)
		return -ENOMEM;
	if (protection & VM_PROTECT_GROWSDOWN) {
		if (!(area->flags & VM_STACK))
			return -EINVAL;
		start = area->start;
		protection &= ~(u32)VM_PROTECT_GROWSDOWN;
	}
	for (;;) {
		err = protect_part(map, area, start, end, protection, &area);
		if (err)
			return err;
		if (area->end >= end)
			return 0;
		if (vm_is_given_up())
			return -EINTR;
		start = area->end;
		area = vm_area_next(area);
		if (!area || area->start > start)
			return -ENOMEM;
	}
}

int vm_map_protect(struct vm_map *map, vaddr_t start, u64 len_bytes, u32 protection)
{
	vaddr_t end;
	int err;

	if (!is_aligned(start, PAGE_SIZE))
		return -EINVAL;
	if (!len_bytes)
		return 0;
	if (!vm_range_check(start, len_bytes, &end))
		return -ENOMEM;
	rwlock_write_lock(&map->lock);
	err = protect_locked(map, start, end, protection);
	rwlock_write_unlock(&map->lock);
	return err;
}
