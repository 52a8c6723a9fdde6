/* SPDX-License-Identifier: MIT */
/* Descriptor tables: small numbers for open files. Threads may share one (CLONE_FILES). */
#pragma once

#include "core/fast_path.h"
#include "sched/thread.h"
#include "sync/spinlock.h"
#include "vfs/file/file.h"

#define FD_INLINE 64U
#define FD_LIMIT (1U << 18) /* no table grows beyond */

struct SHARED fdtable {
	struct file **files; /* [lock] read in epochs. NULL: free or reserved */
	/* [lock] the same; slots in files, a multiple of 64 */
	u32 size;
	struct refcount refs;		      /* [a] */
	struct spinlock lock;		      /* class fdtable */
	u32 next_free;			      /* [lock] no free slot below */
	u64 *close_on_exec;		      /* [lock] bitmap */
	u64 *open_map;			      /* [lock] bitmap of slots taken, incl. reserved */
	struct file **next_files;	      /* [lock] larger arrays, being filled; or NULL */
	u32 next_size;			      /* [lock] their slots */
	u32 nr_copied;			      /* [lock] of them filled, a multiple of 64 */
	u64 inline_close_on_exec;	      /* [lock] */
	u64 inline_open_map;		      /* [lock] */
	struct file *inline_files[FD_INLINE]; /* [lock] read in epochs */
};

int fdtable_create(struct fdtable **out) __must_check;
int fdtable_copy(struct fdtable *from, struct fdtable **out) __must_check;
void fdtable_get(struct fdtable *table);
void fdtable_put(struct fdtable *table); /* the last reference closes everything; may sleep */
void fdtable_close_on_exec(struct fdtable *table);

/* The current thread's table. */
static __always_inline struct fdtable *fdtable_current(void)
{
	return current_thread()->files;
}

/*
 * The file of @fd with a reference, for file_put; or NULL. O_PATH descriptors are found by _any
 * only.
 */
struct file *fd_get(int fd);
struct file *fd_get_any(int fd);

/*
 * The file of @fd for the duration of one system call. A thread that alone uses its table borrows
 * the table's reference: no other thread can close the descriptor meanwhile. ref.file is NULL when
 * there is none.
 */
struct fd_ref {
	struct file *file;
	bool counted;
};
/*
 * Does the calling thread alone use @table, so that fd_borrow may? True stays true until it shares
 * the table itself: others that take a reference (/proc) only read.
 */
static __always_inline bool fdtable_is_mine(const struct fdtable *table)
{
	return fast_path_is_on(FAST_PATH_descriptor) && refcount_is_one(&table->refs);
}
static __always_inline struct file *fd_borrow(const struct fdtable *table, int fd)
{
	return likely((u32)fd < table->size) ? table->files[(u32)fd] : NULL;
}
struct fd_ref fd_get_shared(struct fdtable *table, int fd);
static __always_inline struct fd_ref fd_get_light_any(int fd)
{
	struct fdtable *table = current_thread()->files;

	if (unlikely(!fdtable_is_mine(table)))
		return fd_get_shared(table, fd);
	return (struct fd_ref){fd_borrow(table, fd), false};
}
static __always_inline void fd_put_light(struct fd_ref ref)
{
	if (unlikely(ref.counted))
		file_put(ref.file);
}
static __always_inline struct fd_ref fd_get_light(int fd)
{
	struct fd_ref ref = fd_get_light_any(fd);

	if (ref.file && unlikely(ref.file->mode & FILE_PATH_ONLY)) {
		fd_put_light(ref);
		ref = (struct fd_ref){NULL, false};
	}
	return ref;
}

/*
 * Put @file (reference handed over, also when it fails) in the lowest free slot >= @from. The
 * number; -EMFILE, -ENOMEM.
 */
int fd_install(struct file *file, int from, bool close_on_exec) __must_check;
/* F_DUPFD: the same for another descriptor of @file, whose reference stays; also -EINVAL. */
int fd_duplicate(struct file *file, u64 from, bool close_on_exec) __must_check;
/*
 * The same in two steps, for callers where nothing may fail after a side effect: reserve, then fill
 * or give back.
 */
int fd_reserve(int from, bool close_on_exec) __must_check;
void fd_fill(int fd, struct file *file);
void fd_unreserve(int fd);
/*
 * Put the two ends of a pipe or of a pair of sockets (references handed over, also when it fails)
 * in the lowest free slots, and write their numbers to @fds. 0, -EMFILE, -ENOMEM, -EFAULT.
 */
int fd_install_pair(struct file *const ends[2], bool close_on_exec, int __user *fds) __must_check;
/*
 * Put @file (a reference is taken) into the slot @fd, closing the file that was there. @fd, -EBADF,
 * -EBUSY, -ENOMEM.
 */
int fd_replace(int fd, struct file *file, bool close_on_exec) __must_check;
int fd_close(int fd) __must_check;
/* close_range(2) on the current table; @flags: CLOSE_RANGE_CLOEXEC. */
int fd_close_range(unsigned first, unsigned last, unsigned flags) __must_check;
/*
 * @hook is called after a descriptor of a FILE_IN_FLIGHT file was closed, which may have been the
 * last way to the file. Set once by the owner of sockets. May sleep.
 */
void fdtable_set_flight_hook(void (*hook)(void));
/* Does @fd of the current table still refer to @file? Only another thread can have closed it. */
bool fd_is_open_as(int fd, const struct file *file);
/* FD_CLOEXEC of @fd: 0/1, -EBADF. */
int fd_get_close_on_exec(int fd);
int fd_set_close_on_exec(int fd, bool on);
/* The lowest open descriptor >= @from of @table, with its file referenced; -1: none. */
int fdtable_next(struct fdtable *table, int from, struct file **file);
/* mmap(2) of the file of @fd into the current address space: 0 and *@at, or an error. */
int fd_map(int fd, struct vm_map_request *request, vaddr_t *at) __must_check;
