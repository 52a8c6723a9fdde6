/* SPDX-License-Identifier: MIT */
/*
 * A VM object: pages of something, indexed by page number: a file's page cache, or shared
 * anonymous memory. The fault path maps these pages; read and write of files copy to and from
 * them.
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
	/* Fill @page (fresh, zeroed) with the object's contents at page @index. NULL hook: it
	 * stays zero (memory files). May sleep. */
	int (*fill)(struct vm_object *object, u64 index, struct page *page);
	/* @nr pages have left the object, filled ones or one whose place was taken meanwhile. NULL
	 * hook: nobody counts them. Context: any task; no locks but fill_lock may be held. */
	void (*removed)(struct vm_object *object, u64 nr);
	/* The last reference is gone. NULL: vm_object is embedded in something that outlives it. */
	void (*destroy)(struct vm_object *object);
};

struct SHARED vm_object {
	const struct vm_object_ops *ops; /* [I] */
	struct spinlock lock;		 /* class object_pages */
	struct mutex fill_lock;		 /* class vm_object: truncation against faults */
	struct radix pages;		 /* [lock] index -> struct page, one reference each */
	u64 nr_pages;			 /* [lock] pages present */
	u64 size_bytes;			 /* [a] beyond it: SIGBUS; under inode lock */
	struct list_node few_areas;	 /* [lock] struct vm_area.object_link: who maps it, or, */
	struct rb_root areas;		 /* [lock] when there are many, .object_node */
	u64 nr_areas;			 /* [lock] */
	u64 nr_writers;			 /* [lock] shared ones that may write, and begun ones */
	u64 going_first, going_end;	 /* [lock] pages on their way out (vm_object_areas.c) */
	u64 going_round;		 /* [lock] counts removals */
	struct vm_area *zap_next;	 /* [lock] the area to take these pages out of next, */
	u64 zap_at;			 /* [lock] from this page on */
	bool copies_stay;		 /* [lock] private copies are not taken out */
	bool has_many_areas;		 /* [lock] they are in the tree */
	bool deny_writable;		 /* [lock] there will be no more writers */
	u32 refs;			 /* [a] */
	void *owner;			 /* [I] the inode, for ops */
};

void vm_object_init(struct vm_object *object, const struct vm_object_ops *ops, void *owner,
		    u64 size_bytes);
/* A fresh object of @size_bytes zeros for shared anonymous memory, one reference. 0, -ENOMEM. */
int vm_object_create_anonymous(u64 size_bytes, struct vm_object **out) __must_check;
void vm_object_get(struct vm_object *object);
void vm_object_put(struct vm_object *object);
/* The page at @index with a reference taken, or NULL. Context: any task. Cost: a radix walk. */
struct page *vm_object_find_page(struct vm_object *object, u64 index);
/* Up to @nr pages from @first on, referenced, until one is absent: how many. */
unsigned vm_object_find_pages(struct vm_object *object, u64 first, unsigned nr,
			      struct page **pages);
/* The one at @index, made and filled when absent. 0, -ENOMEM, or ops->fill's error. May sleep. */
int vm_object_get_page(struct vm_object *object, u64 index, struct page **out) __must_check;
/* Put a ready-made page in (the initramfs does): takes over the caller's reference. 0, -EEXIST,
 * -ENOMEM. */
int vm_object_adopt_page(struct vm_object *object, u64 index, struct page *page) __must_check;
/* Change the size: drops pages beyond it, unmaps them everywhere, zeroes the tail of the last
 * page. May sleep. */
void vm_object_truncate(struct vm_object *object, u64 size_bytes);
/* Drop [first, last) pages: punch a hole. Private copies of them stay. May sleep. */
void vm_object_remove_range(struct vm_object *object, u64 first_index, u64 last_index);
/* First index >= @from that has a page; ~0 when none (SEEK_DATA). */
u64 vm_object_next_page(struct vm_object *object, u64 from);
/* Count a shared mapping that may write, before it is there: 0; -EPERM: they are denied. Whoever
 * counted it ends that, when the mapping is there and counts itself. */
int vm_object_writable_begin(struct vm_object *object) __must_check;
void vm_object_writable_end(struct vm_object *object);
/* Deny such mappings from now on: 0; -EBUSY: there is one, or one is being made. */
int vm_object_deny_writable(struct vm_object *object) __must_check;
/* Free all pages: for the owner's destruction. No area maps it. */
void vm_object_fini(struct vm_object *object);
