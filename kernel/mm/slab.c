// SPDX-License-Identifier: MIT
/*
 * slab.c -- caches of objects of one size.
 *
 * Idea.  A slab is a block of pages cut into objects; the free ones form a chain through their
 *   first words. Each CPU has a magazine of free objects per cache, so that the usual allocation is
 *   a pop from an array. An empty magazine is half filled from the slabs, a full one half emptied,
 *   under the cache's lock; from slabs of which this CPU had objects last, as far as there are any,
 *   whose lines it still has. The page array leads from an object to its slab and its cache.
 * Invariants.
 *   L1  A slab is in a list exactly when it has a free object: in cache->partial when it has not
 *       been used, or was last by a CPU without a magazine, else in the list of a CPU's magazine.
 *       page->slab_free is the offset of the first free one in units of 8 bytes, or SLAB_NO_OBJECT.
 *   L2  page->refs of the first page is the number of objects taken from the slab (in use or in
 *       magazines); nr_taken is the sum over the cache.
 *   L3  A cache keeps at most one empty slab (more only when several threads grew it at once);
 *       empty slabs are last in cache->partial, and slab_reclaim() frees them too.
 *   L4  magazines[cpu] is never NULL: no_magazine has capacity 0, so both fast paths fall through
 *       to the slow paths, which install a real magazine when there is memory.
 *   L5  (debug) The word after each object says whether it is in use; the rest of a free object,
 *       except for the chain, is poison.
 *   L6  Beside each object in use is the account that it is charged to, or NULL: in the word at
 *       account_offset; for objects of a page or more in the account word of the page that they
 *       begin in.
 *   L7  A free object begins with slab_free_word(): made of a secret of this boot, its address and,
 *       in a slab, the place of the next free object; in a magazine SLAB_FREE_IN_MAGAZINE. So a
 *       write to a free object is detected, and so is a second free. An object in use may begin
 *       with any bytes: before the kernel panics, it looks up whether the object is free.
 *   L8  Only objects of the cache are returned to it: page, offset and cache are checked.
 *   L9  Of a lasting object that is free only the first word is written, until its slab is given to
 *       cache->free_slab, which frees the pages when nobody can look at them.
 * Ownership.  Slabs belong to their cache. Caches are never destroyed.
 * Locks.  Preemption off for magazines; cache->lock (rank slab) for slabs. Pages are allocated and
 *   freed without the lock.
 * Cost.  Alloc and free: about 35 instructions each from the magazine. Shared lines: none there.
 * Tests.  slab_test.c.
 */
#include "mm/slab.h"

#include "core/assert.h"
#include "lib/string.h"
#include "mm/account.h"
#include "mm/fail_alloc.h"
#include "mm/kmalloc.h"
#include "mm/slab_check.h"
#include "mm/slab_debug.h"

#define ORDER_MAX 3  /* of a slab */
#define EMPTY_KEPT 1 /* L3 */

static struct slab_magazine no_magazine; /* [I] L4: capacity 0 */
static struct slab_cache magazine_cache; /* its objects are allocated without magazines */
static struct slab_cache *first_cache;	 /* [a] linked by next, newest first */
static struct spinlock all_caches_lock = SPINLOCK_INIT(leaf);

static inline struct slab_magazine *this_magazine(struct slab_cache *cache)
{
	return cache->magazines[arch_cpu_id()];
}

/*
 * Caches are only added, so a walk needs no lock; the acquire pairs with the release in
 * init_cache(), which publishes an initialised cache.
 */
static struct slab_cache *slab_next_cache(const struct slab_cache *cache)
{
	struct slab_cache *const *link = cache ? &cache->next : &first_cache;

	return __atomic_load_n(link, __ATOMIC_ACQUIRE);
}

/* --- Charges --- */

/* L6 */
static __always_inline struct account **slab_account(const struct slab_cache *cache,
						     const void *object)
{
	if (likely(cache->account_offset))
		return (struct account **)((u8 *)(uintptr_t)object + cache->account_offset);
	return page_account(virt_to_page(object));
}

