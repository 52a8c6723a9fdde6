// SPDX-License-Identifier: MIT
#include "compare/saved_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int saved_lines_open(struct saved_lines *l, const char *path)
{
	*l = (struct saved_lines){.fd = open(path, O_RDONLY | O_CLOEXEC)};
	if (l->fd < 0)
		return -errno;
	l->buffer = malloc(SAVED_LINE_MAX);
	return l->buffer ? 0 : -ENOMEM;
}

void saved_lines_close(struct saved_lines *l)
{
	if (l->fd >= 0)
		close(l->fd);
	free(l->buffer);
	*l = (struct saved_lines){.fd = -1};
}

/* Read more behind what is there. */
static int fill(struct saved_lines *l)
{
	ssize_t n;

	memmove(l->buffer, l->buffer + l->begin, l->end - l->begin);
	l->end -= l->begin;
	l->begin = 0;
	if (l->end == SAVED_LINE_MAX)
		return -E2BIG;
	do
		n = read(l->fd, l->buffer + l->end, SAVED_LINE_MAX - l->end);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	l->over = n == 0;
	l->end += (size_t)n;
	return 0;
}

int saved_lines_next(struct saved_lines *l, const char **line, size_t *len, bool *whole)
{
	size_t searched = 0;
	char *newline = NULL;

	for (;;) {
		size_t have = l->end - l->begin;
		int err;

		if (have > searched)
			newline = memchr(l->buffer + l->begin + searched, '\n', have - searched);
		searched = have;
		if (newline || l->over)
			break;
		err = fill(l);
		if (err)
			return err;
	}
	*line = l->buffer + l->begin;
	*len = newline ? (size_t)(newline - *line) : l->end - l->begin;
	*whole = newline != NULL;
	l->begin += *len + *whole;
	return *len || *whole;
}
