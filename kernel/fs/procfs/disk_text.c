// SPDX-License-Identifier: MIT
/* disk_text.c -- /proc/partitions and /proc/diskstats (proc(5); Linux: admin-guide/iostats). */
#include "fs/procfs/disk_text.h"

#include "block/block_device.h"
#include "time/clock.h"
#include "vfs/inode/device_number.h"

static u64 ms_of(u64 ns)
{
	return ns / NS_PER_MS;
}

void show_disk_counts(struct text_buffer *out, const struct block_view *view)
{
	const struct block_counts *r = &view->counts[BLOCK_READ], *w = &view->counts[BLOCK_WRITE];
	const struct block_counts *f = &view->counts[BLOCK_FLUSH];

	/* Requests, merged ones, sectors, time: of reads and of writes. */
	text_printf(out, "%lu 0 %lu %lu %lu 0 %lu %lu ", r->nr_requests, r->nr_sectors,
		    ms_of(r->ns), w->nr_requests, w->nr_sectors, ms_of(w->ns));
	/* On the way; time with any; time of all; discarding, which is not done; flushes. */
	text_printf(out, "%u %lu %lu 0 0 0 0 %lu %lu\n", view->nr_in_flight, ms_of(view->busy_ns),
		    ms_of(r->ns + w->ns + f->ns), f->nr_requests, ms_of(f->ns));
}

void show_block_majors(struct text_buffer *out)
{
	struct block_view v;

	if (block_device_view(0, &v)) /* there is one driver */
		text_printf(out, "%3u virtblk\n", device_major(v.device));
}

int show_partitions(struct text_buffer *out, const struct procfs_subject *s)
{
	struct block_view v;

	text_puts(out, "major minor  #blocks  name\n\n");
	for (unsigned i = 0; block_device_view(i, &v); i++)
		text_printf(out, "%4u  %7u %10lu %s\n", device_major(v.device),
			    device_minor(v.device), v.nr_sectors / 2, v.name);
	return 0;
}

int show_diskstats(struct text_buffer *out, const struct procfs_subject *s)
{
	struct block_view v;

	for (unsigned i = 0; block_device_view(i, &v); i++) {
		text_printf(out, "%4u %7u %s ", device_major(v.device), device_minor(v.device),
			    v.name);
		show_disk_counts(out, &v);
	}
	return 0;
}
