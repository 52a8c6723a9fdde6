/* SPDX-License-Identifier: MIT */
/* Extended attributes, xattr(7): no file system has any, but arguments are checked. */
#pragma once

#include "lib/compiler.h"

/* The name of an attribute in a program's memory: 0, -EFAULT, -ERANGE (empty, or too long). */
int xattr_check_name(const char __user *name) __must_check;
/* The same for an attribute to be set to @size bytes; also -EINVAL (@flags), -E2BIG. */
int xattr_check_set(const char __user *name, size_t size, int flags) __must_check;
