// SPDX-License-Identifier: MIT
/*
 * kernel_map.c -- the kernel's half of every address space.
 *
 * Idea.  One page table has all mappings of the kernel. Every address space has the same upper
 *   entries in its root, so a mapping that is made once is seen in all of them.
 * Layout.  Where each part begins is chosen at boot (boot/kaslr.c), from the address given here on.
 *   ffff800000000000, up to 32 TiB further: direct map. All RAM, writable, never executable; the
 *     alias of the image there is as in the image.
 *   ffffc00000000000, up to 16 TiB further: kmap. Kernel stacks with guard pages, large arrays,
 *     device registers (mm/kmap.c).
 *   ffffffff80000000, or in the GiB above: the image. Code read-only and executable, constants
 *     read-only, data writable.
 * Invariants.
 *   K1  No page is writable in one mapping and executable in another, or both in one. (In regime
 *       none every page of the image is both.)
 *   K2  The upper entries of the root that are in use never change after boot: each new space
 *       copies them once. They are a handful of 256.
 * Locks.  kmap for entries below the root, which only kmap.c changes after boot.
 * Tests.  tests/guest/memory/mem_wx.c, tests/system/kaslr.t.
 */
#include "arch/arch_pagetable.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/boot/boot_entry.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/cpu/tss.h"
#include "arch/x86/entry/regime_install.h"
#include "arch/x86/mm/kernel_map.h"
#include "core/assert.h"
#include "core/boot_info.h"
#include "core/errno.h"
#include "lib/string.h"
#include "mm/boot_alloc.h"
#include "mm/page_alloc.h"

#define ENTRIES 512
#define SIZE_2M MIB(2)
#define SIZE_1G GIB(1)
#define TABLE_BITS (X86_PTE_PRESENT | X86_PTE_WRITE | X86_PTE_ACCESSED)

static u64 *root;		   /* [I] after boot */
static u16 root_used[ENTRIES / 2]; /* [I] after boot: the upper entries in use (K2) */
static unsigned nr_root_used;	   /* [I] after boot */
static u64 nr_tables;		   /* [kmap] */

u64 *kernel_root_table(void)
{
	return root;
}

void kernel_root_share(u64 *table)
{
	for (unsigned i = 0; i < nr_root_used; i++)
		table[root_used[i]] = root[root_used[i]];
}

void kernel_root_unshare(u64 *table)
{
	for (unsigned i = 0; i < nr_root_used; i++)
		table[root_used[i]] = 0;
}

static void note_root_entries(void)
{
	for (unsigned i = ENTRIES / 2; i < ENTRIES; i++)
		if (root[i])
			root_used[nr_root_used++] = (u16)i;
}

static u64 *new_table(void)
{
	u64 *table;

	if (boot_alloc_is_finished()) {
		unsigned flags = PAGE_TABLE | PAGE_ZERO | PAGE_NOWAIT | PAGE_UNCHARGED;
		struct page *page = page_alloc_one(flags);

		if (!page)
			return NULL;
		nr_tables++;
		return page_to_virt(page);
	}
	table = phys_to_virt(boot_alloc_pages(1));
	memset(table, 0, PAGE_SIZE);
	return table;
}

/* The entry for @va at @level, making the tables above it. NULL: no memory. */
static u64 *entry_for(vaddr_t va, unsigned level)
{
	u64 *table = root;

	for (unsigned l = 3; l > level; l--) {
		u64 *entry = &table[(va >> (12 + 9 * l)) & (ENTRIES - 1)];

		if (!*entry) {
			debug_assert(l < 3 || !nr_root_used); /* K2 */
			u64 *next = new_table();

			if (!next)
				return NULL;
			*entry = virt_to_phys(next) | TABLE_BITS;
		}
		debug_assert(!(*entry & X86_PTE_LARGE));
		table = phys_to_virt(*entry & X86_PTE_ADDRESS);
	}
	return &table[(va >> (12 + 9 * level)) & (ENTRIES - 1)];
}

static u64 kernel_bits(u32 protection)
{
	return x86_pte_bits(protection) | (cpu_features.global_pages ? X86_PTE_GLOBAL : 0);
}

/*
 * The protection of the page at @pa in the direct map: the image's code and constants are read-only
 * there as well (K1).
 */
