/* SPDX-License-Identifier: MIT */
/*
 * Directory entries: the cache of names, and the paths they make. A path walk over names that are
 * cached calls no file system and takes no sleeping lock.
 */
#pragma once

#include "lib/hash.h"
#include "lib/hlist.h"
#include "lib/list.h"
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
};
extern struct dentry_table dentry_table;

/*
 * Hash of a name in @parent: of its words of eight bytes, zero behind its end. dentry_hash_word(0,
 * the first), the others in order, dentry_hash_end.
 */
static __always_inline u64 dentry_hash_word(u64 hash, u64 word)
{
	return ((hash ^ hash >> 29) ^ word) * HASH_MULTIPLIER;
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
	__atomic_fetch_add(&dentry->refs, 1, __ATOMIC_RELAXED);
}
/* A negative entry now names @inode (reference handed over). Locks: the directory's inode lock
 * held. */
void dentry_fill(struct dentry *dentry, struct inode *inode);
/*
 * The name is about to go: 0, and nothing is mounted there from now on, or -EBUSY. When the file
 * system then refuses, dentry_delete_cancel. Locks: the directory's inode lock held.
 */
int dentry_delete_begin(struct dentry *dentry) __must_check;
void dentry_delete_cancel(struct dentry *dentry);
/* The name is gone. Locks: the directory's inode lock held. */
void dentry_delete(struct dentry *dentry);
/* @dentry takes the place of @target (a negative or replaced entry), or they swap. Locks: both
 * directories. */
void dentry_move(struct dentry *dentry, struct dentry *target);
void dentry_exchange(struct dentry *a, struct dentry *b);
/* Is @ancestor @dentry itself or above it? Locks: the rename lock keeps the answer true. */
bool dentry_is_below(struct dentry *dentry, const struct dentry *ancestor);
/* Forget the unused entries below @root (an unmount; @root stays). */
void dentry_forget_tree(struct dentry *root);
/* Forget up to @nr unused entries, oldest first. Returns how many. */
unsigned dentry_shrink(unsigned nr);
/* Entries that exist; of these, unused. */
void dentry_counts(unsigned *total, unsigned *unused);
void dentry_init(void);
