/* SPDX-License-Identifier: MIT */
/*
 * The program that `run` is given: found as a shell finds it, and checked before a guest is
 * started.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "image/file_map.h"

struct program {
	char *host_path;  /* NULL: the program is the guest's own */
	char *guest_path; /* where it is executed in the guest */
	struct file_map file;
	unsigned permissions;
};

/*
 * Find @name: by PATH when it has no slash; a program that this host lacks may be one of the
 * guest's, in @base (the initramfs). Returns: 0, or the exit status (126, 127) after a
 * message.
 */
int program_find(struct program *program, const char *name, const struct file_map *base)
	__attribute__((warn_unused_result));

void program_fini(struct program *program);

/* Where in the guest a program at the absolute path @host_path is put; the caller frees it. */
char *program_guest_path(const char *host_path);

/* Search the host's PATH as a shell does; NULL when nothing is found. The caller frees it. */
char *program_search_path(const char *name);

/* Has the guest a command of that name, or a program at that path, of its own? */
bool program_guest_has_command(const char *name, const struct file_map *base);

/* Remove "//" and "/./" from the path, in place. */
void path_tidy(char *path);
