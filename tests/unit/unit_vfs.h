/* SPDX-License-Identifier: MIT */
// UNIT: lib/string.c lib/rbtree.c lib/radix.c lib/fmt.c lib/parse.c mm/boot_alloc.c mm/buddy.c
// UNIT: mm/page_alloc.c mm/fail_alloc.c mm/slab.c mm/slab_debug.c mm/kmalloc.c vm/vm_object.c
// UNIT: core/fast_path.c core/cmdline.c lib/boot_options.c mm/slab_check.c mm/account.c
// UNIT: mm/memory_wait.c mm/box.c mm/user_account.c vfs/*.c vfs/name/*.c vfs/inode/*.c vfs/file/*.c
// UNIT: core/shortage.c fs/tmpfs/tmpfs.c fs/tmpfs/tmpfs_dir.c fs/tmpfs/tmpfs_regular.c vm/uio.c
// UNIT: vm/vm_object_areas.c sched/epoch_slab.c
/*
 * The floor of files on the host: an empty tmpfs as root, the boot context's directories and
 * descriptors. User memory is the test's own, clocks show what the test sets.
 */
#pragma once

#include "vfs/name/path_walk.h"

/* Once in a program: memory of @size_bytes, with a reserved stretch as for an archive (0: none). */
void unit_vfs_init(u64 size_bytes, u64 reserved_base, u64 reserved_bytes);

extern u64 unit_clock_ns;
