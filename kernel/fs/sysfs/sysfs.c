// SPDX-License-Identifier: MIT
/*
 * sysfs.c -- the file system "sysfs": CPUs and disks, as programs look for them in /sys.
 *
 * Idea.  A tree of rows, as /proc is (fs/procfs/procfs.h), and ended by its functions. libc's
 *   sysconf, runtimes of languages and lscpu count CPUs in /sys/devices/system/cpu before they look
 *   elsewhere. There is what this kernel has: no classes, no buses, and nothing to be written. CPUs
 *   neither come nor go, so those that are possible are there and run.
 * Tests.  tests/guest/process/proc_cpus.c, tests/system/cpus.t.
 */
#include "fs/sysfs/sysfs.h"

#include "arch/arch_cpu.h"
#include "core/errno.h"
#include "fs/procfs/cpu_text.h"
#include "fs/procfs/procfs.h"
#include "fs/sysfs/sysfs_block.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "vfs/inode/super.h"

#include <linux/magic.h>

/* ---- /sys/devices/system/cpu/cpuN/topology: the subject's fd is the CPU's number ---- */

static int show_package(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%u\n", arch_cpu_place((unsigned)s->fd).package);
	return 0;
}

static int show_core(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%u\n", arch_cpu_place((unsigned)s->fd).core);
	return 0;
}

/* The CPUs of the same package as @cpu; or of the same core of it. */
static u64 siblings(unsigned cpu, bool of_core)
{
	struct arch_cpu_place place = arch_cpu_place(cpu);
	u64 set = 0;

	for (unsigned i = 0; i < arch_smp_nr_cpus(); i++) {
		struct arch_cpu_place its = arch_cpu_place(i);

		if (its.package == place.package && (!of_core || its.core == place.core))
			set |= BIT(i);
	}
	return set;
}

static int show_package_mask(struct text_buffer *out, const struct procfs_subject *s)
{
	return show_cpu_mask(out, siblings((unsigned)s->fd, false));
}

static int show_package_list(struct text_buffer *out, const struct procfs_subject *s)
{
	return show_cpu_list(out, siblings((unsigned)s->fd, false));
}

static int show_core_mask(struct text_buffer *out, const struct procfs_subject *s)
{
	return show_cpu_mask(out, siblings((unsigned)s->fd, true));
}

static int show_core_list(struct text_buffer *out, const struct procfs_subject *s)
{
	return show_cpu_list(out, siblings((unsigned)s->fd, true));
}

/* Some have two names: the first of each pair is the older one. */
static const struct procfs_entry topology_entries[] = {
	PROCFS_FILE("physical_package_id", show_package),
	PROCFS_FILE("core_id", show_core),
	PROCFS_FILE("core_siblings", show_package_mask),
	PROCFS_FILE("package_cpus", show_package_mask),
	PROCFS_FILE("core_siblings_list", show_package_list),
	PROCFS_FILE("package_cpus_list", show_package_list),
	PROCFS_FILE("thread_siblings", show_core_mask),
	PROCFS_FILE("core_cpus", show_core_mask),
	PROCFS_FILE("thread_siblings_list", show_core_list),
	PROCFS_FILE("core_cpus_list", show_core_list),
	PROCFS_END,
};

static const struct procfs_entry first_cpu_entries[] = {
	PROCFS_DIR("topology", topology_entries),
	PROCFS_END,
};

/* As on Linux, the first CPU has no file that says whether it runs. */
static const struct procfs_entry cpu_entries[] = {
	PROCFS_TEXT("online", "1\n"),
	PROCFS_DIR("topology", topology_entries),
	PROCFS_END,
};

/* ---- /sys/devices/system/cpu ---- */

static const struct procfs_entry first_cpu_directory = PROCFS_DIR("cpu0", first_cpu_entries);
static const struct procfs_entry cpu_directory = PROCFS_DIR("cpuN", cpu_entries);

static void make_child(unsigned cpu, struct procfs_child *out)
{
	out->entry = cpu ? &cpu_directory : &first_cpu_directory;
	out->fd = (int)cpu;
	ksnprintf(out->name, sizeof(out->name), "cpu%u", cpu);
}

static int cpus_lookup(const struct procfs_subject *s, const char *name, struct procfs_child *out)
{
	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++) {
		make_child(cpu, out);
		if (strcmp(out->name, name) == 0)
			return 0;
	}
	return -ENOENT;
}

static bool cpus_next(const struct procfs_subject *s, u64 *cursor, struct procfs_child *out)
{
	if (*cursor >= arch_smp_nr_cpus())
		return false;
	make_child((unsigned)*cursor, out);
	return true;
}

static const struct procfs_children cpus = {.lookup = cpus_lookup, .next = cpus_next};

static int show_up(struct text_buffer *out, const struct procfs_subject *s)
{
	return show_cpu_list(out, sched_cpus_up());
}

static int show_kernel_max(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%u\n", CPUS_MAX - 1);
	return 0;
}

static const struct procfs_entry all_cpus_entries[] = {
	PROCFS_FILE("online", show_up),
	PROCFS_FILE("possible", show_up),
	PROCFS_FILE("present", show_up),
	PROCFS_FILE("kernel_max", show_kernel_max),
	PROCFS_TEXT("offline", "\n"),
	PROCFS_TEXT("isolated", "\n"),
	PROCFS_END,
};

static const struct procfs_entry system_entries[] = {
	{.name = "cpu", .mode = S_IFDIR | 0555, .children = all_cpus_entries, .dynamic = &cpus},
	PROCFS_END,
};

static const struct procfs_entry devices_entries[] = {
	PROCFS_DIR("system", system_entries),
	PROCFS_END,
};

static const struct procfs_entry root_entries[] = {
	{.name = "block", .mode = S_IFDIR | 0555, .dynamic = &sysfs_disks},
	PROCFS_DIR("devices", devices_entries),
	PROCFS_END,
};

static const struct procfs_entry root_directory = PROCFS_DIR("/", root_entries);

/* ---- the file system ---- */

static const struct super_ops sysfs_super_ops = {.destroy_inode = procfs_destroy_inode};

static int sysfs_mount(const struct file_system *type, const char *source, const char *options,
		       struct super **out)
{
	return procfs_make_super(type, &sysfs_super_ops, &root_directory, out);
}

/* [types_lock] its place in the list */
static struct file_system sysfs_type = {
	.name = "sysfs", .magic = SYSFS_MAGIC, .mount = sysfs_mount};

void sysfs_init(void)
{
	file_system_register(&sysfs_type);
}
