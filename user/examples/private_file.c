// SPDX-License-Identifier: MIT
// usage: private_file [MODE]: makes a file of that mode (600), and opens it as the superuser and
// as user 1000.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char path[] = "/tmp/private";

static void attempt(const char *who, int flags, const char *how)
{
	int fd = open(path, flags);

	printf("%s opens it to %s: %s\n", who, how, fd >= 0 ? "granted" : strerror(errno));
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	mode_t mode = argc > 1 ? (mode_t)strtoul(argv[1], NULL, 8) : 0600;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);

	if (fd < 0 || fchmod(fd, mode) || close(fd))
		return 2;
	attempt("the superuser", O_RDONLY, "read");
	if (setgid(1000) || setuid(1000))
		return 1;
	attempt("user 1000", O_RDONLY, "read");
	attempt("user 1000", O_RDWR, "write");
	printf("user 1000 changes its mode: %s\n", chmod(path, 0666) ? strerror(errno) : "granted");
	printf("user 1000 becomes the superuser again: %s\n",
	       setuid(0) ? strerror(errno) : "granted");
	return 0;
}
