/* SPDX-License-Identifier: MIT */
/*
 * A VM object: pages indexed by page number: a file's page cache, or shared anonymous memory.
 * Faults map these pages; read and write of files copy to and from them.
 */
#pragma once

#include "lib/list.h"
#include "lib/radix.h"
#include "lib/rbtree.h"
#include "mm/page.h"
#include "sched/mutex.h"

struct vm_area;
struct vm_object;

struct vm_object_ops {
	/*
	 * Fill @page (new, zeroed) with the object's contents at page @index. NULL hook: it stays
	 * zero (memory files). May sleep; waits for no memory (PAGE_NOWAIT).
	 */
	int (*fill)(struct vm_object *object, u64 index, struct page *page);
	/*
	 * @nr pages have left the object, or were filled and not needed. NULL hook: pages are not
	 * counted. Context: any task; no locks but fill_lock may be held.
	 */
	void (*removed)(struct vm_object *object, u64 nr);
	/* The last reference is gone. NULL: vm_object is embedded in an object that outlives it. */
	void (*destroy)(struct vm_object *object);
};

struct SHARED vm_object {
	const struct vm_object_ops *ops; /* [I] */
	struct spinlock lock;		 /* class object_pages */
	struct mutex fill_lock;		 /* class vm_object: truncation against faults */
	struct radix pages;	    /* [lock] index -> page, one reference each; read in epochs */
	u64 nr_pages;		    /* [lock] pages present */
	u64 size_bytes;		    /* [a] beyond it: SIGBUS; under inode lock */
	struct list_node few_areas; /* [lock] the areas that map it, by object_link; or, */
	struct rb_root areas;	    /* [lock] when there are many, by object_node */
	u64 nr_areas;		    /* [lock] */
	u64 nr_writers;		    /* [lock] shared areas that may write, and begun ones */
	u64 going_first, going_end; /* [lock] pages being removed: vm_object_areas.c, R1 */
	u64 going_round;	    /* [lock] counts removals */
	struct vm_area *zap_next;   /* [lock] the next area to remove these pages from, */
	u64 zap_at;		    /* [lock] from this page on */
	bool copies_stay;	    /* [lock] private copies are kept */
	bool has_many_areas;	    /* [lock] they are in the tree */
	bool deny_writable;	    /* [lock] no more writers are allowed */
	struct refcount refs;	    /* [a] */
	void *owner;		    /* [I] the inode, for ops */
};

void vm_object_init(struct vm_object *object, const struct vm_object_ops *ops, void *owner,
		    u64 size_bytes);
/*
 * Create an object of @size_bytes zeros for shared anonymous memory, with one reference. 0,
 * -ENOMEM.
 */
int vm_object_create_anonymous(u64 size_bytes, struct vm_object **out) __must_check;
void vm_object_get(struct vm_object *object);
void vm_object_put(struct vm_object *object);
/*
 * Take a reference to the page at @index; NULL: absent. Context: any task. Locks: none. Cost: a
 * radix walk.
 */
struct page *vm_object_find_page(struct vm_object *object, u64 index);
/* Take references to up to @nr pages from @first on, until one is absent. Returns how many. */
unsigned vm_object_find_pages(struct vm_object *object, u64 first, unsigned nr,
			      struct page **pages);
/*
 * Take a reference to the page at @index, which is allocated and filled if absent. 0, -ENOMEM, or
 * ops->fill's error. May sleep; waits for memory.
 */
int vm_object_get_page(struct vm_object *object, u64 index, struct page **out) __must_check;
/* The same, but waits for no memory: for faults, which wait when they hold no lock. */
int vm_object_try_page(struct vm_object *object, u64 index, struct page **out) __must_check;
/*
 * Insert an existing page (of the initramfs): takes over the caller's reference. 0, -EEXIST,
 * -ENOMEM.
 */
int vm_object_adopt_page(struct vm_object *object, u64 index, struct page *page) __must_check;
/*
 * Change the size: remove pages beyond it, unmap them everywhere, clear the tail of the last page.
 * May sleep.
 */
void vm_object_truncate(struct vm_object *object, u64 size_bytes);
/* Remove the pages [first, last): punch a hole. Private copies are kept. May sleep. */
void vm_object_remove_range(struct vm_object *object, u64 first_index, u64 last_index);
/*
 * Remove those of the pages [first, last) of an object with a fill hook that are all zeros, and for
 * which @is_meant is true. Nothing that is read changes. May sleep.
 */
void vm_object_remove_zeros(struct vm_object *object, u64 first_index, u64 last_index,
			    bool (*is_meant)(const struct page *page, const void *data),
			    const void *data);
/* The first index >= @from that has a page; ~0 when there is none (SEEK_DATA). */
u64 vm_object_next_page(struct vm_object *object, u64 from);
/*
 * Count a shared mapping that may write, before it exists: 0; -EPERM: such mappings are denied. The
 * caller ends this when the mapping exists and is counted itself.
 */
int vm_object_writable_begin(struct vm_object *object) __must_check;
void vm_object_writable_end(struct vm_object *object);
/* Deny such mappings from now on: 0; -EBUSY: there is one, or one is being made. */
int vm_object_deny_writable(struct vm_object *object) __must_check;
/* Free all pages, before the owner is freed. No area maps the object. */
void vm_object_fini(struct vm_object *object);
