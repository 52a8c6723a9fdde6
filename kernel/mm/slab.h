/* SPDX-License-Identifier: MIT */
/*
 * Objects smaller than frames: caches of one size, and kmalloc() on top of them. Same context as
 * page_alloc.h: tasks, also under spinlocks; never interrupts.
 */
#pragma once

#include "arch/arch_cpu.h"
#include "lib/list.h"
#include "mm/page_alloc.h"
#include "sync/spinlock.h"

#define SLAB_MAGAZINE_MAX 30
#define SLAB_OBJECT_MAX 8192

/* Objects that one CPU has at hand. */
struct SHARED slab_magazine {
	u32 count;			  /* [p] */
	u32 capacity;			  /* [I] 0: the shared empty one */
	void *objects[SLAB_MAGAZINE_MAX]; /* [p] */
};

struct SHARED slab_cache {
	struct slab_magazine *magazines[CPUS_MAX]; /* [p] never NULL                          */
	struct spinlock lock;			   /* class slab                              */
	u32 size;				   /* [I] what the user asked for             */
	u32 stride;				   /* [I] from one object to the next         */
	u32 account_offset;			   /* [I] see slab_account()                  */
	u32 stride_inverse;			   /* [I] 2^32 / stride, rounded up           */
	u16 order, min_order;			   /* [I] of a slab's block; when that fails  */
	u16 magazine_capacity;			   /* [I] 0: objects go without magazines     */
	struct list_node partial;		   /* [lock] slabs with a free object         */
	u64 nr_taken;				   /* [lock] objects out of slabs             */
	u64 nr_slabs;				   /* [lock]                                  */
	u64 nr_empty;				   /* [lock] slabs without objects in use     */
	const char *name;			   /* [I]                                     */
	struct slab_cache *next;		   /* [I] in the list of all caches           */
};

/*
 * The allocator itself and the caches of kmalloc(). After page_alloc_init(). @boot_secret: random,
 * for telling free objects from those in use.
 */
void slab_init(u64 boot_secret);

/*
 * Make @cache, in storage of the caller, one of objects of @size bytes (up to 8192), aligned to
 * @align (a power of two up to 4096; 0: 8). The storage and @name must stay for ever. Cannot fail.
 */
void slab_cache_init(struct slab_cache *cache, const char *name, size_t size, size_t align);

/* An object (PAGE_ZERO, PAGE_NOWAIT, PAGE_UNCHARGED in @flags), or NULL. It is charged to the
 * current thread's account. */
void *slab_alloc(struct slab_cache *cache, unsigned flags);

/*
 * Give @object back. Stops the kernel when it is free already, or none of @cache, as slab_alloc()
 * does when the free object that it takes was written to.
 */
void slab_free(struct slab_cache *cache, void *object);

/* An object in use is kept for its next user (@account NULL), or its next user is there: charge it
 * to @account alone, whatever the limits say. */
void slab_recharge(struct slab_cache *cache, void *object, struct account *account);

/*
 * Give up the free objects in magazines of this CPU and empty slabs of all caches. True when frames
 * were freed.
 */
bool slab_reclaim(void);

struct slab_statistics {
	const char *name;
	u32 size, stride;
	u32 objects_per_slab, pages_per_slab;
	u64 nr_slabs;
	u64 nr_in_use; /* objects held by users: 0 at rest, or it leaks */
};
void slab_cache_statistics(struct slab_cache *cache, struct slab_statistics *out);

/* Visit every cache; @visit may sleep. Stops at a result other than 0 and returns it. */
int slab_for_each_cache(int (*visit)(const struct slab_statistics *s, void *data), void *data);

/* Objects in use in all caches together. */
u64 slab_nr_in_use(void);
