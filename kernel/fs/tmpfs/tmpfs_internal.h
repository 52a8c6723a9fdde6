/* SPDX-License-Identifier: MIT */
/* Between the files of fs/tmpfs/ only. */
#pragma once

#include "fs/tmpfs/tmpfs.h"
#include "lib/rbtree.h"
#include "vfs/file/file.h"

struct SHARED tmpfs_super {
	struct spinlock lock;	   /* class leaf: insertion into a directory against its removal */
	u64 max_pages, max_inodes; /* [a] */
	u64 nr_pages;		   /* [a] charged */
	u64 nr_inodes;		   /* [a] */
};

/* The contents of a regular file. */
struct SHARED tmpfs_file {
	struct vm_object object;   /* [I] it has its own locks */
	struct tmpfs_super *super; /* [a] NULL: the inode has ended */
	struct thread *allocator;  /* [inode] in fallocate(2); NULL: none; also read without */
	u64 nr_allocations;	   /* [inode] calls of it, the running one included */
	struct epoch_item epoch;   /* [o] of who frees it; I2 of vfs/inode/inode.c */
};

/* One name. It holds a reference on its inode. */
struct SHARED tmpfs_entry {
	struct rb_node by_name;	  /* [inode] ordered by hash, then name */
	struct rb_node by_cookie; /* [inode] in the order they came */
	u64 hash;		  /* [I] */
	u64 cookie;		  /* [I] its position for readdir */
	struct inode *inode;	  /* [inode] */
	u32 len;		  /* [I] */
	char name[];		  /* [I] NUL-ended */
};

/*
 * A directory: inode->data. The lock is that of the directory's inode; insertions and removals also
 * take super->lock.
 */
struct SHARED tmpfs_dir {
	struct rb_root names;	/* [inode] */
	struct rb_root cookies; /* [inode] */
	u64 next_cookie;	/* [inode] */
	u64 nr_entries;		/* [inode] */
};

static inline struct tmpfs_super *tmpfs_super_of(const struct inode *inode)
{
	return inode->super->data;
}

void tmpfs_dir_caches_init(void);
/*
 * Make an inode in @super, of the type in @mode, with one reference and the links that the type has
 * from the start. 0, -ENOSPC, -ENOMEM.
 */
int tmpfs_inode_create(struct super *super, mode_t mode, dev_t device, struct inode **out)
	__must_check;
/* Make the data of an empty directory. NULL: no memory. */
struct tmpfs_dir *tmpfs_dir_create(void);
/* Remove all names, with their references, and free the directory. */
void tmpfs_dir_destroy(struct tmpfs_dir *dir);
extern const struct inode_ops tmpfs_dir_inode_ops;
extern const struct file_ops tmpfs_dir_file_ops;
/* tmpfs_regular.c */
int tmpfs_regular_init(struct inode *inode) __must_check;
void tmpfs_regular_destroy(struct inode *inode);
int tmpfs_allocate(struct inode *inode, int mode, u64 offset, u64 len_bytes);
int tmpfs_setattr(struct inode *inode, const struct inode_attributes *attributes);
extern const struct file_ops tmpfs_regular_file_ops;
