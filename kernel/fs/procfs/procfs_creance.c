// SPDX-License-Identifier: MIT
/*
 * procfs_creance.c -- /proc/creance: the kernel's state, for people and for tests.
 *
 * Idea.  A file is a row (struct procfs_entry), which any file of procfs may add at boot;
 *   afterwards the list does not change and is read without a lock. `counts` is different from the
 *   others: it empties the caches first, so that two readings with a program between them show what
 *   the program left behind. Every test of the guest suite ends with such a comparison.
 * Locks.  Those of the subsystems whose numbers are read, one after another: a file is no snapshot.
 * Cost.  `counts` looks at every cached name and frees the unused ones; so only root reads it.
 * Tests.  tests/guest/tap_leak.c reads `counts` around each test; tests/system/latency.t.
 */
#include "fs/procfs/procfs_internal.h"

#include "arch/arch_turns.h"
#include "core/assert.h"
#include "core/boot_phase.h"
#include "core/errno.h"
#include "core/fast_path.h"
#include "arch/arch_pagetable.h"
#include "arch/arch_cpu.h"
#include "core/ksyms.h"
#include "core/trap_table.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "mm/fail_alloc.h"
#include "mm/kstack.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "proc/process.h"
#include "sync/latency_hooks.h"
#include "time/clock.h"
#include "trace/latency.h"
#include "vfs/file/file.h"

#define ENTRIES_MAX 24
#define NAMES_AT_ONCE 64

static const struct procfs_entry *entries[ENTRIES_MAX]; /* [I] after boot */
static unsigned nr_entries;				/* [I] after boot */

/*
 * Free all cached names that are unused, and with them inodes. A name that was looked up survives
 * one pass, so two are made.
 */
static void forget_names(void)
{
	unsigned total, unused;

	dentry_counts(&total, &unused);
	for (unsigned looked = 0; looked <= 2 * total; looked += NAMES_AT_ONCE)
		dentry_shrink(NAMES_AT_ONCE);
}

/*
 * Show counts that come back to their former values when the programs that used something are gone.
 * Caches are emptied or left out, so that two readings with a program between them show whether the
 * program left something behind.
 */
static int show_counts(struct text_buffer *out, const struct procfs_subject *s)
{
	struct page_counts pages;
	unsigned dentries, unused;
	u64 stacks, cached_stacks, used;

	forget_names();
	kstack_trim();
	slab_reclaim();
	page_alloc_counts(&pages);
	dentry_counts(&dentries, &unused);
	kstack_counts(&stacks, &cached_stacks);
	/*
	 * Leave out what stays by design once it has been needed: cached stacks, tables of the
	 * kernel's half, partly filled slabs (their objects are counted one by one).
	 */
	used = pages.total - pages.free - cached_stacks * (KERNEL_STACK_SIZE / PAGE_SIZE) -
	       arch_kernel_nr_tables() - pages.by_kind[PAGE_KIND_SLAB];
	text_printf(out, "frames_used %lu\n", used);
	text_printf(out, "frames_user %lu\n", pages.by_kind[PAGE_KIND_USER]);
	text_printf(out, "frames_file %lu\n", pages.by_kind[PAGE_KIND_FILE]);
	text_printf(out, "frames_table %lu\n",
		    pages.by_kind[PAGE_KIND_TABLE] - arch_kernel_nr_tables());
	text_printf(out, "slab_objects %lu\n", slab_nr_in_use());
	text_printf(out, "kstacks %lu\n", stacks - cached_stacks);
	text_printf(out, "threads %u\n", thread_count());
	text_printf(out, "processes %u\n", process_count());
	text_printf(out, "files %u\n", file_count());
	text_printf(out, "inodes %u\n", inode_count());
	text_printf(out, "dentries %u\n", dentries - unused);
	return 0;
}

static int show_trap_table(struct text_buffer *out, const struct procfs_subject *s)
{
	const struct trap_row *row;

	for (unsigned trap = 0; (row = arch_trap_row(trap)); trap++)
		text_printf(out, "%-24s %10lu  %s\n", row->name, trap_table_total(trap),
			    row->label);
	return 0;
}

/*
 * Show each step of the bring-up: its name, and when it was done, in nanoseconds since the entry.
 */
static int show_boot(struct text_buffer *out, const struct procfs_subject *s)
{
	const char *name;
	u64 ns;

	for (unsigned i = 0; boot_phase_get(i, &name, &ns); i++)
		text_printf(out, "%s %lu\n", name, ns);
	return 0;
}

static int show_fast_paths(struct text_buffer *out, const struct procfs_subject *s)
{
	for (enum fast_path path = 0; path < NR_FAST_PATHS; path++)
		text_printf(out, "%-10s %-3s %s\n", fast_path_row(path)->name,
			    fast_path_is_on(path) ? "on" : "off", fast_path_row(path)->what);
	return 0;
}

