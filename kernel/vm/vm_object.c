// SPDX-License-Identifier: MIT
/*
 * vm_object.c -- objects: the pages of a file, or of memory that processes share.
 *
 * Idea.  A radix tree from page number to page. read(2), write(2) and page faults all use it, so a
 *   file and its mappings never differ. Many look for pages that are there at the same time: so
 *   lookups take no lock.
 * Invariants.
 *   O1  The object holds one reference to each of its pages; whatever maps or copies a page takes
 *       another.
 *   O2  A page is removed from all address spaces before it leaves the tree, and while the removal
 *       runs no thread maps it again (vm_object_areas.c, R1): a page that the object does not have
 *       is not mapped.
 *   O3  With a fill hook, pages are added under fill_lock, which truncation holds too: a page that
 *       was truncated does not reappear.
 *   O4  A lookup in a read section (sched/epoch.h) finds a page that the object had at some time in
 *       the section. A page that leaves keeps the object's reference, and a node of the tree its
 *       memory, until the sections that may have found it have ended. When the object itself ends
 *       nobody looks. Who removes pages again and again waits for what has been removed before.
 * Ownership.  Areas and the inode hold references to the object; ops->destroy frees it.
 * Locks.  fill_lock (sleeps) before lock before the table_lock of each map.
 * Cost.  A page that is present: a walk of the tree and an atomic operation. One that leaves is
 *   freed two or three ticks later, if there are several CPUs.
 * Tests.  vm_object_test.c.
 */
#include "vm/vm_internal.h"

#include "lib/refcount.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/epoch.h"
#include "vm/vm_object_areas.h"

#define REMOVE_BATCH 64

static struct slab_cache node_cache, object_cache; /* [I] */

static struct radix_node *node_alloc(void)
{
	return slab_alloc(&node_cache, 0);
}

static void node_free(struct radix_node *node)
{
	slab_free(&node_cache, node);
}

static void node_free_in_epoch(struct epoch_item *item)
{
	node_free((struct radix_node *)item);
}

/* O4 */
static void node_free_late(struct radix_node *node)
{
	static_assert(sizeof(struct epoch_item) <= sizeof(node->unused), "lookups read the slots");
	epoch_call((struct epoch_item *)node->unused, node_free_in_epoch);
}

static const struct radix_node_ops node_ops = {.alloc = node_alloc, .free = node_free_late};
static const struct radix_node_ops last_node_ops = {.alloc = node_alloc, .free = node_free};

void vm_object_caches_init(void)
{
	slab_cache_init(&node_cache, "radix_node", sizeof(struct radix_node), RADIX_ALIGN);
	slab_cache_init(&object_cache, "vm_object", sizeof(struct vm_object), 0);
}

void vm_object_init(struct vm_object *object, const struct vm_object_ops *ops, void *owner,
		    u64 size_bytes)
{
	object->ops = ops;
	spin_lock_init(&object->lock, object_pages);
	mutex_init(&object->fill_lock, vm_object);
	radix_init(&object->pages, &node_ops);
	object->nr_pages = 0;
	object->size_bytes = size_bytes;
	list_init(&object->few_areas);
	object->areas.node = NULL;
	object->nr_areas = object->nr_writers = 0;
	object->has_many_areas = false;
	object->going_first = object->going_end = object->going_round = 0;
	object->zap_next = NULL;
	object->deny_writable = false;
	refcount_init(&object->refs, 1);
	object->owner = owner;
}

static void anonymous_destroy(struct vm_object *object)
{
	vm_object_fini(object);
	slab_free(&object_cache, object);
}

static const struct vm_object_ops anonymous_ops = {.destroy = anonymous_destroy};

int vm_object_create_anonymous(u64 size_bytes, struct vm_object **out)
{
	struct vm_object *object = slab_alloc(&object_cache, 0);

	if (!object)
		return -ENOMEM;
	vm_object_init(object, &anonymous_ops, NULL, size_bytes);
	*out = object;
	return 0;
}

void vm_object_get(struct vm_object *object)
{
	refcount_get(&object->refs);
}

void vm_object_put(struct vm_object *object)
{
	if (refcount_put(&object->refs) && object->ops && object->ops->destroy)
		object->ops->destroy(object);
}

/* ---- adding pages ------------------------------------------------------------------------ */

struct page *vm_object_find_page(struct vm_object *object, u64 index)
{
	struct page *page;

	epoch_read_begin();
	page = radix_find(&object->pages, index);
	if (page)
		page_get(page); /* O4 */
	epoch_read_end();
	return page;
}

unsigned vm_object_find_pages(struct vm_object *object, u64 first, unsigned nr, struct page **pages)
{
	unsigned found;

	epoch_read_begin();
	for (found = 0; found < nr; found++) {
		pages[found] = radix_find(&object->pages, first + found);
		if (!pages[found])
			break;
		page_get(pages[found]); /* O4 */
	}
	epoch_read_end();
	return found;
}

static void tell_removed(struct vm_object *object, u64 nr)
{
	if (nr && object->ops && object->ops->removed)
		object->ops->removed(object, nr);
}

