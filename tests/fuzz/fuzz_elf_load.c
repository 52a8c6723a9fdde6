// SPDX-License-Identifier: MIT
// FUZZ: 50000
// KERNEL: exec/elf_load_test.c
/* The kernel's program loader, on what its unit test stands on, which judges what it does. */
#define main unit_main
#include "../../kernel/exec/elf_load_test.c"
#undef main

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static bool ready;

	if (!ready)
		set_up(NULL);
	ready = true;
	if (len > 2 * IMAGE_BYTES)
		return 0;
	make_image(linker_image, ET_DYN, 0);
	memset(program_image, 0, IMAGE_BYTES);
	memcpy(program_image, data, len < IMAGE_BYTES ? len : IMAGE_BYTES);
	if (len > IMAGE_BYTES)
		memcpy(linker_image, data + IMAGE_BYTES, len - IMAGE_BYTES);
	linker_opens = linker_puts = 0;
	load();
	if (linker_opens != linker_puts)
		abort();
	return 0;
}
