/* SPDX-License-Identifier: MIT */
/* Where a process's paths start, and its umask. Threads may share one (CLONE_FS). */
#pragma once

#include "sched/thread.h"
#include "sync/spinlock.h"
#include "sync/seqcount.h"
#include "vfs/name/dentry.h"

struct SHARED fs_context {
	struct spinlock lock;	/* class leaf */
	struct path root, cwd;	/* [lock] referenced; see fs_context_read */
	struct seqcount places; /* [a] of root and cwd */
	mode_t umask;		/* [a] */
	struct refcount refs;	/* [a] */
	u32 nr_threads;		/* [lock] threads that use it; other references only read */
};

/* That of the kernel's threads and of boot; init starts with a copy. Never freed. */
extern struct fs_context fs_context_kernel;
/*
 * Its root and working directory, of which it has none before (references are taken): from now on
 * paths work for the kernel's threads. Boot, once.
 */
void fs_context_start_kernel(const struct path *root);
int fs_context_copy(struct fs_context *from, struct fs_context **out) __must_check;
void fs_context_get(struct fs_context *context);
void fs_context_put(struct fs_context *context);
/* Count one more thread that uses @context, and take a reference. _leave takes both back. */
void fs_context_share(struct fs_context *context);
void fs_context_leave(struct fs_context *context);
/*
 * Does another thread use @context, too? False stays true until the current thread, which uses it,
 * makes another one: only a thread that uses it can share it.
 */
bool fs_context_is_shared(struct fs_context *context);
/* The current thread's. */
static __always_inline struct fs_context *fs_context_current(void)
{
	return current_thread()->fs;
}
/*
 * A copy of @place, a place of @context, while other threads may change it. In a read section
 * (sched/epoch.h), during which it stays in memory.
 */
static inline struct path fs_context_read(const struct fs_context *context,
					  const struct path *place)
{
	struct path path;
	u32 begun;

	do {
		begun = seqcount_read_begin(&context->places);
		path.mount = READ_ONCE(place->mount);
		path.dentry = READ_ONCE(place->dentry);
	} while (seqcount_must_read_again(&context->places, begun));
	return path;
}
/* chdir, chroot. Take references on @path. */
void fs_context_set_cwd(struct fs_context *context, const struct path *path);
void fs_context_set_root(struct fs_context *context, const struct path *path);
/* Referenced copies; @context may be another process's (for /proc). */
void fs_context_get_cwd(struct fs_context *context, struct path *out);
void fs_context_get_root(struct fs_context *context, struct path *out);
/* umask(2). Returns the old mask. */
mode_t fs_context_set_umask(struct fs_context *context, mode_t umask);
