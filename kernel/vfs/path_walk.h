/* SPDX-License-Identifier: MIT */
/* From names to files: path walk, and the operations on names. All may sleep; paths are kernel strings of < PATH_MAX bytes. */
#pragma once

#include "vfs/dentry.h"

/* Where relative and absolute paths start: of a process (cwd, root), or an openat's directory. */
struct SHARED fs_context {
	struct spinlock lock;	/* class leaf         */
	struct path root, cwd;	/* [lock]             */
	mode_t umask;		/* [a]                */
	u32 refs;		/* [a] shared by CLONE_FS */
};
int fs_context_create(const struct path *root, struct fs_context **out) __must_check;
int fs_context_copy(struct fs_context *from, struct fs_context **out) __must_check;
void fs_context_get(struct fs_context *context);
void fs_context_put(struct fs_context *context);
/* The current thread's context; a hook so that this floor needs no knowledge of processes: set once by proc/. */
struct fs_context *fs_context_current(void);

#define WALK_FOLLOW 1U	   /* follow a symbolic link in the last component */
#define WALK_DIRECTORY 2U  /* the result must be a directory               */
#define WALK_EMPTY 4U	   /* "" means the start itself (AT_EMPTY_PATH)    */
#define WALK_CREATE 8U	   /* a missing last component is no error: out->dentry is negative; the parent is locked by the caller's next step */

/* Walk @name from @dirfd (AT_FDCWD, or a descriptor). 0 with a referenced path, or the error of path_resolution(7). */
int path_lookup(int dirfd, const char *name, unsigned flags, struct path *out) __must_check;
/* User-space form: copies the string first. */
int path_lookup_user(int dirfd, const char __user *name, unsigned flags, struct path *out) __must_check;
/* The parent directory of the last component, and that component (pointing into @name). -EEXIST-like cases are the caller's. */
struct path_last {
	struct path parent;
	const char *name;
	size_t len;
	bool trailing_slash;
	bool is_special; /* ".", ".." or the root itself */
};
int path_lookup_parent(int dirfd, const char *name, struct path_last *out) __must_check;

/* Operations on names: the system calls' semantics, errors as in their manual pages. */
int vfs_mknod(int dirfd, const char *name, mode_t mode, dev_t device) __must_check; /* also mkdir: mode S_IFDIR */
int vfs_symlink(const char *target, int dirfd, const char *name) __must_check;
int vfs_link(int old_dirfd, const char *old_name, int new_dirfd, const char *new_name, int flags) __must_check;
int vfs_unlink(int dirfd, const char *name, bool directory) __must_check;
int vfs_rename(int old_dirfd, const char *old_name, int new_dirfd, const char *new_name, unsigned flags) __must_check;
/* Open (open(2)'s flags): a new file, not yet in a descriptor table. */
int vfs_open(int dirfd, const char *name, int flags, mode_t mode, struct file **out) __must_check;
int vfs_open_path(const struct path *path, int flags, struct file **out) __must_check;
/* The absolute name of @path as seen from the current root, built backwards into @buffer: pointer to its start, by out. -ENAMETOOLONG; " (deleted)" appended when unhashed and @mark. */
int path_name(const struct path *path, bool mark_deleted, char *buffer, size_t size, const char **out) __must_check;
/* Mount / unmount: mount(2), umount2(2). */
int vfs_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *options) __must_check;
int vfs_umount(const char *target, int flags) __must_check;
/* Mount the first root. Boot. */
int vfs_mount_root(const char *type, struct path *out) __must_check;
/* For /proc/mounts: calls @emit for each mount. */
void vfs_for_each_mount(void (*emit)(struct mount *mount, void *data), void *data);
