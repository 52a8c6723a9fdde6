/* SPDX-License-Identifier: MIT */
/*
 * The page array: one struct page for each page of RAM, found from the page frame number and back
 * by arithmetic. An entry is valid for every page that page_alloc() has handed out.
 */
#pragma once

#include "arch/arch_page.h"
#include "lib/list.h"
#include "lib/refcount.h"

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

struct SHARED page {
	u32 refs;    /* [a] users of the page; of a slab: [slab] objects in use */
	u8 order;    /* [I] log2 of the pages in this block; free: [page_zone] */
	u8 kind;     /* [I] enum page_kind; free: [page_zone] */
	u16 flags;   /* [o] for the owner; of a slab: [slab] the first free object */
	void *owner; /* [I] of a cached file page its object; of a slab its cache */
	union {
		struct list_node node; /* [o] for the owner; free: [page_zone]; slab: [slab] */
		struct {
			u64 index;   /* [o] index in the object; of a slab's tail: in the slab */
			u64 private; /* [o] for the owner */
		};
	};
};
static_assert(sizeof(struct page) == 32, "the frame table takes 1/128 of memory");

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
	return __atomic_load_n(&page->refs, __ATOMIC_RELAXED);
}

/* Take a reference; the caller has one already, or holds a lock that keeps one. */
static __always_inline void page_get(struct page *page)
{
	refs_get(&page->refs);
}

void page_free(struct page *page);

/* Release a reference; the last one frees the page (block). Context: task. */
static __always_inline void page_put(struct page *page)
{
	if (refs_put(&page->refs))
		page_free(page);
}