/* Push a free object onto a magazine that has room. */
static __always_inline void push_object(struct slab_magazine *magazine, void *object)
{
	u32 count = magazine->count;

	/* in this order, for slab_check_not_free() on other CPUs */
	WRITE_ONCE(magazine->objects[count], object);
	WRITE_ONCE(magazine->count, count + 1);
}

/* --- Slabs. All of these: cache->lock held --- */

/* The place of the next free object after the free @object in @slab (L7). */
static u16 next_place(const struct slab_cache *cache, const struct page *slab, const void *object)
{
	u64 next = slab_decoded_word(object);

	if (next != SLAB_NO_OBJECT &&
	    (next > SLAB_NO_OBJECT || next * 8 + cache->stride > PAGE_SIZE << slab->order ||
	     !slab_is_at_stride(cache, (u32)next * 8)))
		slab_report_overwritten(cache, object);
	return (u16)next;
}

/* The list of this CPU. L1 */
static struct list_node *own_partial(struct slab_cache *cache) REQUIRES(cache->lock)
{
	struct slab_magazine *magazine = this_magazine(cache);

	return magazine == &no_magazine ? &cache->partial : &magazine->partial;
}

/* Move a slab to this CPU's list: an empty one or, before one is made, another CPU's. */
static bool adopt_slab(struct slab_cache *cache, struct list_node *own) REQUIRES(cache->lock)
{
	struct list_node *from = &cache->partial;

	for (unsigned cpu = 0; list_is_empty(from) && cpu < arch_smp_nr_cpus(); cpu++)
		if (cache->magazines[cpu] != &no_magazine)
			from = &cache->magazines[cpu]->partial;
	if (list_is_empty(from))
		return false;
	list_add_first(own, list_pop_first(from));
	return true;
}

/* Take one object from a slab, or NULL. */
static void *take_object(struct slab_cache *cache) REQUIRES(cache->lock)
{
	struct list_node *own = own_partial(cache);
	struct page *slab;
	void *object;

	if (list_is_empty(own) && !adopt_slab(cache, own))
		return NULL;
	slab = list_first_entry(own, struct page, node);
	object = (u8 *)page_to_virt(slab) + slab->slab_free * 8UL;
	slab->slab_free = next_place(cache, slab, object);
	*(u64 *)object = slab_free_word(object, SLAB_FREE_IN_MAGAZINE);
	if (slab->slab_free == SLAB_NO_OBJECT)
		list_remove(&slab->node); /* L1 */
	if (!slab->refs.value++)
		cache->nr_empty--;
	WRITE_ONCE(cache->nr_taken, cache->nr_taken + 1);
	return object;
}

/* Return an object to its slab; a slab that is no longer needed is moved to @unused. */
static void return_object(struct slab_cache *cache, void *object, struct list_node *unused)
	REQUIRES(cache->lock)
{
	struct page *slab = slab_of_object(object);

	if (slab_decoded_word(object) != SLAB_FREE_IN_MAGAZINE)
		slab_report_overwritten(cache, object);
	*(u64 *)object = slab_free_word(object, slab->slab_free);
	if (slab->slab_free == SLAB_NO_OBJECT)
		list_add_first(own_partial(cache), &slab->node); /* L1 */
	slab->slab_free = (u16)(((uintptr_t)object - (uintptr_t)page_to_virt(slab)) / 8);
	WRITE_ONCE(cache->nr_taken, cache->nr_taken - 1);
	if (--slab->refs.value)
		return;
	list_remove(&slab->node);
	if (cache->nr_empty < EMPTY_KEPT) {
		cache->nr_empty++;
		list_add_last(&cache->partial, &slab->node);
	} else {
		cache->nr_slabs--;
		list_add_first(unused, &slab->node);
	}
}

static unsigned objects_per_slab(const struct slab_cache *cache, unsigned order)
{
	return (unsigned)((PAGE_SIZE << order) / cache->stride);
}

/*
 * Allocate a block of pages for a slab: of the usual order if there is one, else of the smallest
 * order that holds an object. Only the latter waits for memory, and may end a process.
 */
