/* SPDX-License-Identifier: MIT */
/* Between pipe.c and fifo.c. */
#pragma once

#include "ipc/page_queue.h"
#include "ipc/pipe.h"
#include "sched/waitq.h"

struct SHARED pipe {
	struct mutex lock;		/* class pipe                                         */
	struct page_queue queue;	/* [lock] the bytes                                   */
	u32 max_pages;			/* [lock] that the queue may have: a power of two     */
	u32 nr_readers, nr_writers;	/* [lock]                                             */
	u32 reader_opens, writer_opens; /* [lock] number of opens: fifo.c waits for a change   */
	u32 refs;			/* [inode] open files                                 */
	bool is_fifo;			/* [I] it has a name: an open waits for the other side */
	struct user_account *user;	/* [I] referenced: max_pages are charged to it        */
	struct waitq readers, writers;	/* [I]                                                */
};

/* An empty pipe without files; NULL: no memory. */
struct pipe *pipe_alloc(void);
/* Add @by (1 or -1) to the counts of readers and writers of @mode. */
void pipe_count(struct pipe *p, u32 mode, u32 by) REQUIRES(p->lock);
/* A file of @mode on @inode ends; the last one frees the pipe. Context: task; may sleep. */
void pipe_leave(struct pipe *p, struct inode *inode, u32 mode);
extern const struct file_ops pipe_file_ops;

/* Register with the VFS what opening a fifo does. Boot. */
void fifo_init(void);
