/* SPDX-License-Identifier: MIT */
/* An open file, to which descriptors refer. dup and fork share it. */
#pragma once

#include "lib/refcount.h"
#include "vfs/name/mount.h"
#include "vm/uio.h"
#include "vm/vm_map.h"

#include <linux/fcntl.h>
#include <linux/poll.h>

struct file;
struct poll_table;

struct dir_emitter {
	/* Take one entry of type DT_* (the inode's S_IFMT bits >> 12); @next_pos is the position
	 * behind it. False: no room, stop; the entry is not consumed. */
	bool (*emit)(struct dir_emitter *emitter, const char *name, size_t len, u64 ino,
		     unsigned type, u64 next_pos);
};

/* All hooks may sleep. What a NULL hook means: read and write -EINVAL, ioctl -ENOTTY, poll always
 * ready, mmap -ENODEV, readdir -ENOTDIR, seek generic (-ESPIPE without FILE_SEEKABLE), open nothing
 * to do, fsync 0. */
struct file_ops {
	ssize_t (*read)(struct file *file, struct uio *uio, u64 *pos);
	ssize_t (*write)(struct file *file, struct uio *uio, u64 *pos);
	long (*ioctl)(struct file *file, unsigned cmd, u64 arg);
	/* The events that are ready now (EPOLL* bits = POLL*). Registers on wait queues when @table
	 * is given. */
	u32 (*poll)(struct file *file, struct poll_table *table);
	int (*mmap)(struct file *file, struct vm_map_request *request);
	/* List entries from file->pos on, and advance it. Locks: file->pos_lock held if the file is
	 * shared, the inode's not. */
	int (*readdir)(struct file *file, struct dir_emitter *emitter);
	s64 (*seek)(struct file *file, s64 offset, int whence);
	/* May set file->ops, data and mode (FILE_SEEKABLE); the file has no other user yet. After
	 * an error release is not called. */
	int (*open)(struct inode *inode, struct file *file);
	void (*release)(struct file *file);
	int (*fsync)(struct file *file);
};

/*
 * Threads that share a descriptor table find files in it without a lock: their memory is lasting
 * (mm/slab.h), and `refs` is 0 while it is no file.
 */
struct SHARED file {
	const struct file_ops *ops;   /* [I] after open */
	struct refcount refs;	      /* [a] */
	u32 flags;		      /* [a] O_* status flags */
	u32 mode;		      /* [I] FILE_*; FILE_IN_FLIGHT: [a] */
	pid_t owner;		      /* [a] F_SETOWN */
	u64 pos;		      /* [pos_lock] */
	void *data;		      /* [I] for the ops */
	struct inode *inode;	      /* [I] referenced */
	struct path path;	      /* [I] referenced; zero for pipes, sockets */
	struct mutex pos_lock;	      /* class file_pos: only for seekable files */
	struct vm_backing backing;    /* [I] how a mapping holds this file */
	struct list_node epoll_links; /* [epoll] items that watch this file */
	u32 owner_signal;	      /* [a] F_SETSIG */
};
#define FILE_READ 1U
#define FILE_WRITE 2U
#define FILE_SEEKABLE 4U /* has a position that read and write use and move */
#define FILE_PATH_ONLY 8U
#define FILE_EXECUTE 16U    /* opened by exec: the inode cannot be opened for writing meanwhile */
#define FILE_WRITER 32U	    /* counted in inode->write_count */
#define FILE_IN_FLIGHT 128U /* a socket that a message between sockets carries: see fdtable.h */
/* /dev/zero and the like: seeking is accepted, the position means nothing. */
#define FILE_STREAM 64U

/* Make an open file on @inode with O_* @flags; takes references on @inode and on @path, which may
 * be NULL. Does not call ops->open. 0, -ENFILE, -ENOMEM. */
int file_alloc(struct inode *inode, const struct path *path, const struct file_ops *ops, int flags,
	       struct file **out) __must_check;
static __always_inline void file_get(struct file *file)
{
	refcount_get(&file->refs);
}
void file_free(struct file *file);
static __always_inline void file_put(struct file *file)
{
	if (refcount_put(&file->refs))
		file_free(file);
}
/* The number of open files, and how many there may be without CAP_SYS_ADMIN. */
unsigned file_count(void);
#define FILE_COUNT_MAX 262144U
/* @hook is called before a file with items in epoll_links is freed. Set once, by epoll. */
void file_set_epoll_release_hook(void (*hook)(struct file *file));

/* Open a file with open(2)'s @flags. It is in no descriptor table yet. */
int vfs_open(int dirfd, const char *name, int flags, mode_t mode, struct file **out) __must_check;
int vfs_open_path(const struct path *path, int flags, struct file **out) __must_check;
/* Open a regular file that may be executed; until it is freed, opening it for writing fails.
 * @flags: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH. 0, -EACCES, -ETXTBSY, ... */
int vfs_open_exec(int dirfd, const char *name, int flags, struct file **out) __must_check;
/* Does @file's mount allow set-user-ID programs? */
bool file_honours_set_id(const struct file *file);

/* read(2)/write(2) on an open file, at its own position or, when @pos is given, at *pos. Count or
 * error. */
ssize_t file_read(struct file *file, struct uio *uio, u64 *pos);
ssize_t file_write(struct file *file, struct uio *uio, u64 *pos);
/* Read into or write from a kernel buffer. Count (short at the end of the file) or error. */
ssize_t file_read_kernel(struct file *file, void *buffer, size_t len_bytes, u64 pos);
ssize_t file_write_kernel(struct file *file, const void *buffer, size_t len_bytes, u64 pos);
/* lseek(2): the new position; -EINVAL, -ESPIPE, -ENXIO, -EOVERFLOW. */
s64 file_seek(struct file *file, s64 offset, int whence);
/* List entries from the file's position on, until @emitter stops. 0, -ENOTDIR, -ENOENT, ... */
int file_read_directory(struct file *file, struct dir_emitter *emitter) __must_check;
/* getdents64(2): the bytes written to @to, 0 at the end; -EINVAL (too small for one), ... */
struct dirent64;
long file_copy_dirents(struct file *file, struct dirent64 __user *to, size_t size) __must_check;
/* mmap(2) on a file: checks modes, fills in request->object, backing and VM_MAYWRITE. 0, -EACCES,
 * -ENODEV, -EPERM. After 0, call file_mmap_end when the mapping exists or cannot be made: until
 * then the file cannot be sealed against a shared writable mapping (-EBUSY). */
int file_mmap(struct file *file, struct vm_map_request *request) __must_check;
void file_mmap_end(struct file *file, const struct vm_map_request *request);
int file_fsync(struct file *file) __must_check;
/* What the poll hook returns. */
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
/* What opening a node of a block device does: the same, by the owner of disks. */
void vfs_set_block_ops(const struct file_ops *ops);
