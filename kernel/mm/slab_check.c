// SPDX-License-Identifier: MIT
#include "mm/slab_check.h"

#include "core/assert.h"

u64 slab_secret; /* [I] after boot */

static bool is_in_slab(const struct page *slab, const void *object)
{
	const u8 *base = page_to_virt(slab);
	u64 place = slab->slab_free, nr_words = (PAGE_SIZE << slab->order) / 8;

	/* a corrupted chain may be circular */
	for (u64 i = 0; i < nr_words && place < nr_words; i++) {
		if (base + place * 8 == object)
			return true;
		place = slab_decoded_word(base + place * 8);
	}
	return false;
}

static bool is_in_magazine(const struct slab_magazine *magazine, const void *object)
{
	u32 count = READ_ONCE(magazine->count);

	for (u32 i = 0; i < count; i++)
		if (READ_ONCE(magazine->objects[i]) == object)
			return true;
	return false;
}

/*
 * Other CPUs use their magazines meanwhile. What is read of one is right or out of date: a slot
 * below the count that was read has held, since the object was last in use, a free object.
 */
void slab_check_not_free(struct slab_cache *cache, const void *object)
{
	bool is_free;

	spin_lock(&cache->lock);
	is_free = is_in_slab(slab_of_object(object), object);
	for (unsigned cpu = 0; cpu < CPUS_MAX && !is_free; cpu++)
		is_free = is_in_magazine(READ_ONCE(cache->magazines[cpu]), object);
	spin_unlock(&cache->lock);
	if (is_free)
		panic("%s: object %p is freed twice", cache->name, object);
}

void slab_report_overwritten(const struct slab_cache *cache, const void *object)
{
	panic("%s: free object %p was overwritten: it begins with %#lx", cache->name, object,
	      (unsigned long)*(const u64 *)object);
}

void slab_report_foreign(const struct slab_cache *cache, const void *object)
{
	panic("%s: %p is no object of this cache", cache->name, object);
}
