/* SPDX-License-Identifier: MIT */
/* Poison in free pages: debug kernels detect writes to them. For page_alloc.c. */
#pragma once

#include "core/assert.h"
#include "mm/page.h"

#ifdef DEBUG
#define PAGE_POISON_WORD 0xa5a5a5a5a5a5a5a5UL

/* Poison @page, which has just become free. */
static inline void page_poison(struct page *page)
{
	u64 *words = page_to_virt(page);

	for (unsigned i = 0; i < PAGE_SIZE / 8; i++)
		words[i] = PAGE_POISON_WORD;
	page->is_poisoned = 1;
}

/* Panics when the free @page was written to. */
static inline void page_check_poison(struct page *page)
{
	const u64 *words = page_to_virt(page);

	if (!page->is_poisoned)
		return;
	for (unsigned i = 0; i < PAGE_SIZE / 8; i++)
		if (words[i] != PAGE_POISON_WORD)
			panic("free page %#lx was written to at %u: %#lx",
			      (unsigned long)page_to_pfn(page), i * 8, (unsigned long)words[i]);
}

/* Panics when @page is not all zero. */
static inline void page_check_zero(struct page *page)
{
	const u64 *words = page_to_virt(page);

	for (unsigned i = 0; i < PAGE_SIZE / 8; i++)
		if (words[i])
			panic("page %#lx is not zero at %u", (unsigned long)page_to_pfn(page),
			      i * 8);
}
#else
static inline void page_check_zero(struct page *page)
{
	(void)page;
}
static inline void page_poison(struct page *page)
{
	(void)page;
}
static inline void page_check_poison(struct page *page)
{
	(void)page;
}
#endif