static u32 direct_protection(paddr_t pa)
{
	paddr_t text = kernel_image_phys(kernel_text_start);
	paddr_t data = kernel_image_phys(kernel_data_start);

	return pa >= text && pa < data && !regime_unlimited ? PROTECT_READ
							    : PROTECT_READ | PROTECT_WRITE;
}

static bool overlaps_image(const struct boot_info *bi, paddr_t pa, u64 len)
{
	return pa < bi->kernel_end && pa + len > bi->kernel_base;
}

static void map_direct_range(const struct boot_info *bi, paddr_t pa, paddr_t end)
{
	while (pa < end) {
		vaddr_t va = (vaddr_t)phys_to_virt(pa);
		u64 large = kernel_bits(PROTECT_READ | PROTECT_WRITE) | X86_PTE_LARGE;

		if (cpu_features.large_pages_1g && is_aligned(pa, SIZE_1G) && pa + SIZE_1G <= end &&
		    !overlaps_image(bi, pa, SIZE_1G)) {
			*entry_for(va, 2) = pa | large;
			pa += SIZE_1G;
		} else if (is_aligned(pa, SIZE_2M) && pa + SIZE_2M <= end &&
			   !overlaps_image(bi, pa, SIZE_2M)) {
			*entry_for(va, 1) = pa | large;
			pa += SIZE_2M;
		} else {
			*entry_for(va, 0) = pa | kernel_bits(direct_protection(pa));
			pa += PAGE_SIZE;
		}
	}
}

/* Guard pages are in the image but not mapped, so that an overflow of a stack faults there. */
static bool is_guard(const char *p)
{
	return p == boot_stack_guard || ist_is_guard((u64)p);
}

static void map_image_section(const char *start, const char *end, u32 protection)
{
	if (regime_unlimited)
		protection = PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC;
	for (const char *p = start; p < end; p += PAGE_SIZE)
		if (!is_guard(p))
			*entry_for((vaddr_t)p, 0) = kernel_image_phys(p) | kernel_bits(protection);
}

void arch_kernel_map_init(const struct boot_info *bi)
{
	root = phys_to_virt(boot_alloc_pages(1));
	memset(root, 0, PAGE_SIZE);
	/* K2: the tables right below the root, for every address that may ever be mapped. */
	entry_for(DIRECT_MAP_BASE, 2);
	entry_for(DIRECT_MAP_BASE + GIB(512), 2);
	entry_for(KMAP_BASE, 2);
	entry_for(KMAP_BASE + KMAP_SIZE / 2, 2);
	entry_for(KMAP_BASE + KMAP_SIZE - PAGE_SIZE, 2);
	for (unsigned i = 0; i < bi->nr_memory; i++)
		if (bi->memory[i].type == BOOT_MEMORY_RAM)
			map_direct_range(bi, bi->memory[i].base,
					 bi->memory[i].base + bi->memory[i].len_bytes);
	map_image_section(kernel_text_start, kernel_text_end, PROTECT_READ | PROTECT_EXEC);
	map_image_section(kernel_rodata_start, kernel_rodata_end, PROTECT_READ);
	map_image_section(kernel_data_start, kernel_image_end, PROTECT_READ | PROTECT_WRITE);
	note_root_entries();
	arch_pagetable_activate(NULL);
}

u64 arch_kernel_nr_tables(void)
{
	return READ_ONCE(nr_tables);
}

u64 arch_kernel_image_moved(void)
{
	return (u64)kernel_image_start - KERNEL_IMAGE_BASE - KERNEL_LOAD_ADDRESS;
}

paddr_t kernel_image_phys(const void *symbol)
{
	return (paddr_t)symbol - arch_kernel_image_moved() - KERNEL_IMAGE_BASE;
}

int arch_kernel_map(vaddr_t va, paddr_t pa, unsigned protection)
{
	u64 *entry = entry_for(va, 0);

	debug_assert(va >= KMAP_BASE && va < KMAP_BASE + KMAP_SIZE);
	if (!entry)
		return -ENOMEM;
	if (*entry)
		return -EEXIST;
	*entry = pa | kernel_bits(protection);
	return 0;
}

paddr_t arch_kernel_unmap(vaddr_t va)
{
	u64 *entry = entry_for(va, 0);
	paddr_t pa;

	if (!entry)
		return 0;
	pa = *entry & X86_PTE_ADDRESS;
	*entry = 0;
	return pa;
}
