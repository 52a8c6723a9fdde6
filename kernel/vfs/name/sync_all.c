// SPDX-License-Identifier: MIT
/* sync_all.c -- write back all mounted file systems and disks: sync(2). */
#include "block/block_device.h"
#include "core/errno.h"
#include "vfs/inode/super.h"
#include "vfs/name/mount.h"

static void sync_one(struct mount *mount, void *data)
{
	(void)data;
	if (mount->super->ops->sync)
		ignore_result(mount->super->ops->sync(mount->super), "sync(2) reports no errors");
}

void vfs_sync_all(void)
{
	vfs_for_each_mount(sync_one, NULL);
	block_flush_all(); /* what the file systems have written, and programs to nodes */
}
