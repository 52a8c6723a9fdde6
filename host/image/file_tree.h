/* SPDX-License-Identifier: MIT */
/* The host's files that go into the guest: which path gets which file, folder or symbolic link. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "image/cpio_write.h"
#include "image/file_map.h"
#include "image/guest_user.h"

struct tree_entry {
	char *guest; /* absolute path, without symbolic links on the way */
	char *host;  /* a regular file's source */
	char *target;
	mode_t mode; /* type and permissions */
	uint64_t bytes;
	uint32_t mtime;
	bool in_base;  /* the base initramfs has it: not written, unless it is */
	bool closed;   /* the base's folder, which none but its owner can enter, as /root */
	bool listed;   /* what is below this folder has been added */
	bool is_users; /* it belongs to the guest's user, not to root */
};

struct file_tree {
	const struct file_map *base;
	struct tree_entry **all; /* a folder before what is in it */
	unsigned nr, max;
	void *index; /* of tsearch(3), by guest path */
	struct guest_user user;
	uint64_t bytes; /* of the files to be written */
	/* of these, in pages that are not full: the guest copies such a page */
	uint64_t copied_bytes;
};

void file_tree_init(struct file_tree *tree, const struct file_map *base);
void file_tree_fini(struct file_tree *tree);

/*
 * Put what the host has at the absolute @path at the same path; symbolic links on the way become
 * links, with what they point to. A folder comes without what is in it. @entry, unless NULL, gets
 * what the path ends at; NULL when that is in a place that the guest keeps for itself.
 * Returns: 0; -ENOENT, -EINVAL (neither file nor folder), -EPERM (in such a place), -ELOOP.
 */
int file_tree_add(struct file_tree *tree, const char *path, struct tree_entry **entry)
	__attribute__((warn_unused_result));

/* What a file is needed for by another. */
enum tree_need { NEEDED_LIBRARY, NEEDED_PROGRAM };

/*
 * Put what a file of the tree needs, @path, at the same path, as file_tree_add does; but a file
 * that the guest has of its own stays (then *@entry is NULL), whatever path leads to it, and a
 * program must be one that we may execute: else the name would bring any file along.
 * Returns: as file_tree_add; -EACCES: it is no program, or not ours to execute.
 */
int file_tree_add_needed(struct file_tree *tree, const char *path, enum tree_need need,
			 struct tree_entry **entry) __attribute__((warn_unused_result));

/* Put the file or folder @host at @guest, an absolute path. Returns: as file_tree_add. */
int file_tree_add_as(struct file_tree *tree, const char *host, const char *guest,
		     struct tree_entry **entry) __attribute__((warn_unused_result));

/*
 * Add all that is below the folder @host, which is at @guest. What cannot be a file of the guest
 * (sockets, devices) is passed over. A symbolic link stays one; what it points to comes along only
 * if that is in the folder, too. Returns: 0 or a negative errno; -EINTR: a signal ends the command.
 */
int file_tree_add_below(struct file_tree *tree, const char *host, const char *guest)
	__attribute__((warn_unused_result));

/* The entry at the path, which has no links on the way, or NULL. */
struct tree_entry *file_tree_find(const struct file_tree *tree, const char *guest);

/* What is at @guest and below it, as far as it is in the tree, is to belong to the guest's user. */
void file_tree_give(struct file_tree *tree, const char *guest);

/*
 * Write all of it. What we could read, the guest's user can read; what others could not read here,
 * others cannot read there. No file has a set-ID bit, because its owner here is not its owner
 * there.
 * Returns: 0, a negative errno after a message that names the file, or -EINTR: a signal ends the
 * command.
 */
int file_tree_write(const struct file_tree *tree, struct cpio_writer *writer)
	__attribute__((warn_unused_result));

/* Is @path in a place that the guest keeps for itself (/dev, /proc, /sys, /creance, /init)? */
bool is_guests_own_place(const char *path);