/* Insert @page; its reference becomes the object's. */
static int insert_page(struct vm_object *object, u64 index, struct page *page)
	REQUIRES(object->lock)
{
	int err = radix_insert(&object->pages, index, page);

	if (err)
		return err;
	page->object = object;
	page->index = index;
	WRITE_ONCE(object->nr_pages, object->nr_pages + 1);
	return 0;
}

/*
 * Allocate, fill and insert the page at @index, with a reference in *@out. -EEXIST: another thread
 * was faster.
 */
static int make_page(struct vm_object *object, u64 index, struct page **out)
{
	struct page *page = page_alloc_one(PAGE_FILE | PAGE_ZERO | PAGE_NOWAIT);
	int err = 0;

	if (!page)
		return -ENOMEM;
	if (object->ops && object->ops->fill)
		err = object->ops->fill(object, index, page);
	if (!err) {
		page_get(page); /* the caller's, before other threads can see the page */
		spin_lock(&object->lock);
		err = insert_page(object, index, page);
		spin_unlock(&object->lock);
		if (err) {
			page_put(page);
			tell_removed(object, 1);
		}
	}
	if (err)
		page_put(page);
	else
		*out = page;
	return err;
}

/*
 * If the page at @index is being removed, wait for the end of the removal. A hint, read without a
 * lock.
 */
static inline void wait_for_removal(struct vm_object *object, u64 index)
{
	if (likely(index >= READ_ONCE(object->going_end)) || index < READ_ONCE(object->going_first))
		return;
	mutex_lock(&object->fill_lock);
	mutex_unlock(&object->fill_lock);
}

int vm_object_try_page(struct vm_object *object, u64 index, struct page **out)
{
	bool fills = object->ops && object->ops->fill;
	int err;

	do {
		wait_for_removal(object, index);
		*out = vm_object_find_page(object, index);
		if (*out)
			return 0;
		if (fills) { /* O3; also, one thread reads the page for all that wait */
			mutex_lock(&object->fill_lock);
			*out = vm_object_find_page(object, index);
			err = *out ? 0 : make_page(object, index, out);
			mutex_unlock(&object->fill_lock);
		} else {
			err = make_page(object, index, out);
		}
	} while (err == -EEXIST);
	return err;
}

int vm_object_get_page(struct vm_object *object, u64 index, struct page **out)
{
	struct memory_patience patience = {0};
	int err;

	do {
		err = vm_object_try_page(object, index, out);
	} while (err == -ENOMEM && page_alloc_relieve(&patience));
	return err;
}

int vm_object_adopt_page(struct vm_object *object, u64 index, struct page *page)
{
	int err;

	spin_lock(&object->lock);
	err = insert_page(object, index, page);
	spin_unlock(&object->lock);
	return err;
}

u64 vm_object_next_page(struct vm_object *object, u64 from)
{
	bool found;

	spin_lock(&object->lock);
	found = radix_next(&object->pages, &from) != NULL;
	spin_unlock(&object->lock);
	return found ? from : ~0UL;
}

/* ---- removing pages ---------------------------------------------------------------------- */

static void put_removed(struct epoch_item *item)
{
	struct page *page = container_of(item, struct page, epoch), *next;

	for (; page; page = next) {
		next = page->link;
		page_put(page);
	}
}

/*
 * Put the @nr > 0 pages, which have left the object, when no lookup can have found them without
 * having a reference. O4
 */
static void put_removed_late(void **pages, unsigned nr)
{
	struct page *first = pages[0];

	for (unsigned i = 0; i < nr; i++)
		((struct page *)pages[i])->link = i + 1 < nr ? pages[i + 1] : NULL;
	epoch_call_for(&first->epoch, put_removed, nr);
}

/*
 * Remove up to REMOVE_BATCH pages from *@first on, which are mapped nowhere; false when none before
 * @end is left. The *@out that are in @pages then are to be put.
 */
static bool take_batch(struct vm_object *object, u64 *first, u64 end, void **pages, unsigned *out)
{
	u64 indices[REMOVE_BATCH];
	unsigned nr, i;

	spin_lock(&object->lock);
	nr = radix_gang_find(&object->pages, *first, pages, indices, REMOVE_BATCH);
	for (i = 0; i < nr && indices[i] < end; i++)
		(void)radix_remove(&object->pages, indices[i]);
	WRITE_ONCE(object->nr_pages, object->nr_pages - i);
	if (i < REMOVE_BATCH)
		vm_object_zap_end(object);
	spin_unlock(&object->lock);
	if (i)
		*first = indices[i - 1] + 1;
	*out = i;
	return i == REMOVE_BATCH;
}

static bool remove_batch(struct vm_object *object, u64 *first, u64 end)
{
	void *pages[REMOVE_BATCH];
	unsigned nr;
	bool more = take_batch(object, first, end, pages, &nr);

	if (nr)
		put_removed_late(pages, nr);
	tell_removed(object, nr);
	return more;
}

static void remove_pages(struct vm_object *object, u64 first, u64 end, bool copies_stay)
	REQUIRES(object->fill_lock)
{
	vm_object_zap(object, first, end, copies_stay); /* O2 */
	while (remove_batch(object, &first, end))
		;
}

