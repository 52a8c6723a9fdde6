/* SPDX-License-Identifier: MIT */
/* Mounted file systems, and the registered types of file system. */
#pragma once

#include "vfs/inode/inode.h"

struct statfs;

struct super_ops {
	/*
	 * The last reference to @inode is gone: free what the file system keeps for it, the object
	 * included (not the inode itself). NULL: nothing to do.
	 */
	void (*destroy_inode)(struct inode *inode);
	/*
	 * Fill in sizes and counts; type, block size and name length are there already. NULL: all
	 * zero.
	 */
	int (*statfs)(struct super *super, struct statfs *out);
	/* The last mount is gone: write back what must persist. The root is put afterwards. */
	void (*unmount)(struct super *super);
	/* All mounts and inodes are gone: free super->data. */
	void (*free)(struct super *super);
	int (*sync)(struct super *super);
	/*
	 * mount(2) with MS_REMOUNT and @options, "" for none: 0, -EINVAL. NULL: options are
	 * ignored.
	 */
	int (*remount)(struct super *super, const char *options);
	/* fallocate(2) with FALLOC_FL_* in @mode. NULL: -EOPNOTSUPP. Locks: inode->lock held. */
	int (*allocate)(struct inode *inode, int mode, u64 offset, u64 len_bytes);
	/*
	 * The options for /proc/mounts: nothing, or a text that begins with a comma. Returns its
	 * length.
	 */
	size_t (*show_options)(struct super *super, char *buffer, size_t size);
};

struct SHARED super {			/* a mounted file system */
	const struct super_ops *ops;	/* [I] */
	const struct file_system *type; /* [I] */
	struct inode *root;		/* [I] after mount; referenced */
	u64 device;			/* [I] st_dev */
	u64 next_ino;			/* [a] */
	void *data;			/* [I] for the file system */
	struct mutex rename_lock;	/* [I] class rename: moves of directories */
	bool volatile_entries;	    /* [I] names come and go: each lookup asks the file system */
	bool shared_instance;	    /* [I] one for all mounts; never ended */
	struct refcount refs;	    /* [a] mounts and inodes */
	u32 nr_mounts;		    /* [mount] */
	struct dentry *root_dentry; /* [mount] of root, shared by all mounts; referenced */
	char source[64];	    /* [I] for /proc/mounts */
	struct epoch_item epoch;    /* [o] of who frees it; I2 of inode.c */
};

/* Types register once at boot, and mount(2) finds them by name. */
struct file_system {
	const char *name;
	bool needs_device;
	u32 magic;
	/*
	 * Make or find a super with its root inode; the mount gets one reference. 0 or an error of
	 * mount(2).
	 */
	int (*mount)(const struct file_system *type, const char *source, const char *options,
		     struct super **out);
	struct file_system *next;
};
void file_system_register(struct file_system *type);
struct file_system *file_system_find(const char *name);
/* The @index-th type; NULL past the end. */
const struct file_system *file_system_at(unsigned index);

/* A super without root and with one reference. NULL: no memory. */
struct super *super_alloc(const struct file_system *type, const struct super_ops *ops);
void super_get(struct super *super);
/* The last reference frees the super, after its free hook. */
void super_put(struct super *super);
/*
 * End a super that was never mounted or whose last mount is gone: calls the unmount hook, puts the
 * root and the reference.
 */
void super_destroy(struct super *super);
/* The next inode number, from 1 (the root) on. */
static inline u64 super_new_ino(struct super *super)
{
	return __atomic_add_fetch(&super->next_ino, 1, __ATOMIC_RELAXED);
}
/* statfs(2) of any super. */
int super_statfs(struct super *super, struct statfs *out) __must_check;
