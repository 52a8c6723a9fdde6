/* SPDX-License-Identifier: MIT */
/*
 * The guest's root file system as one initrd: the base initramfs, and on top of it what this run
 * needs.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "image/file_map.h"
#include "image/file_tree.h"

struct guest_files {
	const struct file_map *base;
	const struct file_tree *tree; /* NULL: nothing of the host's goes into the guest */
	const char *mode;	      /* HOSTLINK_MODE_... */
	const char *path;	      /* what init executes */
	const char *const *argv;      /* ends with NULL */
	const char *const *envp;
	const struct guest_user *user; /* NULL: root */
	const void *input;	       /* NULL, or a file that is the program's standard input */
	uint64_t input_bytes;
	bool streams_open; /* the program finds 0 to 2 open, also those that are closed here */
};

/* Map the initramfs. Returns: 0, or STATUS_FAILED after a message; file_map_close is due. */
int guest_files_open_base(struct file_map *base) __attribute__((warn_unused_result));

/*
 * Build the initrd in memory. Returns: 0, with a descriptor in *fd (no file of it is left on disk)
 * and its size; or a negative errno after a message.
 */
int guest_files_build(const struct guest_files *files, int *fd, uint64_t *len)
	__attribute__((warn_unused_result));

/*
 * The guest's environment: @defaults, then @given (K=V replaces, K takes the host's value when it
 * has one). Both end with NULL; so does the result. Its strings are the caller's, or are never
 * freed.
 */
const char **guest_environment(const char *const *defaults, const char *const *given);