static struct page *alloc_slab_block(const struct slab_cache *cache, unsigned flags)
{
	struct page *slab;

	flags = PAGE_SLAB | (flags & PAGE_NOWAIT);
	if (cache->order > cache->min_order &&
	    !page_alloc(cache->order, flags | PAGE_NOWAIT, &slab))
		return slab;
	if (!cache->min_order)
		return page_alloc_one(flags);
	return page_alloc(cache->min_order, flags, &slab) ? NULL : slab;
}

/* Add a new slab. cache->lock is not held. False when there is no memory. */
static bool grow(struct slab_cache *cache, unsigned flags)
{
	struct page *slab = alloc_slab_block(cache, flags);
	unsigned count;
	u8 *object;

	if (!slab)
		return false;
	count = objects_per_slab(cache, slab->order);
	object = page_to_virt(slab);
	for (unsigned i = 0; i < count; i++, object += cache->stride) {
		slab_debug_set_free(cache, object);
		*(u64 *)object =
			slab_free_word(object, i + 1 < count ? (u16)((i + 1) * cache->stride / 8)
							     : SLAB_NO_OBJECT);
	}
	for (unsigned i = 0; i < 1U << slab->order; i++) {
		slab[i].slab_cache = cache;
		if (i) {
			slab[i].kind = PAGE_KIND_SLAB_TAIL;
			slab[i].index = i;
		}
	}
	refcount_init(&slab->refs, 0);
	slab->slab_free = 0;
	spin_lock(&cache->lock);
	list_add_last(&cache->partial, &slab->node);
	cache->nr_slabs++;
	cache->nr_empty++;
	spin_unlock(&cache->lock);
	return true;
}

static void free_slabs(const struct slab_cache *cache, struct list_node *unused)
{
	struct list_node *node;

	while ((node = list_pop_first(unused))) {
		struct page *slab = list_entry(node, struct page, node);

		*page_account(slab) = NULL; /* L6: an object may have left its account there */
		if (unlikely(cache->free_slab))
			cache->free_slab(slab); /* L9 */
		else
			page_free(slab);
	}
}

/* --- Magazines --- */

/* Give this CPU a magazine if it has none (L4). It may fail without harm. */
static void ensure_magazine(struct slab_cache *cache)
{
	struct slab_magazine *fresh;

	if (!cache->magazine_capacity || READ_ONCE(cache->magazines[arch_cpu_id()]) != &no_magazine)
		return;
	fresh = slab_alloc(&magazine_cache, PAGE_NOWAIT | PAGE_UNCHARGED);
	if (!fresh)
		return;
	fresh->count = 0;
	fresh->capacity = cache->magazine_capacity;
	list_init(&fresh->partial);
	spin_lock(&cache->lock);
	if (this_magazine(cache) == &no_magazine) {
		cache->magazines[arch_cpu_id()] = fresh;
		fresh = NULL;
	}
	spin_unlock(&cache->lock);
	if (fresh)
		slab_free(&magazine_cache, fresh);
}

static __noinline void *alloc_slow(struct slab_cache *cache, unsigned flags)
{
	struct slab_magazine *magazine;
	void *object, *extra;

	if (mm_fail_alloc_drawn())
		return NULL;
	ensure_magazine(cache);
	do {
		spin_lock(&cache->lock);
		object = take_object(cache);
		magazine = this_magazine(cache);
		while (object && magazine->count < magazine->capacity / 2 &&
		       (extra = take_object(cache)))
			push_object(magazine, extra);
		spin_unlock(&cache->lock);
	} while (!object && grow(cache, flags));
	return object;
}

static __noinline void free_slow(struct slab_cache *cache, void *object)
{
	struct list_node unused = LIST_INIT(unused);
	struct slab_magazine *magazine;

	ensure_magazine(cache);
	spin_lock(&cache->lock);
	magazine = this_magazine(cache);
	if (magazine->count == magazine->capacity) {
		for (u32 keep = magazine->capacity / 2; magazine->count > keep;)
			return_object(cache, magazine->objects[--magazine->count], &unused);
	}
	if (magazine->count < magazine->capacity)
		push_object(magazine, object);
	else
		return_object(cache, object, &unused);
	spin_unlock(&cache->lock);
	free_slabs(cache, &unused);
}

