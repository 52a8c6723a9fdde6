// SPDX-License-Identifier: MIT
#include "image/ld_cache.h"

#include <stdint.h>
#include <string.h>

/* glibc's format: this header, the entries, the strings; offsets count from the header. */
#define MAGIC "glibc-ld.so.cache1.1"

struct cache_header {
	char magic[20];
	uint32_t nr_entries;
	uint32_t strings_len;
	uint32_t unused[5];
};

struct cache_entry {
	uint32_t flags;
	uint32_t name, path;
	uint32_t os_version;
	uint64_t hwcap;
};

enum { FLAGS_X86_64 = 0x0303 }; /* a library for glibc, of 64 bits on x86-64 */

static const char *string_at(const char *cache, size_t len, uint32_t offset)
{
	if (offset >= len || !memchr(cache + offset, '\0', len - offset))
		return NULL;
	return cache + offset;
}

int ld_cache_find(const struct file_map *file, const char *name,
		  int (*each)(void *ctx, const char *path), void *ctx)
{
	/* In a file for old and new readers, the old format comes first. */
	const char *cache = file->len ? memmem(file->data, file->len, MAGIC, strlen(MAGIC)) : NULL;
	struct cache_header header;
	size_t len;

	if (!cache)
		return 0;
	len = file->len - (size_t)(cache - (const char *)file->data);
	if (len < sizeof(header))
		return 0;
	memcpy(&header, cache, sizeof(header));
	if (header.nr_entries > (len - sizeof(header)) / sizeof(struct cache_entry))
		return 0;
	for (uint32_t i = 0; i < header.nr_entries; i++) {
		struct cache_entry entry;
		const char *path;

		memcpy(&entry, cache + sizeof(header) + i * sizeof(entry), sizeof(entry));
		const char *known = string_at(cache, len, entry.name);
		if (entry.flags != FLAGS_X86_64 || !known || strcmp(known, name) != 0)
			continue;
		path = string_at(cache, len, entry.path);
		int result = path ? each(ctx, path) : 0;
		if (result)
			return result;
	}
	return 0;
}
