/* SPDX-License-Identifier: MIT */
/*
 * Objects and kmalloc() from the host's heap, so that AddressSanitizer sees what is used too late
 * or never freed. For tests that do not link mm/slab.c.
 */
#pragma once

/* Allocations that still succeed before one fails; negative: no limit. */
extern int unit_heap_left;
/* Objects that are not freed. */
extern unsigned unit_heap_in_use;
