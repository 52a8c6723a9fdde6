/* SPDX-License-Identifier: MIT */
/* Between the files of procfs/ only. */
#pragma once

#include "fs/procfs/procfs.h"
#include "vfs/file.h"

/* What an inode of /proc stands for. */
struct procfs_node {
	const struct procfs_entry *entry;
	struct pid *pid; /* referenced, or NULL */
	int fd;
	bool is_task;
};

int procfs_node_subject(const struct procfs_node *node, struct procfs_subject *out) __must_check;
extern const struct file_ops procfs_file_ops;
/* The rows of /proc/creance that need nothing above this floor. */
void procfs_creance_init(void);
void procfs_trace_init(void);
void procfs_regime_init(void);
/* Settings that are made at boot. */
void procfs_sys_init(void);
