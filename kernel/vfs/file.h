/* SPDX-License-Identifier: MIT */
/* An open file: what a descriptor points to. Shared by dup and fork; it ends when its last
 * reference does. */
#pragma once

#include "lib/refcount.h"
#include "vfs/mount.h"
#include "vm/uio.h"
#include "vm/vm_map.h"

#include <linux/fcntl.h>
#include <linux/poll.h>

struct file;
struct poll_table;

struct dir_emitter {
	/* One entry of type DT_* (inode's S_IFMT bits >> 12); @next_pos: where to go on after it.
	 * False: no room, stop; the entry is not consumed. */
	bool (*emit)(struct dir_emitter *emitter, const char *name, size_t len, u64 ino,
		     unsigned type, u64 next_pos);
};

/* All may sleep. NULL hooks: read/write -EINVAL, ioctl -ENOTTY, poll always ready, mmap -ENODEV,
 * readdir -ENOTDIR, seek generic, open nothing to do, fsync 0. */
struct file_ops {
	ssize_t (*read)(struct file *file, struct uio *uio, u64 *pos);
	ssize_t (*write)(struct file *file, struct uio *uio, u64 *pos);
	long (*ioctl)(struct file *file, unsigned cmd, u64 arg);
	/* Ready events now (EPOLL* bits = POLL*); registers on queues when @table wants. */
	u32 (*poll)(struct file *file, struct poll_table *table);
	int (*mmap)(struct file *file, struct vm_map_request *request);
	/* From file->pos, advancing it. Locks: file->pos_lock held, the inode's not. */
	int (*readdir)(struct file *file, struct dir_emitter *emitter);
	s64 (*seek)(struct file *file, s64 offset, int whence);
	/* May set file->ops, data and mode (FILE_SEEKABLE); no other user yet. After an error
	 * release is not called. */
	int (*open)(struct inode *inode, struct file *file);
	void (*release)(struct file *file);
	int (*fsync)(struct file *file);
};

struct SHARED file {
	const struct file_ops *ops;   /* [I] after open */
	u32 refs;		      /* [a] */
	u32 flags;		      /* [a] O_* status flags */
	u32 mode;		      /* [I] FILE_*; FILE_IN_FLIGHT: [a] */
	pid_t owner;		      /* [a] F_SETOWN */
	u64 pos;		      /* [pos_lock] */
	void *data;		      /* [I] the ops' own */
	struct inode *inode;	      /* [I] referenced */
	struct path path;	      /* [I] referenced; zero for pipes, sockets */
	struct mutex pos_lock;	      /* class file_pos: only for seekable files */
	struct vm_backing backing;    /* [I] how a mapping holds this file */
	struct list_node epoll_links; /* [epoll] items that watch this file */
	u32 owner_signal;	      /* [a] F_SETSIG */
};
#define FILE_READ 1U
#define FILE_WRITE 2U
#define FILE_SEEKABLE 4U /* has a position that read and write share and move */
#define FILE_PATH_ONLY 8U
#define FILE_EXECUTE 16U    /* opened by exec: writing to the inode is denied while it is open */
#define FILE_WRITER 32U	    /* counted in inode->write_count */
#define FILE_IN_FLIGHT 128U /* a socket that was sent through sockets: see fdtable.h */
#define FILE_STREAM                                                                                \
	64U /* /dev/zero and the like: seeking is accepted, the position means nothing */

/* A new open file on @inode (a reference is taken, on @path too; @path may be NULL) with O_*
 * @flags. Calls no ops->open. 0, -ENFILE, -ENOMEM. */
int file_alloc(struct inode *inode, const struct path *path, const struct file_ops *ops, int flags,
	       struct file **out) __must_check;
static __always_inline void file_get(struct file *file)
{
	refs_get(&file->refs);
}
void file_release_slow(struct file *file);
static __always_inline void file_put(struct file *file)
{
	if (refs_put(&file->refs))
		file_release_slow(file);
}
/* Files that are open, and the most that others than root (CAP_SYS_ADMIN) may bring it to. */
unsigned file_count(void);
#define FILE_COUNT_MAX 262144U
/* Called for a file with items in epoll_links before it ends: set once by the owner of epoll. */
void file_set_epoll_release_hook(void (*hook)(struct file *file));

