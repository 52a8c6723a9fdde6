/* SPDX-License-Identifier: MIT */
/* Pseudo-terminals: pty(7). What devpts shows of them. */
#pragma once

#include "vfs/file.h"

#define PTY_MAX 1024U
#define PTY_SLAVE_MAJOR 136

/* A slave's node: owner, mode, and the pair it is of (an index is used again, an id is not). */
struct pty_node {
	u64 id;
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/* The lowest pair at or after @from; false: none. */
bool pty_next(unsigned from, unsigned *index);
/* 0, -ENOENT. */
int pty_get_node(unsigned index, struct pty_node *out) __must_check;
/* Without effect when @node->id is of a pair that is gone. */
void pty_set_node(unsigned index, const struct pty_node *node);
/*
 * What opening a slave's inode gives (its device's minor number is the index, its data the id), or
 * ptmx.
 */
extern const struct file_ops pty_slave_file_ops, pty_master_file_ops;
