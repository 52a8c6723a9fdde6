/* SPDX-License-Identifier: MIT */
/* A guest's memory as a file that this process maps too, so that the kernel's rings can be read. */
#pragma once

#include "base/guest_options.h"

struct guest_memory {
	int fd; /* for the session; 0: there is none */
	unsigned char *data;
	uint64_t bytes;
	uint64_t low_bytes; /* how many of them are below 4 GiB; the rest begins at 4 GiB */
};

/* Make it for a guest with @options. Returns: 0, or STATUS_FAILED after a message. */
int guest_memory_make(struct guest_memory *memory, const struct guest_options *options)
	__attribute__((warn_unused_result));

/* After the guest's end; nothing to do for one that is all zero. */
void guest_memory_free(struct guest_memory *memory);
