/* SPDX-License-Identifier: MIT */
/* What a dynamically linked program or library requires of the dynamic linker. */
#pragma once

#include <stdbool.h>

#include "image/file_map.h"

struct elf_dynamic {
	const char *rpath, *runpath, *soname; /* NULL: none. All strings are in the file's map. */
	const char **needed;
	unsigned nr_needed;
};

/*
 * Read the dynamic section of a 64-bit x86 ELF file.
 * Returns: 0 (a file without one needs nothing), or -EINVAL when it is damaged.
 */
int elf_dynamic_read(struct elf_dynamic *dynamic, const struct file_map *file)
	__attribute__((warn_unused_result));
void elf_dynamic_free(struct elf_dynamic *dynamic);

/* Is it a shared object (or a position-independent program) for x86-64? */
bool elf_is_loadable(const struct file_map *file);
