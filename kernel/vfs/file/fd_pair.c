// SPDX-License-Identifier: MIT
/* fd_pair.c -- two descriptors at once, for pipes and pairs of sockets: both or none. */
#include "vfs/file/fdtable.h"
#include "vm/user_copy.h"

int fd_install_pair(struct file *const ends[2], bool close_on_exec, int __user *fds)
{
	int numbers[2] = {-1, -1}, err = 0;

	for (unsigned i = 0; i < 2 && !err; i++) {
		numbers[i] = fd_reserve(0, close_on_exec);
		if (numbers[i] < 0)
			err = numbers[i];
	}
	if (!err)
		err = copy_to_user(fds, numbers, sizeof(numbers));
	for (unsigned i = 0; i < 2; i++) {
		if (!err) {
			fd_fill(numbers[i], ends[i]);
			continue;
		}
		if (numbers[i] >= 0)
			fd_unreserve(numbers[i]);
		file_put(ends[i]);
	}
	return err;
}
