/* SPDX-License-Identifier: MIT */
/*
 * The partitions that a disk's own tables name: the old one (MBR) and that of GUIDs (GPT). Pure
 * code: where the blocks come from is the caller's.
 */
#pragma once

#include "lib/compiler.h"

#define PARTITIONS_MAX 15	 /* of one disk; what has a higher number is not used */
#define PARTITION_BLOCK_MAX 4096 /* bytes of the largest block */

/* A part of a disk, in its logical blocks. */
struct partition {
	unsigned number; /* from 1 on, as programs count: vda1 */
	u64 first_block, nr_blocks;
};

enum partition_scheme { PARTITION_NONE, PARTITION_MBR, PARTITION_GPT };

/* One look at the tables of a disk. The caller zeroes it, and sets the first four fields. */
struct partition_scan {
	/* Read one block into scan->block: 0, or an error that ends the scan. */
	int (*read)(struct partition_scan *scan, u64 block);
	void *owner;	 /* for read */
	u64 nr_blocks;	 /* of the disk */
	u32 block_bytes; /* a power of two, from 512 to PARTITION_BLOCK_MAX */

	/* What was found. */
	enum partition_scheme scheme;
	struct partition partitions[PARTITIONS_MAX]; /* numbers rise; none overlaps another */
	unsigned nr;
	bool used_backup;	 /* the first table is damaged, and the last one is not */
	unsigned nr_refused;	 /* entries that make no sense, or have too high a number */
	const char *why_refused; /* the last of these; or why there is no partition; or NULL */

	u8 block[PARTITION_BLOCK_MAX];
};

/*
 * Find the partitions. A disk without a table, or with a damaged one, has none. Reads are bounded,
 * whatever the disk says. Context: what scan->read needs. Returns: 0, or read's error.
 */
int partition_scan(struct partition_scan *scan) __must_check;
