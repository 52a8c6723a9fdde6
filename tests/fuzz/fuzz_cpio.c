// SPDX-License-Identifier: MIT
// FUZZ: 50000
/* An initramfs that a user names, as the command looks into it. */
#include <stdlib.h>
#include <string.h>

#include "image/cpio_write.h"
#include "fuzz.h"

static uint64_t sum_of(struct cpio_found found)
{
	uint64_t sum = found.mode;

	for (size_t i = 0; i < found.len; i++)
		sum += ((const uint8_t *)found.data)[i];
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	volatile uint64_t sum;
	void *copy = memcpy(malloc(len ? len : 1), data, len);

	sum = sum_of(cpio_find(copy, len, "etc/passwd"));
	sum += sum_of(cpio_find(copy, len, "bin/sh"));
	(void)sum;
	free(copy);
	return 0;
}
