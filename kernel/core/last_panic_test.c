// SPDX-License-Identifier: MIT
// UNIT: core/last_panic.c
/* The page that outlives a reset: kept by one kernel, found by the next if it is whole. */
#include "core/last_panic.h"
#include "core/boot_info.h"
#include "core/log.h"
#include "unit_test.h"

#include <stdlib.h>

#define PAGE 4096

static char log_text[PAGE];

size_t log_ring_read(char *buffer, size_t size)
{
	size_t len = strlen(log_text), from = len > size ? len - size : 0;

	memcpy(buffer, log_text + from, len - from);
	return len - from;
}

/* Memory of four pages, of which the kernel has the first. */
static char *memory;

static struct boot_info boot(void)
{
	struct boot_info bi = {0};

	if (!memory)
		memory = aligned_alloc(PAGE, 4 * PAGE);
	bi.kernel_base = (paddr_t)memory;
	bi.kernel_end = (paddr_t)memory + PAGE;
	bi.memory[0] = (struct boot_memory_range){(paddr_t)memory, 4 * PAGE, BOOT_MEMORY_RAM};
	bi.nr_memory = 1;
	return bi;
}

static size_t found_after_boot(void)
{
	struct boot_info bi = boot();
	size_t len;

	last_panic_find(&bi);
	assert_int_equal(bi.kernel_end, (paddr_t)memory + 2 * PAGE);
	last_panic_text(&len);
	return len;
}

static void test_kept_and_found(void **state)
{
	size_t len;

	memset(boot().kernel_base ? memory : memory, 0x5a, 4 * PAGE);
	assert_int_equal(found_after_boot(), 0);
	strcpy(log_text, "[ 1] boot: hello\npanic: of course\n  at here\n");
	last_panic_keep();
	assert_int_equal(found_after_boot(), strlen(log_text));
	assert_memory_equal(last_panic_text(&len), log_text, strlen(log_text));
}

static void test_told_once(void **state)
{
	const u64 *magic = (const u64 *)(memory + PAGE);

	assert_int_equal(*magic, 0);
}

static void test_damaged_or_absent(void **state)
{
	struct boot_info bi = boot();
	paddr_t end = bi.kernel_end;

	/* the initramfs is there, or nothing: no page is taken */
	bi.initramfs_base = end;
	bi.initramfs_len_bytes = 10;
	last_panic_find(&bi);
	assert_int_equal(bi.kernel_end, end);
	bi.initramfs_len_bytes = 0;
	bi.memory[0].len_bytes = PAGE;
	last_panic_find(&bi);
	assert_int_equal(bi.kernel_end, end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept_and_found),
		cmocka_unit_test(test_told_once),
		cmocka_unit_test(test_damaged_or_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
