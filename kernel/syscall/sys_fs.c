// SPDX-License-Identifier: MIT
/* sys_fs.c -- file systems as a whole: mount, statfs, sync. */
#include "core/errno.h"
#include "syscall/syscalls.h"
#include "vfs/cred.h"
#include "vfs/file/file_target.h"
#include "vm/user_copy.h"

#include <asm/statfs.h>

#define MOUNT_MAGIC 0xc0ed0000UL /* in the upper half of the flags of old programs */
#define MOUNT_MAGIC_MASK 0xffff0000UL

/* ---- mount ---- */

long sys_mount(const char __user *source, const char __user *target, const char __user *type,
	       unsigned long flags, const void __user *data)
{
	const char __user *from[] = {source, type, data, target};
	struct path_buffer text[ARRAY_SIZE(from)];
	long result = 0;
	unsigned n = 0;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if ((flags & MOUNT_MAGIC_MASK) == MOUNT_MAGIC)
		flags &= ~MOUNT_MAGIC_MASK;
	while (n < ARRAY_SIZE(from) && !result) {
		result = path_buffer_get_maybe_null(&text[n], from[n]);
		n++;
	}
	if (!result)
		result = target ? vfs_mount(text[0].name, text[3].name, text[1].name, flags,
					    text[2].name)
				: -EFAULT;
	while (n)
		path_buffer_fini(&text[--n]);
	return result;
}

long sys_umount2(const char __user *target, int flags)
{
	struct path_buffer place;
	long result;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	result = path_buffer_get(&place, target);
	if (!result)
		result = vfs_umount(place.name, flags);
	path_buffer_fini(&place);
	return result;
}

/* ---- statfs ---- */

long sys_statfs(const char __user *path, struct statfs __user *buf)
{
	struct file_target target;
	struct statfs out;
	long result = file_target_at(AT_FDCWD, path, 0, &target);

	if (!result)
		result = file_target_statfs(&target, &out);
	return result ? result : copy_to_user(buf, &out, sizeof(out));
}

long sys_fstatfs(int fd, struct statfs __user *buf)
{
	struct file_target target;
	struct statfs out;
	long result = file_target_fd_any(fd, &target);

	if (!result)
		result = file_target_statfs(&target, &out);
	return result ? result : copy_to_user(buf, &out, sizeof(out));
}

/* ---- sync ---- */

long sys_sync(void)
{
	vfs_sync_all();
	return 0;
}

long sys_syncfs(int fd)
{
	struct fd_ref ref = fd_get_light(fd);
	struct super *super;
	long result = 0;

	if (!ref.file)
		return -EBADF;
	super = ref.file->inode->super;
	if (super->ops->sync)
		result = super->ops->sync(super);
	fd_put_light(ref);
	return result;
}

long sys_fsync(int fd)
{
	struct fd_ref ref = fd_get_light(fd);
	long result;

	if (!ref.file)
		return -EBADF;
	if (!S_ISREG(inode_mode(ref.file->inode)) && !S_ISDIR(inode_mode(ref.file->inode)) &&
	    !S_ISBLK(inode_mode(ref.file->inode)))
		result = -EINVAL;
	else
		result = file_fsync(ref.file);
	fd_put_light(ref);
	return result;
}

long sys_fdatasync(int fd)
{
	return sys_fsync(fd);
}
