/* SPDX-License-Identifier: MIT */
/* What the fuzz harnesses share. The line "FUZZ: N" of each says how many runs `make test` does. */
#pragma once

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A place for output; open for the whole life of the process. */
static inline int fuzz_null_fd(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/null", O_RDWR);
	return fd;
}
