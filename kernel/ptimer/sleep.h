/* SPDX-License-Identifier: MIT */
/* Sleeping on the clocks that programs name: nanosleep(2), clock_nanosleep(2). */
#pragma once

#include "lib/compiler.h"

struct __kernel_timespec;

/* Can a thread sleep on @clock? 0, -EINVAL, -EOPNOTSUPP. */
int clock_id_may_sleep(int clock) __must_check;
/*
 * Sleep on @clock, which clock_id_may_sleep() allows: @absolute until it shows @ns, else for that
 * long, however it is set. 0; after a signal an -ERESTART value. Unless @absolute, the time that
 * is left is written to @remaining (may be NULL) then: -EFAULT. Context: task.
 */
long clock_id_sleep(int clock, bool absolute, u64 ns, struct __kernel_timespec __user *remaining)
	__must_check;
