// SPDX-License-Identifier: MIT
/* dirent_copy.c -- the entries of a directory in the form of getdents64(2). */
#include "core/errno.h"
#include "lib/string.h"
#include "uapi/dirent64.h"
#include "vfs/file/file.h"
#include "vm/user_copy.h"

#include <linux/limits.h>

#define DENTS_MAX KIB(64) /* per call, because the directory is locked meanwhile */

struct dirent_emitter {
	struct dir_emitter emitter;
	char __user *at;
	size_t left;
	long error; /* why it stopped, when nothing fitted */
	bool any;
};

static bool emit_dirent(struct dir_emitter *emitter, const char *name, size_t len, u64 ino,
			unsigned type, u64 next_pos)
{
	struct dirent_emitter *dents = container_of(emitter, struct dirent_emitter, emitter);
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

long file_copy_dirents(struct file *file, struct dirent64 __user *to, size_t size)
{
	struct dirent_emitter dents = {.emitter.emit = emit_dirent, .at = (char __user *)to};
	int err;

	size = min(size, (size_t)DENTS_MAX);
	dents.left = size;
	err = file_read_directory(file, &dents.emitter);
	return dents.any ? (long)(size - dents.left) : err ? err : dents.error;
}
