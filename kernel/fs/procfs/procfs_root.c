// SPDX-License-Identifier: MIT
/*
 * procfs_root.c -- the files of /proc about the whole system. proc(5).
 *
 * Idea.  Numbers that other subsystems count, laid out as programs expect them. What does not exist
 *   here (swap, disks, modules) is shown as a Linux without it shows it.
 * Tests.  tests/guest/file/file_path.c, tests/guest/time/time_system.c, tests/system/cpus.t.
 */
#include "fs/procfs/disk_text.h"
#include "fs/procfs/procfs.h"

#include "arch/arch_cpu.h"
#include "arch/arch_irq.h"
#include "core/cmdline.h"
#include "core/errno.h"
#include "core/host_name.h"
#include "core/log.h"
#include "lib/fmt.h"
#include "mm/kstack.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "proc/process.h"
#include "sched/sched.h"
#include "time/clock.h"
#include "vfs/inode/device_number.h"
#include "vfs/inode/super.h"

#include <linux/major.h>

#define TICK_NS (NS_PER_SECOND / 100) /* USER_HZ */
#define KIB_PER_PAGE (PAGE_SIZE / 1024)
#define CPU_TEXT_MAX 4096
#define MAJOR_MAX 511

static int show_cpuinfo(struct text_buffer *out, const struct procfs_subject *s)
{
	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++) {
		char *to = text_reserve(out, CPU_TEXT_MAX);

		if (!to)
			break;
		text_added(out, arch_cpu_info_text(cpu, to, CPU_TEXT_MAX));
	}
	return 0;
}

static void mem_row(struct text_buffer *out, const char *name, u64 pages)
{
	size_t start = out->len;

	text_printf(out, "%s:", name);
	text_pad(out, start, 16);
	text_printf(out, "%8lu kB\n", pages * KIB_PER_PAGE);
}

static int show_meminfo(struct text_buffer *out, const struct procfs_subject *s)
{
	struct page_counts c;
	u64 slab, stacks, cached_stacks, file, available;

	page_alloc_counts(&c);
	kstack_counts(&stacks, &cached_stacks);
	slab = c.by_kind[PAGE_KIND_SLAB] + c.by_kind[PAGE_KIND_SLAB_TAIL];
	file = c.by_kind[PAGE_KIND_FILE];
	available = c.free > c.reserve_root ? c.free - c.reserve_root : 0;
	mem_row(out, "MemTotal", c.total);
	mem_row(out, "MemFree", c.free);
	mem_row(out, "MemAvailable", available);
	mem_row(out, "Buffers", 0);
	mem_row(out, "Cached", file);
	mem_row(out, "SwapCached", 0);
	mem_row(out, "Active", c.by_kind[PAGE_KIND_USER]);
	mem_row(out, "Inactive", file);
	mem_row(out, "Mlocked", 0);
	mem_row(out, "SwapTotal", 0);
	mem_row(out, "SwapFree", 0);
	mem_row(out, "Dirty", 0);
	mem_row(out, "Writeback", 0);
	mem_row(out, "AnonPages", c.by_kind[PAGE_KIND_USER]);
	mem_row(out, "Mapped", file);
	mem_row(out, "Shmem", file);
	mem_row(out, "Slab", slab);
	mem_row(out, "SReclaimable", 0);
	mem_row(out, "SUnreclaim", slab);
	mem_row(out, "KernelStack", stacks * (KERNEL_STACK_SIZE / PAGE_SIZE));
	mem_row(out, "PageTables", c.by_kind[PAGE_KIND_TABLE]);
	mem_row(out, "CommitLimit", c.total);
	mem_row(out, "Committed_AS", c.by_kind[PAGE_KIND_USER] + file);
	return 0;
}

static void cpu_row(struct text_buffer *out, const char *name, const struct sched_cpu_times *times)
{
	text_printf(out, "%s %lu 0 %lu %lu 0 0 0 0 0 0\n", name, times->user_ns / TICK_NS,
		    times->system_ns / TICK_NS, times->idle_ns / TICK_NS);
}

static u64 interrupts_of(unsigned source)
{
	u64 sum = 0;

	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++)
		sum += arch_irq_count(source, cpu);
	return sum;
}

/* All interrupts, and then those of each slot of a device. */
static void interrupts_row(struct text_buffer *out)
{
	struct irq_source source;
	u64 sum = 0;

	for (unsigned i = 0; arch_irq_source(i, &source); i++)
		sum += interrupts_of(i);
	text_printf(out, "intr %lu", sum);
	for (unsigned i = 0; arch_irq_source(i, &source) && !source.abbreviation; i++)
		text_printf(out, " %lu", interrupts_of(i));
	text_puts(out, "\n");
}

