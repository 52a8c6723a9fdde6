/* SPDX-License-Identifier: MIT */
/*
 * Directory entries: the cache of names, and the paths that they form. A path walk over cached
 * names calls no file system and takes no sleeping lock.
 */
#pragma once

#include "lib/hlist.h"
#include "lib/list.h"
#include "sync/epoch_item.h"
#include "sync/spinlock.h"
#include "vfs/inode/super.h"
#include "vfs/name/dentry_refs.h"

struct mount;

#define DENTRY_NAME_INLINE 40

struct SHARED dentry {
	struct hlist_node hash_node; /* [dentry] linked: found by name */
	struct dentry *parent;	     /* [dentry] referenced; itself for a root */
	struct inode *inode;	     /* [dentry] referenced; NULL: known not to exist */
	u64 hash;		     /* [dentry] of parent and name */
	struct dentry_refs refs;     /* [a] users and children; D1 */
	u16 flags;		     /* [dentry] DENTRY_* */
	u16 name_len;		     /* [dentry] */
	union {
		char short_name[DENTRY_NAME_INLINE]; /* [dentry] zeros follow the name */
		u64 words[DENTRY_NAME_INLINE / 8];   /* [dentry] all 0: it is kmalloc'ed */
	};
	char *name;		   /* [dentry] short_name, or kmalloc'ed; NUL-ended */
	struct mount *mounted;	   /* [mount,dentry] both to write, either to read */
	struct list_node sibling;  /* [dentry] in parent's children */
	struct list_node children; /* [dentry] */
	union {
		struct list_node lru;	 /* [dentry] all but roots, about in order of age */
		struct epoch_item epoch; /* [o] of who frees it; D9 */
	};
};
#define DENTRY_DELETED 1U  /* the name has been unlinked or renamed over */
#define DENTRY_VOLATILE 2U /* freed when unused: names of its file system come and go */
#define DENTRY_IDLE 4U	   /* not looked up since dentry_shrink last examined it */
#define DENTRY_ROOT 8U
#define DENTRY_NEGATIVE 16U	       /* no inode */
#define DENTRY_LINK 32U		       /* a symbolic link */
#define DENTRY_HAS_PERMISSION_HOOK 64U /* its inode has a permission hook */
#define DENTRY_MOUNTED 128U	       /* `mounted` is set */
#define DENTRY_GOING 256U	       /* about to be DELETED: nothing can be mounted here */
/* A walk over cached names stops at entries with any of these flags. */
#define DENTRY_SLOW_FLAGS                                                                          \
	(DENTRY_VOLATILE | DENTRY_IDLE | DENTRY_NEGATIVE | DENTRY_LINK |                           \
	 DENTRY_HAS_PERMISSION_HOOK | DENTRY_MOUNTED)

/* A place: a mount and an entry in it. A holder has a reference on both. Both NULL: no place. */
struct path {
	struct mount *mount;
	struct dentry *dentry;
};
void path_get(const struct path *path);
void path_put(const struct path *path);

/* The spinlock of the cache. While it is held, no dentry or mount that can be reached ends. */
extern struct spinlock dentry_lock;

/* The cached entry, positive or negative, without a reference; or NULL. Locks: dentry_lock held. */
struct dentry *dentry_find(const struct dentry *parent, const char *name, size_t len, u64 hash);
/*
 * Get the entry of a name, from the file system if it is not cached. Its inode is NULL when there
 * is no such name.
 * Locks:   @parent's inode lock held (dentry_lookup takes it itself). May sleep.
 * Returns: 0 with a reference in *out, -ENOENT when @parent is deleted, -ENOMEM, the file system's
 *          error.
 */
int dentry_lookup_locked(struct dentry *parent, const char *name, size_t len, struct dentry **out)
	__must_check;
int dentry_lookup(struct dentry *parent, const char *name, size_t len, struct dentry **out)
	__must_check;
/*
 * A root for @inode (reference handed over), or an entry that is in no directory and is shown as
 * "/@name (deleted)". NULL: no memory, and the reference is dropped.
 */
struct dentry *dentry_create_root(struct inode *inode);
struct dentry *dentry_create_detached(struct dentry *root, const char *name, struct inode *inode);

/* One entry more, or less, is unused. */
void dentry_count_unused(int change);
/* Set and take away flags; what was written before is seen with them. Locks: dentry_lock. */
static inline void dentry_change_flags(struct dentry *dentry, u16 set, u16 clear)
{
	/* Pairs with dentry_flags. */
	__atomic_store_n(&dentry->flags, (u16)((dentry->flags & ~clear) | set), __ATOMIC_RELEASE);
}
/* The flags, in a read section: see dentry.c, D10. */
static __always_inline u16 dentry_flags(const struct dentry *dentry)
{
	/* Its inode, and what is mounted there, was written before: dentry_change_flags. */
	return __atomic_load_n(&dentry->flags, __ATOMIC_ACQUIRE);
}
/* The caller has a reference, or dentry_lock while the entry can be reached. */
static inline void dentry_get(struct dentry *dentry)
{
	if (unlikely(dentry_refs_get(&dentry->refs)))
		dentry_count_unused(-1);
}
/* In a read section that has found @dentry. False: it has ended, or only the lock can tell. */
static __always_inline bool __must_check dentry_get_found(struct dentry *dentry)
{
	enum dentry_get got = dentry_refs_get_found(&dentry->refs);

	if (got == DENTRY_GOT_UNUSED)
		dentry_count_unused(-1);
	return likely(got != DENTRY_NOT_GOT);
}
/* May sleep, when that was the last reference on a name that is gone. */
void dentry_put(struct dentry *dentry);
/* Free the entries below @root, none of which is in use (unmounting does this; @root stays). */
void dentry_forget_tree(struct dentry *root);
/* Free the cached names in @dir, which is DELETED: at once, or when their last user is done. D8 */
void dentry_forget_children(struct dentry *dir);
/* Free up to @nr unused entries, oldest first. Returns how many. */
unsigned dentry_shrink(unsigned nr);
/* All entries; and how many of these are unused, about, while others use and release them. */
void dentry_counts(unsigned *total, unsigned *unused);
void dentry_init(void);
/* Set the key of the hash. Boot, once, before there are names. */
void dentry_set_key(u64 first, u64 second);
