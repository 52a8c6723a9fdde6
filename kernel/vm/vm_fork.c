// SPDX-License-Identifier: MIT
/*
 * vm_fork.c -- copying an address space for fork.
 *
 * Idea.  The areas are copied; pages are shared: entries of private memory are copied to the child,
 *   read-only in both, and the first write makes a copy (cow.c). Pages that an object can provide
 *   again are not copied: the child's first access maps them, mostly with their neighbours. The
 *   tree of areas is copied node by node, which needs neither comparing nor balancing.
 * Invariants.
 *   K1  No TLB has a writable translation for a shared page when fork returns (they are flushed at
 *       the end; the child does not run yet).
 *   K2  Areas with an object are listed with it (vm_area.c, A3) before their entries are copied.
 * Locks.  The parent's map->lock; both table_locks while entries are copied. The child's map->lock
 *   is not taken: no other thread knows the child, and only truncation can reach its tables, under
 *   table_lock.
 * Cost.  About 15 instructions for each page present, 90 for each area, plus the child's page
 *   tables.
 * Tests.  vm_map_test.c; tests/guest/memory.
 */
#include "vm/vm_internal.h"
#include "vm/vm_given_up.h"

#include "lib/string.h"

#define COPY_PAUSE 1 /* result of copy_entries: release the locks for a moment, then go on */

/* Up to so many translations are flushed one by one; for more, the whole TLB is flushed. */
#define FLUSH_SINGLY_MAX 8

struct fork {
	struct vm_map *to;
	vaddr_t next;	       /* where copying continues after a pause */
	unsigned nr_protected; /* entries of the parent that were writable */
	vaddr_t protected[FLUSH_SINGLY_MAX];
	bool may_be_file; /* the current area has an object */
};

static int copy_entries(vaddr_t va, struct pte *entries, unsigned count, void *data)
{
	struct fork *fork = data;
	struct pte *to = NULL;
	u64 nr_pages = 0, nr_file = 0;

	for (unsigned i = 0; i < count; i++) {
		struct pte pte = pte_read(&entries[i]);
		struct page *page;

		if (pte_is_none(pte))
			continue;
		if (!to) {
			to = arch_pagetable_walk(&fork->to->pagetable, va, true);
			if (!to)
				return -ENOMEM;
		}
		page = pfn_to_page(pte_pfn(pte));
		page_get(page);
		if (fork->may_be_file)
			nr_file += page->kind == PAGE_KIND_FILE;
		if (pte_is_writable(pte)) {
			pte = pte_without_write(pte);
			pte_write(&entries[i], pte);
			if (fork->nr_protected < FLUSH_SINGLY_MAX)
				fork->protected[fork->nr_protected] = va + i * PAGE_SIZE;
			fork->nr_protected++;
		}
		pte_write(&to[i], pte);
		nr_pages++;
	}
	fork->to->resident_pages += nr_pages;
	fork->to->resident_file_pages += nr_file;
	fork->next = va + count * PAGE_SIZE;
	return count < VM_BATCH_ENTRIES ? 0 : COPY_PAUSE;
}

/* Must the child get @area's pages now, or can it fault them in again? */
static inline bool needs_copying(const struct vm_area *area)
{
	if (area->flags & (VM_SHARED | VM_WIPEONFORK | VM_DONTFORK))
		return false;
	return !area->object || (area->flags & VM_COPIED);
}

static int copy_pages(struct vm_map *from, const struct vm_area *area, struct fork *fork)
{
	struct memory_patience patience = {0};
	int err;

	fork->may_be_file = area->object != NULL;
	fork->next = area->start;
	do {
		spin_lock_pair(&from->table_lock, &fork->to->table_lock);
		err = arch_pagetable_visit(&from->pagetable, fork->next, area->end, copy_entries,
					   fork);
		spin_unlock_pair(&from->table_lock, &fork->to->table_lock);
		if (err == COPY_PAUSE && vm_is_given_up())
			return -EINTR;
		if (err == COPY_PAUSE)
			patience = (struct memory_patience){0};
		/* tables are made under the spinlocks, where memory cannot be waited for */
		if (err == -ENOMEM && page_alloc_relieve(&patience))
			err = COPY_PAUSE;
	} while (err == COPY_PAUSE && fork->next < area->end);
	return err == COPY_PAUSE ? 0 : err;
}

/* Some areas are not inherited: build a tree of the others. */
static __cold int copy_some_areas(struct vm_map *from, struct vm_map *to) REQUIRES(from->lock)
{
	struct vm_area *area, *copy;

	for (area = vm_area_first(from); area; area = vm_area_next(area)) {
		if (area->flags & VM_DONTFORK)
			continue;
		copy = vm_area_create(to, area, area->start, area->end);
		if (!copy)
			return -ENOMEM;
		copy->flags &= ~(u32)VM_LOCKED;
		vm_area_insert(to, copy);
		if (vm_is_given_up())
			return -EINTR;
	}
	return 0;
}

static int copy_areas(struct vm_map *from, struct fork *fork) REQUIRES(from->lock)
{
	struct vm_area *area;
	unsigned nr = 0;
	int err;

	if (unlikely(from->has_dontfork))
		err = copy_some_areas(from, fork->to);
	else
		err = vm_area_clone_all(from, fork->to);
	for (area = vm_area_first(from); area && !err; area = vm_area_next(area)) /* K2 */
		if (needs_copying(area)) {
			err = copy_pages(from, area, fork);
			if (!err && ++nr % VM_BATCH_AREAS == 0 && vm_is_given_up())
				err = -EINTR;
		}
	return err;
}

static void copy_numbers(const struct vm_map *from, struct vm_map *to)
{
	to->brk_start = from->brk_start;
	to->brk_end = from->brk_end;
	to->mmap_top = from->mmap_top;
	to->stack_top = from->stack_top;
	to->stack_limit_bytes = from->stack_limit_bytes;
	to->arg_start = from->arg_start;
	to->arg_end = from->arg_end;
	to->env_start = from->env_start;
	to->env_end = from->env_end;
	to->code_start = from->code_start;
	to->code_end = from->code_end;
	to->data_start = from->data_start;
	to->data_end = from->data_end;
	memcpy(to->auxv, from->auxv, sizeof(to->auxv));
	to->address_limit_bytes = from->address_limit_bytes;
	to->data_limit_bytes = from->data_limit_bytes;
	to->lock_limit_bytes = from->lock_limit_bytes;
	to->executable = from->executable;
	if (to->executable && to->executable->get)
		to->executable->get(to->executable);
}

/* K1 */
static void flush(struct vm_map *from, const struct fork *fork)
{
	if (fork->nr_protected > FLUSH_SINGLY_MAX) {
		arch_tlb_flush_range(&from->pagetable, 0, USER_TOP);
		return;
	}
	for (unsigned i = 0; i < fork->nr_protected; i++)
		arch_tlb_flush_page(&from->pagetable, fork->protected[i]);
}

int vm_map_fork(struct vm_map *from, struct vm_map **out)
{
	struct fork fork;
	int err = vm_map_create(&fork.to);

	if (err)
		return err;
	fork.nr_protected = 0;
	rwlock_write_lock(&from->lock);
	copy_numbers(from, fork.to);
	err = copy_areas(from, &fork);
	fork.to->peak_resident_pages = READ_ONCE(fork.to->resident_pages);
	flush(from, &fork);
	rwlock_write_unlock(&from->lock);
	if (err)
		vm_map_put(fork.to);
	else
		*out = fork.to;
	return err;
}
