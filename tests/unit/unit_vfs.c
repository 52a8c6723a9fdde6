// SPDX-License-Identifier: MIT
#include "unit_vfs.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/errno.h"
#include "host_arch.h"
#include "fs/tmpfs/tmpfs.h"
#include "mm/slab.h"
#include "time/clock.h"
#include "unit_memory.h"
#include "vfs/cred.h"
#include "vfs/file/fdtable.h"
#include "vfs/name/fs_context.h"
#include "vfs/vfs.h"
#include "vm/vm_internal.h"

u64 unit_clock_ns = 1700000000UL * NS_PER_SECOND;

u64 clock_real_coarse_ns(void)
{
	return unit_clock_ns;
}

u64 clock_real_ns(void)
{
	return unit_clock_ns;
}

void unit_vfs_init(u64 size_bytes, u64 reserved_base, u64 reserved_bytes)
{
	static struct thread me;
	struct path root;

	unit_memory_init_with(size_bytes, 0, 0, reserved_base, reserved_bytes);
	slab_init(0x5ec2e7a11f00d5UL);
	host_arch_init();
	unit_current_thread = &me;
	me.fs = &fs_context_kernel;
	me.cred = &cred_root;
	me.limits = &vfs_limits_kernel;
	vm_object_caches_init();
	vfs_init();
	tmpfs_init();
	if (vfs_mount_root("rootfs", &root) || fdtable_create(&me.files))
		__builtin_trap();
	fs_context_start_kernel(&root);
	path_put(&root);
	ignore_result(fs_context_set_umask(&fs_context_kernel, 0) == ~0U, "was as it is made");
}

/* What the floors below would do, for tests that do not bring them along. */
#define STAND_IN __attribute__((weak))

STAND_IN int put_user_u32(u32 value, u32 *to)
{
	return arch_copy_to_user(to, &value, sizeof(value)) ? -EFAULT : 0;
}

STAND_IN int vm_zap_object_step(struct vm_area *area, u64 *at, u64 end, bool copies_stay)
{
	(void)area;
	(void)at;
	(void)end;
	(void)copies_stay;
	return -1;
}

STAND_IN void waitq_wake_slow(struct waitq *wq, u64 key, bool one)
{
	fprintf(stderr, "something waits: the test needs sched/waitq.c\n");
	abort();
}

STAND_IN void mutex_lock_pair(struct mutex *a, struct mutex *b) NO_LOCK_ANALYSIS
{
	mutex_lock(a < b ? a : b);
	if (a != b)
		mutex_lock(a < b ? b : a);
}

STAND_IN void mutex_unlock_pair(struct mutex *a, struct mutex *b) NO_LOCK_ANALYSIS
{
	mutex_unlock(a);
	if (a != b)
		mutex_unlock(b);
}
