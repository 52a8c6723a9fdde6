// SPDX-License-Identifier: MIT
/* file_access.c -- access(2): what the user that started a program may do, not its owner. */
#include "core/errno.h"
#include "vfs/cred.h"
#include "vfs/file/file_target.h"

#define F_OK 0
#define ACCESS_KNOWN (MAY_READ | MAY_WRITE | MAY_EXEC)
static_assert(MAY_READ == 4 && MAY_WRITE == 2 && MAY_EXEC == 1, "access(2)'s R_OK, W_OK, X_OK");

static int access_by_own(int dirfd, const char __user *name, int mode, int flags)
{
	struct file_target target;
	struct inode *inode;
	int err = file_target_at(dirfd, name, flags & ~AT_EACCESS, &target);

	if (err)
		return err;
	inode = target.inode;
	if ((mode & MAY_EXEC) && S_ISREG(inode_mode(inode)) && target.path.mount &&
	    (target.path.mount->flags & MS_NOEXEC))
		err = -EACCES;
	if (!err && mode != F_OK)
		err = inode_permission(inode, (unsigned)mode);
	if (!err && (mode & MAY_WRITE) &&
	    (S_ISREG(inode_mode(inode)) || S_ISDIR(inode_mode(inode)) ||
	     S_ISLNK(inode_mode(inode))))
		err = mount_may_write(target.path.mount);
	file_target_put(&target);
	return err;
}

/* With the real ids in place of the file-system ids, and the capabilities that they imply. */
static int access_by_real(int dirfd, const char __user *name, int mode, int flags)
{
	struct thread *thread = current_thread();
	const struct cred *own = thread->cred;
	struct cred *real = cred_copy(own);
	int err;

	if (!real)
		return -ENOMEM;
	real->fsuid = own->uid;
	real->fsgid = own->gid;
	real->cap_effective = own->uid ? 0 : own->cap_permitted;
	thread->cred = real;
	err = access_by_own(dirfd, name, mode, flags);
	thread->cred = own;
	cred_put(real);
	return err;
}

int vfs_access(int dirfd, const char __user *name, int mode, int flags)
{
	const struct cred *cred = cred_current();

	if (mode & ~(int)ACCESS_KNOWN)
		return -EINVAL;
	if ((flags & AT_EACCESS) || (cred->uid == cred->fsuid && cred->gid == cred->fsgid &&
				     cred->cap_effective == (cred->uid ? 0 : cred->cap_permitted)))
		return access_by_own(dirfd, name, mode, flags);
	return access_by_real(dirfd, name, mode, flags);
}
