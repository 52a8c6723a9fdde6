// SPDX-License-Identifier: MIT
// FUZZ: 600
// KERNEL: fs/initramfs_test.c
/* The archive that the kernel unpacks, on what its unit test stands on. */
#define main unit_main
#include "../../kernel/fs/initramfs_test.c"
#undef main

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct page *page;
	static bool ready;

	if (!ready) {
		unit_vfs_init(MIB(32), AREA_BASE, AREA_PAGES * PAGE_SIZE);
		if (page_alloc(6, PAGE_KERNEL, &page))
			abort();
		area_base = page_to_phys(page);
		bi.initramfs_base = area_base;
		ready = true;
	}
	if (len > AREA_PAGES * PAGE_SIZE)
		return 0;
	memset(area(0), 0, AREA_PAGES * PAGE_SIZE);
	memcpy(area(0), data, len);
	bi.initramfs_len_bytes = len;
	if (initramfs_unpack(&bi) > 0)
		abort();
	return 0;
}
