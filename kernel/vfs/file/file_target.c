// SPDX-License-Identifier: MIT
/* file_target.c -- finding the file that a call is about, by descriptor or by name. */
#include "vfs/file/file_target.h"

#include "core/errno.h"
#include "vm/user_copy.h"

static int take_ref(struct file_target *out, struct fd_ref ref)
{
	if (unlikely(!ref.file))
		return -EBADF;
	out->ref = ref;
	out->inode = ref.file->inode;
	out->path = ref.file->path;
	return 0;
}

int file_target_fd(int fd, struct file_target *out)
{
	return take_ref(out, fd_get_light(fd));
}

int file_target_fd_any(int fd, struct file_target *out)
{
	return take_ref(out, fd_get_light_any(fd));
}

/* Is the name empty, so that AT_EMPTY_PATH refers to the descriptor (which may be a pipe)? */
static bool means_descriptor(int dirfd, const char __user *name, int flags)
{
	char first[1];

	if (!(flags & AT_EMPTY_PATH) || dirfd < 0)
		return false;
	return !name || (copy_from_user(first, name, 1) == 0 && !first[0]);
}

static unsigned walk_flags(int flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
	       (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);
}

int file_target_at(int dirfd, const char __user *name, int flags, struct file_target *out)
{
	int err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (means_descriptor(dirfd, name, flags))
		return file_target_fd_any(dirfd, out);
	err = path_lookup_user(dirfd, name, walk_flags(flags), &out->path);
	if (err)
		return err;
	out->ref = (struct fd_ref){NULL, false};
	out->inode = out->path.dentry->inode;
	return 0;
}

void file_target_put(struct file_target *target)
{
	if (target->ref.file)
		fd_put_light(target->ref);
	else
		path_put(&target->path);
}
