// SPDX-License-Identifier: MIT
/*
 * vm_unmap.c -- removing pages and areas from an address space.
 *
 * Idea.  Entries are cleared and their pages collected in a small batch; then the translations are
 *   flushed once; only then are the pages put, because until the flush another CPU may still write
 *   to them.
 * Invariants.
 *   U1  A page is put only after no TLB can hold a translation to it.
 *   U2  Pages of an area are removed before the area shrinks or leaves the tree, so every entry
 *       lies in an area.
 * Locks.  map->lock (or, for truncation, object->lock) held by the caller; table_lock around each
 *   batch.
 * Cost.  About 40 instructions per page, plus freeing it; a flush for every ZAP_BATCH pages. Empty
 *   parts of the address space cost what arch_pagetable_visit needs to skip them.
 * Tests.  vm_map_test.c.
 */
#include "trace/trace.h"
#include "vm/vm_given_up.h"
#include "vm/vm_internal.h"
#include "vm/vm_object_areas.h"

#define ZAP_BATCH 64
#define AREA_COST 8 /* the cost of going on to the next area, in entries visited */
#define PAGE_COST 8 /* the cost of removing a page, likewise */
#define PUT_COST 2  /* of putting one at once: when it is freed, some 250 instructions */
#define ZAP_BUDGET (4 * VM_BATCH_ENTRIES)

/*
 * Page tables are searched for and freed when so much is unmapped at once, or when they are many
 * compared to the pages in use.
 */
#define FREE_TABLES_BYTES MIB(2)
#define FREE_TABLES_ALIGN GIB(1)

struct zap {
	struct vm_map *map;
	vaddr_t next;	     /* where to continue after a full batch */
	vaddr_t first, last; /* the pages of this batch are within */
	unsigned nr_pages, nr_file;
	unsigned budget; /* entries that this batch may still visit */
	struct page *pages[ZAP_BATCH];
};

/* @copies_stay: remove only pages of objects. */
static __always_inline int collect(struct zap *zap, vaddr_t va, struct pte *entries, unsigned count,
				   bool copies_stay)
{
	unsigned i, nr = zap->nr_pages, nr_file = 0;

	for (i = 0; i < count; i++) {
		struct pte old = pte_read(&entries[i]);
		struct page *page;

		if (pte_is_none(old))
			continue;
		if (copies_stay && pfn_to_page(pte_pfn(old))->kind != PAGE_KIND_FILE)
			continue;
		if (nr == ZAP_BATCH)
			break;
		old = pte_clear(&entries[i]);
		page = pfn_to_page(pte_pfn(old));
		nr_file += page->kind == PAGE_KIND_FILE;
		if (!nr)
			zap->first = va + i * PAGE_SIZE;
		zap->last = va + i * PAGE_SIZE;
		zap->pages[nr++] = page;
	}
	zap->nr_pages = nr;
	zap->nr_file += nr_file;
	zap->next = va + i * PAGE_SIZE;
	zap->budget -= min(zap->budget, i);
	return i < count || !zap->budget;
}

static int zap_entries(vaddr_t va, struct pte *entries, unsigned count, void *data)
{
	return collect(data, va, entries, count, false);
}

static int zap_object_entries(vaddr_t va, struct pte *entries, unsigned count, void *data)
{
	return collect(data, va, entries, count, true);
}

/* Start an empty batch. Takes table_lock. */
static inline void zap_begin(struct zap *zap, struct vm_map *map) ACQUIRES(map->table_lock)
{
	zap->map = map;
	zap->nr_pages = 0;
	zap->nr_file = 0;
	zap->budget = ZAP_BUDGET;
	spin_lock(&map->table_lock);
}

/* Update the counts, flush, and put the pages of the batch. Releases table_lock. */
static void zap_finish(struct zap *zap) NO_LOCK_ANALYSIS
{
	struct vm_map *map = zap->map;

	map->resident_pages -= zap->nr_pages;
	map->resident_file_pages -= zap->nr_file;
	spin_unlock(&map->table_lock);
	if (!zap->nr_pages)
		return;
	/* otherwise no thread runs in it, and U1 holds by itself */
	if (refcount_read(&map->users)) {
		if (zap->first == zap->last)
			arch_tlb_flush_page(&map->pagetable, zap->first);
		else
			arch_tlb_flush_range(&map->pagetable, zap->first, zap->last + PAGE_SIZE);
	}
	for (unsigned i = 0; i < zap->nr_pages; i++)
		page_put(zap->pages[i]); /* U1 */
}