static int show_stat(struct text_buffer *out, const struct procfs_subject *s)
{
	struct sched_statistics st;
	struct sched_cpu_times times;
	char name[16];

	sched_statistics_get(&st);
	cpu_row(out, "cpu ", &st.times);
	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++) {
		ksnprintf(name, sizeof(name), "cpu%u", cpu);
		sched_cpu_times_get(cpu, &times);
		cpu_row(out, name, &times);
	}
	interrupts_row(out);
	text_printf(out, "ctxt %lu\nbtime %lu\nprocesses %lu\nprocs_running %u\nprocs_blocked %u\n",
		    st.nr_switches, clock_real_offset_ns() / NS_PER_SECOND, st.nr_created,
		    max(st.nr_running, 1U), st.nr_blocked);
	text_puts(out, "softirq 0 0 0 0 0 0 0 0 0 0 0\n");
	return 0;
}

static int show_uptime(struct text_buffer *out, const struct procfs_subject *s)
{
	u64 up = clock_monotonic_ns() / (NS_PER_SECOND / 100), idle;
	struct sched_statistics st;

	sched_statistics_get(&st);
	idle = st.times.idle_ns / (NS_PER_SECOND / 100);
	text_printf(out, "%lu.%02lu %lu.%02lu\n", up / 100, up % 100, idle / 100, idle % 100);
	return 0;
}

static int show_loadavg(struct text_buffer *out, const struct procfs_subject *s)
{
	struct sched_statistics st;

	sched_statistics_get(&st);
	for (unsigned i = 0; i < ARRAY_SIZE(st.load_average); i++) {
		u64 hundredths = (st.load_average[i] * 100 + (1 << 10)) >> 11;

		text_printf(out, "%lu.%02lu ", hundredths / 100, hundredths % 100);
	}
	text_printf(out, "%u/%u %d\n", max(st.nr_running, 1U), thread_count(), pid_last());
	return 0;
}

static int show_version(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%s version %s (creance) %s\n", SYSTEM_NAME, SYSTEM_RELEASE,
		    SYSTEM_VERSION);
	return 0;
}

static int show_cmdline(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%s\n", cmdline_text());
	return 0;
}

static int show_filesystems(struct text_buffer *out, const struct procfs_subject *s)
{
	const struct file_system *type;

	for (unsigned i = 0; (type = file_system_at(i)); i++)
		text_printf(out, "%s\t%s\n", type->needs_device ? "" : "nodev", type->name);
	return 0;
}

static const char *major_name(u32 major)
{
	switch (major) {
	case MEM_MAJOR:
		return "mem";
	case TTY_MAJOR:
		return "ttyS";
	case TTYAUX_MAJOR:
		return "/dev/tty";
	case MISC_MAJOR:
		return "misc";
	default:
		return NULL;
	}
}

/* The name of the first device of @major; NULL: there is none. */
static const char *first_of_major(u32 major)
{
	const char *name;
	mode_t mode;
	dev_t device;

	for (unsigned i = 0; char_device_at(i, &name, &device, &mode); i++)
		if (device_major(device) == major)
			return name;
	return NULL;
}

static int show_devices(struct text_buffer *out, const struct procfs_subject *s)
{
	text_puts(out, "Character devices:\n");
	for (u32 major = 0; major <= MAJOR_MAX; major++) {
		const char *name = first_of_major(major);

		if (name)
			text_printf(out, "%3u %s\n", major,
				    major_name(major) ? major_name(major) : name);
	}
	text_puts(out, "\nBlock devices:\n");
	show_block_majors(out);
	return 0;
}

static int show_interrupts(struct text_buffer *out, const struct procfs_subject *s)
{
	struct irq_source source;

	text_puts(out, "           ");
	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++)
		text_printf(out, "CPU%-8u", cpu);
	text_puts(out, "\n");
	for (unsigned i = 0; arch_irq_source(i, &source); i++) {
		if (source.abbreviation)
			text_printf(out, "%s: ", source.abbreviation);
		else if (source.name[0] || interrupts_of(i))
			text_printf(out, "%3u: ", i);
		else
			continue;
		for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++)
			text_printf(out, "%10lu ", arch_irq_count(i, cpu));
		text_printf(out, "  %s\n", source.name);
	}
	return 0;
}

static int slab_row(const struct slab_statistics *st, void *data)
{
	text_printf(data, "%-17s %6lu %6lu %6u %4u %4u : tunables 0 0 0 : slabdata %lu %lu 0\n",
		    st->name, st->nr_in_use, st->nr_slabs * st->objects_per_slab, st->stride,
		    st->objects_per_slab, st->pages_per_slab, st->nr_slabs, st->nr_slabs);
	return 0;
}

