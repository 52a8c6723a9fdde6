/* SPDX-License-Identifier: MIT */
/* The ABI's time structures in and out of user memory, as nanoseconds. */
#pragma once

#include "lib/compiler.h"

/*
 * A struct timespec at @from. 0, -EFAULT, -EINVAL (negative, or a second or more of nanoseconds).
 * Beyond what 64 bits of nanoseconds hold counts as forever.
 */
int timespec_get(const void __user *from, u64 *ns) __must_check;
int timespec_put(void __user *to, u64 ns) __must_check;
int timeval_get(const void __user *from, u64 *ns) __must_check;
int timeval_put(void __user *to, u64 ns) __must_check;
/* @now + @ns, at most the far future (which is not "never"). */
u64 timespec_add(u64 now, u64 ns);
