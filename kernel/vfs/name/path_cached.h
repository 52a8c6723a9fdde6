/* SPDX-License-Identifier: MIT */
/*
 * The walk over cached names: the fast path of path_walk.c, which handles nearly all components of
 * nearly all names.
 *
 * Idea.  A component is processed in words of eight bytes: where it ends (at a slash or NUL), which
 *   bytes of the word belong to it, and, when these are the whole name, the masked word as the key:
 *   one multiplication hashes it, one comparison finds the name (dentry.c, D6). Anything else ends
 *   this walk, and the general one goes on from there: dots, a directory without search permission
 *   for everybody, a name that is not cached, and DENTRY_SLOW_FLAGS.
 * Locks.  dentry_lock, taken before and held until a reference on the result is taken.
 * Cost.  About 50 instructions for a component of up to seven bytes, no store.
 */
#pragma once

#include "core/fast_path.h"
#include "vfs/name/dentry.h"
#include "vfs/name/mount.h"

#define PATH_CACHED_MAX 32 /* components in one call, during which preemption is off */
#define NAME_ONES 0x0101010101010101UL
#define NAME_HIGHS (NAME_ONES * 0x80)
#define NAME_SLASHES (NAME_ONES * '/')

/* The eight bytes at @p; those behind a NUL are undefined. Does not read beyond the page of the
 * NUL. */
static __always_inline u64 name_word(const char *p)
{
	u64 word = 0;

#ifndef HOST_TEST /* there, the address sanitizer would report it */
	if (likely(((u64)p & ~PAGE_MASK) <= PAGE_SIZE - 8)) {
		__builtin_memcpy(&word, p, 8);
		return word;
	}
#endif
	for (unsigned i = 0; i < 8; i++) {
		word |= (u64)(u8)p[i] << 8 * i;
		if (!p[i])
			break;
	}
	return word;
}

/* The lowest set bit is the top bit of the first byte of @word that is a slash or NUL;
 * 0: none is. */
static __always_inline u64 name_end(u64 word)
{
	u64 slashes = word ^ NAME_SLASHES;

	return (((word - NAME_ONES) & ~word) | ((slashes - NAME_ONES) & ~slashes)) & NAME_HIGHS;
}

/* The number of bytes before the next slash or NUL. */
static __always_inline size_t name_len(const char *name)
{
	const char *p = name;
	u64 end;

	while (!(end = name_end(name_word(p))))
		p += 8;
	return (size_t)(p - name) + (unsigned)__builtin_ctzl(end) / 8;
}

/* A mask of the bytes before the one that @end (not 0) marks. */
static __always_inline u64 name_mask(u64 end)
{
	return (end ^ (end - 1)) >> 8;
}

/* The entry of a name of at least eight bytes, and the name's length. NULL: not cached.
 * (dentry.c) */
struct dentry *dentry_find_long(const struct dentry *parent, const char *name, size_t *len);

/* The entry of a name of less than eight bytes, which @word holds. NULL: not cached. */
static __always_inline struct dentry *dentry_find_short(const struct dentry *parent, u64 word)
{
	struct dentry *dentry;

	u64 hash = dentry_hash_end(dentry_hash_word(dentry_hash_begin(), word), parent);

	hlist_for_each_entry(dentry, dentry_bucket(hash), hash_node)
		if (dentry->parent == parent && dentry->first_word == word)
			return dentry;
	return NULL;
}

/* Are there only slashes left? */
static __always_inline bool name_is_last(const char *rest)
{
	while (*rest == '/')
		rest++;
	return !*rest;
}

/*
 * Walk @name from *@at, which moves, while components are cached. @parent: stop before the last
 * component.
 * Locks:   dentry_lock held.
 * Returns: the rest of the name: "", or a text that begins with a slash; all of @name if nothing
 *          was walked.
 */
static __always_inline const char *path_walk_cached(struct path *at, const char *name, bool parent)
{
	const char *rest = name;
	unsigned left = PATH_CACHED_MAX;

	if (!fast_path_is_on(FAST_PATH_path) ||
	    unlikely(at->dentry->flags & DENTRY_HAS_PERMISSION_HOOK))
		return rest;
	do {
		struct dentry *dir = at->dentry, *child;
		u64 word = name_word(name), end = name_end(word);
		size_t len;

		if (unlikely((dir->inode->mode & (S_IFMT | 0111)) != (S_IFDIR | 0111)))
			break;
		if (likely(end)) {
			word &= name_mask(end);
			if (unlikely(!word || (u8)word == '.'))
				break;
			len = (unsigned)__builtin_ctzl(end) / 8;
			if (parent && name_is_last(name + len))
				break;
			child = dentry_find_short(dir, word);
		} else {
			if (unlikely((u8)word == '.'))
				break;
			child = dentry_find_long(dir, name, &len);
			if (parent && name_is_last(name + len))
				break;
		}
		if (unlikely(!child))
			break;
		if (unlikely(child->flags & DENTRY_SLOW_FLAGS)) {
			if ((child->flags & DENTRY_SLOW_FLAGS) != DENTRY_MOUNTED)
				break;
			at->dentry = child;
			mount_cross_down(at);
			if (at->dentry->flags & DENTRY_HAS_PERMISSION_HOOK)
				return name + len;
		} else {
			at->dentry = child;
		}
		rest = name + len;
		name = rest + 1;
	} while (*rest && --left);
	return rest;
}