static int show_slabinfo(struct text_buffer *out, const struct procfs_subject *s)
{
	text_puts(out, "slabinfo - version: 2.1\n"
		       "# name <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
		       " : tunables <limit> <batchcount> <sharedfactor>"
		       " : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
	slab_for_each_cache(slab_row, out);
	return 0;
}

static int show_vmstat(struct text_buffer *out, const struct procfs_subject *s)
{
	struct page_counts c;
	u64 stacks, cached_stacks;

	page_alloc_counts(&c);
	kstack_counts(&stacks, &cached_stacks);
	text_printf(out, "nr_free_pages %lu\nnr_inactive_anon 0\nnr_active_anon %lu\n", c.free,
		    c.by_kind[PAGE_KIND_USER]);
	text_printf(out, "nr_anon_pages %lu\nnr_file_pages %lu\nnr_shmem %lu\n",
		    c.by_kind[PAGE_KIND_USER], c.by_kind[PAGE_KIND_FILE],
		    c.by_kind[PAGE_KIND_FILE]);
	text_printf(out, "nr_dirty 0\nnr_writeback 0\nnr_slab_reclaimable 0\n");
	text_printf(out,
		    "nr_slab_unreclaimable %lu\nnr_page_table_pages %lu\nnr_kernel_stack %lu\n",
		    c.by_kind[PAGE_KIND_SLAB] + c.by_kind[PAGE_KIND_SLAB_TAIL],
		    c.by_kind[PAGE_KIND_TABLE], stacks * (KERNEL_STACK_SIZE / 1024));
	text_puts(out, "pgpgin 0\npgpgout 0\npswpin 0\npswpout 0\n");
	return 0;
}

static int show_kmsg(struct text_buffer *out, const struct procfs_subject *s)
{
	size_t len = KIB(16);
	char *to = text_reserve(out, len);

	if (to)
		text_added(out, log_ring_read(to, len));
	return 0;
}

static int show_self(struct text_buffer *out, const struct procfs_subject *s)
{
	if (!thread_is_user(current_thread()))
		return -ENOENT;
	text_printf(out, "%d", process_id(current_process()));
	return 0;
}

static int show_thread_self(struct text_buffer *out, const struct procfs_subject *s)
{
	if (!thread_is_user(current_thread()))
		return -ENOENT;
	text_printf(out, "%d/task/%d", process_id(current_process()), current_thread()->tid);
	return 0;
}

#define LINK(link_name, link_show)                                                                 \
	{                                                                                          \
		.name = link_name, .mode = S_IFLNK | 0777, .show = link_show                       \
	}

/* From this ps makes names of the terminals' numbers. */
static const struct procfs_entry tty_entries[] = {
	PROCFS_TEXT("drivers", "/dev/tty             /dev/tty        5       0 system:/dev/tty\n"
			       "/dev/console         /dev/console    5       1 system:console\n"
			       "/dev/ptmx            /dev/ptmx       5       2 system\n"
			       "hvc                  /dev/hvc      229 0-7 system\n"
			       "serial               /dev/ttyS       4 64-95 serial\n"
			       "pty_slave            /dev/pts      136 0-1048575 pty:slave\n"),
	PROCFS_END,
};

const struct procfs_entry procfs_root_entries[] = {
	PROCFS_TEXT("buddyinfo", ""),
	PROCFS_FILE("cmdline", show_cmdline),
	PROCFS_FILE("cpuinfo", show_cpuinfo),
	{.name = "creance", .mode = S_IFDIR | 0555, .dynamic = &procfs_creance_children},
	PROCFS_FILE("devices", show_devices),
	PROCFS_FILE("diskstats", show_diskstats),
	PROCFS_FILE("filesystems", show_filesystems),
	PROCFS_FILE("interrupts", show_interrupts),
	PROCFS_PRIVATE("kmsg", show_kmsg),
	PROCFS_FILE("loadavg", show_loadavg),
	PROCFS_FILE("meminfo", show_meminfo),
	PROCFS_TEXT("modules", ""),
	{.name = "mounts", .mode = S_IFLNK | 0777, .text = "self/mounts"},
	{.name = "net", .mode = S_IFLNK | 0777, .text = "self/net"},
	PROCFS_FILE("partitions", show_partitions),
	LINK("self", show_self),
	PROCFS_PRIVATE("slabinfo", show_slabinfo),
	PROCFS_FILE("stat", show_stat),
	PROCFS_TEXT("swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"),
	{.name = "irq",
	 .mode = S_IFDIR | 0555,
	 .children = procfs_irq_entries,
	 .dynamic = &procfs_irq_slots},
	PROCFS_DIR("sys", procfs_sys_entries),
	LINK("thread-self", show_thread_self),
	PROCFS_DIR("tty", tty_entries),
	PROCFS_FILE("uptime", show_uptime),
	PROCFS_FILE("version", show_version),
	PROCFS_FILE("vmstat", show_vmstat),
	PROCFS_END,
};
