/* SPDX-License-Identifier: MIT */
/* A file, line by line. The file may be a pipe; it is not trusted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define SAVED_LINE_MAX (1u << 20) /* bytes; a step has some hundreds, of a call a few thousands */

struct saved_lines {
	int fd;
	char *buffer;
	size_t begin, end; /* what was read and not returned */
	bool over;
};

/* Returns: 0 or a negative errno. */
int saved_lines_open(struct saved_lines *lines, const char *path)
	__attribute__((warn_unused_result));
void saved_lines_close(struct saved_lines *lines);

/*
 * The next line, without its newline, in *line and *len; it stays until the next call. *whole: it
 * had a newline. Returns: 1; 0 at the end; -E2BIG for a line above SAVED_LINE_MAX; another negative
 * errno if the file cannot be read.
 */
int saved_lines_next(struct saved_lines *lines, const char **line, size_t *len, bool *whole)
	__attribute__((warn_unused_result));
