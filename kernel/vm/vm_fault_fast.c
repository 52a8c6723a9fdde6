// SPDX-License-Identifier: MIT
/*
 * vm_fault_fast.c -- fast paths for the most common page faults.
 *
 * Idea.  Called first for every fault of a program, with interrupts off, so nothing runs in
 *   between. Handles the first write to a page of anonymous memory, the first write after a fork or
 *   to a private mapping of a file, and the first read of a page that a file has in memory. Guards
 *   come first, each with a comment that says what it leaves to vm_fault(), which can do all of
 *   this as well: option nofast=fault turns this file off.
 * Invariants.
 *   Q1  Before the point of no return nothing has changed, and after it nothing can fail.
 *   Q2  Those of vm_fault.c and cow.c.
 *   Q3  The entry code returns to the program without a look whether another thread is to run, as
 *       nothing here wakes one for this CPU. Only a writer may be woken, one that has come for
 *       map->lock since that was taken: from another CPU, where it is queued again. If its affinity
 *       has been changed to this CPU meanwhile, it waits for the next interrupt, a tick at most.
 * Locks.  map->lock to read, only if no writer has or wants it; then table_lock, from the look at
 *   an entry to its change: other CPUs resolve faults of the same space here. Pages of objects are
 *   looked up under it, without a lock of the object: all spaces that run a program share that.
 *   Copies are made under them, because allocation does not wait here; new pages before table_lock.
 * Cost.  About 90 instructions, and clearing or copying; 16 for each page of a fault-around.
 * Tests.  vm_map_test.c, tests/guest/memory.
 */
#include "vm/vm_fault_steps.h"

#include "core/fast_path.h"
#include "vm/vm_object_areas.h"

/* *@entry maps a page read-only: make it writable, or replace it by a copy. */
static bool write_present(struct vm_map *map, struct vm_area *area, vaddr_t address,
			  struct pte *entry) REQUIRES_SHARED(map->lock) REQUIRES(map->table_lock)
{
	struct pte old = pte_read(entry);
	struct page *page = pfn_to_page(pte_pfn(old)), *copy;

	if (unlikely(!pte_is_present(old) || pte_is_writable(old)))
		return false;	    /* no rights at all, or another thread has resolved it */
	if (page_refs(page) == 1) { /* C1; rights only grow, and the CPU rereads the entry */
		pte_write(entry, pte_with_write(old));
		map->faults_minor++;
		return true;
	}
	copy = vm_copy_of(page);
	if (unlikely(!copy))
		return false; /* out of memory */
	/* POINT OF NO RETURN */
	vm_replace_page(map, address, entry, pte_with_write(pte_with_pfn(old, page_to_pfn(copy))));
	if (area->object) {
		map->resident_file_pages -= page->kind == PAGE_KIND_FILE;
		area->flags |= VM_COPIED;
	}
	map->faults_minor++;
	page_put(page); /* C3 */
	return true;
}

/* Map @page at *@entry, which maps nothing. */
static __always_inline void map_private(struct vm_map *map, const struct vm_area *area,
					struct pte *entry, struct page *page)
	REQUIRES(map->table_lock)
{
	pte_write(entry, vm_private_pte(area, page));
	vm_count_mapped(map, page);
	map->faults_minor++;
}

/* Resolve a write to anonymous memory. The page is cleared before table_lock is taken. */
static bool write_anonymous(struct vm_map *map, struct vm_area *area, vaddr_t address)
	REQUIRES_SHARED(map->lock)
{
	struct page *page = page_alloc_one(PAGE_USER | PAGE_ZERO | PAGE_NOWAIT);
	struct pte *entry;

	if (unlikely(!page))
		return false; /* out of memory */
	spin_lock(&map->table_lock);
	entry = arch_pagetable_walk(&map->pagetable, address, true);
	if (unlikely(!entry || !pte_is_none(pte_read(entry)))) {
		/* Another thread has resolved it; otherwise there is no memory for tables. */
		bool done = entry && pte_is_writable(pte_read(entry));

		spin_unlock(&map->table_lock);
		page_free(page);
		return done;
	}
	/* POINT OF NO RETURN */
	map_private(map, area, entry, page);
	spin_unlock(&map->table_lock);
	return true;
}

/* The same for a page of @area that is mapped read-only, and not of an object now. */
static bool write_anonymous_present(struct vm_map *map, struct vm_area *area, vaddr_t address)
	REQUIRES_SHARED(map->lock)
{
	struct pte *entry;
	bool done;

	spin_lock(&map->table_lock);
	entry = arch_pagetable_walk(&map->pagetable, address, false);
	done = entry && write_present(map, area, address, entry);
	spin_unlock(&map->table_lock);
	return done;
}

static bool write_private(struct vm_map *map, struct vm_area *area, vaddr_t address,
			  const struct page *source) REQUIRES_SHARED(map->lock)
	REQUIRES(map->table_lock)
{
	struct pte *entry = arch_pagetable_walk(&map->pagetable, address, true);
	struct page *page;

	if (unlikely(!entry))
		return false; /* no memory for tables */
	if (!pte_is_none(pte_read(entry)))
		return write_present(map, area, address, entry);
	page = vm_copy_of(source);
	if (unlikely(!page))
		return false; /* out of memory */
	/* POINT OF NO RETURN */
	area->flags |= VM_COPIED;
	map_private(map, area, entry, page);
	return true;
}

/* Resolve a write to a private mapping of an object. */
static bool write_copy(struct vm_map *map, struct vm_area *area, vaddr_t address)
	REQUIRES_SHARED(map->lock)
{
	struct vm_object *object = area->object;
	u64 index = vm_area_index(area, address);
	const struct page *source;
	bool done = false;

	spin_lock(&map->table_lock);
	if (unlikely(vm_object_removes_pages(object))) /* F1: before the look for the page */
		goto out;
	source = radix_find(&object->pages, index);
	/* otherwise: must be read first, or is beyond the end */
	if (source && index < div_round_up(READ_ONCE(object->size_bytes), PAGE_SIZE))
		done = write_private(map, area, address, source);
out:
	spin_unlock(&map->table_lock);
	return done;
}

bool vm_fault_fast(struct vm_map *map, vaddr_t address, u32 access)
{
	struct vm_area *area;
	bool done = false;

	if (!fast_path_is_on(FAST_PATH_fault) || !rwlock_read_trylock(&map->lock))
		return false; /* somebody changes the areas */
	area = vm_fault_find_area(map, address);
	if (unlikely(!area || !vm_access_allowed(area, address, access)))
		goto out; /* stack growth, signals */
	if (access & TRAP_ACCESS_WRITE) {
		if (likely(!area->object)) {
			done = access & TRAP_ACCESS_PRESENT
				       ? write_anonymous_present(map, area, address)
				       : write_anonymous(map, area, address);
		} else if (!(area->flags & VM_SHARED)) {
			done = write_copy(map, area, address);
		}
	} else if (area->object && !(access & TRAP_ACCESS_PRESENT)) {
		done = vm_fault_around(map, area, address, 1); /* if the object has it */
	}
out:
	rwlock_read_unlock(&map->lock);
	return done;
}
