/* SPDX-License-Identifier: MIT */
/*
 * What a kernel said when it panicked, kept for the kernel that starts after it in the same
 * machine: a page behind the image that nobody else uses, with a checksum. A warm reset leaves
 * memory as it is.
 */
#pragma once

#include "lib/compiler.h"

struct boot_info;

/* Take the page out of @bi's free memory, and look what is in it. Boot, before boot_alloc_init. */
void last_panic_find(struct boot_info *bi);
/* Say in the log what was found. Boot. */
void last_panic_announce(void);
/* The report of the last panic; *len_bytes 0 when there was none. */
const char *last_panic_text(size_t *len_bytes);
/* Keep the end of the log. Context: panic, nothing else runs any more. */
void last_panic_keep(void);
