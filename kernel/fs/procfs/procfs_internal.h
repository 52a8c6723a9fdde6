/* SPDX-License-Identifier: MIT */
/* Between the files of procfs/ only. */
#pragma once

#include "fs/procfs/procfs.h"
#include "vfs/file/file.h"

/* What an inode of /proc is about. */
struct procfs_node {
	const struct procfs_entry *entry;
	struct pid *pid; /* referenced, or NULL */
	int fd;
	bool is_task;
};

int procfs_node_subject(const struct procfs_node *node, struct procfs_subject *out) __must_check;
extern const struct file_ops procfs_file_ops;
/* The options of one mount: which processes are hidden from whom. */
struct SHARED procfs_options {
	u32 hidepid; /* [a] HIDEPID_* */
	gid_t gid;   /* [a] with NO_ACCESS and INVISIBLE its members see all */
};
enum { HIDEPID_OFF, HIDEPID_NO_ACCESS, HIDEPID_INVISIBLE, HIDEPID_PTRACEABLE = 4 };
struct super;
/* procfs_hidepid.c: parse the options of mount(2): 0, -EINVAL. */
int procfs_options_parse(const char *text, struct procfs_options *out) __must_check;
size_t procfs_options_show(struct super *super, char *buffer, size_t size);
int procfs_remount(struct super *super, const char *text);
/* Is @pid hidden from the current thread on a mount with hidepid >= @least? */
bool procfs_is_hidden(const struct super *super, struct pid *pid, u32 least);
/* Add the rows of /proc/creance that this layer has. Boot. */
void procfs_creance_init(void);
void procfs_trace_init(void);
void procfs_regime_init(void);
void procfs_sched_init(void);
void procfs_accounts_init(void);
void procfs_races_init(void);
void procfs_locks_init(void);
/* Make the settings that are chosen at boot. */
void procfs_sys_init(void);
