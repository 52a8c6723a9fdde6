/* SPDX-License-Identifier: MIT */
/*
 * What this layer needs to know of the running thread: its directories, descriptors, credentials
 * and limits. struct vfs_thread is the first part of struct user_thread (proc/process.h), so that
 * it is found from the current thread without an upward call. Kernel threads, and the boot, which
 * unpacks the initramfs, share one static context.
 */
#pragma once

#include "core/assert.h"
#include "sched/thread.h"
#include "vfs/cred.h"

struct fdtable;
struct fs_context;

/* The limits that this layer checks; the threads of a process share them. RLIM_INFINITY is ~0. */
struct SHARED vfs_limits {
	u64 nofile; /* [a] RLIMIT_NOFILE, soft */
	u64 fsize;  /* [a] RLIMIT_FSIZE, soft */
};

struct SHARED vfs_thread {
	struct thread thread;	   /* [o] first */
	struct fs_context *fs;	   /* [o] referenced */
	struct fdtable *files;	   /* [o] referenced */
	const struct cred *cred;   /* [o] referenced */
	struct vfs_limits *limits; /* [I] of the process */
	pid_t process_id;	   /* [I] for F_GETLK and F_GETOWN */
};

/* The context of the boot and of kernel threads. Until vfs_boot_context_set it has no fs. */
extern struct vfs_thread vfs_boot_thread;
/* Set up the caches of this layer. Boot, after slab_init. */
void vfs_init(void);
/* Give kernel threads @fs (reference handed over): from now on paths work for them. Boot. */
void vfs_boot_context_set(struct fs_context *fs);

static __always_inline struct vfs_thread *vfs_thread_current(void)
{
	struct thread *t = current_thread();

	return likely(t->is_user) ? (struct vfs_thread *)t : &vfs_boot_thread;
}

/* The same for code that only system calls reach: the thread is a program's. */
static __always_inline struct vfs_thread *vfs_thread_of_program(void)
{
	struct thread *t = current_thread();

	debug_assert(t->is_user);
	return (struct vfs_thread *)t;
}

/*
 * @send sends a signal to the current process: SIGXFSZ for a write beyond RLIMIT_FSIZE. Set once by
 * proc/. Before that nothing is sent.
 */
void vfs_set_signal_hook(void (*send)(int signal));
void vfs_send_signal(int signal);