/* Before pages are removed, without a lock. O4 */
static void wait_for_removed(void)
{
	ignore_result(epoch_throttle(), "a thread that is killed does not wait");
}

/* Clear the last page from @size_bytes on. */
static void zero_tail(struct vm_object *object, u64 size_bytes)
{
	size_t offset = size_bytes & (PAGE_SIZE - 1);
	struct page *page = offset ? vm_object_find_page(object, size_bytes >> PAGE_SHIFT) : NULL;

	if (!page)
		return;
	memset((char *)page_to_virt(page) + offset, 0, PAGE_SIZE - offset);
	page_put(page);
}

void vm_object_truncate(struct vm_object *object, u64 size_bytes)
{
	u64 old_bytes;

	wait_for_removed();
	mutex_lock(&object->fill_lock);
	old_bytes = READ_ONCE(object->size_bytes);
	zero_tail(object, min(size_bytes, old_bytes));
	WRITE_ONCE(object->size_bytes, size_bytes);
	if (size_bytes < old_bytes || object->nr_pages > div_round_up(size_bytes, PAGE_SIZE))
		remove_pages(object, div_round_up(size_bytes, PAGE_SIZE), RADIX_INDEX_MAX + 1,
			     false);
	mutex_unlock(&object->fill_lock);
}

void vm_object_remove_range(struct vm_object *object, u64 first_index, u64 last_index)
{
	wait_for_removed();
	mutex_lock(&object->fill_lock);
	if (first_index < last_index)
		remove_pages(object, first_index, last_index, true);
	mutex_unlock(&object->fill_lock);
}

static bool is_all_zeros(const struct page *page)
{
	const u64 *words = page_to_virt(page);

	for (unsigned i = 0; i < PAGE_SIZE / sizeof(*words); i++)
		if (READ_ONCE(words[i]))
			return false;
	return true;
}

static void remove_page(struct vm_object *object, u64 index)
{
	void *page;

	spin_lock(&object->lock);
	page = radix_remove(&object->pages, index);
	WRITE_ONCE(object->nr_pages, object->nr_pages - 1);
	spin_unlock(&object->lock);
	put_removed_late(&page, 1);
	tell_removed(object, 1);
}

/*
 * Of the pages from *@first on, and before @end, look at up to REMOVE_BATCH and remove those that
 * are meant; false when none is left to look at.
 */
static bool remove_zeros_batch(struct vm_object *object, u64 *first, u64 end,
			       bool (*is_meant)(const struct page *page, const void *data),
			       const void *data) REQUIRES(object->fill_lock)
{
	void *pages[REMOVE_BATCH];
	u64 indices[REMOVE_BATCH];
	unsigned nr, i;

	spin_lock(&object->lock);
	nr = radix_gang_find(&object->pages, *first, pages, indices, REMOVE_BATCH);
	spin_unlock(&object->lock);
	for (i = 0; i < nr && indices[i] < end; i++) /* O3: none of them goes meanwhile */
		if (is_meant(pages[i], data) && is_all_zeros(pages[i]))
			remove_page(object, indices[i]);
	if (i)
		*first = indices[i - 1] + 1;
	return i == REMOVE_BATCH;
}

void vm_object_remove_zeros(struct vm_object *object, u64 first_index, u64 last_index,
			    bool (*is_meant)(const struct page *page, const void *data),
			    const void *data)
{
	wait_for_removed();
	mutex_lock(&object->fill_lock);
	if (first_index < last_index) {
		/* O2: nothing can write to one after the look at it */
		vm_object_zap(object, first_index, last_index, true);
		while (remove_zeros_batch(object, &first_index, last_index, is_meant, data))
			;
		spin_lock(&object->lock);
		vm_object_zap_end(object);
		spin_unlock(&object->lock);
	}
	mutex_unlock(&object->fill_lock);
}

int vm_object_writable_begin(struct vm_object *object)
{
	int err = 0;

	spin_lock(&object->lock);
	if (object->deny_writable)
		err = -EPERM;
	else
		object->nr_writers++;
	spin_unlock(&object->lock);
	return err;
}

void vm_object_writable_end(struct vm_object *object)
{
	spin_lock(&object->lock);
	object->nr_writers--;
	spin_unlock(&object->lock);
}

int vm_object_deny_writable(struct vm_object *object)
{
	int err = 0;

	spin_lock(&object->lock);
	if (object->nr_writers)
		err = -EBUSY;
	else
		object->deny_writable = true;
	spin_unlock(&object->lock);
	return err;
}

void vm_object_fini(struct vm_object *object)
{
	void *pages[REMOVE_BATCH];
	u64 first = 0;
	unsigned nr;
	bool more;

	debug_assert(!object->nr_areas);
	object->pages.ops = &last_node_ops; /* O4 */
	do {
		more = take_batch(object, &first, RADIX_INDEX_MAX + 1, pages, &nr);
		for (unsigned i = 0; i < nr; i++)
			page_put(pages[i]);
		tell_removed(object, nr);
	} while (more);
}
