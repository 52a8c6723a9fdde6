// SPDX-License-Identifier: MIT
/*
 * vm_fault.c -- page-fault resolution.
 *
 * Idea.  The area says whether the access is allowed; area and entry together determine what to do:
 *
 *            entry     area            read                     write
 *            none      anonymous       the zero page            a new page
 *            none      private object  the object's page, r/o   a copy of it
 *            none      shared object   the object's page        the object's page
 *            present   private         (spurious)               copy on write: cow.c
 *            present   shared          (spurious)               add the right to write
 *
 *   A read of an object also maps those neighbouring pages that the object has already
 *   (fault-around).
 * Invariants.
 *   F1  A page of an object is mapped, or copied for a private area, while the object has it and it
 *       is not being removed, so that truncation leaves no mapping behind. table_lock is held from
 *       the look whether it is to the change of the entry (vm_object_areas.c, R1), or else
 *       object->lock.
 *   F2  No page is mapped beyond the end of its object.
 * Locks.  map->lock, to write; then object->lock, then table_lock. A fill may sleep; only map->lock
 *   is held then. The fast paths have map->lock to read, so they see no fault here half done.
 * May sleep.  Yes; not called with spinlocks held. But it waits for no memory: that is for the
 *   callers (vm_trap.c, vm_access.c), which do so when they hold no lock.
 * Cost.  A new anonymous page: about 150 instructions and clearing. A fault-around: 16 for each
 *   page it maps. The most common cases are tried first in vm_fault_fast.c.
 * Tests.  vm_map_test.c, tests/guest/memory.
 */
#include "vm/vm_fault_steps.h"
#include "vm/vm_object_areas.h"

#include <asm/siginfo.h>
#include <asm/signal.h>

/*
 * The most pages that one read fault maps: a window aligned to its size, so that its entries are in
 * one table.
 */
#define FAULT_AROUND_PAGES 16

struct vm_area *vm_stack_grow(struct vm_map *map, vaddr_t va)
{
	struct vm_area *area = vm_map_find_first(map, va), *prev;
	vaddr_t start = align_down(va, PAGE_SIZE);

	if (!area || !(area->flags & VM_STACK) || va >= area->start)
		return NULL;
	if (start < VM_USER_MIN || area->end - start > map->stack_limit_bytes)
		return NULL;
	prev = vm_area_prev(area);
	if (prev && prev->protection && !(prev->flags & VM_STACK) &&
	    start - prev->end < VM_STACK_GUARD_BYTES)
		return NULL;
	if (vm_map_check_limits(map, area->start - start, area->protection, area->flags))
		return NULL;
	vm_area_set_start(area, start);
	return area;
}

/*
 * *@entry maps something. Update its rights to the area's, or copy the page. table_lock is held,
 * and released here.
 */
static int resolve_present(struct vm_map *map, struct vm_area *area, vaddr_t va, struct pte *entry,
			   u32 fault_flags) RELEASES(map->table_lock)
{
	struct pte old = pte_read(entry);
	bool writable = pte_is_writable(old);

	if ((fault_flags & VM_FAULT_WRITE) && !writable && !(area->flags & VM_SHARED))
		return cow_break(map, area, va, entry, old);
	if ((fault_flags & VM_FAULT_WRITE) || writable)
		pte_write(entry, pte_with_protection(old, vm_area_pte_protection(area)));
	else
		pte_write(entry, pte_with_protection(old, vm_area_pte_protection(area) &
								  ~(u32)PROTECT_WRITE));
	arch_tlb_flush_page(&map->pagetable, va);
	spin_unlock(&map->table_lock);
	return 0;
}

static int resolve_anonymous(struct vm_map *map, struct vm_area *area, vaddr_t va, u32 fault_flags)
	REQUIRES(map->lock)
{
	u32 protection = vm_area_pte_protection(area);
	struct page *page = NULL;
	struct pte *entry;

	if ((fault_flags & (VM_FAULT_WRITE | VM_FAULT_PRESENT)) == VM_FAULT_WRITE) {
		page = page_alloc_one(PAGE_USER | PAGE_ZERO | PAGE_NOWAIT);
		if (unlikely(!page))
			return -ENOMEM;
	}
	spin_lock(&map->table_lock);
	entry = arch_pagetable_walk(&map->pagetable, va, true);
	if (unlikely(!entry)) {
		spin_unlock(&map->table_lock);
		goto out_no_memory;
	}
	if (likely(pte_is_none(pte_read(entry)))) {
		if (!page) {
			page = vm_zero_page;
			page_get(page);
			protection &= ~(u32)PROTECT_WRITE;
		}
		pte_write(entry, pte_make(page_to_pfn(page), protection));
		vm_count_mapped(map, page);
		spin_unlock(&map->table_lock);
		return 0;
	}
	if (page) /* only when the caller did not know that it is mapped: populate */
		page_free(page);
	return resolve_present(map, area, va, entry, fault_flags);

out_no_memory:
	if (page)
		page_free(page);
	return -ENOMEM;
}

