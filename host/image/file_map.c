// SPDX-License-Identifier: MIT
#include "image/file_map.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/say.h"

int file_map_open(struct file_map *map, const char *path)
{
	struct stat st;
	int fd, err = 0;

	*map = (struct file_map){"", 0};
	/* Ask before: to open a device may do something to it. */
	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		err = -errno;
	} else if (!S_ISREG(st.st_mode)) { /* it was replaced meanwhile */
		err = -EINVAL;
	} else if (st.st_size > 0) {
		void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

		if (data == MAP_FAILED)
			err = -errno;
		else
			*map = (struct file_map){data, (size_t)st.st_size};
	}
	close(fd);
	return err;
}

int file_map_need(struct file_map *map, const char *path, const char *advice)
{
	int err = file_map_open(map, path);

	if (err)
		say("%s cannot be read (%s): %s", path, strerror(-err), advice);
	return err;
}

void file_map_close(struct file_map *map)
{
	if (map->len > 0)
		munmap((void *)(size_t)map->data, map->len);
	*map = (struct file_map){"", 0};
}
