/* SPDX-License-Identifier: MIT */
/* Pseudo-terminals: pty(7). For devpts, which shows the slaves. */
#pragma once

#include "vfs/file/file.h"

#define PTY_MAX 1024U
#define PTY_SLAVE_MAJOR 136

/* A slave's node: owner, mode, and the id of its pair (an index is used again, an id is not). */
struct pty_node {
	u64 id;
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/* The lowest index at or after @from that is in use; false: none. */
bool pty_next(unsigned from, unsigned *index);
/* The node of pair @index: 0, -ENOENT. */
int pty_get_node(unsigned index, struct pty_node *out) __must_check;
/* Set the node of pair @index, unless that pair has another id than @node->id. */
void pty_set_node(unsigned index, const struct pty_node *node);
/*
 * Operations of a slave's inode (its device's minor number is the index, its data the id) and of
 * /dev/ptmx.
 */
extern const struct file_ops pty_slave_file_ops, pty_master_file_ops;
