/* SPDX-License-Identifier: MIT */
/*
 * Directory entries: the cache of names, and the paths they make. A path walk over names that are cached calls no file system.
 */
#pragma once

#include "lib/hlist.h"
#include "lib/list.h"
#include "vfs/inode.h"

struct mount;

struct SHARED dentry {
	struct hlist_node hash_node;  /* [dentry]                                         */
	struct dentry *parent;	      /* [dentry] itself for a root                       */
	struct inode *inode;	      /* [dentry] NULL: known not to exist                */
	u64 hash;		      /* [dentry] of parent and name                      */
	u32 refs;		      /* [a] users; cached while 0                        */
	u32 flags;		      /* [dentry] DENTRY_*                                */
	u16 name_len;		      /* [dentry]                                         */
	char short_name[38];	      /* [dentry]                                         */
	char *name;		      /* [dentry] short_name, or kmalloc'ed               */
	struct list sibling;     /* [dentry] in parent's children                    */
	struct list children;    /* [dentry]                                         */
	struct list lru;	      /* [dentry] unused ones, oldest first               */
	struct mount *mounted;	      /* [mount] what is mounted here; NULL               */
};
#define DENTRY_UNHASHED 1U /* deleted or renamed over */
#define DENTRY_MOUNTPOINT 2U

struct SHARED mount {
	struct super *super;	   /* [I]                                     */
	struct dentry *root;	   /* [I]                                     */
	struct mount *parent;	   /* [mount] NULL for the root               */
	struct dentry *mountpoint; /* [mount] in the parent                   */
	u32 flags;		   /* [mount] MS_RDONLY, MS_NOSUID, MS_NOEXEC, MS_NODEV */
	u32 refs;		   /* [a]                                     */
	struct list node;	   /* [mount] in the list of all              */
	int id;			   /* [I]                                     */
};

/* A place: which mount, which entry. Holding one holds a reference on both. */
struct path {
	struct mount *mount;
	struct dentry *dentry;
};
void path_get(const struct path *path);
void path_put(const struct path *path);
