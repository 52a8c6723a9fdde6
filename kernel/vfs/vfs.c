// SPDX-License-Identifier: MIT
#include "vfs/vfs.h"

#include "vfs/file/file_internal.h"
#include "vfs/name/dentry.h"

struct vfs_limits vfs_limits_kernel = {.nofile = 1024, .fsize = ~0UL};

static void (*signal_hook)(int signal); /* [I] after boot */

void vfs_init(void)
{
	inode_cache_init();
	dentry_init();
	file_cache_init();
	anon_inode_init();
}

void vfs_set_signal_hook(void (*send)(int signal))
{
	signal_hook = send;
}

void vfs_send_signal(int signal)
{
	if (signal_hook && thread_is_user(current_thread()))
		signal_hook(signal);
}
