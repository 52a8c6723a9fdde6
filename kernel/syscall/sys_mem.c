// SPDX-License-Identifier: MIT
/*
 * sys_mem.c -- calls on the address space: mmap and its relatives.
 *
 * Parts.  A call for each function of vm/. mmap translates the flags of the ABI into a struct
 *   vm_map_request; mincore goes in parts of VM_RESIDENT_MAX pages, so that it needs no buffer of
 *   the program's size.
 * Tests.  tests/guest/memory.
 */
#include "sched/thread.h"
#include "syscall/syscalls.h"
#include "vfs/file/fdtable.h"
#include "vm/user_copy.h"
#include "vm/vm_map.h"
#include "vm/vm_usage.h"

#include <linux/mman.h>

static inline struct vm_map *current_map(void)
{
	return current_thread()->vm;
}

/* Flags known to MAP_SHARED_VALIDATE, which refuses others; without it they are ignored. */
#define MMAP_KNOWN_FLAGS                                                                           \
	(MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_32BIT | MAP_GROWSDOWN | MAP_DENYWRITE |        \
	 MAP_EXECUTABLE | MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK |   \
	 MAP_FIXED_NOREPLACE)

/* No part of a file beyond this can be mapped: the limit of ext4 with pages of 4 KiB. */
#define FILE_END_MAX (1UL << 44)

long sys_mmap(vaddr_t addr, size_t len, int prot, int flags, int fd, u64 offset)
{
	struct vm_map_request request = {
		.hint = addr,
		.len_bytes = len,
		.protection = (u32)prot & (PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC),
		.area_flags = (flags & MAP_GROWSDOWN ? VM_STACK : 0) |
			      (flags & MAP_NORESERVE ? VM_NORESERVE : 0) |
			      (flags & MAP_LOCKED ? VM_LOCKED : 0),
		.flags = (flags & MAP_FIXED_NOREPLACE ? VM_MAP_NOREPLACE
			  : flags & MAP_FIXED	      ? VM_MAP_FIXED
						      : 0) |
			 ((flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE ? VM_MAP_POPULATE
										  : 0) |
			 (flags & MAP_32BIT ? VM_MAP_LOW : 0),
		.object_index = offset >> PAGE_SHIFT,
	};
	int type = flags & MAP_TYPE, err;
	vaddr_t at;

	static_assert(PROT_READ == PROTECT_READ && PROT_WRITE == PROTECT_WRITE &&
			      PROT_EXEC == PROTECT_EXEC,
		      "the ABI's bits are used as they are");
	if (!is_aligned(offset, PAGE_SIZE))
		return -EINVAL;
	if (flags & MAP_HUGETLB)
		/* there is no pool of huge pages, as on a Linux that has none reserved */
		return -ENOMEM;
	if (type == MAP_SHARED_VALIDATE && (flags & ~MMAP_KNOWN_FLAGS))
		return -EOPNOTSUPP;
	if (type == MAP_SHARED || type == MAP_SHARED_VALIDATE)
		request.area_flags |= VM_SHARED;
	else if (type != MAP_PRIVATE)
		return -EINVAL;
	if (flags & MAP_ANONYMOUS) {
		request.object_index = 0;
		request.area_flags |= VM_MAYWRITE;
		if ((flags & MAP_GROWSDOWN) && (request.area_flags & VM_SHARED))
			return -EINVAL;
		err = vm_map_add(current_map(), &request, &at);
	} else {
		if (offset > FILE_END_MAX || len > FILE_END_MAX - offset)
			return -EOVERFLOW;
		err = fd_map(fd, &request, &at);
	}
	return err ? err : (long)at;
}

long sys_munmap(vaddr_t addr, size_t len)
{
	return vm_map_remove(current_map(), addr, len);
}

long sys_mprotect(vaddr_t addr, size_t len, int prot)
{
	u32 protection = (u32)prot & (PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC);

	if (prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM | PROT_GROWSDOWN))
		return -EINVAL;
	if (prot & PROT_GROWSDOWN)
		protection |= VM_PROTECT_GROWSDOWN;
	return vm_map_protect(current_map(), addr, len, protection);
}

long sys_mremap(vaddr_t addr, size_t old_len, size_t new_len, unsigned long flags, vaddr_t new_addr)
{
	vaddr_t at;
	int err;

	if (flags >> 32)
		return -EINVAL;
	err = vm_map_move(current_map(), addr, old_len, new_len, (u32)flags, new_addr, &at);
	return err ? err : (long)at;
}

long sys_brk(vaddr_t end)
{
	return (long)vm_map_brk(current_map(), end);
}

long sys_msync(vaddr_t addr, size_t len, int flags)
{
	return vm_map_sync(current_map(), addr, len, flags);
}

long sys_madvise(vaddr_t addr, size_t len, int advice)
{
	return vm_map_advise(current_map(), addr, len, advice);
}

long sys_mincore(vaddr_t addr, size_t len, u8 __user *vec)
{
	u64 nr_pages = div_round_up(len, PAGE_SIZE), done = 0;
	u8 part[VM_RESIDENT_MAX];

	if (!is_aligned(addr, PAGE_SIZE))
		return -EINVAL;
	if (len > USER_TOP || addr > USER_TOP - len)
		return -ENOMEM;
	if (!user_range_ok(vec, nr_pages))
		return -EFAULT;
	while (done < nr_pages) {
		u64 now = min(nr_pages - done, (u64)sizeof(part));
		int err = vm_map_resident(current_map(), addr + done * PAGE_SIZE, now, part);

		if (!err)
			err = copy_to_user(vec + done, part, now);
		if (err)
			return err;
		done += now;
	}
	return 0;
}

long sys_mlock(vaddr_t addr, size_t len)
{
	return vm_map_lock_range(current_map(), addr, len, true);
}

long sys_munlock(vaddr_t addr, size_t len)
{
	return vm_map_lock_range(current_map(), addr, len, false);
}

long sys_mlockall(int flags)
{
	return flags ? vm_map_lock_all(current_map(), flags) : -EINVAL;
}

long sys_munlockall(void)
{
	return vm_map_lock_all(current_map(), 0);
}
