/* SPDX-License-Identifier: MIT */
/* Copying the ABI's time structures to and from user memory, as nanoseconds. */
#pragma once

#include "lib/compiler.h"

/*
 * Copy in the struct timespec at @from. 0, -EFAULT, -EINVAL (negative, or a second or more of
 * nanoseconds). What does not fit into 64 bits of nanoseconds becomes the far future.
 */
int timespec_get(const void __user *from, u64 *ns) __must_check;
int timespec_put(void __user *to, u64 ns) __must_check;
int timeval_get(const void __user *from, u64 *ns) __must_check;
int timeval_put(void __user *to, u64 ns) __must_check;
/* @now + @ns, at most the far future (which is not "never"). */
u64 timespec_add(u64 now, u64 ns);
