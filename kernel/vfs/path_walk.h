/* SPDX-License-Identifier: MIT */
/*
 * From names to files. All may sleep; names are kernel strings of less than PATH_MAX bytes unless a
 * name ends in _user. @dirfd: AT_FDCWD or a descriptor, as in openat(2).
 */
#pragma once

#include "vfs/dentry.h"
#include "vfs/fs_context.h"

struct file;

#define WALK_FOLLOW 1U	  /* follow a symbolic link in the last component */
#define WALK_DIRECTORY 2U /* the result must be a directory */
#define WALK_EMPTY 4U	  /* "" means the start itself (AT_EMPTY_PATH) */
#define WALK_PARENT 8U	  /* stop before the last component */
#define WALK_NO_LINKS 16U /* a symbolic link anywhere: -ELOOP */

/* Walk. 0 with a referenced path to something that exists, or the error of path_resolution(7). */
int path_lookup(int dirfd, const char *name, unsigned flags, struct path *out) __must_check;
int path_lookup_user(int dirfd, const char __user *name, unsigned flags, struct path *out)
	__must_check;
/* The same for those who only look at the inode: its reference is all they get. */
int path_lookup_inode(int dirfd, const char *name, unsigned flags, struct inode **out) __must_check;
int path_lookup_inode_user(int dirfd, const char __user *name, unsigned flags, struct inode **out)
	__must_check;

/* A walk under way: for callers that go on from the last component (open with O_CREAT, mkdir,
 * unlink). */
struct walk {
	struct path at;	  /* where it stands: valid under dentry_lock, or when `held` keeps it */
	struct path root; /* of the thread; referenced once root_held */
	struct path held; /* referenced */
	struct path previous; /* referenced: the parent of `held` */
	const char *rest;     /* what is still to be walked */
	char *buffer;	      /* text of links being walked; NULL */
	const char *last; /* the last component (WALK_PARENT), followed by its slashes or a NUL */
	size_t last_len;
	unsigned flags;
	unsigned nr_links;
	bool root_held;
	bool root_kept; /* by the context, which is this thread's alone: needs no reference */
	bool trailing_slash;
	bool last_special; /* the last component is "", "." or "..": `at` is the result itself */
};
/*
 * Walk up to the last component of @name: w->held is the directory, w->last the component. Call
 * walk_end when done. @name must live until then. With an error walk_end has been called.
 */
int walk_parent(struct walk *w, int dirfd, const char *name, unsigned flags) __must_check;
/* The last component is the symbolic link @link: walk its text from w->held, again up to the last
 * component. */
int walk_follow_last(struct walk *w, struct dentry *link) __must_check;
void walk_end(struct walk *w);

/* Copy a path from user space. Short ones stay within the structure. 0, -EFAULT, -ENAMETOOLONG,
 * -ENOMEM; -ENOENT for an empty one. path_buffer_end also after an error. */
struct path_buffer {
	char *name;
	char short_name[184];
};
int path_buffer_get(struct path_buffer *buffer, const char __user *name) __must_check;
int path_buffer_get_maybe_empty(struct path_buffer *buffer, const char __user *name) __must_check;
void path_buffer_free(char *name);
static __always_inline void path_buffer_end(struct path_buffer *buffer)
{
	if (unlikely(buffer->name != buffer->short_name))
		path_buffer_free(buffer->name);
}

/* The absolute name of @path as seen from the current root, built at the end of @buffer; *out is
 * its start. @mark_deleted: " (deleted)" is appended where that is so; else -ENOENT
 * then, and "(unreachable)" before what is not below the root.
 * -ENAMETOOLONG. */
int path_name(const struct path *path, bool mark_deleted, char *buffer, size_t size,
	      const char **out) __must_check;
