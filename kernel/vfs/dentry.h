/* SPDX-License-Identifier: MIT */
/*
 * Directory entries: the cache of names, and the paths they make. A path walk over names that are
 * cached calls no file system and takes no sleeping lock.
 */
#pragma once

#include "lib/hash.h"
#include "lib/hlist.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "vfs/super.h"

struct mount;

#define DENTRY_NAME_INLINE 40

struct SHARED dentry {
	struct hlist_node hash_node; /* [dentry] linked: found by name */
	struct dentry *parent;	     /* [dentry] referenced; itself for a root */
	struct inode *inode;	     /* [dentry] referenced; NULL: known not to exist */
	u64 hash;		     /* [dentry] of parent and name */
	u32 refs;		     /* [a] users and children; 0 <-> 1 under dentry */
	u16 flags;		     /* [dentry] DENTRY_* */
	u16 name_len;		     /* [dentry] */
	union {
		char short_name[DENTRY_NAME_INLINE]; /* [dentry] zero behind the name */
		u64 first_word;			     /* [dentry] 0: a name of kmalloc'ed storage */
	};
	char *name;		   /* [dentry] short_name, or kmalloc'ed; NUL-ended */
	struct mount *mounted;	   /* [mount,dentry] both to write, either to read */
	struct list_node sibling;  /* [dentry] in parent's children */
	struct list_node children; /* [dentry] */
	struct list_node lru;	   /* [dentry] all but roots, roughly oldest first */
};
#define DENTRY_DELETED 1U  /* the name is gone: unlinked, or renamed over */
#define DENTRY_VOLATILE 2U /* not cached when unused: its file system makes names as it likes */
#define DENTRY_IDLE 4U	   /* not looked up since the cache was last searched for victims */
#define DENTRY_ROOT 8U
#define DENTRY_NEGATIVE 16U /* no inode */
#define DENTRY_LINK 32U	    /* a symbolic link */
#define DENTRY_ASKS 64U	    /* who may search it is for its permission hook to say */
#define DENTRY_MOUNTED 128U /* `mounted` is set */
#define DENTRY_GOING 256U   /* about to be DELETED: nothing may be mounted here any more */
/* What a walk over cached names does not step on as if it were nothing. */
#define DENTRY_STOPS                                                                               \
	(DENTRY_VOLATILE | DENTRY_IDLE | DENTRY_NEGATIVE | DENTRY_LINK | DENTRY_ASKS |             \
	 DENTRY_MOUNTED)

struct SHARED mount {
	struct super *super;  /* [I] referenced */
	struct dentry *root;  /* [I] referenced */
	struct mount *parent; /* [mount,dentry] referenced; NULL for the root or when detached */
	struct dentry *mountpoint; /* [mount,dentry] in the parent; referenced */
	struct mount *next_here;   /* [mount,dentry] another one on the same dentry */
	u32 flags;		   /* [a] MS_RDONLY, MS_NOSUID, MS_NOEXEC, MS_NODEV, MS_NOATIME */
	u32 refs;		   /* [a] the tree's, children's and users'; 1 -> 0 under dentry */
	struct list_node node;	   /* [mount] in the list of all */
	int id;			   /* [I] */
};

/* A place: which mount, which entry. Holding one holds a reference on both. Both NULL: no place. */
struct path {
	struct mount *mount;
	struct dentry *dentry;
};
void path_get(const struct path *path);
void path_put(const struct path *path);

/* The one spinlock of the cache. Held, no dentry and no mount that is reachable goes away. */
extern struct spinlock dentry_lock;

/* The hash table, for walks over cached names: path_cached.h. */
struct dentry_table {
	struct hlist *buckets; /* [dentry] the pointer is [I] after boot */
	unsigned shift;	       /* [I] 64 - log2 of the number of buckets */
	unsigned nr_unused;    /* [dentry] entries whose refs are 0 */
	u64 key[2];	       /* [I] random; the second is odd */
	u64 moves;	       /* [dentry] see dentry_change.c, C1 */
};
extern struct dentry_table dentry_table;

/*
 * Hash of a name in @parent: of its words of eight bytes, zero behind its end. dentry_hash_word(
 * dentry_hash_begin(), the first), the others in order, dentry_hash_end. Programs choose the names,
 * so the key makes which of them meet in a bucket; and both halves of the product, so that there is
 * no distance between words at which they do whatever their value.
 */
static __always_inline u64 dentry_hash_begin(void)
{
	return dentry_table.key[0];
}
static __always_inline u64 dentry_hash_word(u64 hash, u64 word)
{
	unsigned __int128 product = (unsigned __int128)(hash ^ word) * dentry_table.key[1];

	return (u64)product ^ (u64)(product >> 64);
}
static __always_inline u64 dentry_hash_end(u64 hash, const struct dentry *parent)
{
	return hash ^ (u64)parent;
}
u64 dentry_hash(const struct dentry *parent, const char *name, size_t len);
static __always_inline struct hlist *dentry_bucket(u64 hash)
{
	return &dentry_table.buckets[hash * HASH_MULTIPLIER >> dentry_table.shift];
}
/* The cached entry, positive or negative, without a reference; NULL. Locks: dentry_lock held. */
struct dentry *dentry_find(const struct dentry *parent, const char *name, size_t len, u64 hash);
/*
 * The entry, asking the file system when it is not cached. Its inode may be NULL: no such name.
 * Locks: @parent's inode lock held (dentry_lookup takes it itself). May sleep.
 * Returns: 0 with a reference in *out, -ENOENT when @parent is deleted, -ENOMEM, the file system's
 * error.
 */
int dentry_lookup_locked(struct dentry *parent, const char *name, size_t len, struct dentry **out)
	__must_check;
int dentry_lookup(struct dentry *parent, const char *name, size_t len, struct dentry **out)
	__must_check;
/* A root for @inode (reference handed over), or an entry that is in no directory and shows as
 * "/@name (deleted)". NULL: no memory (the reference is then dropped). */
struct dentry *dentry_create_root(struct inode *inode);
struct dentry *dentry_create_detached(struct dentry *root, const char *name, struct inode *inode);

void dentry_get(struct dentry *dentry);
void dentry_put(struct dentry *dentry);
/* For those that hold dentry_lock. */
static inline void dentry_get_locked(struct dentry *dentry)
{
	if (!refs_read(&dentry->refs)) /* D1: an idle one */
		dentry_table.nr_unused--;
	refs_get_any(&dentry->refs);
}
/* Forget the entries below @root, none of which is in use (an unmount; @root stays). */
void dentry_forget_tree(struct dentry *root);
/* Forget what is known of names in @dir, which is DELETED: at once, or when no longer used. */
void dentry_forget_children(struct dentry *dir);
/* Forget up to @nr unused entries, oldest first. Returns how many. */
unsigned dentry_shrink(unsigned nr);
/* Entries that exist; of these, unused. */
void dentry_counts(unsigned *total, unsigned *unused);
void dentry_init(void);
/* What the hash depends on: boot, once, before there are names. */
void dentry_set_key(u64 first, u64 second);
