/* SPDX-License-Identifier: MIT */
/* Where a process's paths start, and its umask. Shared by threads (CLONE_FS). */
#pragma once

#include "sync/spinlock.h"
#include "vfs/dentry.h"
#include "vfs/vfs_context.h"

struct SHARED fs_context {
	struct spinlock lock;  /* class leaf */
	struct path root, cwd; /* [lock] referenced */
	mode_t umask;	       /* [a] */
	u32 refs;	       /* [a] */
	u32 nr_threads;	       /* [lock] whose context it is; the other references only look */
	u32 nr_execs;	       /* [lock] changes of program under way that rely on nr_threads */
};

/* Root and working directory at @root (references are taken), umask 022. 0, -ENOMEM. */
int fs_context_create(const struct path *root, struct fs_context **out) __must_check;
int fs_context_copy(struct fs_context *from, struct fs_context **out) __must_check;
void fs_context_get(struct fs_context *context);
void fs_context_put(struct fs_context *context);
/* One more thread has it (a reference is taken): 0; -EAGAIN: a change of program relies on there
 * being no more. And one less, whose reference goes. */
int fs_context_share(struct fs_context *context) __must_check;
void fs_context_leave(struct fs_context *context);
/*
 * A program is about to be changed by a process of whose threads @nr_own have @context: do threads
 * of other processes have it, too? If not, none will before fs_context_exec_end. Locks: those that
 * keep nr_own's threads in place.
 */
bool fs_context_exec_begin(struct fs_context *context, u32 nr_own);
void fs_context_exec_end(struct fs_context *context);
/* The current thread's. */
static __always_inline struct fs_context *fs_context_current(void)
{
	return vfs_thread_current()->fs;
}
/* chdir, chroot: a reference is taken on @path. */
void fs_context_set_cwd(struct fs_context *context, const struct path *path);
void fs_context_set_root(struct fs_context *context, const struct path *path);
/* Referenced copies, also of another process's context (for /proc). */
void fs_context_get_cwd(struct fs_context *context, struct path *out);
void fs_context_get_root(struct fs_context *context, struct path *out);
/* umask(2): the old one. */
mode_t fs_context_set_umask(struct fs_context *context, mode_t umask);