/* Open with open(2)'s @flags: a new file, not yet in a descriptor table. */
int vfs_open(int dirfd, const char *name, int flags, mode_t mode, struct file **out) __must_check;
int vfs_open_path(const struct path *path, int flags, struct file **out) __must_check;
/* Open for exec: a regular file that may be executed; nobody can write to it while it is open.
 * @flags: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH. 0, -EACCES, -ETXTBSY, ... */
int vfs_open_exec(int dirfd, const char *name, int flags, struct file **out) __must_check;
/* May @file's mount give programs set-user-ID rights? */
bool file_honours_set_id(const struct file *file);

/* read(2)/write(2) on an open file with its own position, or at *pos when @pos is given. Count or
 * error. */
ssize_t file_read_slow(struct file *file, struct uio *uio, u64 *pos);
ssize_t file_write_slow(struct file *file, struct uio *uio, u64 *pos);
static __always_inline ssize_t file_read(struct file *file, struct uio *uio, u64 *pos)
{
	u64 none = 0;

	if (likely((file->mode & (FILE_READ | FILE_SEEKABLE)) == FILE_READ && !pos) &&
	    likely(file->ops->read))
		return file->ops->read(file, uio, &none);
	return file_read_slow(file, uio, pos);
}
static __always_inline ssize_t file_write(struct file *file, struct uio *uio, u64 *pos)
{
	u64 none = 0;

	if (likely((file->mode & (FILE_WRITE | FILE_SEEKABLE)) == FILE_WRITE && !pos) &&
	    likely(file->ops->write))
		return file->ops->write(file, uio, &none);
	return file_write_slow(file, uio, pos);
}
/* Kernel-side: from / to a kernel buffer at @pos. Count (short at the end of the file) or error. */
ssize_t file_read_kernel(struct file *file, void *buffer, size_t len_bytes, u64 pos);
ssize_t file_write_kernel(struct file *file, const void *buffer, size_t len_bytes, u64 pos);
s64 file_seek(struct file *file, s64 offset, int whence);
/* Entries from the file's position on, until @emitter says stop. 0, -ENOTDIR, -ENOENT (removed),
 * ... */
int file_read_directory(struct file *file, struct dir_emitter *emitter) __must_check;
/* mmap(2) on a file: checks modes, fills request->object, backing, VM_MAYWRITE. 0, -EACCES,
 * -ENODEV, -EPERM. With 0, file_mmap_end is due when a shared mapping is there, or cannot be: until
 * then the file cannot be sealed against it (-EBUSY). */
int file_mmap(struct file *file, struct vm_map_request *request) __must_check;
void file_mmap_end(struct file *file, const struct vm_map_request *request);
int file_fsync(struct file *file) __must_check;
/* Events now (EPOLL* bits = POLL*); registers when @table is given. */
#define FILE_POLL_ALWAYS (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)
static __always_inline u32 file_poll(struct file *file, struct poll_table *table)
{
	return likely(file->ops->poll) ? file->ops->poll(file, table) : FILE_POLL_ALWAYS;
}

/* Slots for file systems. Regular files over a page cache: */
ssize_t generic_file_read(struct file *file, struct uio *uio, u64 *pos);
ssize_t generic_file_write(struct file *file, struct uio *uio, u64 *pos);
int generic_file_mmap(struct file *file, struct vm_map_request *request);
s64 generic_file_seek(struct file *file, s64 offset, int whence);
/* An inode without a name for pipes, sockets, event descriptors: file system "anon". */
int anon_inode_create(mode_t mode, struct inode **out) __must_check;
/* What opening a fifo does: set once by the owner of pipes. Until then -ENXIO. */
void vfs_set_fifo_ops(const struct file_ops *ops);
