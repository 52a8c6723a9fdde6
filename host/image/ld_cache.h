/* SPDX-License-Identifier: MIT */
/* The dynamic linker's cache, /etc/ld.so.cache: where libraries are, by their names. */
#pragma once

#include "image/file_map.h"

#define LD_CACHE_PATH "/etc/ld.so.cache"

/*
 * Call @each with every path that the cache has for the x86-64 library @name, best first, until
 * it returns other than 0. Returns: what it returned; 0 when all were refused, or the cache is
 * damaged.
 */
int ld_cache_find(const struct file_map *cache, const char *name,
		  int (*each)(void *ctx, const char *path), void *ctx);
