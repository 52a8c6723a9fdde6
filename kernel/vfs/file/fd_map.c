// SPDX-License-Identifier: MIT
/* fd_map.c -- mapping the file of a descriptor. */
#include "core/errno.h"
#include "vfs/file/fdtable.h"

int fd_map(int fd, struct vm_map_request *request, vaddr_t *at)
{
	struct file *file = fd_get(fd);
	int err;

	if (!file)
		return -EBADF;
	err = request->area_flags & VM_STACK ? -EINVAL : file_mmap(file, request);
	if (!err) {
		err = vm_map_add(current_thread()->vm, request, at);
		file_mmap_end(file, request);
	}
	file_put(file);
	return err;
}
