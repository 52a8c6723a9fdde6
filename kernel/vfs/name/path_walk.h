/* SPDX-License-Identifier: MIT */
/*
 * Path names to places. All functions may sleep; names are kernel strings of less than PATH_MAX
 * bytes unless the function's name ends in _user. @dirfd: AT_FDCWD or a descriptor, as in
 * openat(2).
 */
#pragma once

#include "sched/epoch.h"
#include "vfs/name/dentry.h"
#include "vfs/name/fs_context.h"

struct file;

#define WALK_FOLLOW 1U	  /* follow a symbolic link in the last component */
#define WALK_DIRECTORY 2U /* the result must be a directory */
#define WALK_EMPTY 4U	  /* "" means the start itself (AT_EMPTY_PATH) */
#define WALK_PARENT 8U	  /* stop before the last component */

/*
 * Resolve @name. 0 with a referenced path to something that exists, or an error of
 * path_resolution(7).
 */
int path_lookup(int dirfd, const char *name, unsigned flags, struct path *out) __must_check;
int path_lookup_user(int dirfd, const char __user *name, unsigned flags, struct path *out)
	__must_check;
/* The same for callers that need only the inode: it is referenced, the place is not. */
int path_lookup_inode(int dirfd, const char *name, unsigned flags, struct inode **out) __must_check;
/*
 * The same for callers that only look at what inode.c, I2 names: until inode_view_end() the inode
 * has a reference or, mostly, they are in a read section (sched/epoch.h). There they do not sleep,
 * and copies to the program fail where they would fill a page in.
 */
struct inode_view {
	struct inode *inode;
	bool is_referenced;
};
int path_view_inode(int dirfd, const char *name, unsigned flags, struct inode_view *out)
	__must_check;
int path_view_inode_user(int dirfd, const char __user *name, unsigned flags, struct inode_view *out)
	__must_check;
static __always_inline void inode_view_end(const struct inode_view *view)
{
	if (likely(!view->is_referenced))
		epoch_read_end();
	else
		inode_put(view->inode);
}

/*
 * The state of a walk, for callers that handle the last component themselves (open with O_CREAT,
 * mkdir, unlink).
 */
struct walk {
	struct path at;	  /* where the walk is: valid under dentry_lock, or while `held` keeps it */
	struct path root; /* of the thread; referenced once root_held */
	struct path held; /* referenced */
	struct path previous; /* referenced: the parent of `held` */
	const char *rest;     /* the rest of the name */
	char *buffer;	      /* the text of links that is being walked; or NULL */
	const char *last;     /* WALK_PARENT: the last component; slashes or a NUL follow */
	size_t last_len;
	unsigned flags;
	unsigned nr_links;
	bool root_held;
	bool root_kept; /* the context keeps it, and only this thread changes that */
	bool trailing_slash;
	bool last_special; /* the last component is "", "." or "..": `at` is the result */
};
/*
 * Walk up to the last component of @name: w->held is its directory, w->last the component. @name
 * must live until walk_fini, which the caller owes after 0. With an error nothing is due.
 */
int walk_parent(struct walk *w, int dirfd, const char *name, unsigned flags) __must_check;
/*
 * The last component turned out to be the symbolic link @link: walk its text from w->held, again up
 * to the last component. With an error the walk has ended.
 */
int walk_follow_last(struct walk *w, struct dentry *link) __must_check;
void walk_fini(struct walk *w);

/*
 * A path that was copied from user space; a short one is stored in the structure. 0, -EFAULT,
 * -ENAMETOOLONG, -ENOMEM; -ENOENT for an empty one. Call path_buffer_fini also after an error.
 */
struct path_buffer {
	char *name;
	char short_name[184];
};
int path_buffer_get(struct path_buffer *buffer, const char __user *name) __must_check;
int path_buffer_get_maybe_empty(struct path_buffer *buffer, const char __user *name) __must_check;
/* The same for a text that may be missing: its name is NULL then. */
int path_buffer_get_maybe_null(struct path_buffer *buffer, const char __user *name) __must_check;
void path_buffer_free(char *name);
static __always_inline void path_buffer_fini(struct path_buffer *buffer)
{
	if (unlikely(buffer->name != buffer->short_name))
		path_buffer_free(buffer->name);
}

/*
 * The absolute name of @path as seen from the current root, built at the end of @buffer; *out is
 * its start. For a deleted name: with @mark_deleted " (deleted)" is appended, without it -ENOENT is
 * returned. A place outside the root is marked "(unreachable)", but not with @mark_deleted.
 * -ENAMETOOLONG when it does not fit.
 */
int path_name(const struct path *path, bool mark_deleted, char *buffer, size_t size,
	      const char **out) __must_check;