/*
 * One batch from zap->next on; true when there may be more. The caller holds the lock that keeps
 * the range.
 */
static bool zap_batch(struct zap *zap, struct vm_map *map, vaddr_t end) NO_LOCK_ANALYSIS
{
	bool more;

	zap_begin(zap, map);
	more = arch_pagetable_visit(&map->pagetable, zap->next, end, zap_entries, zap);
	zap_finish(zap);
	return more;
}

static void zap_range(struct vm_map *map, vaddr_t start, vaddr_t end)
{
	struct zap zap;

	zap.next = start;
	while (zap_batch(&zap, map, end) && zap.next < end)
		;
}

void vm_zap(struct vm_map *map, struct vm_area *area, vaddr_t start, vaddr_t end)
{
	assert_rwlock_held(&map->lock);
	debug_assert(start >= area->start && end <= area->end);
	if (start < end)
		zap_range(map, start, end);
}

int vm_zap_object_step(struct vm_area *area, u64 *at, u64 end, bool copies_stay) NO_LOCK_ANALYSIS
{
	u64 from = area->object_index, high = from + ((area->end - area->start) >> PAGE_SHIFT);
	u64 low = max(*at, from), steps;
	struct vm_map *map = area->map;
	struct zap zap;
	bool more;
	int cost;

	high = min(end, high);
	if (low >= high)
		return -1;
	zap.next = area->start + ((low - from) << PAGE_SHIFT);
	zap_begin(&zap, map);
	steps = map->pagetable.nr_steps;
	more = arch_pagetable_visit(&map->pagetable, zap.next,
				    area->start + ((high - from) << PAGE_SHIFT),
				    copies_stay ? zap_object_entries : zap_entries, &zap);
	cost = (int)(ZAP_BUDGET - zap.budget + (map->pagetable.nr_steps - steps) +
		     PAGE_COST * zap.nr_pages);
	zap_finish(&zap);
	*at = vm_area_index(area, zap.next);
	return more && *at < high ? cost : -1 - cost;
}

/*
 * [start, end) has just been unmapped between two areas: free the tables that are no longer needed.
 */
static void free_tables(struct vm_map *map, vaddr_t start, vaddr_t end) REQUIRES(map->lock)
{
	struct vm_area *next, *prev;
	vaddr_t floor = 0, ceiling = USER_TOP;

	bool many = map->pagetable.nr_tables >= 64 + map->resident_pages / 8, more;

	if (end - start < FREE_TABLES_BYTES && !many)
		return;
	next = vm_map_find_first(map, start);
	if (next)
		ceiling = next->start;
	prev = next ? vm_area_prev(next) : vm_area_of(rb_last(&map->areas));
	if (prev)
		floor = prev->end;
	if (!many) {
		/* do not search all of a large hole */
		floor = max(floor, align_down(start, FREE_TABLES_ALIGN));
		ceiling = min(ceiling, align_up(end, FREE_TABLES_ALIGN));
	}
	if (floor >= ceiling)
		return;
	do {
		spin_lock(&map->table_lock);
		more = arch_pagetable_free_range(&map->pagetable, floor, ceiling);
		spin_unlock(&map->table_lock);
	} while (more);
}

/*
 * Remove [start, end), which overlaps @area, from it. 0; -ENOMEM when that needs a split, which
 * failed.
 */
static int remove_from_area(struct vm_map *map, struct vm_area *area, vaddr_t start, vaddr_t end)
	REQUIRES(map->lock)
{
	struct vm_area *upper;
	int err;

	if (start > area->start && end < area->end) {
		err = vm_area_split(map, area, end, &upper);
		if (err)
			return err;
	}
	start = max(start, area->start);
	end = min(end, area->end);
	vm_zap(map, area, start, end); /* U2 */
	if (start == area->start && end == area->end) {
		vm_area_erase(map, area);
		vm_area_free(area);
	} else if (start == area->start) {
		vm_area_set_start(area, end);
	} else {
		vm_area_set_end(area, start);
	}
	return 0;
}

