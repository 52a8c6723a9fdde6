/* SPDX-License-Identifier: MIT */
/* The host's files that a run puts into the guest: the program, what it needs, and --file. */
#pragma once

#include "image/file_tree.h"
#include "base/guest_options.h"
#include "image/program.h"

/*
 * Collect @program (NULL: none) with its interpreter and libraries, and what @options name with
 * --file, in the empty @tree. Returns: 0, or the exit status after a message.
 */
int program_files_collect(struct file_tree *tree, const struct program *program,
			  const struct guest_options *options) __attribute__((warn_unused_result));

/* The file of this host that --file @text names; the caller frees it. */
char *program_files_source(const char *text);
