// SPDX-License-Identifier: MIT
/* sys_dir.c -- directories: reading them, the working directory and the root directory. */
#include "core/errno.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "syscall/syscalls.h"
#include "uapi/dirent64.h"
#include "vfs/cred.h"
#include "vfs/file/fdtable.h"
#include "vfs/name/path_walk.h"
#include "vm/user_copy.h"

#include <linux/limits.h>

/* ---- getdents64 ---- */

#define DENTS_MAX KIB(64) /* per call, because the directory is locked meanwhile */

struct dents_emitter {
	struct dir_emitter emitter;
	char __user *at;
	size_t left;
	long error; /* why it stopped, when nothing fitted */
	bool any;
};

static bool emit_dirent(struct dir_emitter *emitter, const char *name, size_t len, u64 ino,
			unsigned type, u64 next_pos)
{
	struct dents_emitter *dents = container_of(emitter, struct dents_emitter, emitter);
	size_t size = align_up(offsetof(struct dirent64, d_name) + len + 1, 8);
	union {
		struct dirent64 entry;
		char bytes[align_up(offsetof(struct dirent64, d_name) + NAME_MAX + 1, 8)];
	} record;

	if (len > NAME_MAX || size > dents->left) {
		dents->error = -EINVAL;
		return false;
	}
	record.entry.d_ino = ino;
	record.entry.d_off = (s64)next_pos;
	record.entry.d_reclen = (u16)size;
	record.entry.d_type = (u8)type;
	memcpy(record.bytes + offsetof(struct dirent64, d_name), name, len);
	memset(record.bytes + offsetof(struct dirent64, d_name) + len, 0,
	       size - offsetof(struct dirent64, d_name) - len);
	if (copy_to_user(dents->at, &record, size)) {
		dents->error = -EFAULT;
		return false;
	}
	dents->at += size;
	dents->left -= size;
	dents->any = true;
	return true;
}

long sys_getdents64(int fd, void __user *dirent, unsigned count)
{
	size_t size = min((size_t)count, (size_t)DENTS_MAX);
	struct dents_emitter dents = {.emitter.emit = emit_dirent, .at = dirent, .left = size};
	struct fd_ref ref = fd_get_light(fd);
	long err;

	if (!ref.file)
		return -EBADF;
	err = file_read_directory(ref.file, &dents.emitter);
	fd_put_light(ref);
	if (dents.any)
		return (long)(size - dents.left);
	return err ? err : dents.error;
}

/* ---- working and root directory ---- */

long sys_getcwd(char __user *buf, size_t size)
{
	char *text = kmalloc(PATH_MAX, 0);
	const char *name;
	struct path cwd;
	long result;
	size_t len;

	if (!text)
		return -ENOMEM;
	fs_context_get_cwd(fs_context_current(), &cwd);
	result = path_name(&cwd, false, text, PATH_MAX, &name);
	path_put(&cwd);
	if (!result) {
		len = strlen(name) + 1;
		if (len > size)
			result = -ERANGE;
		else
			result = copy_to_user(buf, name, len) ? -EFAULT : (long)len;
	}
	kfree(text);
	return result;
}

static long enter(const struct path *path)
{
	long err = inode_permission(path->dentry->inode, MAY_EXEC);

	if (!err)
		fs_context_set_cwd(fs_context_current(), path);
	return err;
}

long sys_chdir(const char __user *name)
{
	struct path path;
	long result = path_lookup_user(AT_FDCWD, name, WALK_FOLLOW | WALK_DIRECTORY, &path);

	if (result)
		return result;
	result = enter(&path);
	path_put(&path);
	return result;
}

long sys_fchdir(int fd)
{
	struct fd_ref ref = fd_get_light_any(fd);
	long result = -ENOTDIR;

	if (!ref.file)
		return -EBADF;
	if (ref.file->path.dentry && S_ISDIR(ref.file->inode->mode))
		result = enter(&ref.file->path);
	fd_put_light(ref);
	return result;
}

long sys_chroot(const char __user *name)
{
	struct path path;
	long result = path_lookup_user(AT_FDCWD, name, WALK_FOLLOW | WALK_DIRECTORY, &path);

	if (result)
		return result;
	result = inode_permission(path.dentry->inode, MAY_EXEC);
	if (!result && !capable(CAP_SYS_CHROOT))
		result = -EPERM;
	if (!result)
		fs_context_set_root(fs_context_current(), &path);
	path_put(&path);
	return result;
}

long sys_umask(mode_t mask)
{
	return (long)fs_context_set_umask(fs_context_current(), mask);
}
