// SPDX-License-Identifier: MIT
/* sys_fs.c -- file systems as a whole: mount, statfs, sync. */
#include "core/errno.h"
#include "mm/kmalloc.h"
#include "syscall/syscalls.h"
#include "vfs/cred.h"
#include "vfs/file/fdtable.h"
#include "vfs/name/path_walk.h"
#include "vm/user_copy.h"

#include <asm/statfs.h>
#include <linux/limits.h>

#define STATFS_FLAGS_VALID 0x20
#define MOUNT_MAGIC 0xc0ed0000UL /* in the upper half of the flags of old programs */
#define MOUNT_MAGIC_MASK 0xffff0000UL

/* ---- mount ---- */

/* Copy in a string that may be NULL. */
static int copy_text(const char __user *from, char **out)
{
	ssize_t len;

	*out = NULL;
	if (!from)
		return 0;
	*out = kmalloc(PATH_MAX, 0);
	if (!*out)
		return -ENOMEM;
	len = copy_string_from_user(*out, from, PATH_MAX);
	if (len >= 0)
		return 0;
	kfree(*out);
	*out = NULL;
	return (int)len;
}

static long mount_with(const char *source, const char *type, unsigned long flags,
		       const char __user *target, const char __user *data)
{
	struct path_buffer place;
	char *options;
	long result = copy_text(data, &options);

	if (result)
		return result;
	result = path_buffer_get(&place, target);
	if (!result)
		result = vfs_mount(source, place.name, type, flags, options);
	path_buffer_fini(&place);
	kfree(options);
	return result;
}

long sys_mount(const char __user *source, const char __user *target, const char __user *type,
	       unsigned long flags, const void __user *data)
{
	char *source_text, *type_text;
	long result;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if ((flags & MOUNT_MAGIC_MASK) == MOUNT_MAGIC)
		flags &= ~MOUNT_MAGIC_MASK;
	result = copy_text(source, &source_text);
	if (result)
		return result;
	result = copy_text(type, &type_text);
	if (!result) {
		result = mount_with(source_text, type_text, flags, target, data);
		kfree(type_text);
	}
	kfree(source_text);
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

static long put_statfs(struct super *super, const struct mount *mount, void __user *buf)
{
	struct statfs out;
	int err = super_statfs(super, &out);

	if (err)
		return err;
	out.f_flags = STATFS_FLAGS_VALID;
	if (mount)
		out.f_flags |= mount->flags & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
	return copy_to_user(buf, &out, sizeof(out));
}

long sys_statfs(const char __user *name, void __user *buf)
{
	struct path path;
	long result = path_lookup_user(AT_FDCWD, name, WALK_FOLLOW, &path);

	if (result)
		return result;
	result = put_statfs(path.mount->super, path.mount, buf);
	path_put(&path);
	return result;
}

long sys_fstatfs(int fd, void __user *buf)
{
	struct fd_ref ref = fd_get_light_any(fd);
	long result;

	if (!ref.file)
		return -EBADF;
	result = put_statfs(ref.file->inode->super, ref.file->path.mount, buf);
	fd_put_light(ref);
	return result;
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
	if (!S_ISREG(ref.file->inode->mode) && !S_ISDIR(ref.file->inode->mode) &&
	    !S_ISBLK(ref.file->inode->mode))
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
