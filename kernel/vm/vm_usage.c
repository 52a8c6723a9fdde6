// SPDX-License-Identifier: MIT
/*
 * vm_usage.c -- which pages of a range are present: mincore, and the sums of /proc/PID/smaps.
 *
 * Both walk the page table, a part at a time, and skip what it does not have, so that the cost is
 * that of the pages present, not of the bytes reserved.
 */
#include "vm/vm_usage.h"

#include "lib/string.h"
#include "vm/vm_given_up.h"
#include "vm/vm_internal.h"

/* ---- which pages: mincore ---- */

struct presence {
	vaddr_t start;
	u8 *vector;
};

static int note_present(vaddr_t va, struct pte *entries, unsigned count, void *data)
{
	struct presence *presence = data;
	u8 *bytes = presence->vector + ((va - presence->start) >> PAGE_SHIFT);

	for (unsigned i = 0; i < count; i++)
		bytes[i] |= !pte_is_none(pte_read(&entries[i]));
	return 0;
}

/* Pages that this process has not touched may be present all the same: the object's. */
static void note_object_pages(struct vm_object *object, u64 index, u64 nr, u8 *bytes)
{
	u64 end = index + nr, at = index;

	spin_lock(&object->lock);
	while (at < end && radix_next(&object->pages, &at) && at < end)
		bytes[at++ - index] = 1;
	spin_unlock(&object->lock);
}

int vm_map_resident(struct vm_map *map, vaddr_t start, u64 nr_pages, u8 *vector)
{
	struct presence presence = {start, vector};
	vaddr_t end = start + nr_pages * PAGE_SIZE;
	struct vm_area *area;
	int err;

	debug_assert(nr_pages <= VM_RESIDENT_MAX);
	if (vm_is_given_up())
		return -EINTR;
	memset(vector, 0, nr_pages);
	rwlock_read_lock(&map->lock);
	err = vm_map_check_covered(map, start, end);
	if (!err) {
		spin_lock(&map->table_lock);
		ignore_result(arch_pagetable_visit(&map->pagetable, start, end, note_present,
						   &presence),
			      "it goes to the end");
		spin_unlock(&map->table_lock);
		for (area = vm_map_find(map, start); area && area->start < end;
		     area = vm_area_next(area)) {
			vaddr_t low = max(area->start, start), high = min(area->end, end);

			if (area->object)
				note_object_pages(area->object, vm_area_index(area, low),
						  (high - low) >> PAGE_SHIFT,
						  vector + ((low - start) >> PAGE_SHIFT));
		}
	}
	rwlock_read_unlock(&map->lock);
	return err;
}

/* ---- how many: smaps ---- */

struct census {
	struct vm_usage *usage;
	vaddr_t next; /* where to continue after a pause */
};

static int count_present(vaddr_t va, struct pte *entries, unsigned count, void *data)
{
	struct census *census = data;

	for (unsigned i = 0; i < count; i++) {
		struct pte pte = pte_read(&entries[i]);
		const struct page *page;

		if (pte_is_none(pte))
			continue;
		page = pfn_to_page(pte_pfn(pte));
		if (page->kind == PAGE_KIND_FILE)
			census->usage->nr_file++;
		else if (page != vm_zero_page)
			census->usage->nr_anonymous++;
	}
	census->next = va + count * PAGE_SIZE;
	return 1; /* one table at a time */
}

int vm_map_usage(struct vm_map *map, vaddr_t start, vaddr_t end, struct vm_usage *usage)
{
	struct census census = {usage, start};
	bool more;

	*usage = (struct vm_usage){0};
	do {
		if (vm_is_given_up())
			return -EINTR;
		spin_lock(&map->table_lock);
		more = arch_pagetable_visit(&map->pagetable, census.next, end, count_present,
					    &census);
		spin_unlock(&map->table_lock);
	} while (more && census.next < end);
	return 0;
}
