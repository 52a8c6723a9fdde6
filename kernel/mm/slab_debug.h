/* SPDX-License-Identifier: MIT */
/*
 * What debug builds add to object caches: free objects are poison, and a word behind each object
 * (before that of its account) tells whether it is in use. Finds writes after free, writes past
 * the end, and second frees. Release: nothing.
 */
#pragma once

#include "mm/slab.h"

#ifdef DEBUG
#define SLAB_DEBUG_TRAILER sizeof(u64)

/* Mark @object free and poison it. */
void slab_debug_set_free(const struct slab_cache *cache, void *object);
/* Check that nobody touched the free @object; mark it used. */
void slab_debug_set_used(const struct slab_cache *cache, void *object);
/* Check that @object, which is of this cache, is in use and was not written beyond. */
void slab_debug_check_free(const struct slab_cache *cache, const void *object);
#else
#define SLAB_DEBUG_TRAILER 0UL
#define slab_debug_set_free(cache, object) ((void)(cache), (void)(object))
#define slab_debug_set_used(cache, object) ((void)(cache), (void)(object))
#define slab_debug_check_free(cache, object) ((void)(cache), (void)(object))
#endif