/* Show how much memory was in use when the first program began, in bytes. */
static int show_boot_memory(struct text_buffer *out, const struct procfs_subject *s)
{
	const struct boot_memory *memory = boot_memory();

	text_printf(out, "memory_used_bytes %lu\n", memory->used);
	text_printf(out, "memory_used_tables_bytes %lu\n", memory->tables);
	text_printf(out, "memory_used_files_bytes %lu\n", memory->files);
	text_printf(out, "memory_total_bytes %lu\n", memory->total);
	return 0;
}

static int creance_lookup(const struct procfs_subject *s, const char *name,
			  struct procfs_child *out)
{
	for (unsigned i = 0; i < nr_entries; i++) {
		if (strcmp(entries[i]->name, name) == 0) {
			out->entry = entries[i];
			return 0;
		}
	}
	return -ENOENT;
}

static bool creance_next(const struct procfs_subject *s, u64 *cursor, struct procfs_child *out)
{
	debug_assert(nr_entries <= ENTRIES_MAX);
	if (*cursor >= nr_entries)
		return false;
	out->entry = entries[*cursor];
	strscpy(out->name, out->entry->name, sizeof(out->name));
	return true;
}

const struct procfs_children procfs_creance_children = {.lookup = creance_lookup,
							.next = creance_next};

void procfs_add_creance(const struct procfs_entry *entry)
{
	assert(nr_entries < ENTRIES_MAX);
	entries[nr_entries++] = entry;
}

#if LATENCY_BUILD
static void put_place(struct text_buffer *out, vaddr_t address)
{
	u64 offset;
	const char *name = ksyms_find(address, &offset);

	text_printf(out, " %s+0x%lx", name ? name : "?", name ? offset : address);
}

/*
 * Show the longest stretches by place: what was off, the CPU, nanoseconds, how often that pair of
 * places was met while it was kept, and where the stretch began and ended. Where CPUs run in turns,
 * also how many stretches were measured and how many put aside.
 */
static int show_latency(struct text_buffer *out, const struct procfs_subject *s)
{
	static const char *const kinds[] = {"irqs_off", "preempt_off"};
	struct latency_place rows[LATENCY_NR_PLACES];

	for (unsigned i = 0; i < LATENCY_NR_KINDS * arch_smp_nr_cpus(); i++) {
		latency_get(i / LATENCY_NR_KINDS, i % LATENCY_NR_KINDS, rows);
		for (unsigned n = 0; n < LATENCY_NR_PLACES && rows[n].cycles; n++) {
			text_printf(out, "%s %u %lu %lu", kinds[i % LATENCY_NR_KINDS],
				    i / LATENCY_NR_KINDS, clock_cycles_to_ns(rows[n].cycles),
				    rows[n].times);
			put_place(out, rows[n].begin);
			put_place(out, rows[n].end);
			text_puts(out, "\n");
		}
	}
	for (unsigned i = 0; arch_turns_are_marked() && i < LATENCY_NR_KINDS * arch_smp_nr_cpus();
	     i++) {
		struct latency_counts counts =
			latency_counts(i / LATENCY_NR_KINDS, i % LATENCY_NR_KINDS);

		text_printf(out, "stretches_%s %u %lu %lu\n", kinds[i % LATENCY_NR_KINDS],
			    i / LATENCY_NR_KINDS, counts.measured, counts.put_aside);
	}
	return 0;
}

/* Any write resets the measurement. */
static int store_latency(const struct procfs_subject *s, char *text, size_t len)
{
	latency_reset();
	return 0;
}
#endif

#ifdef DEBUG
/* The number that is written says which allocation from now on, of any thread, fails. */
static int store_fail_alloc(const struct procfs_subject *s, char *text, size_t len)
{
	u64 number;
	int err = parse_u64(text, 10, &number);

	if (!err)
		mm_fail_alloc_set((u32)number);
	return err;
}
#endif

void procfs_creance_init(void)
{
	static const struct procfs_entry own[] = {
#if LATENCY_BUILD
		{.name = "latency",
		 .mode = S_IFREG | 0600,
		 .show = show_latency,
		 .store = store_latency},
#endif
#ifdef DEBUG
		{.name = "fail_alloc", .mode = S_IFREG | 0200, .store = store_fail_alloc},
#endif
		PROCFS_FILE("boot", show_boot),
		PROCFS_FILE("boot_memory", show_boot_memory),
		PROCFS_PRIVATE("counts", show_counts), /* it clears the caches */
		PROCFS_FILE("fast_paths", show_fast_paths),
		PROCFS_FILE("trap_table", show_trap_table),
	};

	for (unsigned i = 0; i < ARRAY_SIZE(own); i++)
		procfs_add_creance(&own[i]);
	procfs_trace_init();
	procfs_regime_init();
	procfs_sched_init();
	procfs_accounts_init();
	procfs_races_init();
	procfs_locks_init();
}
