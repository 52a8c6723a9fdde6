// SPDX-License-Identifier: MIT
/*
 * The first root: an empty file system in memory, filled from the loader's archive, with /dev
 * mounted.
 */
#include "init/initramfs_boot.h"
#include "core/assert.h"
#include "core/boot_info.h"
#include "core/errno.h"
#include "fs/initramfs.h"
#include "vfs/name/fs_context.h"
#include "vfs/name/mount.h"
#include "vfs/name/name_ops.h"

#include <linux/fcntl.h>
#define LOG_SUBSYS "boot"
#include "core/log.h"

void initramfs_boot(const struct boot_info *bi)
{
	struct path root;
	int err;

	if (vfs_mount_root("rootfs", &root))
		panic("no memory for the root file system");
	fs_context_start_kernel(&root);
	path_put(&root);
	if (bi->initramfs_len_bytes && initramfs_unpack(bi))
		log_err("the initramfs could be unpacked only in part");
	err = vfs_mknod(AT_FDCWD, "/dev", S_IFDIR | 0755, 0);
	if (err && err != -EEXIST)
		log_err("cannot make /dev: error %d", -err);
	err = vfs_mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	if (err)
		log_err("cannot mount /dev: error %d", -err);
}
