/* SPDX-License-Identifier: MIT */
/*
 * The walk over cached names: the fast path of path_walk.c, which handles nearly all components of
 * nearly all names.
 *
 * Idea.  A component is processed in words of eight bytes: where it ends (at a slash or NUL), which
 *   bytes of the word belong to it, and, when these are the whole name, the masked word as the key:
 *   one multiplication hashes it, one comparison finds the name (dentry.c, D6). Anything else ends
 *   this walk, and the general one goes on from there: dots, a directory that the thread may not
 *   search, a name that is not cached, and DENTRY_SLOW_FLAGS.
 * Locks.  A read section (sched/epoch.h), or dentry_lock, until a reference on the result is taken.
 *   In a section the result is right only if the count of changes is still what it was (dentry.c,
 *   D10; dentry_change.c, C1), and what ends this walk is not known to be so.
 *   What is read without the lock, and by what pairing: the chain, entries that are in it being
 *   initialised (hlist.h); parent, name, hash and what is mounted, by the count of changes; flags,
 *   before the inode (D10); the inode's type and mode, which stay in memory as long as the entry
 *   can be found, and then until the section ends (D9, I2); a mount's root, which never changes
 *   (M6).
 * Cost.  About 50 instructions for a component of up to seven bytes, no store.
 * Tests.  path_cached_test.c, path_walk_test.c, tests/guest/file/name_race.c.
 */
#pragma once

#include "core/fast_path.h"
#include "vfs/name/mount.h"
#include "vfs/name/name_words.h"

#define PATH_CACHED_MAX 32 /* components in one call, during which preemption is off */

/*
 * The entry of a name of at least eight bytes, and the name's length. NULL: not cached. @begun: as
 * for path_walk_cached. (dentry.c)
 */
struct dentry *dentry_find_long(const struct dentry *parent, const char *name, size_t *len,
				u32 begun);

/* Is @dir a directory in which everybody may look names up, but for a hook? */
static __always_inline bool path_all_may_search(const struct inode *dir)
{
	return (READ_ONCE(dir->mode) & (S_IFMT | 0111)) == (S_IFDIR | 0111);
}

/*
 * Is @dir a directory without a hook for permissions in which the current thread may look names up?
 * For those that not everybody may search. In a read section, or with dentry_lock held.
 * (path_lookup.c)
 */
bool path_may_search(const struct inode *dir);

/* The entry of a name of less than eight bytes, which @word holds. NULL: not cached. */
static __always_inline struct dentry *dentry_find_short(const struct dentry *parent, u64 word)
{
	struct dentry *dentry;

	u64 hash = dentry_hash_end(dentry_hash_word(dentry_hash_begin(), word), parent);

	hlist_for_each_entry_unlocked(dentry, dentry_bucket(hash), hash_node)
		if (data_race(dentry->parent == parent && dentry->words[0] == word,
			      "a change is found out at the end"))
			return dentry;
	return NULL;
}

/*
 * Walk @name from *@at, which moves, while components are cached. @parent: stop before the last
 * component. @restricted: go also through directories that not everybody may search. @begun: the
 * count of changes, read at the start of the section or with the lock held.
 * Locks:   dentry_lock held, or in a read section.
 * Returns: the rest of the name: "", or a text that begins with a slash; all of @name if nothing
 *          was walked.
 */
static __always_inline const char *path_walk_cached(struct path *at, const char *name, bool parent,
						    bool restricted, u32 begun)
{
	const char *rest = name;
	struct path here = *at;
	unsigned left = PATH_CACHED_MAX;

	if (!fast_path_is_on(FAST_PATH_path) ||
	    unlikely(dentry_flags(here.dentry) & DENTRY_HAS_PERMISSION_HOOK))
		return rest;
	do {
		struct dentry *dir = here.dentry, *child;
		u64 word = name_word(name), end = name_end(word);
		size_t len;
		u16 flags;

		if (unlikely(!path_all_may_search(dir->inode)) &&
		    (!restricted || !path_may_search(dir->inode)))
			break;
		if (likely(end)) {
			word &= name_mask(end);
			if (unlikely(!word || (u8)word == '.'))
				break;
			len = (unsigned)__builtin_ctzl(end) / 8;
			if (parent && name_is_last(name + len))
				break;
			child = dentry_find_short(dir, word);
			if (unlikely(!child))
				break;
		} else {
			if (unlikely((u8)word == '.'))
				break;
			child = dentry_find_long(dir, name, &len, begun);
			if (unlikely(!child) || (parent && name_is_last(name + len)))
				break;
		}
		flags = dentry_flags(child);
		if (unlikely(flags & DENTRY_SLOW_FLAGS)) {
			if ((flags & DENTRY_SLOW_FLAGS) != DENTRY_MOUNTED)
				break;
			here.dentry = child;
			mount_cross_down(&here);
			if (dentry_flags(here.dentry) & DENTRY_HAS_PERMISSION_HOOK) {
				rest = name + len;
				break;
			}
		} else {
			here.dentry = child;
		}
		rest = name + len;
		name = rest + 1;
	} while (*rest && --left);
	*at = here;
	return rest;
}
