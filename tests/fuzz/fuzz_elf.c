// SPDX-License-Identifier: MIT
// FUZZ: 50000
/* A file that a user names as a program or library. */
#include <stdlib.h>
#include <string.h>

#include "image/elf_check.h"
#include "image/elf_dynamic.h"
#include "fuzz.h"

static size_t length_of_all(const struct elf_dynamic *d)
{
	const char *const one[] = {d->rpath, d->runpath, d->soname};
	size_t len = 0;

	for (unsigned i = 0; i < 3; i++)
		len += one[i] ? strlen(one[i]) : 0;
	for (unsigned i = 0; i < d->nr_needed; i++)
		len += strlen(d->needed[i]);
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* A copy of just that size, so that no byte behind it is read unseen. */
	void *copy = memcpy(malloc(len ? len : 1), data, len);
	const struct file_map file = {copy, len};
	struct elf_verdict verdict;
	struct elf_dynamic dynamic;

	elf_check(copy, len, &verdict);
	if (strlen(verdict.detail) >= sizeof(verdict.detail))
		abort();
	elf_is_loadable(&file);
	if (elf_dynamic_read(&dynamic, &file) == 0) {
		static volatile size_t sink;

		sink = length_of_all(&dynamic);
		(void)sink;
		elf_dynamic_free(&dynamic);
	}
	free(copy);
	return 0;
}
