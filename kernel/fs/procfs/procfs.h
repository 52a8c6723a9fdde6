/* SPDX-License-Identifier: MIT */
/*
 * /proc: a tree of rows. A row is a file with a function that shows it, a directory with more rows
 * or with dynamic children, or a link.
 */
#pragma once

#include "fs/procfs/text_buffer.h"
#include "vfs/inode/inode.h"

#include <linux/stat.h>

struct file_system;
struct path;
struct super_ops;
struct uio;
struct pid;
struct process;
struct user_thread;

/* The process or thread that a file is about; outside /proc/PID all is NULL. */
struct procfs_subject {
	struct pid *pid;	 /* of the process, or of the thread in a task directory */
	struct process *process; /* referenced */
	/* referenced: that of the task directory, or any of the process; NULL for a zombie */
	struct user_thread *thread;
	bool is_task; /* it is below task/ */
	int fd;	      /* in fd/ and fdinfo/; in irq/ the slot, of sysfs the CPU; else -1 */
};

struct procfs_entry;

/* A dynamic child, for which there is no row. */
struct procfs_child {
	const struct procfs_entry *entry;
	struct pid *pid; /* referenced; or NULL: the directory's */
	int fd;
	mode_t mode; /* 0: the entry's */
	char name[16];
};

struct procfs_children {
	/*
	 * Both run with the directory's inode lock held (next: with file_pos), so they must not put
	 * references that may be the last ones on files, tables or address spaces.
	 */
	/* Find @name. 0, -ENOENT, or -EACCES. */
	int (*lookup)(const struct procfs_subject *s, const char *name, struct procfs_child *out);
	/* Find the first child at or after *@cursor, and move *@cursor to it. False: no more. */
	bool (*next)(const struct procfs_subject *s, u64 *cursor, struct procfs_child *out);
};

struct procfs_entry {
	const char *name; /* NULL ends a table */
	mode_t mode;	  /* with its type */
	/*
	 * Write the file's (or link's) text. Called again with more room after an overflow. 0, or
	 * an error of open or read.
	 */
	int (*show)(struct text_buffer *out, const struct procfs_subject *s);
	/*
	 * Instead of show: copy bytes from @pos on, made as they are read. The count, or an error.
	 */
	ssize_t (*read_at)(struct uio *uio, u64 pos);
	/* Handle a write of @text (NUL-terminated). 0 or an error. */
	int (*store)(const struct procfs_subject *s, char *text, size_t len);
	const char *text; /* a file that never changes */
	/*
	 * Only for readers that process_may_access() admits; it is asked at open and at each read.
	 */
	bool guarded;
	/* Of a link: *out is where it leads, referenced. */
	int (*follow)(const struct procfs_subject *s, struct path *out);
	const struct procfs_entry *children;   /* of a directory: its table */
	const struct procfs_children *dynamic; /* of a directory: its dynamic children */
};

#define PROCFS_FILE(file_name, file_show)                                                          \
	{                                                                                          \
		.name = file_name, .mode = S_IFREG | 0444, .show = file_show                       \
	}
/* One that can also be written. */
#define PROCFS_STORED(file_name, file_show, file_store)                                            \
	{                                                                                          \
		.name = file_name, .mode = S_IFREG | 0644, .show = file_show, .store = file_store  \
	}
#define PROCFS_PRIVATE(file_name, file_show)                                                       \
	{                                                                                          \
		.name = file_name, .mode = S_IFREG | 0400, .show = file_show                       \
	}
#define PROCFS_GUARDED(file_name, file_mode, file_show)                                            \
	{                                                                                          \
		.name = file_name, .mode = S_IFREG | (file_mode), .show = file_show,               \
		.guarded = true                                                                    \
	}
#define PROCFS_TEXT(file_name, file_text)                                                          \
	{                                                                                          \
		.name = file_name, .mode = S_IFREG | 0444, .text = file_text                       \
	}
#define PROCFS_DIR(dir_name, table)                                                                \
	{                                                                                          \
		.name = dir_name, .mode = S_IFDIR | 0555, .children = table                        \
	}
#define PROCFS_END                                                                                 \
	{                                                                                          \
		.name = NULL                                                                       \
	}

/*
 * Make a file system whose root has the rows and children of @root: for others that are trees of
 * rows. Their @ops end inodes by procfs_destroy_inode. Returns 0, -ENOMEM.
 */
int procfs_make_super(const struct file_system *type, const struct super_ops *ops,
		      const struct procfs_entry *root, struct super **out) __must_check;
void procfs_destroy_inode(struct inode *inode);
/* Register the file system "proc". Boot, after process_init. */
void procfs_init(void);
/* Add a row to /proc/creance, also from higher layers. Boot. */
void procfs_add_creance(const struct procfs_entry *entry);

/* The tables, and the dynamic children. */
extern const struct procfs_entry procfs_root_entries[], procfs_task_entries[], procfs_sys_entries[],
	procfs_net_entries[], procfs_irq_entries[];
extern const struct procfs_entry procfs_pid_directory, procfs_fd_link, procfs_fdinfo_file,
	procfs_task_directory;
extern const struct procfs_children procfs_pids, procfs_fds, procfs_fdinfos, procfs_tasks,
	procfs_creance_children, procfs_irq_slots;

/* Get the process (and thread) of @pid: 0 or -ESRCH. End it with procfs_subject_put. */
int procfs_subject_get(struct pid *pid, bool is_task, struct procfs_subject *out) __must_check;
void procfs_subject_put(struct procfs_subject *s);
/* Files of one process. */
int procfs_show_maps(struct text_buffer *out, const struct procfs_subject *s);
int procfs_show_smaps(struct text_buffer *out, const struct procfs_subject *s);
int procfs_show_smaps_rollup(struct text_buffer *out, const struct procfs_subject *s);
int procfs_show_stat(struct text_buffer *out, const struct procfs_subject *s);
int procfs_show_statm(struct text_buffer *out, const struct procfs_subject *s);
int procfs_show_status(struct text_buffer *out, const struct procfs_subject *s);
int procfs_show_mounts(struct text_buffer *out, const struct procfs_subject *s);
int procfs_show_mountinfo(struct text_buffer *out, const struct procfs_subject *s);
/* The name of the subject's thread. */
void procfs_comm(const struct procfs_subject *s, char name[THREAD_NAME_SIZE]);
