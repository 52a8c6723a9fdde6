/* SPDX-License-Identifier: MIT */
/* Which pages of a range are present: mincore(2), and the sums of /proc/PID/smaps. */
#pragma once

#include "vm/vm_map.h"

/*
 * mincore for up to VM_RESIDENT_MAX pages: one byte for each. 0, -ENOMEM (holes), -EINTR (killed).
 */
#define VM_RESIDENT_MAX 512
int vm_map_resident(struct vm_map *map, vaddr_t start, u64 nr_pages, u8 *vector) __must_check;

struct vm_usage {
	u64 nr_file;	  /* pages of objects */
	u64 nr_anonymous; /* private ones, except the zero page */
};
/*
 * Count the pages that are mapped in [start, end), which may be any range: 0, -EINTR (killed).
 * Cost: the page tables present. Takes and releases table_lock repeatedly.
 */
int vm_map_usage(struct vm_map *map, vaddr_t start, vaddr_t end, struct vm_usage *usage)
	__must_check;
