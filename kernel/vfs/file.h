/* SPDX-License-Identifier: MIT */
/* An open file: what a descriptor points to. Shared by dup and fork; it ends when its last reference does. */
#pragma once

#include "vfs/dentry.h"
#include "vm/uio.h"
#include "vm/vm_map.h"

struct file;
struct poll_table;

struct dir_emitter {
	/* One entry; false: no room, stop (the entry is not consumed). */
	bool (*emit)(struct dir_emitter *emitter, const char *name, size_t len, u64 ino, unsigned type, u64 next_pos);
};

/* All may sleep. NULL hooks: read/write -EINVAL, ioctl -ENOTTY, poll always ready, mmap -ENODEV, readdir -ENOTDIR, seek generic, open nothing to do, fsync 0. */
struct file_ops {
	ssize_t (*read)(struct file *file, struct uio *uio, u64 *pos);
	ssize_t (*write)(struct file *file, struct uio *uio, u64 *pos);
	long (*ioctl)(struct file *file, unsigned cmd, u64 arg);
	u32 (*poll)(struct file *file, struct poll_table *table); /* ready events now; registers on queues when table wants */
	int (*mmap)(struct file *file, struct vm_map_request *request);
	int (*readdir)(struct file *file, struct dir_emitter *emitter); /* from file->pos, advancing it */
	s64 (*seek)(struct file *file, s64 offset, int whence);
	int (*open)(struct inode *inode, struct file *file);
	void (*release)(struct file *file);
	int (*fsync)(struct file *file);
};

struct SHARED file {
	const struct file_ops *ops;	/* [I] after open                                */
	u32 refs;			/* [a]                                           */
	u32 flags;			/* [a] O_* status flags                          */
	u32 mode;			/* [I] FILE_*                                    */
	u64 pos;			/* [pos_lock]                                    */
	struct mutex pos_lock;		/* class file_pos: only for seekable files       */
	struct inode *inode;		/* [I]                                           */
	struct path path;		/* [I] zero for pipes, sockets                   */
	void *data;			/* [I] the ops' own                              */
	struct vm_backing backing;	/* [I] how a mapping holds this file             */
	pid_t owner;			/* [a] F_SETOWN                                  */
	struct list epoll_links;	/* [epoll] items that watch this file            */
};
#define FILE_READ 1U
#define FILE_WRITE 2U
#define FILE_SEEKABLE 4U /* has a position that read and write share and move */
#define FILE_PATH_ONLY 8U

/* A new open file on @inode (reference taken) with @flags: 0, -ENFILE, -ENOMEM. Calls no ops->open. */
int file_alloc(struct inode *inode, const struct path *path, const struct file_ops *ops, int flags, struct file **out) __must_check;
static inline void file_get(struct file *file)
{
	__atomic_fetch_add(&file->refs, 1, __ATOMIC_RELAXED);
}
void file_release_slow(struct file *file);
static inline void file_put(struct file *file)
{
	if (__atomic_fetch_sub(&file->refs, 1, __ATOMIC_ACQ_REL) == 1)
		file_release_slow(file);
}
unsigned file_count(void);

/* read(2)/write(2) on an open file with its own position, or at *pos when @pos is given. Count or error. */
ssize_t file_read(struct file *file, struct uio *uio, u64 *pos);
ssize_t file_write(struct file *file, struct uio *uio, u64 *pos);
/* Kernel-side reading (exec): exactly into a kernel buffer at @pos. */
ssize_t file_read_kernel(struct file *file, void *buffer, size_t len_bytes, u64 pos);
s64 file_seek(struct file *file, s64 offset, int whence);
/* mmap(2) on a file: checks modes, fills request->object, backing. 0, -EACCES, -ENODEV, -EPERM. */
int file_mmap(struct file *file, struct vm_map_request *request) __must_check;
/* Regular files over a page cache: slots for file systems. */
ssize_t generic_file_read(struct file *file, struct uio *uio, u64 *pos);
ssize_t generic_file_write(struct file *file, struct uio *uio, u64 *pos);
int generic_file_mmap(struct file *file, struct vm_map_request *request);
s64 generic_file_seek(struct file *file, s64 offset, int whence);
/* An inode without a name for pipes, sockets, memfd …: file system "anon". */
int anon_inode_create(mode_t mode, struct inode **out) __must_check;
