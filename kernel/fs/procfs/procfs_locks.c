// SPDX-License-Identifier: MIT
/*
 * /proc/creance/locks: the classes of locks in their order; in the lockstat build, what each has
 * cost.
 */
#include "fs/procfs/procfs_internal.h"

#include "core/errno.h"
#include "lib/string.h"
#include "sync/lock_order.h"
#include "sync/lockstat.h"
#include "time/clock.h"

#if LOCKSTAT_BUILD
/*
 * Show a line for each class: how often its locks were taken, how often not at once, how long that
 * took in nanoseconds, all together and the longest, and how long they were held.
 */
static int show_locks(struct text_buffer *out, const struct procfs_subject *s)
{
	struct lock_counts counts;

	text_puts(out, "class          kind    acquired  contended   wait_total_ns "
		       "wait_longest_ns   held_total_ns held_longest_ns\n");
	for (enum lock_class class = 0; class < LOCK_NR_CLASSES; class ++) {
		const struct lock_class_info *info = &lock_class_table[class];

		lockstat_get(class, &counts);
		text_printf(out, "%-14s %-5s %10lu %10lu %15lu %15lu %15lu %15lu\n", info->name,
			    info->sleeps ? "sleep" : "spin", counts.acquired, counts.contended,
			    clock_cycles_to_ns(counts.wait_total),
			    clock_cycles_to_ns(counts.wait_longest),
			    clock_cycles_to_ns(counts.held_total),
			    clock_cycles_to_ns(counts.held_longest));
	}
	return 0;
}

/* A 0 clears all counts. */
static int store_locks(const struct procfs_subject *s, char *text, size_t len)
{
	if (strcmp(text, "0") != 0 && strcmp(text, "0\n") != 0)
		return -EINVAL;
	lockstat_clear();
	return 0;
}
#else
static int show_locks(struct text_buffer *out, const struct procfs_subject *s)
{
	for (unsigned i = 0; i < LOCK_NR_CLASSES; i++) {
		const struct lock_class_info *c = &lock_class_table[i];

		text_printf(out, "%3u %-14s %-5s %-4s %s\n", c->rank, c->name,
			    c->sleeps ? "sleep" : "spin", c->in_irq ? "irq" : "task", c->protects);
	}
	return 0;
}
#endif

void procfs_locks_init(void)
{
	static const struct procfs_entry locks =
#if LOCKSTAT_BUILD
		{.name = "locks", .mode = S_IFREG | 0600, .show = show_locks, .store = store_locks};
#else
		PROCFS_FILE("locks", show_locks);
#endif

	procfs_add_creance(&locks);
}
