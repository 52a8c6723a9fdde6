// SPDX-License-Identifier: MIT
/*
 * procfs_trace.c -- /proc/creance/trace: the events, for programs of the guest.
 *
 * A read gives struct trace_area as it is now, then for each CPU its slots in the order of the
 * ring's memory (uapi/trace_wire.h). Writing "on" begins (with memory taken now, if option trace=
 * has not given any), "off" ends, "clear" discards all events.
 */
#include "fs/procfs/procfs_internal.h"

#include "arch/arch_page.h"
#include "arch/arch_percpu.h"
#include "core/errno.h"
#include "lib/string.h"
#include "mm/page_alloc.h"
#include "sched/mutex.h"
#include "trace/trace.h"
#include "vm/uio.h"

#define RING_ORDER 9U /* 2 MiB a CPU: 32,768 events; of more than 8 CPUs less: */
#define RINGS_PAGES_MAX (8U << RING_ORDER)

static struct mutex store_lock; /* one change at a time, so that memory is allocated once */

/* Copy the part [pos, pos + left) of the @len bytes at @from. Returns the bytes, 0, or -EFAULT. */
static ssize_t read_part(struct uio *uio, const void *from, u64 len, u64 pos)
{
	size_t part, done;

	if (pos >= len || !uio->left_bytes)
		return 0;
	part = min(len - pos, (u64)uio->left_bytes);
	done = uio_copy_in(uio, (const u8 *)from + pos, part);
	return done ? (ssize_t)done : -EFAULT;
}

static ssize_t read_trace(struct uio *uio, u64 pos)
{
	ssize_t n = read_part(uio, &trace_area, sizeof(trace_area), pos);
	u64 before = sizeof(trace_area);

	for (unsigned cpu = 0; !n && uio->left_bytes && cpu < trace_area.nr_cpus; cpu++) {
		const struct trace_ring *ring = &trace_area.rings[cpu];
		u64 len = ring->nr_slots * sizeof(struct trace_record);

		if (pos >= before)
			n = read_part(uio, phys_to_virt(ring->slots), len, pos - before);
		before += len;
	}
	return n;
}

/* Allocate a block for the ring of each CPU. */
static int take_memory(void)
{
	paddr_t rings[CPUS_MAX];
	unsigned order = RING_ORDER, nr = 0;

	while (percpu_nr() << order > RINGS_PAGES_MAX)
		order--;
	for (; nr < percpu_nr(); nr++) {
		struct page *page;

		if (page_alloc(order, PAGE_KERNEL | PAGE_ZERO, &page)) {
			while (nr)
				page_free(phys_to_page(rings[--nr]));
			return -ENOMEM;
		}
		rings[nr] = virt_to_phys(page_to_virt(page));
	}
	trace_set_memory(rings, PAGE_SIZE << order, nr);
	trace_clock_known();
	return 0;
}

static int store_trace(const struct procfs_subject *s, char *text, size_t len)
{
	int err = 0;

	if (len && text[len - 1] == '\n')
		text[len - 1] = '\0';
	mutex_lock(&store_lock);
	if (strcmp(text, "on") == 0) {
		err = trace_has_memory() ? 0 : take_memory();
		if (!err)
			trace_enable();
	} else if (strcmp(text, "off") == 0) {
		trace_disable();
	} else if (strcmp(text, "clear") == 0 && !trace_on) {
		if (trace_has_memory())
			trace_clear();
	} else {
		err = -EINVAL;
	}
	mutex_unlock(&store_lock);
	return err;
}

void procfs_trace_init(void)
{
	static const struct procfs_entry row = {.name = "trace",
						.mode = S_IFREG | 0600,
						.read_at = read_trace,
						.store = store_trace};

	mutex_init(&store_lock, procfs);
	procfs_add_creance(&row);
}
