// SPDX-License-Identifier: MIT
/*
 * kaslr.c -- random addresses for the kernel at each boot, so that an attacker has to guess them.
 *
 * Idea. The image is linked for one virtual address and stays at one physical address. The boot
 *   page tables map it there; this code maps it a second time, at a higher address, and then adds
 *   the distance to each address that the image holds of itself (the build lists them:
 *   tools/gen_relocations.pl). Both mappings show the same memory, so the code may patch itself
 *   while it runs. Direct map and kmap area are found by variables; only their bases change.
 * Randomness. RDRAND where the CPU has it, and the time stamp counter, the only source on the
 *   simplest CPUs. 9 bits for the image, 15 for the direct map, 14 for the kmap area.
 * When not. With option nokaslr, for debuggers and for counting instructions; and in regime none,
 *   where every program can read the kernel's addresses anyway.
 */
#include "arch/x86/boot/kaslr.h"
#include "arch/arch_page.h"
#include "arch/x86/arch_inline/clock_inline.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/arch_inline/pagetable_inline.h"
#include "arch/x86/boot/boot_entry.h"
#include "arch/x86/boot/pvh.h"

#define SIZE_2M MIB(2)
/* The part of the image that is mapped; more than its size. */
#define IMAGE_ENTRIES 8U
#define IMAGE_PLACES (512U - IMAGE_ENTRIES)
#define DIRECT_ROOT_PLACES 63U
#define DIRECT_PLACES 508U /* the boot tables show 4 GiB below one entry of the root */
#define KMAP_PLACES 16384U
#define TABLE (X86_PTE_PRESENT | X86_PTE_WRITE)

u64 x86_direct_map_base = DIRECT_MAP_LOWEST; /* [I] after early boot */
u64 x86_kmap_base = KMAP_LOWEST;	     /* [I] after early boot */

static bool has_word(const char *text, const char *word)
{
	while (*text) {
		const char *w = word;

		while (*w && *text == *w)
			text++, w++;
		if (!*w && (!*text || *text == ' '))
			return true;
		while (*text && *text++ != ' ')
			;
	}
	return false;
}

static bool is_wanted(paddr_t start_info)
{
	const struct pvh_start_info *info = phys_to_virt(start_info);
	const char *words;

	if (info->magic != PVH_MAGIC || !info->cmdline_paddr)
		return true;
	words = phys_to_virt(info->cmdline_paddr);
	return !has_word(words, "nokaslr") && !has_word(words, "regime=none");
}

/* One more random number from @state (the finaliser of MurmurHash3). */
static u64 next_random(u64 *state)
{
	u64 value = 0, x;

	if (x86_cpuid(1, 0).ecx & BIT(30))
		__asm__ volatile("rdrand %0" : "+r"(value)::"cc");
	x = *state += value ^ arch_clock_cycles() ^ 0x9e3779b97f4a7c15UL;
	x = (x ^ x >> 33) * 0xff51afd7ed558ccdUL;
	x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53UL;
	return x ^ x >> 33;
}

static paddr_t image_phys(const void *p)
{
	return (u64)p - KERNEL_IMAGE_BASE;
}

static void move_direct_map(u64 root_place, u64 place)
{
	for (unsigned i = 0; i < 4; i++)
		boot_pdpt_direct[place + i] = (image_phys(boot_pd) + i * PAGE_SIZE) | TABLE;
	boot_pml4[256 + root_place] = image_phys(boot_pdpt_direct) | TABLE;
	x86_direct_map_base = DIRECT_MAP_LOWEST + root_place * GIB(512) + place * GIB(1);
}

/* Keeps the compiler from computing an address again after the move, when it would be another. */
static __always_inline char *fixed(const char *p)
{
	__asm__("" : "+r"(p));
	return (char *)p;
}

static void move_addresses(u64 distance)
{
	const u8 *at = (const u8 *)fixed(kernel_relocations_start);
	const u8 *end = (const u8 *)fixed(kernel_relocations_end);
	char *place = fixed(kernel_image_start);

	while (at < end) {
		u64 number = 0;
		unsigned shift = 0;

		do {
			number |= (u64)(*at & 0x7f) << shift;
			shift += 7;
		} while (*at++ & 0x80);
		place += number >> 1;
		if (number & 1)
			*(u64 *)place += distance;
		else
			*(u32 *)place += (u32)distance;
	}
}

u64 kaslr_move(paddr_t start_info)
{
	u64 state = start_info, place;

	if (!is_wanted(start_info) || image_phys(kernel_image_end) > IMAGE_ENTRIES * SIZE_2M)
		return 0;
	place = next_random(&state) % DIRECT_ROOT_PLACES;
	move_direct_map(1 + place, next_random(&state) % DIRECT_PLACES);
	x86_kmap_base += next_random(&state) % KMAP_PLACES * GIB(1);

	/* A place in the highest GiB; the image is linked for the GiB below. */
	place = next_random(&state) % IMAGE_PLACES;
	for (unsigned i = 0; i < IMAGE_ENTRIES; i++)
		boot_pd_moved[place + i] = i * SIZE_2M | TABLE | X86_PTE_LARGE;
	boot_pdpt_high[511] = image_phys(boot_pd_moved) | TABLE;
	move_addresses(GIB(1) + place * SIZE_2M);
	return GIB(1) + place * SIZE_2M;
}
