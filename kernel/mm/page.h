/* SPDX-License-Identifier: MIT */
/*
 * The page array: one struct page for each page of RAM, found from the page frame number and back
 * by arithmetic. An entry is valid for every page that page_alloc() has handed out.
 */
#pragma once

#include "arch/arch_page.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "sync/epoch_item.h"

struct slab_cache;
struct vm_object;

/* What the page is used for: for the counts, and for the meaning of the other fields. */
enum page_kind {
	PAGE_KIND_KERNEL,    /* anything in the kernel that is not listed below */
	PAGE_KIND_USER,	     /* anonymous memory of programs */
	PAGE_KIND_FILE,	     /* page cache and memory file systems */
	PAGE_KIND_TABLE,     /* page tables */
	PAGE_KIND_STACK,     /* kernel stacks */
	PAGE_KIND_SLAB,	     /* object caches: the first page of a slab */
	PAGE_KIND_SLAB_TAIL, /* the other pages of a slab */
	PAGE_KIND_RESERVED,  /* not the allocator's */
	PAGE_KIND_FREE,	     /* first page of a block in the buddy's lists */
	PAGE_KIND_CACHED,    /* free, in a CPU's cache */
	PAGE_NR_KINDS
};

/*
 * Three words are the private part: what they hold depends on the kind, and on the user where the
 * kind is PAGE_KIND_KERNEL. A member is valid only for the pages that its comment names.
 */
struct SHARED page {
	struct refcount refs; /* [a] users of the page; of a slab: [slab] objects in use */
	u8 order;	      /* [I] log2 of the pages in this block; free: [page_zone] */
	u8 kind;	      /* [I] enum page_kind; free: [page_zone] */
	union {
		u16 slab_free;	 /* [slab] first page of a slab: the first free object, in words */
		u16 queue_end;	 /* [pipe, socket] in a page queue: where its bytes end */
		u16 is_poisoned; /* [o] free, in debug kernels: filled with poison */
	};
	union {
		struct slab_cache *slab_cache; /* [I] of a slab */
		struct vm_object *object;      /* [I] of an object */
		u64 *table_entry;	       /* [I] a page table: the entry that points to it */
		struct page *link;	       /* [o] any other: its user's own list */
	};
	union {
		void *queue_mark;      /* [pipe, socket] in a page queue: its owner's, or NULL */
		struct list_node node; /* [o] in its user's list; free: [page_zone]; slab: [slab] */
		struct epoch_item epoch; /* [o] a slab of lasting objects that is to be freed */
		struct {
			u64 index; /* [o] index in the object; of a slab's tail: in the slab */
			union {
				/* [page_zone] reserved at boot: the allocator has taken it */
				u64 claimed;
				/* [vm_object] of tmpfs: which fallocate(2) made it; 0: none */
				u64 allocation;
			};
		};
	};
};
static_assert(sizeof(struct page) == 32, "the page array takes 1/128 of memory");

extern struct page *page_array; /* [I] after page_alloc_init(); indexed by page frame number */

struct account;

/*
 * [I] Beside it: the account that each allocated block is charged to, at its first page; NULL:
 * none. For pages of slabs: the slab allocator's.
 */
extern struct account **page_accounts;

static __always_inline struct page *pfn_to_page(pfn_t pfn)
{
	return page_array + pfn;
}

static __always_inline pfn_t page_to_pfn(const struct page *page)
{
	return (pfn_t)(page - page_array);
}

static __always_inline paddr_t page_to_phys(const struct page *page)
{
	return page_to_pfn(page) << PAGE_SHIFT;
}

static __always_inline struct page *phys_to_page(paddr_t pa)
{
	return pfn_to_page(pa >> PAGE_SHIFT);
}

/* The word that holds the account @page's block is charged to. */
static __always_inline struct account **page_account(const struct page *page)
{
	return &page_accounts[page_to_pfn(page)];
}

/* The page's bytes, in the direct map. */
static __always_inline void *page_to_virt(const struct page *page)
{
	return phys_to_virt(page_to_phys(page));
}

/* @p is an address in the direct map. */
static __always_inline struct page *virt_to_page(const void *p)
{
	return phys_to_page(virt_to_phys(p));
}

static __always_inline u32 page_refs(const struct page *page)
{
	return refcount_read(&page->refs);
}

/* Take a reference; the caller has one already, or holds a lock that keeps one. */
static __always_inline void page_get(struct page *page)
{
	refcount_get(&page->refs);
}

void page_free(struct page *page);

/* Release a reference; the last one frees the page (block). Context: task. */
static __always_inline void page_put(struct page *page)
{
	if (refcount_put(&page->refs))
		page_free(page);
}