void *slab_alloc(struct slab_cache *cache, unsigned flags)
{
	struct account *account = flags & PAGE_UNCHARGED ? NULL : account_current();
	struct slab_magazine *magazine;
	void *object;

	if (mm_fail_alloc_now() || (account && unlikely(account_charge(account, cache->stride)) &&
				    account_charge_waiting(account, cache->stride, flags)))
		return NULL;
	preempt_disable();
	magazine = this_magazine(cache);
	if (likely(magazine->count)) {
		object = magazine->objects[--magazine->count];
		preempt_enable();
	} else {
		preempt_enable();
		object = alloc_slow(cache, flags);
		if (!object) {
			if (account)
				account_uncharge(account, cache->stride);
			return NULL;
		}
	}
	if (unlikely(slab_decoded_word(object) != SLAB_FREE_IN_MAGAZINE))
		slab_report_overwritten(cache, object);
	*(u64 *)object = 0; /* the secret is not disclosed, and the next free needs no lookup */
	slab_debug_set_used(cache, object);
	*slab_account(cache, object) = account;
	if (flags & PAGE_ZERO)
		memset(object, 0, cache->size);
	return object;
}

/* Free @object, which is known to be one of @cache. */
static __always_inline void give_back(struct slab_cache *cache, void *object)
{
	struct slab_magazine *magazine;
	struct account *account;

	if (unlikely(slab_decoded_word(object) <= SLAB_NO_OBJECT))
		slab_check_not_free(cache, object);
	account = *slab_account(cache, object);
	slab_debug_check_free(cache, object);
	if (account)
		account_uncharge(account, cache->stride);
	slab_debug_set_free(cache, object);
	*(u64 *)object = slab_free_word(object, SLAB_FREE_IN_MAGAZINE);
	preempt_disable();
	magazine = this_magazine(cache);
	if (likely(magazine->count < magazine->capacity)) {
		push_object(magazine, object);
		preempt_enable();
		return;
	}
	preempt_enable();
	free_slow(cache, object);
}

void slab_free(struct slab_cache *cache, void *object)
{
	const struct page *page = virt_to_page(object);

	if (unlikely(page->slab_cache != cache || !slab_is_object_of_page(cache, page, object)))
		slab_report_foreign(cache, object);
	give_back(cache, object);
}

void slab_free_in_page(const struct page *page, void *object)
{
	struct slab_cache *cache = page->slab_cache;

	if (unlikely(!slab_is_object_of_page(cache, page, object)))
		slab_report_foreign(cache, object);
	give_back(cache, object);
}

/* Return this CPU's magazine to the slabs and free all empty slabs (L3). */
static bool shrink_cache(struct slab_cache *cache)
{
	struct list_node unused = LIST_INIT(unused);
	struct slab_magazine *magazine;
	bool freed;

	spin_lock(&cache->lock);
	magazine = this_magazine(cache);
	while (magazine->count)
		return_object(cache, magazine->objects[--magazine->count], &unused);
	while (cache->nr_empty) { /* L3 */
		struct page *slab = list_last_entry(&cache->partial, struct page, node);

		debug_assert(!refcount_read(&slab->refs));
		list_remove(&slab->node);
		cache->nr_empty--;
		cache->nr_slabs--;
		list_add_first(&unused, &slab->node);
	}
	freed = !list_is_empty(&unused);
	spin_unlock(&cache->lock);
	free_slabs(cache, &unused);
	return freed;
}

bool slab_reclaim(void)
{
	bool freed = false;

	for (struct slab_cache *cache = slab_next_cache(NULL); cache;
	     cache = slab_next_cache(cache))
		freed |= shrink_cache(cache);
	return freed;
}

/* --- Caches --- */

