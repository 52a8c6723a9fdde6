/* SPDX-License-Identifier: MIT */
/*
 * What debug builds add to object caches: free objects are poisoned, and a word after each object
 * (before its account's word) tells whether it is in use. Detects writes after free, writes past
 * the end, and double frees. Release builds: nothing.
 */
#pragma once

#include "mm/slab.h"

#ifdef DEBUG
#define SLAB_DEBUG_TRAILER sizeof(u64)

/* Mark @object free and poison it. */
void slab_debug_set_free(const struct slab_cache *cache, void *object);
/* Check that the free @object was not written to; mark it used. */
void slab_debug_set_used(const struct slab_cache *cache, void *object);
/* Check that @object, which belongs to this cache, is in use and was not written past its end. */
void slab_debug_check_free(const struct slab_cache *cache, const void *object);
#else
#define SLAB_DEBUG_TRAILER 0UL
#define slab_debug_set_free(cache, object) ((void)(cache), (void)(object))
#define slab_debug_set_used(cache, object) ((void)(cache), (void)(object))
#define slab_debug_check_free(cache, object) ((void)(cache), (void)(object))
#endif
