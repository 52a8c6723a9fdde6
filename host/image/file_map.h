/* SPDX-License-Identifier: MIT */
/* A whole file of this host, mapped to be read. */
#pragma once

#include <stddef.h>

struct file_map {
	const void *data; /* never NULL after success; an empty file has len 0 */
	size_t len;
};

/*
 * Map @path. It never waits for another program, as opening a FIFO would.
 * Returns: 0 or a negative errno; -EINVAL: it is not a regular file.
 */
int file_map_open(struct file_map *map, const char *path) __attribute__((warn_unused_result));

/* The same, with a message on failure: that @path cannot be read, why, and @advice. */
int file_map_need(struct file_map *map, const char *path, const char *advice)
	__attribute__((warn_unused_result));
#define ADVICE_FOR_GUEST "the guest needs its contents, so give it read permission"
#define ADVICE_TO_BUILD "run 'make' in Creance's source"

void file_map_close(struct file_map *map);
