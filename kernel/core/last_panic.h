/* SPDX-License-Identifier: MIT */
/*
 * The report of a kernel that panicked, kept for the next kernel that starts in the same machine:
 * in a page behind the image that is used for nothing else, with a checksum. A warm reset does not
 * change memory.
 */
#pragma once

#include "lib/compiler.h"

struct boot_info;

/*
 * Take the page out of @bi's free memory, and look for a report in it. Boot, before
 * boot_alloc_init.
 */
void last_panic_find(struct boot_info *bi);
/* Log what was found. Boot. */
void last_panic_announce(void);
/* The report of the last panic; *len_bytes 0 when there was none. */
const char *last_panic_text(size_t *len_bytes);
/* Keep the end of the log. Context: panic, nothing else runs any more. */
void last_panic_keep(void);
