// SPDX-License-Identifier: MIT
/*
 * sysfs_block.c -- /sys/block: the disks and their partitions.
 *
 * Idea.  A subject's fd is the device's index among all block devices, which stay as they were
 *   found at boot.
 * Tests.  tests/system/disk.t
 */
#include "fs/sysfs/sysfs_block.h"

#include "block/block_device.h"
#include "core/errno.h"
#include "fs/procfs/disk_text.h"
#include "lib/string.h"
#include "vfs/inode/device_number.h"

static struct block_view view_of(const struct procfs_subject *s)
{
	struct block_view view = {.name = ""};

	ignore_result(block_device_view((unsigned)s->fd, &view), "devices stay");
	return view;
}

static int show_dev(struct text_buffer *out, const struct procfs_subject *s)
{
	struct block_view v = view_of(s);

	text_printf(out, "%u:%u\n", device_major(v.device), device_minor(v.device));
	return 0;
}

static int show_size(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%lu\n", view_of(s).nr_sectors);
	return 0;
}

static int show_start(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%lu\n", view_of(s).first_sector);
	return 0;
}

static int show_number(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%u\n", view_of(s).number);
	return 0;
}

static int show_read_only(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%u\n", view_of(s).is_read_only);
	return 0;
}

static int show_block_bytes(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%u\n", view_of(s).block_bytes);
	return 0;
}

static int show_stat(struct text_buffer *out, const struct procfs_subject *s)
{
	struct block_view v = view_of(s);

	show_disk_counts(out, &v);
	return 0;
}

static const struct procfs_entry queue_entries[] = {
	PROCFS_FILE("logical_block_size", show_block_bytes),
	PROCFS_FILE("physical_block_size", show_block_bytes),
	PROCFS_TEXT("rotational", "0\n"),
	PROCFS_END,
};

static const struct procfs_entry partition_entries[] = {
	PROCFS_FILE("dev", show_dev),
	PROCFS_FILE("partition", show_number),
	PROCFS_FILE("ro", show_read_only),
	PROCFS_FILE("size", show_size),
	PROCFS_FILE("start", show_start),
	PROCFS_FILE("stat", show_stat),
	PROCFS_END,
};

static const struct procfs_entry disk_entries[] = {
	PROCFS_FILE("dev", show_dev),
	PROCFS_FILE("ro", show_read_only),
	PROCFS_FILE("size", show_size),
	PROCFS_FILE("stat", show_stat),
	PROCFS_TEXT("removable", "0\n"),
	PROCFS_DIR("queue", queue_entries),
	PROCFS_END,
};

static const struct procfs_children partitions;
static const struct procfs_entry partition_directory = PROCFS_DIR("vdaN", partition_entries);
static const struct procfs_entry disk_directory = {
	.name = "vda", .mode = S_IFDIR | 0555, .children = disk_entries, .dynamic = &partitions};

/*
 * The device at or after index @at that is a disk (@disk is ""), or a partition of @disk: its
 * index, or -1.
 */
static int find_from(u64 at, const char *disk, struct procfs_child *out)
{
	struct block_view v;

	for (; block_device_view((unsigned)at, &v); at++) {
		if (strcmp(v.disk_name, disk) != 0)
			continue;
		out->entry = v.number ? &partition_directory : &disk_directory;
		out->fd = (int)at;
		(void)strscpy(out->name, v.name, sizeof(out->name));
		return out->fd;
	}
	return -1;
}

static bool next_of(const char *disk, u64 *cursor, struct procfs_child *out)
{
	int at = find_from(*cursor, disk, out);

	if (at >= 0)
		*cursor = (u64)at;
	return at >= 0;
}

static int lookup_of(const char *disk, const char *name, struct procfs_child *out)
{
	for (u64 at = 0; next_of(disk, &at, out); at++)
		if (strcmp(out->name, name) == 0)
			return 0;
	return -ENOENT;
}

static int disks_lookup(const struct procfs_subject *s, const char *name, struct procfs_child *out)
{
	return lookup_of("", name, out);
}

static bool disks_next(const struct procfs_subject *s, u64 *cursor, struct procfs_child *out)
{
	return next_of("", cursor, out);
}

static int partitions_lookup(const struct procfs_subject *s, const char *name,
			     struct procfs_child *out)
{
	return lookup_of(view_of(s).name, name, out);
}

static bool partitions_next(const struct procfs_subject *s, u64 *cursor, struct procfs_child *out)
{
	return next_of(view_of(s).name, cursor, out);
}

const struct procfs_children sysfs_disks = {.lookup = disks_lookup, .next = disks_next};
static const struct procfs_children partitions = {.lookup = partitions_lookup,
						  .next = partitions_next};
