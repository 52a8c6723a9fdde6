// SPDX-License-Identifier: MIT
/* path_buffer.c -- path names copied from user space: short ones without an allocation. */
#include "core/errno.h"
#include "mm/kmalloc.h"
#include "vfs/name/path_walk.h"
#include "vm/user_copy.h"

#include <linux/limits.h>

static int path_buffer_get_long(struct path_buffer *buffer, const char __user *name)
{
	char *text = kmalloc(PATH_MAX, 0);
	ssize_t len;

	if (!text)
		return -ENOMEM;
	len = copy_string_from_user(text, name, PATH_MAX);
	if (len < 0) {
		kfree(text);
		return (int)len;
	}
	buffer->name = text;
	return 0;
}

int path_buffer_get_maybe_empty(struct path_buffer *buffer, const char __user *name)
{
	ssize_t len = copy_string_from_user(buffer->short_name, name, sizeof(buffer->short_name));

	buffer->name = buffer->short_name;
	if (likely(len >= 0))
		return 0;
	if (len == -ENAMETOOLONG)
		return path_buffer_get_long(buffer, name);
	return (int)len;
}

int path_buffer_get(struct path_buffer *buffer, const char __user *name)
{
	int err = path_buffer_get_maybe_empty(buffer, name);

	return err ? err : *buffer->name ? 0 : -ENOENT;
}

int path_buffer_get_maybe_null(struct path_buffer *buffer, const char __user *name)
{
	if (name)
		return path_buffer_get_maybe_empty(buffer, name);
	buffer->name = NULL;
	return 0;
}

void path_buffer_free(char *name)
{
	kfree(name);
}
