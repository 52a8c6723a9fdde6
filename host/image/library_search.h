/* SPDX-License-Identifier: MIT */
/* All libraries that a dynamically linked program needs, found as the dynamic linker finds them. */
#pragma once

#include <stdbool.h>

#include "image/file_tree.h"

struct library_search {
	struct file_tree *tree;
	const char *library_path; /* LD_LIBRARY_PATH in the guest, or NULL */
	struct file_map cache;	  /* of ld.so, empty when there is none */
};

void library_search_init(struct library_search *search, struct file_tree *tree,
			 const char *library_path);
void library_search_fini(struct library_search *search);

/*
 * Add the libraries that @path needs, and those that they need, to the tree. @path is a program
 * with the interpreter @interpreter, which is added, too; or a library (NULL) that some program
 * loads. With @may_lack, a library that is not found is passed over.
 * Returns: 0, or -ENOENT or another negative errno after a message.
 */
int library_search_add(struct library_search *search, const char *path, const char *interpreter,
		       bool may_lack) __attribute__((warn_unused_result));