int vm_map_remove_locked(struct vm_map *map, vaddr_t start, vaddr_t end)
{
	struct vm_area *area = vm_map_find_first(map, start), *next;
	bool found = false;
	int err;

	assert_rwlock_held(&map->lock);
	while (area && area->start < end) {
		next = area->end < end ? vm_area_next(area) : NULL;
		err = remove_from_area(map, area, start, end);
		if (err)
			/* only the first and only area can need a split: nothing has changed */
			return err;
		found = true;
		area = next;
		if (vm_is_given_up())
			return -EINTR;
	}
	if (found)
		free_tables(map, start, end);
	return 0;
}

int vm_map_remove(struct vm_map *map, vaddr_t start, u64 len_bytes)
{
	vaddr_t end;
	int err;

	if (!len_bytes || !vm_range_check(start, len_bytes, &end))
		return -EINVAL;
	TRACE(memory_free, 0, start, len_bytes);
	rwlock_write_lock(&map->lock);
	err = vm_map_remove_locked(map, start, end);
	rwlock_write_unlock(&map->lock);
	return err;
}

struct clearing {
	vaddr_t next; /* where to continue after a pause */
	int budget;   /* entries to visit before the next pause */
	unsigned nr_pages, nr_file;
};

/*
 * As zap_entries(), for a map that no thread runs in (U1 holds by itself): pages are put at once.
 */
static int clear_entries(vaddr_t va, struct pte *entries, unsigned count, void *data)
{
	struct clearing *clearing = data;
	unsigned i = 0, nr_file = 0;

	while (i < count && clearing->budget > 0) {
		/* What the budget is enough for if each entry has a page: no count for each. */
		unsigned begin = i, nr_pages = 0;
		unsigned end =
			min(count, i + ((unsigned)clearing->budget + PUT_COST - 1) / PUT_COST);

		for (; i < end; i++) {
			struct pte old = pte_read(&entries[i]);
			struct page *page;

			if (pte_is_none(old))
				continue;
			pte_write(&entries[i], (struct pte){0});
			page = pfn_to_page(pte_pfn(old));
			nr_file += page->kind == PAGE_KIND_FILE;
			nr_pages++;
			page_put(page);
		}
		clearing->nr_pages += nr_pages;
		clearing->budget -= (int)(end - begin + (PUT_COST - 1) * nr_pages);
	}
	clearing->nr_file += nr_file;
	clearing->next = va + i * PAGE_SIZE;
	return clearing->budget <= 0;
}

/* One batch: the areas from @area on. Returns the area to continue with, or NULL. */
static struct vm_area *clear_some(struct vm_map *map, struct vm_area *area,
				  struct clearing *clearing) REQUIRES(map->table_lock)
{
	while (area && clearing->budget > 0) {
		u64 steps = map->pagetable.nr_steps;

		if (arch_pagetable_visit(&map->pagetable, clearing->next, area->end, clear_entries,
					 clearing))
			break;
		clearing->budget -= (int)(AREA_COST + map->pagetable.nr_steps - steps);
		area = vm_area_next(area);
		if (area)
			clearing->next = area->start;
	}
	return area;
}

/* Remove all pages of all areas. table_lock is released now and then, not for each area. */
static void clear_all(struct vm_map *map) REQUIRES(map->lock)
{
	struct vm_area *area = vm_area_first(map);
	struct clearing clearing = {.next = area ? area->start : 0};

	while (area) {
		clearing.nr_pages = clearing.nr_file = 0;
		clearing.budget = VM_BATCH_ENTRIES;
		spin_lock(&map->table_lock);
		area = clear_some(map, area, &clearing);
		map->resident_pages -= clearing.nr_pages;
		map->resident_file_pages -= clearing.nr_file;
		spin_unlock(&map->table_lock);
	}
}

void vm_map_clear(struct vm_map *map)
{
	struct vm_area *area;

	rwlock_write_lock(&map->lock);
	clear_all(map); /* U2 */
	while ((area = vm_area_pop(map))) {
		TRACE(memory_free, 0, area->start, area->end - area->start);
		vm_object_unlist_area(area);
		vm_area_free(area);
	}
	rwlock_write_unlock(&map->lock);
}
