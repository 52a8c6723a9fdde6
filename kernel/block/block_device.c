// SPDX-License-Identifier: MIT
/*
 * block_device.c -- the disks and their partitions.
 *
 * Idea.  A list of all devices, partitions behind their disk. It is made while disks are found, at
 *   boot, and then only read. Requests to a partition are requests to the disk, moved
 *   (block_request.c).
 * Ownership.  Disks are parts of their drivers' devices. Partitions are allocated here, and stay.
 * Locks.  devices_lock guards the list; behind it comes the lock of a queue.
 * Not done.  Tables are not read again when a program has changed them (BLKRRPART).
 * Tests.  tests/system/disk.t
 */
#define LOG_SUBSYS "block"
#include "block/block_device.h"

#include "block/partition_table.h"
#include "core/assert.h"
#include "core/errno.h"
#include "core/log.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "mm/page_alloc.h"
#include "sched/mutex.h"

static struct spinlock devices_lock = SPINLOCK_INIT(block_devices);
static struct list_node devices = LIST_INIT(devices); /* [devices_lock] */

static struct block_device *entry_of(struct list_node *node)
{
	return list_entry(node, struct block_device, node);
}

static void add(struct block_device *device)
{
	spin_lock(&devices_lock);
	list_add_last(&devices, &device->node);
	spin_unlock(&devices_lock);
}

/* ---- partitions ---- */

struct disk_scan {
	struct partition_scan scan;
	struct block_device *disk;
	struct page *page; /* a device cannot write just anywhere: scan.block may cross pages */
};

static int read_for_scan(struct partition_scan *scan, u64 block)
{
	struct disk_scan *s = container_of(scan, struct disk_scan, scan);
	u64 sector = block * (scan->block_bytes >> SECTOR_SHIFT);
	int err = block_transfer(s->disk, BLOCK_READ, sector, s->page, scan->block_bytes);

	if (!err)
		memcpy(scan->block, page_to_virt(s->page), scan->block_bytes);
	return err;
}

static int add_partition(struct block_device *disk, const struct partition *p, unsigned shift)
{
	struct block_device *device = kzalloc(sizeof(*device), 0);
	size_t len = strlen(disk->name);

	if (!device)
		return -ENOMEM;
	device->queue = disk->queue;
	device->disk = disk;
	device->device = disk->device + p->number; /* the minor's low byte has room: 16 numbers */
	device->number = p->number;
	device->first_sector = p->first_block << shift;
	device->nr_sectors = p->nr_blocks << shift;
	device->is_read_only = disk->is_read_only;
	/* A name that ends with a digit gets a "p": nvme0n1p1. */
	ksnprintf(device->name, sizeof(device->name), "%s%s%u", disk->name,
		  disk->name[len - 1] >= '0' && disk->name[len - 1] <= '9' ? "p" : "", p->number);
	add(device);
	return 0;
}

/* Look for partitions, and add them. */
static int scan_disk(struct disk_scan *s)
{
	struct partition_scan *scan = &s->scan;
	u32 block_bytes = s->disk->queue->limits.block_bytes;
	unsigned shift = 0;
	int err;

	while (SECTOR_BYTES << shift < block_bytes)
		shift++;
	scan->read = read_for_scan;
	scan->block_bytes = block_bytes;
	scan->nr_blocks = s->disk->nr_sectors >> shift;
	err = partition_scan(scan);
	for (unsigned i = 0; i < scan->nr && !err; i++)
		err = add_partition(s->disk, &scan->partitions[i], shift);
	if (scan->used_backup)
		log_warn("%s: the partition table is damaged; its copy is used", s->disk->name);
	if (scan->why_refused)
		log_warn("%s: %s: %s", s->disk->name,
			 scan->nr_refused ? "a partition is not used" : "no partition is used",
			 scan->why_refused);
	return err;
}

static int find_partitions(struct block_device *disk)
{
	struct disk_scan *s = kzalloc(sizeof(*s), 0);
	int err = -ENOMEM;

	if (!s)
		return err;
	s->disk = disk;
	s->page = page_alloc_one(PAGE_KERNEL);
	if (s->page) {
		err = scan_disk(s);
		page_put(s->page);
	}
	kfree(s);
	return err;
}

void block_disk_add(struct block_device *disk)
{
	int err;

	mutex_init(&disk->write_lock, block_write);
	add(disk);
	log_info("%s: %lu sectors, blocks of %u bytes%s", disk->name, disk->nr_sectors,
		 disk->queue->limits.block_bytes, disk->is_read_only ? ", read-only" : "");
	err = find_partitions(disk);
	if (err)
		log_err("%s: its partitions cannot be read: error %d", disk->name, -err);
}

/* ---- devices by number, and views ---- */

struct block_device *block_device_find(dev_t device)
{
	struct list_node *at;

	spin_lock(&devices_lock);
	for (at = devices.next; at != &devices && entry_of(at)->device != device;)
		at = at->next;
	spin_unlock(&devices_lock);
	return at == &devices ? NULL : entry_of(at);
}

static void make_view(const struct block_device *d, struct block_view *out) REQUIRES(devices_lock)
{
	struct block_queue *queue = d->queue;

	assert_spin_held(&devices_lock);
	*out = (struct block_view){.device = d->device,
				   .first_sector = d->first_sector,
				   .nr_sectors = d->nr_sectors,
				   .number = d->number,
				   .is_read_only = d->is_read_only,
				   .block_bytes = queue->limits.block_bytes};
	memcpy(out->name, d->name, sizeof(out->name));
	if (d->disk)
		memcpy(out->disk_name, d->disk->name, sizeof(out->disk_name));
	spin_lock(&queue->lock);
	memcpy(out->counts, d->counts, sizeof(out->counts));
	out->nr_in_flight = d->nr_in_flight;
	out->busy_ns = block_queue_busy_ns(queue);
	spin_unlock(&queue->lock);
}

bool block_device_view(unsigned index, struct block_view *out)
{
	struct list_node *at;

	spin_lock(&devices_lock);
	for (at = devices.next; at != &devices && index; at = at->next)
		index--;
	if (at != &devices)
		make_view(entry_of(at), out);
	spin_unlock(&devices_lock);
	return at != &devices;
}

bool block_device_view_named(const char *name, struct block_view *out)
{
	struct list_node *at;

	spin_lock(&devices_lock);
	for (at = devices.next; at != &devices && strcmp(entry_of(at)->name, name) != 0;)
		at = at->next;
	if (at != &devices)
		make_view(entry_of(at), out);
	spin_unlock(&devices_lock);
	return at != &devices;
}

/* The disk behind @disk (NULL: the first), or NULL. Disks stay. */
static struct block_device *next_disk(struct block_device *disk)
{
	struct list_node *at;

	spin_lock(&devices_lock);
	at = disk ? disk->node.next : devices.next;
	while (at != &devices && entry_of(at)->disk)
		at = at->next;
	spin_unlock(&devices_lock);
	return at == &devices ? NULL : entry_of(at);
}

void block_flush_all(void)
{
	for (struct block_device *d = next_disk(NULL); d; d = next_disk(d))
		ignore_result(block_flush(d), "sync(2) reports no errors");
}
