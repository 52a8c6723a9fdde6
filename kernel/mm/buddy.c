// SPDX-License-Identifier: MIT
/*
 * buddy.c -- blocks of pages.
 *
 * Idea.  A free block of 2^order pages begins at a multiple of its size. Its buddy is the block
 *   whose number differs in that one bit; two free buddies become one block of the next order. An
 *   allocation splits the smallest block that is large enough.
 *   The page array is initialised in chunks of 2^10 entries when the lists run empty, lowest first:
 *   boot does no work for memory that is never used.
 * Invariants.
 *   Y1  A page is the head of a listed block exactly when its entry has kind FREE; its order is
 *       then that of the list.
 *   Y2  No two free buddies of one order (below the highest) exist.
 *   Y3  A chunk is initialised at most once, before any of its entries is read; blocks and their
 *       buddies never cross chunks, because a chunk has the size of the largest block.
 *   Y4  nr_free is the number of pages in the lists; nr_waiting that of free pages in chunks that
 *       are not initialised yet.
 * Locks.  buddy->lock for everything.
 * Cost.  Allocate and free: a few instructions per order. Initialising a chunk: about 5000.
 * Tests.  page_alloc_test.c.
 */
#include "mm/buddy.h"

#include "core/assert.h"
#include "lib/bitmap.h"
#include "lib/string.h"

#define CHUNK_ORDER PAGE_ORDER_MAX
#define CHUNK_PAGES (1UL << CHUNK_ORDER)
#define CHUNKS_MAX (GIB(64) >> PAGE_SHIFT >> CHUNK_ORDER) /* memory above is not used */

struct page *page_array;	/* [I] after boot */
struct account **page_accounts; /* [I] after boot */

static u64 chunks_up[BITMAP_WORDS(CHUNKS_MAX)]; /* [page_zone] Y3 */

void buddy_init(struct buddy *buddy)
{
	u64 table_bytes;

	for (unsigned order = 0; order <= PAGE_ORDER_MAX; order++)
		list_init(&buddy->free[order]);
	bitmap_zero(chunks_up, CHUNKS_MAX);
	spin_lock_init(&buddy->lock, page_zone);
	buddy->max_pfn = min(boot_alloc_max_pfn(), (pfn_t)(CHUNKS_MAX * CHUNK_PAGES));
	buddy->nr_free = 0;
	buddy->nr_waiting = 0;
	buddy->next_chunk = 0;
	/* Whole chunks, so that initialising one needs no check for the end. */
	table_bytes = align_up(buddy->max_pfn, CHUNK_PAGES) * sizeof(struct page);
	page_array = phys_to_virt(boot_alloc_pages((table_bytes + PAGE_SIZE - 1) >> PAGE_SHIFT));
	table_bytes = align_up(buddy->max_pfn, CHUNK_PAGES) * sizeof(*page_accounts);
	page_accounts = phys_to_virt(boot_alloc_pages((table_bytes + PAGE_SIZE - 1) >> PAGE_SHIFT));
	buddy->nr_boot_ranges = boot_alloc_finish(buddy->boot_ranges);
	for (unsigned i = 0; i < buddy->nr_boot_ranges; i++) {
		struct pfn_range *range = &buddy->boot_ranges[i];

		range->end = min(range->end, buddy->max_pfn);
		range->first = min(range->first, range->end);
		buddy->nr_waiting += range->end - range->first;
	}
}

static void list_block(struct buddy *buddy, struct page *page, unsigned order) REQUIRES(buddy->lock)
{
	refcount_init(&page->refs, 0);
	page->order = (u8)order;
	page->kind = PAGE_KIND_FREE; /* Y1 */
	list_add_first(&buddy->free[order], &page->node);
}

static void unlist_block(struct page *page)
{
	list_remove(&page->node);
	page->kind = PAGE_KIND_RESERVED; /* until its new owner sets the kind */
}

void buddy_give(struct buddy *buddy, struct page *page, unsigned order)
{
	pfn_t pfn = page_to_pfn(page);

	debug_assert(is_aligned(pfn, 1UL << order));
	buddy->nr_free += 1UL << order;
	while (order < PAGE_ORDER_MAX) {
		struct page *other = pfn_to_page(pfn ^ 1UL << order);

		if (other->kind != PAGE_KIND_FREE || other->order != order)
			break;
		unlist_block(other);
		pfn &= ~(1UL << order);
		order++; /* Y2 */
	}
	list_block(buddy, pfn_to_page(pfn), order);
}

static void give_range(struct buddy *buddy, pfn_t first, pfn_t end) REQUIRES(buddy->lock)
{
	while (first < end) {
		unsigned order = PAGE_ORDER_MAX;

		while (!is_aligned(first, 1UL << order) || first + (1UL << order) > end)
			order--;
		buddy_give(buddy, pfn_to_page(first), order);
		first += 1UL << order;
	}
}

static void bring_up_chunk(struct buddy *buddy, u64 chunk) REQUIRES(buddy->lock)
{
	pfn_t start = chunk * CHUNK_PAGES, end = start + CHUNK_PAGES;

	bitmap_set(chunks_up, chunk);
	memset(pfn_to_page(start), 0, CHUNK_PAGES * sizeof(struct page));
	for (pfn_t pfn = start; pfn < end; pfn++)
		pfn_to_page(pfn)->kind = PAGE_KIND_RESERVED;
	for (unsigned i = 0; i < buddy->nr_boot_ranges; i++) {
		pfn_t first = max(start, buddy->boot_ranges[i].first);
		pfn_t last = min(end, buddy->boot_ranges[i].end);

		if (first >= last)
			continue;
		buddy->nr_waiting -= last - first;
		give_range(buddy, first, last);
	}
}

void buddy_bring_up(struct buddy *buddy, pfn_t pfn)
{
	if (!bitmap_test(chunks_up, pfn / CHUNK_PAGES))
		bring_up_chunk(buddy, pfn / CHUNK_PAGES);
}

/* Was any page of @chunk free at boot? */
static bool has_memory(const struct buddy *buddy, u64 chunk)
{
	pfn_t start = chunk * CHUNK_PAGES, end = start + CHUNK_PAGES;

	for (unsigned i = 0; i < buddy->nr_boot_ranges; i++)
		if (buddy->boot_ranges[i].first < end && buddy->boot_ranges[i].end > start)
			return true;
	return false;
}

/*
 * Initialise the next chunk with free memory; false when there is none. Chunks without any are
 * skipped: a hole in the physical addresses may have hundreds of them, and the lock is held.
 */
static bool bring_up_next(struct buddy *buddy) REQUIRES(buddy->lock)
{
	u64 had = buddy->nr_free;

	while (buddy->nr_waiting && buddy->nr_free == had) {
		if (!bitmap_test(chunks_up, buddy->next_chunk) &&
		    has_memory(buddy, buddy->next_chunk))
			bring_up_chunk(buddy, buddy->next_chunk);
		buddy->next_chunk++;
	}
	return buddy->nr_free != had;
}

struct page *buddy_take(struct buddy *buddy, unsigned order)
{
	struct page *page;
	unsigned from = order;

	while (list_is_empty(&buddy->free[from])) {
		if (from < PAGE_ORDER_MAX) {
			from++;
		} else {
			if (!bring_up_next(buddy))
				return NULL;
			from = order;
		}
	}
	page = list_first_entry(&buddy->free[from], struct page, node);
	unlist_block(page);
	buddy->nr_free -= 1UL << order;
	while (from > order) {
		from--;
		list_block(buddy, page + (1UL << from), from);
	}
	return page;
}
