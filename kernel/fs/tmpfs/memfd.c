// SPDX-License-Identifier: MIT
/* memfd.c -- files in memory without a directory. */
#include "fs/tmpfs/memfd.h"

#include "core/errno.h"
#include "core/log.h"
#include "fs/tmpfs/tmpfs.h"
#include "lib/fmt.h"
#include "vfs/cred.h"

#include <linux/limits.h>
#include <linux/memfd.h>

#define MEMFD_NAME_MAX (NAME_MAX - 6)
#define SEALS_KNOWN (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)

static struct mount *memfd_mount; /* [I] after boot */

void memfd_init(void)
{
	if (vfs_mount_internal("rootfs", &memfd_mount) != 0)
		log_err("no memory for the file system of memfd_create");
}

int memfd_create(const char *name, unsigned flags, struct file **out)
{
	char shown[NAME_MAX + 1];
	struct inode *inode;
	struct path path;
	int err;

	if ((flags & ~(unsigned)(MFD_CLOEXEC | MFD_ALLOW_SEALING)) || !memfd_mount)
		return -EINVAL;
	if (ksnprintf(shown, sizeof(shown), "memfd:%s", name) > MEMFD_NAME_MAX + 6)
		return -EINVAL;
	err = tmpfs_create_nameless(memfd_mount->super, S_IFREG | 0777, &inode);
	if (err)
		return err;
	inode->uid = cred_current()->fsuid;
	inode->gid = cred_current()->fsgid;
	inode->flags |= INODE_SEALABLE;
	if (!(flags & MFD_ALLOW_SEALING))
		inode->seals = F_SEAL_SEAL;
	path.mount = memfd_mount;
	path.dentry = dentry_create_detached(memfd_mount->root, shown, inode);
	if (!path.dentry)
		return -ENOMEM;
	err = vfs_open_path(&path, O_RDWR, out);
	dentry_put(path.dentry);
	return err;
}

int memfd_add_seals(struct file *file, unsigned seals)
{
	struct inode *inode = file->inode;
	int err = 0;

	if (!(inode->flags & INODE_SEALABLE) || (seals & ~(unsigned)SEALS_KNOWN))
		return -EINVAL;
	if (!(file->mode & FILE_WRITE))
		return -EPERM;
	mutex_lock(&inode->lock);
	if (inode->seals & F_SEAL_SEAL)
		err = -EPERM;
	else if (seals & F_SEAL_WRITE)
		err = vm_object_deny_writable(inode->object);
	if (!err)
		WRITE_ONCE(inode->seals, inode->seals | seals);
	mutex_unlock(&inode->lock);
	return err;
}

int memfd_get_seals(struct file *file)
{
	if (!(file->inode->flags & INODE_SEALABLE))
		return -EINVAL;
	return (int)READ_ONCE(file->inode->seals);
}
