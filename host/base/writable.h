/* SPDX-License-Identifier: MIT */
/* writable.h -- can a file be written? Asked before a run whose result is to go there. */
#pragma once

#include <stdbool.h>

/*
 * Could a file at @path be made, or the one there be opened for writing? Nothing is made, truncated
 * or otherwise changed, and a pipe is not opened.
 * Returns: 0, or a negative errno that the opening would have given; it may still fail later.
 */
int writable_try(const char *path) __attribute__((warn_unused_result));

/* Would a file written at @path take the place of what @source names: by one name, or by a link? */
bool writable_overwrites(const char *path, const char *source);
