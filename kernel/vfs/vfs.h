/* SPDX-License-Identifier: MIT */
/*
 * The layer of files as a whole: its bring-up, the limits that it checks, and the one signal that
 * it sends. What a thread works with (directories, descriptors, credentials, limits) is found in
 * struct thread.
 */
#pragma once

#include "sched/thread.h"

/* The limits that this layer checks; the threads of a process share them. RLIM_INFINITY is ~0. */
struct SHARED vfs_limits {
	u64 nofile; /* [a] RLIMIT_NOFILE, soft */
	u64 fsize;  /* [a] RLIMIT_FSIZE, soft */
};

/* Those of the kernel's threads, and of boot. */
extern struct vfs_limits vfs_limits_kernel;

/* The current thread's: how many descriptors; how many bytes a file may have. */
static __always_inline u64 vfs_limit_nofile(void)
{
	return READ_ONCE(current_thread()->limits->nofile);
}
static __always_inline u64 vfs_limit_fsize(void)
{
	return READ_ONCE(current_thread()->limits->fsize);
}

/* Set up the caches of this layer. Boot, after slab_init. */
void vfs_init(void);
/*
 * @send sends a signal to the current process: SIGXFSZ for a write beyond RLIMIT_FSIZE. Set once by
 * proc/. Before that nothing is sent.
 */
void vfs_set_signal_hook(void (*send)(int signal));
void vfs_send_signal(int signal);
