// SPDX-License-Identifier: MIT
#include "base/writable.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/say.h"

/* May a file be made in the folder of @path? */
static int try_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == path ? must_format("/")
		       : slash	     ? must_format("%.*s", (int)(slash - path), path)
				     : must_format(".");
	struct stat st;
	int err = 0;

	if (stat(folder, &st) < 0)
		err = -errno;
	else if (!S_ISDIR(st.st_mode))
		err = -ENOTDIR;
	else if (slash && !slash[1])
		err = -EISDIR;
	else if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) < 0)
		err = -errno;
	free(folder);
	return err;
}

/*
 * Nothing is at @path, or at the end of the links that begin there: may a file be made where an
 * opening would make it? There are few links, or the look at @path would have failed otherwise.
 */
static int try_new(const char *path)
{
	char target[PATH_MAX];
	ssize_t len = readlink(path, target, sizeof(target) - 1);
	const char *slash = strrchr(path, '/');
	char *joined;
	int err;

	if (len < 0)
		return try_folder(path);
	target[len] = '\0';
	joined = must_format("%.*s%s", *target == '/' || !slash ? 0 : (int)(slash + 1 - path), path,
			     target);
	err = try_new(joined);
	free(joined);
	return err;
}

int writable_try(const char *path)
{
	struct stat st;
	int fd;

	if (!*path)
		return -ENOENT;
	if (stat(path, &st) < 0)
		return errno == ENOENT ? try_new(path) : -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode)) /* an open of a pipe would wait, or be seen by its reader */
		return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0 ? -errno : 0;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

bool writable_overwrites(const char *path, const char *source)
{
	struct stat x, y;

	if (strcmp(path, source) == 0)
		return true;
	return stat(path, &x) == 0 && stat(source, &y) == 0 && S_ISREG(x.st_mode) &&
	       x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}
