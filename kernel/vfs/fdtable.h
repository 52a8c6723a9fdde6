/* SPDX-License-Identifier: MIT */
/* Descriptor tables: small numbers for open files. Shared between threads (and CLONE_FILES). */
#pragma once

#include "sync/spinlock.h"
#include "vfs/file.h"

#define FD_INLINE 64

struct SHARED fdtable {
	struct spinlock lock;	     /* class fdtable                                  */
	u32 refs;		     /* [a]                                            */
	u32 size;		     /* [lock] slots in files                          */
	u32 next_free;		     /* [lock] no free slot below                      */
	struct file **files;	     /* [lock]                                         */
	u64 *close_on_exec;	     /* [lock] bitmaps                                 */
	struct file *inline_files[FD_INLINE]; /* [lock] */
	u64 inline_close_on_exec[1]; /* [lock] */
	u64 *open_map;		     /* [lock] bitmap of slots taken, incl. reserved   */
	u64 inline_open_map[1];	     /* [lock] */
};

int fdtable_create(struct fdtable **out) __must_check;
int fdtable_copy(struct fdtable *from, struct fdtable **out) __must_check;
void fdtable_get(struct fdtable *table);
void fdtable_put(struct fdtable *table); /* the last closes everything; may sleep */
void fdtable_close_on_exec(struct fdtable *table);

/* The current thread's table (set by proc/ in struct thread's user part; see fd_set_current_hook). */
struct fdtable *fdtable_current(void);
/* The file behind @fd with a reference (file_put it), or NULL. */
struct file *fd_get(int fd);
/* Put @file (reference handed over) in the lowest free slot >= @from: the number, -EMFILE, -ENOMEM (the reference is then dropped by the caller). */
int fd_install(struct file *file, int from, bool close_on_exec) __must_check;
/* Two steps, so that nothing fails after a side effect: reserve, then fill or give back. */
int fd_reserve(int from, bool close_on_exec) __must_check;
void fd_fill(int fd, struct file *file);
void fd_unreserve(int fd);
/* Put @file at exactly @fd, closing what is there. */
int fd_replace(int fd, struct file *file, bool close_on_exec) __must_check;
int fd_close(int fd) __must_check;
int fd_close_range(unsigned first, unsigned last, unsigned flags) __must_check;
int fd_get_close_on_exec(int fd);
int fd_set_close_on_exec(int fd, bool on);
/* For /proc/PID/fd: the lowest open descriptor >= @from of @table with its file referenced; -1: none. */
int fdtable_next(struct fdtable *table, int from, struct file **file);
