// SPDX-License-Identifier: MIT
#include "vfs/vfs_context.h"

#include "vfs/file/file_internal.h"
#include "vfs/name/dentry.h"
#include "vfs/name/fs_context.h"

static struct vfs_limits boot_limits = {.nofile = 1024, .fsize = ~0UL};

struct vfs_thread vfs_boot_thread = {
	.cred = &cred_root,
	.limits = &boot_limits,
};

static void (*signal_hook)(int signal); /* [I] after boot */

void vfs_init(void)
{
	inode_cache_init();
	dentry_init();
	file_cache_init();
	anon_inode_init();
}

void vfs_boot_context_set(struct fs_context *fs)
{
	vfs_boot_thread.fs = fs;
}

void vfs_set_signal_hook(void (*send)(int signal))
{
	signal_hook = send;
}

void vfs_send_signal(int signal)
{
	if (signal_hook && current_thread()->is_user)
		signal_hook(signal);
}
