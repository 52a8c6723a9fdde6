/* SPDX-License-Identifier: MIT */
/* Types that a C library names as well: on the host, tests/unit/lib/posix_types.h has its own. */
#pragma once

#include <stdint.h>

typedef int64_t ssize_t;
typedef int32_t pid_t;
typedef uint32_t uid_t;
typedef uint32_t gid_t;
typedef uint32_t mode_t;
typedef uint64_t dev_t; /* Linux's new encoding: see vfs/inode/device_number.h */
typedef int64_t off_t;
