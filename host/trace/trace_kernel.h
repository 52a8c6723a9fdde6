/* SPDX-License-Identifier: MIT */
/* What the kernel's ELF file says about where the rings are. */
#pragma once

#include <stdint.h>

/*
 * The physical address of the kernel's variable @name.
 * Returns: 0, or -EINVAL or -errno after a message.
 */
int trace_kernel_find(const char *path, const char *name, uint64_t *address)
	__attribute__((warn_unused_result));