/*
 * The first page of the vDSO, the clock page, must not be executable. @entry is that of @va; no CPU
 * has used it yet. table_lock held.
 */
static void map_clock_page(struct vm_area *area, vaddr_t va, struct pte *entry)
{
	u64 index = vm_area_index(area, va);
	vaddr_t first = va - index * PAGE_SIZE;

	assert_spin_held(&area->map->table_lock);
	if (first < area->start || align_down(first, FAULT_AROUND_PAGES * PAGE_SIZE) !=
					   align_down(va, FAULT_AROUND_PAGES * PAGE_SIZE))
		return;
	entry -= index;
	if (!pte_is_none(pte_read(entry)))
		pte_write(entry,
			  pte_with_protection(pte_read(entry), area->protection & PROTECT_READ
								       ? PROTECT_READ | PROTECT_USER
								       : 0));
}

/*
 * Map those of the @nr pages at @slots that exist. Returns how many. table_lock held; they stay
 * (F1).
 */
static u64 map_pages(void *const *slots, struct pte *entries, unsigned nr, u64 bits)
{
	u64 nr_mapped = 0;

	for (unsigned i = 0; i < nr; i++) {
		struct page *page = radix_slot(&slots[i]);

		if (!page || !pte_is_none(pte_read(&entries[i])))
			continue;
		page_get(page);
		pte_write(&entries[i], pte_with_pfn((struct pte){bits}, page_to_pfn(page)));
		nr_mapped++;
	}
	return nr_mapped;
}

static void count_file_pages(struct vm_map *map, bool are_file, u64 nr)
{
	map->resident_pages += nr;
	if (are_file)
		map->resident_file_pages += nr;
	if (map->resident_pages > map->peak_resident_pages)
		map->peak_resident_pages = map->resident_pages;
}

/*
 * The pages to map around @index, which is at @va: limited to the area, to the object (F2), and to
 * the @nr_slots slots from @leaf on.
 */
static inline void choose_window(const struct vm_area *area, vaddr_t va, u64 index, u64 size_pages,
				 u64 leaf, unsigned nr_slots, u64 *low, u64 *high)
{
	u64 place = va >> PAGE_SHIFT, in_window = place & (FAULT_AROUND_PAGES - 1);

	*low = index - min(in_window, place - (area->start >> PAGE_SHIFT));
	*low = max(*low, leaf);
	*high = index + min(FAULT_AROUND_PAGES - in_window, (area->end >> PAGE_SHIFT) - place);
	*high = min(*high, min(size_pages, leaf + nr_slots));
}

bool vm_fault_around(struct vm_map *map, struct vm_area *area, vaddr_t va, unsigned nr_faults)
{
	struct vm_object *object = area->object;
	u64 index = vm_area_index(area, va), leaf = 0, low, high, size_pages;
	u32 protection = vm_area_pte_protection(area);
	const struct page *page;
	void *const *slots, *only;
	struct pte *entry;
	unsigned nr_slots = 0;

	spin_lock(&map->table_lock);
	if (unlikely(vm_object_removes_pages(object))) /* F1 */
		goto out_not_mapped;
	slots = radix_leaf(&object->pages, index, &leaf, &nr_slots, &only);
	size_pages = div_round_up(READ_ONCE(object->size_bytes), PAGE_SIZE);
	if (unlikely(!slots || index >= size_pages))
		goto out_not_mapped;
	page = radix_slot(&slots[index - leaf]);
	entry = page ? arch_pagetable_walk(&map->pagetable, va, true) : NULL;
	if (unlikely(!entry || !pte_is_none(pte_read(entry))))
		goto out_not_mapped;
	if (!(area->flags & VM_SHARED))
		protection &= ~(u32)PROTECT_WRITE;
	choose_window(area, va, index, size_pages, leaf, nr_slots, &low, &high);
	count_file_pages(map, page->kind == PAGE_KIND_FILE,
			 map_pages(slots + (low - leaf), entry - (index - low),
				   (unsigned)(high - low), pte_make(0, protection).value));
	map->faults_minor += nr_faults;
	if (unlikely(area->flags & VM_VDSO))
		map_clock_page(area, va, entry);
	spin_unlock(&map->table_lock);
	return true;

out_not_mapped:
	spin_unlock(&map->table_lock);
	return false;
}

