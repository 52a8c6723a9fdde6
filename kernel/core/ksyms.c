// SPDX-License-Identifier: MIT
/* Binary search in the table of function names. */
#include "core/ksyms.h"
#include "arch/arch_page.h"
#include "arch/arch_pagetable.h"

const char *ksyms_find(vaddr_t address, u64 *offset)
{
	u32 low = 0, high = ksyms_count;

	if (address < KERNEL_IMAGE_BASE + arch_kernel_image_moved())
		return NULL;
	address -= arch_kernel_image_moved();
	while (low < high) {
		u32 middle = (low + high) / 2;

		if (KERNEL_IMAGE_BASE + ksyms_offsets[middle] <= address)
			low = middle + 1;
		else
			high = middle;
	}
	/* The last one is kernel_text_end: no function lies there. */
	if (!low || low == ksyms_count)
		return NULL;
	*offset = address - KERNEL_IMAGE_BASE - ksyms_offsets[low - 1];
	return ksyms_names + ksyms_name_offsets[low - 1];
}