/* The smallest order that wastes at most an eighth, or the one that wastes least. */
static unsigned choose_order(const struct slab_cache *cache)
{
	unsigned best = ORDER_MAX, best_waste = 1000;

	for (unsigned order = 0; order <= ORDER_MAX; order++) {
		size_t bytes = PAGE_SIZE << order;
		unsigned waste = (unsigned)(bytes % cache->stride * 1000 / bytes);

		if (bytes < cache->stride)
			continue;
		if (waste <= 125)
			return order;
		if (waste < best_waste) {
			best = order;
			best_waste = waste;
		}
	}
	return best;
}

/* L6: the account's word follows the object, unless the object begins in a page of its own. */
static void set_stride(struct slab_cache *cache, size_t size, size_t align)
{
	size_t bytes = max(size, sizeof(u64)) + SLAB_DEBUG_TRAILER;

	align = max(align, sizeof(u64));
	if (size < PAGE_SIZE)
		bytes += sizeof(struct account *);
	cache->stride = (u32)align_up(bytes, align);
	if (size < PAGE_SIZE)
		cache->account_offset = cache->stride - (u32)sizeof(struct account *);
	cache->stride_inverse = 0xffffffffU / cache->stride + 1;
}

static void init_cache(struct slab_cache *cache, const char *name, size_t size, size_t align)
{
	assert(size && size <= SLAB_OBJECT_MAX && !(align & (align - 1)));
	memset(cache, 0, sizeof(*cache));
	for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++)
		cache->magazines[cpu] = &no_magazine; /* L4 */
	spin_lock_init(&cache->lock, slab);
	list_init(&cache->partial);
	cache->name = name;
	cache->size = (u32)size;
	set_stride(cache, size, align);
	cache->order = (u16)choose_order(cache);
	while (PAGE_SIZE << cache->min_order < cache->stride)
		cache->min_order++;
	spin_lock(&all_caches_lock);
	cache->next = first_cache;
	__atomic_store_n(&first_cache, cache, __ATOMIC_RELEASE);
	spin_unlock(&all_caches_lock);
}

void slab_cache_init(struct slab_cache *cache, const char *name, size_t size, size_t align)
{
	init_cache(cache, name, size, align);
	if (!mm_fail_alloc_on)
		cache->magazine_capacity = size <= 256 ? SLAB_MAGAZINE_MAX : size <= 1024 ? 14 : 6;
}

void slab_cache_init_lasting(struct slab_cache *cache, const char *name, size_t size, size_t align,
			     void (*free_slab)(struct page *slab))
{
	slab_cache_init(cache, name, size, align);
	cache->free_slab = free_slab;
}

void slab_init(u64 boot_secret)
{
	slab_secret = boot_secret;
	first_cache = NULL;
	init_cache(&magazine_cache, "slab_magazine", sizeof(struct slab_magazine), 64);
	kmalloc_init();
	page_alloc_add_pressure_handler(slab_reclaim);
}

void slab_cache_statistics(struct slab_cache *cache, struct slab_statistics *out)
{
	*out = (struct slab_statistics){
		.name = cache->name,
		.size = cache->size,
		.stride = cache->stride,
		.objects_per_slab = objects_per_slab(cache, cache->order),
		.pages_per_slab = 1U << cache->order,
	};
	spin_lock(&cache->lock);
	out->nr_slabs = cache->nr_slabs;
	out->nr_in_use = cache->nr_taken;
	for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++)
		out->nr_in_use -= READ_ONCE(cache->magazines[cpu]->count);
	spin_unlock(&cache->lock);
}

int slab_for_each_cache(int (*visit)(const struct slab_statistics *s, void *data), void *data)
{
	struct slab_statistics statistics;
	int result = 0;

	for (struct slab_cache *cache = slab_next_cache(NULL); cache && !result;
	     cache = slab_next_cache(cache)) {
		slab_cache_statistics(cache, &statistics);
		result = visit(&statistics, data);
	}
	return result;
}

static int add_in_use(const struct slab_statistics *s, void *data)
{
	if (strcmp(s->name, "slab_magazine") != 0) /* our own, as good as free */
		*(u64 *)data += s->nr_in_use;
	return 0;
}

u64 slab_nr_in_use(void)
{
	u64 sum = 0;

	(void)slab_for_each_cache(add_in_use, &sum);
	return sum;
}
