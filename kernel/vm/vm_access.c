// SPDX-License-Identifier: MIT
/*
 * vm_access.c -- accesses to an address space from outside its programs' instructions: faulting
 * ranges in, finding the page at an address, reading and writing memory of another process.
 *
 * Idea.  All of them resolve pages as a fault does (vm_fault_resolve), so that copies, limits and
 *   charges are the same.
 * Invariants.
 *   A1  A page that is given out is referenced.
 *   A2  Bytes are copied while map->lock is held: otherwise a fork could share the page meanwhile,
 *       and a write would reach the child, too.
 * Locks.  map->lock, then table_lock to look at an entry. map->lock is released after
 *   FAULT_IN_BATCH pages, and before memory is reclaimed (page_alloc_relieve).
 * Cost.  A fault for each page that is absent. vm_fault_in ends when the thread is killed.
 * Tests.  vm_map_test.c, vm_peek_test.c; tests/guest/memory/mem_map.c,
 *   tests/guest/process/proc_auxv.c.
 */
#include "vm/vm_internal.h"

#include "lib/string.h"
#include "sched/thread.h"

/* Pages faulted in before map->lock is released for a moment. */
#define FAULT_IN_BATCH 32

static bool may_force(const struct vm_area *area)
{
	return !(area->flags & VM_SHARED) && (area->flags & VM_MAYWRITE);
}

/* Does *@entry allow the access @fault_flags? */
static bool is_usable(const struct pte *entry, u32 fault_flags)
{
	struct pte pte = pte_read(entry);

	if (pte_is_none(pte))
		return false;
	if (!(fault_flags & VM_FAULT_WRITE) || pte_is_writable(pte))
		return true;
	return (fault_flags & VM_FAULT_FORCE) &&
	       page_refs(pfn_to_page(pte_pfn(pte))) == 1; /* cow.c, C1 */
}

static int get_page_locked(struct vm_map *map, struct vm_area *area, vaddr_t va, u32 fault_flags,
			   struct page **out) REQUIRES(map->lock)
{
	struct pte *entry;
	int err;

	for (;;) {
		spin_lock(&map->table_lock);
		entry = arch_pagetable_walk(&map->pagetable, va, false);
		if (entry && is_usable(entry, fault_flags)) {
			*out = pfn_to_page(pte_pfn(pte_read(entry)));
			page_get(*out);
			spin_unlock(&map->table_lock);
			return 0;
		}
		spin_unlock(&map->table_lock);
		err = vm_fault_resolve(map, area, va, fault_flags);
		if (err)
			return err == -ENOMEM ? err : -EFAULT;
	}
}

int vm_map_get_page(struct vm_map *map, vaddr_t address, bool write, struct page **out)
{
	u32 need = write ? PROTECT_WRITE : PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC;
	struct vm_area *area;
	struct memory_patience patience = {0};
	int err;

	do {
		err = -EFAULT;
		rwlock_write_lock(&map->lock);
		area = vm_map_find(map, address);
		if (area && (area->protection & need))
			err = get_page_locked(map, area, align_down(address, PAGE_SIZE),
					      write ? VM_FAULT_WRITE : 0, out);
		rwlock_write_unlock(&map->lock);
	} while (err == -ENOMEM && page_alloc_relieve(&patience));
	return err;
}

/*
 * Copy @part bytes at @address, within one page of @area. map->lock is held until they are copied:
 * otherwise a fork could share the page, and a write would reach the child too.
 */
static int copy_part(struct vm_map *map, struct vm_area *area, vaddr_t address, char *buffer,
		     size_t part, u32 fault_flags) REQUIRES(map->lock)
{
	struct page *page;
	char *bytes;
	int err = get_page_locked(map, area, align_down(address, PAGE_SIZE), fault_flags, &page);

	if (err)
		return err;
	bytes = (char *)page_to_virt(page) + (address & (PAGE_SIZE - 1));
	if (fault_flags & VM_FAULT_WRITE)
		memcpy(bytes, buffer, part);
	else
		memcpy(buffer, bytes, part);
	page_put(page);
	return 0;
}

ssize_t vm_map_access(struct vm_map *map, vaddr_t address, void *buffer, size_t len_bytes,
		      bool write)
{
	u32 fault_flags = VM_FAULT_FORCE | (write ? VM_FAULT_WRITE : 0);
	struct memory_patience patience = {0};
	size_t done = 0;

	while (done < len_bytes) {
		size_t offset = (address + done) & (PAGE_SIZE - 1),
		       part = min(len_bytes - done, PAGE_SIZE - offset);
		struct vm_area *area;
		int err = -EFAULT;

		rwlock_write_lock(&map->lock);
		area = vm_map_find(map, address + done);
		if (area && (!write || (area->protection & PROTECT_WRITE) || may_force(area)))
			err = copy_part(map, area, address + done, (char *)buffer + done, part,
					fault_flags);
		rwlock_write_unlock(&map->lock);
		if (err == -ENOMEM && page_alloc_relieve(&patience))
			continue;
		if (err)
			return done ? (ssize_t)done : err;
		done += part;
		patience = (struct memory_patience){0};
	}
	return (ssize_t)done;
}

/* Fault in up to FAULT_IN_BATCH pages from *@va on, within one area, and advance *@va. */
static int fault_in_batch(struct vm_map *map, vaddr_t *va, vaddr_t end, bool write)
	REQUIRES(map->lock)
{
	struct vm_area *area = vm_map_find(map, *va);
	u32 fault_flags = 0;
	int err = 0;

	if (!area)
		return -EFAULT;
	end = min(end, area->end);
	if (!area->protection) {
		*va = end;
		return 0;
	}
	if (write && (area->protection & PROTECT_WRITE))
		fault_flags = VM_FAULT_WRITE;
	for (unsigned i = 0; i < FAULT_IN_BATCH && *va < end; i++) {
		err = vm_fault_resolve(map, area, *va, fault_flags);
		if (err)
			return err == -ENOMEM ? err : -EFAULT;
		*va += PAGE_SIZE;
	}
	return 0;
}

int vm_fault_in(struct vm_map *map, vaddr_t start, u64 len_bytes, bool write)
{
	vaddr_t end = align_up(start + len_bytes, PAGE_SIZE), va = align_down(start, PAGE_SIZE);
	struct memory_patience patience = {0};
	int err = 0;

	while (va < end && !err) {
		vaddr_t before = va;

		if (thread_kill_pending(current_thread()))
			return -ENOMEM;
		rwlock_write_lock(&map->lock);
		err = fault_in_batch(map, &va, end, write);
		rwlock_write_unlock(&map->lock);
		if (va != before)
			patience = (struct memory_patience){0};
		if (err == -ENOMEM && page_alloc_relieve(&patience))
			err = 0;
	}
	return err;
}
