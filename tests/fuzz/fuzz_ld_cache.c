// SPDX-License-Identifier: MIT
// FUZZ: 50000
/* The dynamic linker's cache. */
#include <stdlib.h>
#include <string.h>

#include "image/ld_cache.h"
#include "fuzz.h"

static int each(void *ctx, const char *path)
{
	*(size_t *)ctx += strlen(path);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	void *copy = memcpy(malloc(len ? len : 1), data, len);
	const struct file_map file = {copy, len};
	size_t sum = 0;

	ld_cache_find(&file, "libc.so.6", each, &sum);
	free(copy);
	return 0;
}
