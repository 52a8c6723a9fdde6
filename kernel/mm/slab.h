/* SPDX-License-Identifier: MIT */
/*
 * Objects smaller than pages: caches of one size, and kmalloc() on top of them. Same context as
 * page_alloc.h: tasks, also under spinlocks; never interrupts.
 */
#pragma once

#include "arch/arch_cpu.h"
#include "lib/list.h"
#include "mm/page_alloc.h"
#include "sync/spinlock.h"

#define SLAB_MAGAZINE_MAX 30
#define SLAB_OBJECT_MAX 8192

/* Free objects that one CPU keeps ready, and the slabs that it takes them from. */
struct SHARED slab_magazine {
	u32 count;			  /* [p] */
	u32 capacity;			  /* [I] 0: the shared empty one */
	struct list_node partial;	  /* [lock] of the cache: slabs with a free object */
	void *objects[SLAB_MAGAZINE_MAX]; /* [p] */
};

struct SHARED slab_cache {
	struct slab_magazine *magazines[CPUS_MAX]; /* [p] never NULL */
	struct spinlock lock;			   /* class slab */
	u32 size;				   /* [I] what the caller asked for */
	u32 stride;				   /* [I] from one object to the next */
	u32 account_offset;			   /* [I] see slab_account() */
	u32 stride_inverse;			   /* [I] 2^32 / stride, rounded up */
	u16 order, min_order;			   /* [I] of a slab's block; the fallback */
	u16 magazine_capacity;			   /* [I] 0: no magazines */
	struct list_node partial;		   /* [lock] slabs of no CPU with a free object */
	u64 nr_taken;				   /* [lock] objects taken from slabs */
	u64 nr_slabs;				   /* [lock] */
	u64 nr_empty;				   /* [lock] slabs without objects in use */
	const char *name;			   /* [I] */
	void (*free_slab)(struct page *slab);	   /* [I] NULL: page_free at once */
	struct slab_cache *next;		   /* [I] in the list of all caches */
};

/*
 * Initialise the allocator and the caches of kmalloc(). After page_alloc_init(). @boot_secret: a
 * random number, to tell free objects from those in use.
 */
void slab_init(u64 boot_secret);

/*
 * Initialise @cache, in storage of the caller, for objects of @size bytes (up to 8192), aligned to
 * @align (a power of two up to 4096; 0: 8). The storage and @name must stay valid forever. Cannot
 * fail.
 */
void slab_cache_init(struct slab_cache *cache, const char *name, size_t size, size_t align);

/*
 * The same for objects that others find without a lock, and look at after they were freed: a free
 * object keeps all bytes but the first eight, and its memory holds objects of @cache only, until
 * @free_slab(slab) calls page_free(slab), when nobody can look at it any more. So a count of
 * references in it, 0 when it is freed, stays 0 until it is in use again. Who took a reference
 * looks whether it still is the object that was sought. Do not allocate with PAGE_ZERO.
 */
void slab_cache_init_lasting(struct slab_cache *cache, const char *name, size_t size, size_t align,
			     void (*free_slab)(struct page *slab));

/*
 * Allocate an object (PAGE_ZERO, PAGE_NOWAIT, PAGE_UNCHARGED in @flags), or NULL. It is charged to
 * the current thread's account. Panics when the free object that it takes was written to.
 */
void *slab_alloc(struct slab_cache *cache, unsigned flags);

/* Free @object. Panics when it is free already or does not belong to @cache. */
void slab_free(struct slab_cache *cache, void *object);

/*
 * Return the free objects in this CPU's magazines to their slabs and free empty slabs of all
 * caches. True when pages were freed.
 */
bool slab_reclaim(void);

struct slab_statistics {
	const char *name;
	u32 size, stride;
	u32 objects_per_slab, pages_per_slab;
	u64 nr_slabs;
	u64 nr_in_use; /* objects held by users: 0 at rest, or there is a leak */
};
void slab_cache_statistics(struct slab_cache *cache, struct slab_statistics *out);
/* At least as many objects as are in use: also those that CPUs keep for later. Context: any. */
static inline u64 slab_nr_taken(const struct slab_cache *cache)
{
	return READ_ONCE(cache->nr_taken);
}

/* Call @visit for every cache; it may sleep. Stops at the first nonzero result and returns it. */
int slab_for_each_cache(int (*visit)(const struct slab_statistics *s, void *data), void *data);

/* Objects in use in all caches together. */
u64 slab_nr_in_use(void);
