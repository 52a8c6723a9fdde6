/* SPDX-License-Identifier: MIT */
/*
 * The floor of files on the host: an empty tmpfs as root, the boot context's directories and
 * descriptors. A test that uses it names in its UNIT lines what is below and the files it plays on;
 * user memory is the test's own, clocks show what the test sets.
 */
#pragma once

#include "vfs/name/path_walk.h"

/* Once in a program: memory of @size_bytes, with a reserved stretch as for an archive (0: none). */
void unit_vfs_init(u64 size_bytes, u64 reserved_base, u64 reserved_bytes);

extern u64 unit_clock_ns;