/* Map @page, which is @area's object's page for @va, at @va. object->lock held (F1). */
static int map_object_page(struct vm_map *map, struct vm_area *area, vaddr_t va, struct page *page,
			   u32 fault_flags)
{
	u32 protection = vm_area_pte_protection(area);
	struct pte *entry;

	assert_spin_held(&area->object->lock);
	if (!(fault_flags & VM_FAULT_WRITE) && vm_fault_around(map, area, va, 0))
		return 0;
	if (!(area->flags & VM_SHARED))
		protection &= ~(u32)PROTECT_WRITE;
	spin_lock(&map->table_lock);
	entry = arch_pagetable_walk(&map->pagetable, va, true);
	if (!entry) {
		spin_unlock(&map->table_lock);
		return -ENOMEM;
	}
	if (!pte_is_none(pte_read(entry)))
		return resolve_present(map, area, va, entry, fault_flags);
	page_get(page);
	pte_write(entry, pte_make(page_to_pfn(page), protection));
	vm_count_mapped(map, page);
	spin_unlock(&map->table_lock);
	return 0;
}

/* Resolve a write to a private mapping of an object: the page may be mapped already, or not. */
static int resolve_private_write(struct vm_map *map, struct vm_area *area, vaddr_t va,
				 u32 fault_flags) REQUIRES(map->lock)
{
	struct pte *entry;
	struct page *page;
	int err;

	spin_lock(&map->table_lock);
	entry = arch_pagetable_walk(&map->pagetable, va, false);
	if (entry && !pte_is_none(pte_read(entry)))
		return resolve_present(map, area, va, entry, fault_flags);
	spin_unlock(&map->table_lock);
	err = vm_object_try_page(area->object, vm_area_index(area, va), &page);
	if (err)
		return err;
	return cow_map_copy(map, area, va, page);
}

static int resolve_object(struct vm_map *map, struct vm_area *area, vaddr_t va, u32 fault_flags)
	REQUIRES(map->lock)
{
	struct vm_object *object = area->object;
	u64 index = vm_area_index(area, va);
	struct page *page;
	int err;

	for (;;) {
		if (index >= div_round_up(READ_ONCE(object->size_bytes), PAGE_SIZE)) /* F2 */
			return -EFAULT;
		if ((fault_flags & VM_FAULT_WRITE) && !(area->flags & VM_SHARED))
			return resolve_private_write(map, area, va, fault_flags);
		spin_lock(&object->lock);
		page = radix_find(&object->pages, index);
		if (page && !vm_object_is_going(object, index)) {
			err = map_object_page(map, area, va, page, fault_flags);
			spin_unlock(&object->lock);
			return err;
		}
		spin_unlock(&object->lock);
		/*
		 * retry: it may be removed before it is mapped; while a removal is running, this
		 * call waits
		 */
		err = vm_object_try_page(object, index, &page);
		if (err)
			return err;
		page_put(page);
		if (object->ops && object->ops->fill)
			map->faults_major++;
	}
}

int vm_fault_resolve(struct vm_map *map, struct vm_area *area, vaddr_t va, u32 fault_flags)
{
	assert_rwlock_held(&map->lock);
	va = align_down(va, PAGE_SIZE);
	if (likely(!area->object))
		return resolve_anonymous(map, area, va, fault_flags);
	return resolve_object(map, area, va, fault_flags);
}

static int fault_error(struct vm_fault_error *error, int signal, int code, vaddr_t address)
{
	error->signal = signal;
	error->code = code;
	error->address = address;
	return -EFAULT;
}

int vm_fault(struct vm_map *map, vaddr_t address, u32 access, struct vm_fault_error *error)
{
	static_assert(TRAP_ACCESS_WRITE == VM_FAULT_WRITE &&
			      TRAP_ACCESS_PRESENT == VM_FAULT_PRESENT,
		      "the trap's bits are used as they are");
	struct vm_area *area;
	int err;

	rwlock_write_lock(&map->lock);
	area = vm_fault_find_area(map, address);
	if (unlikely(!area))
		area = vm_stack_grow(map, address);
	if (unlikely(!area)) {
		rwlock_write_unlock(&map->lock);
		return fault_error(error, SIGSEGV, SEGV_MAPERR, address);
	}
	if (unlikely(!vm_access_allowed(area, address, access))) {
		rwlock_write_unlock(&map->lock);
		return fault_error(error, SIGSEGV, SEGV_ACCERR, address);
	}
	err = vm_fault_resolve(map, area, address, access & (VM_FAULT_WRITE | VM_FAULT_PRESENT));
	if (likely(err != -ENOMEM)) /* the fault comes again */
		map->faults_minor++;
	rwlock_write_unlock(&map->lock);
	if (likely(!err) || err == -ENOMEM)
		return err;
	/* beyond the end of the object, or the page could not be read */
	return fault_error(error, SIGBUS, BUS_ADRERR, address);
}
