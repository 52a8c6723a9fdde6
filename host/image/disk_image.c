// SPDX-License-Identifier: MIT
/*
 * Images are raw, whatever they contain: a guest may write the head of another format into its
 * disk, and an emulator that guessed would then open the files which that names.
 */
#include "image/disk_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/say.h"

enum { SECTOR_BYTES = 512 };

void disk_image_parse(struct disk_image *image, const char *text)
{
	size_t len = strlen(text);
	bool has_mode = len > 3 &&
			(strcmp(text + len - 3, ":ro") == 0 || strcmp(text + len - 3, ":rw") == 0);

	image->read_only = has_mode && text[len - 1] == 'o';
	image->path = must_format("%.*s", (int)(has_mode ? len - 3 : len), text);
}

static int say_closed(const struct disk_image *image, int err)
{
	if (err == ENOENT)
		say("--disk: the image %s is not there: make one ('truncate -s 64M %s')",
		    image->path, image->path);
	else if ((err == EACCES || err == EPERM || err == EROFS) && !image->read_only)
		say("--disk: the image %s may not be written (%s): write --disk %s:ro, or change its rights",
		    image->path, strerror(err), image->path);
	else
		say("--disk: the image %s cannot be opened (%s)", image->path, strerror(err));
	return -EINVAL;
}

/* Of what is open as @fd. */
static int check_kind(const struct disk_image *image, int fd)
{
	struct stat st;
	off_t size;

	if (fstat(fd, &st) < 0)
		return say_closed(image, errno);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
		say("--disk: %s is neither a file nor a disk: name an image", image->path);
		return -EINVAL;
	}
	size = lseek(fd, 0, SEEK_END);
	if (size > 0 && size % SECTOR_BYTES == 0)
		return 0;
	if (size == 0)
		say("--disk: the image %s is empty: give it a size ('truncate -s 64M %s')",
		    image->path, image->path);
	else
		say("--disk: the image %s has %lld bytes, and a disk has whole sectors of %d: lengthen it ('truncate -s %%%d %s')",
		    image->path, (long long)size, SECTOR_BYTES, SECTOR_BYTES, image->path);
	return -EINVAL;
}

int disk_image_check(const char *text)
{
	struct disk_image image;
	int fd, err;

	disk_image_parse(&image, text);
	/* Neither a fifo nor a directory keeps us waiting, or fails in another way. */
	fd = open(image.path, (image.read_only ? O_RDONLY : O_RDWR) | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == EISDIR)
		fd = open(image.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	err = fd < 0 ? say_closed(&image, errno) : check_kind(&image, fd);
	if (fd >= 0)
		close(fd);
	free(image.path);
	return err;
}
