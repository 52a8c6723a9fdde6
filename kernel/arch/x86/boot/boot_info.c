// SPDX-License-Identifier: MIT
/*
 * Converts the PVH start-info structure to the kernel's boot_info. Runs on the boot page tables,
 * which map the first 4 GiB.
 */
#include "core/boot_info.h"
#include "arch/arch_page.h"
#include "arch/arch_pagetable.h"
#include "arch/x86/boot/boot_entry.h"
#include "arch/x86/boot/pvh.h"
#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/mm/kernel_map.h"
#include "arch/x86/time/clock_arch.h"
#include "init/main.h"
#include "lib/string.h"

static struct boot_info boot_info; /* [I] after boot */

/*
 * Insert a range in order of address, aligned inward to pages. Ranges beyond the table's size are
 * left out: that means less memory, not wrong memory.
 */
static void add_memory(struct boot_info *bi, paddr_t base, u64 len_bytes,
		       enum boot_memory_type type)
{
	paddr_t end = align_down(base + len_bytes, 4096UL);
	unsigned i;

	base = align_up(base, 4096UL);
	if (end <= base || bi->nr_memory == BOOT_MEMORY_RANGES_MAX)
		return;
	for (i = bi->nr_memory; i > 0 && bi->memory[i - 1].base > base; i--)
		bi->memory[i] = bi->memory[i - 1];
	bi->memory[i] = (struct boot_memory_range){base, end - base, type};
	bi->nr_memory++;
}

static void read_memory_map(struct boot_info *bi, const struct pvh_start_info *info)
{
	const struct pvh_memory *map = phys_to_virt(info->memmap_paddr);

	for (u32 i = 0; i < info->memmap_entries; i++) {
		if (map[i].addr == 0 && map[i].size > 4096) /* page 0 stays unused */
			add_memory(bi, 4096, map[i].size - 4096,
				   map[i].type == 1 ? BOOT_MEMORY_RAM : BOOT_MEMORY_RESERVED);
		else
			add_memory(bi, map[i].addr, map[i].size,
				   map[i].type == 1 ? BOOT_MEMORY_RAM : BOOT_MEMORY_RESERVED);
	}
}

_Noreturn void boot_from_pvh(paddr_t start_info)
{
	const struct pvh_start_info *info = phys_to_virt(start_info);
	struct boot_info *bi = &boot_info;

	clock_start();
	cpu_stack_canary_init();
	bi->loader_name = "pvh";
	bi->kernel_base = kernel_image_phys(kernel_image_start);
	bi->kernel_end = kernel_image_phys(kernel_image_end);
	if (info->magic == PVH_MAGIC) {
		if (info->version >= 1)
			read_memory_map(bi, info);
		if (info->cmdline_paddr)
			(void)strscpy(bi->cmdline, phys_to_virt(info->cmdline_paddr),
				      sizeof(bi->cmdline));
		if (info->nr_modules) {
			const struct pvh_module *module = phys_to_virt(info->modules_paddr);

			bi->initramfs_base = module->paddr;
			bi->initramfs_len_bytes = module->size;
		}
		acpi_set_root(info->rsdp_paddr);
	}
	kernel_main(bi);
}
