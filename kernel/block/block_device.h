/* SPDX-License-Identifier: MIT */
/*
 * Block devices: disks and their partitions, by their numbers and names. They are found at boot,
 * and stay.
 */
#pragma once

#include "block/block_queue.h"
#include "lib/posix_types.h"
#include "sched/mutex.h"

#define BLOCK_NAME_SIZE 32
#define BLOCK_MINORS 16 /* of a disk: itself, and partitions 1 to 15 */

/* What was done, for /proc: requests, sectors, and nanoseconds from start to end. */
struct block_counts {
	u64 nr_requests, nr_sectors, ns;
};

struct SHARED block_device {
	struct block_queue *queue;  /* [I] of the disk */
	struct block_device *disk;  /* [I] NULL: it is one itself */
	char name[BLOCK_NAME_SIZE]; /* [I] "vda", "vda1" */
	dev_t device;		    /* [I] as device_make() */
	u64 first_sector;	    /* [I] on the disk */
	u64 nr_sectors;		    /* [I] of SECTOR_BYTES; whole blocks */
	u32 number;		    /* [I] of a partition; a disk: 0 */
	bool is_read_only;	    /* [I] */

	struct list_node node;				 /* [block_devices] in the list */
	struct block_counts counts[BLOCK_NR_OPERATIONS]; /* [block_queue] */
	u32 nr_in_flight;				 /* [block_queue] submitted, and not over */
	struct mutex write_lock; /* class block_write: of a disk, see block_file.c */
};

/*
 * Make @disk known, whose queue, name, number of device, size and read-only flag are set and whose
 * queue was started, and look for its partitions. It stays. Context: boot; may sleep.
 */
void block_disk_add(struct block_device *disk);
/* The device with this number, or NULL. Context: task. */
struct block_device *block_device_find(dev_t device);

/* A device as it was at some moment. */
struct block_view {
	char name[BLOCK_NAME_SIZE];
	char disk_name[BLOCK_NAME_SIZE]; /* of a partition; else "" */
	dev_t device;
	u64 first_sector, nr_sectors;
	u32 number, nr_in_flight;
	bool is_read_only;
	u32 block_bytes;
	u64 busy_ns; /* of the disk */
	struct block_counts counts[BLOCK_NR_OPERATIONS];
};
/* The @index-th device, partitions behind their disk; false past the end. Context: task. */
bool block_device_view(unsigned index, struct block_view *out);
/* The device named @name: false when there is none. */
bool block_device_view_named(const char *name, struct block_view *out);
/* Let all disks write back what they have in their caches: sync(2). May sleep. */
void block_flush_all(void);
