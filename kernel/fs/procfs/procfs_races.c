// SPDX-License-Identifier: MIT
/*
 * procfs_races.c -- /proc/creance/races and race_test: what the race detector found, and whether it
 *   finds what it should (races build only).
 *
 * Idea.  A write to race_test lets two threads, which the scheduler places on two CPUs, change one
 *   variable for a while. The word that is written says how: only `plain` is a race.
 * Tests.  tests/system/race_detector.t.
 */
#include "fs/procfs/procfs_internal.h"

#include "arch/arch_pagetable.h"
#include "core/errno.h"
#include "core/ksyms.h"
#include "lib/race_hooks.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "sync/spinlock.h"
#include "time/clock.h"
#include "trace/race_detector.h"

#if RACES_BUILD

#define TEST_NS 500000000UL

static void put_access(struct text_buffer *out, const struct race_access *access)
{
	u64 offset = 0;
	const char *name = ksyms_find(access->place, &offset);

	if (!access->size) {
		text_puts(out, "a write from elsewhere");
		return;
	}
	text_printf(out, "%s%s of %u bytes at %s+0x%lx",
		    access->kind & RACE_MARKED ? "marked " : "",
		    access->kind & RACE_WRITE ? "write" : "read", access->size, name ? name : "?",
		    name ? offset : access->place);
}

/*
 * A plain write that only marked reads meet. The compilers here store a word at once, so what is
 * read is old or new: often that is meant, in counters with one writer.
 */
static bool is_mild(const struct race *race)
{
	unsigned a = race->by[0].kind, b = race->by[1].kind;

	return (a == RACE_WRITE && b == RACE_MARKED) || (a == RACE_MARKED && b == RACE_WRITE);
}

/*
 * Show a line for each pair of places, and whether it is_mild: the access that was watched, the one
 * that came in between, the address, where the linker placed it if it is in the image, and how
 * often it was seen.
 */
static int show_races(struct text_buffer *out, const struct procfs_subject *s)
{
	struct race race;
	struct race_totals totals;
	unsigned nr = 0;

	for (; race_get(nr, &race); nr++) {
		bool in_image = race.address >= (vaddr_t)KERNEL_IMAGE_BASE;

		text_puts(out, is_mild(&race) ? "unmarked write: " : "race: ");
		put_access(out, &race.by[0]);
		text_puts(out, " and ");
		put_access(out, &race.by[1]);
		text_printf(out, " [%s%lx, %lu times]\n", in_image ? "linked at " : "",
			    race.address - (in_image ? arch_kernel_image_moved() : 0), race.times);
	}
	race_totals_get(&totals);
	text_printf(out, "races %u\nraces_without_room %lu\nwatched %lu\n", nr, totals.dropped,
		    totals.watched);
	return 0;
}

/* Any write forgets what was found. */
static int store_races(const struct procfs_subject *s, char *text, size_t len)
{
	race_reset();
	return 0;
}

static struct spinlock test_lock = SPINLOCK_INIT(leaf);
static u64 test_variable; /* [test_lock], or on purpose nobody's */

static void __noinline test_plain(void)
{
	test_variable++;
}

static void __noinline test_marked(void)
{
	WRITE_ONCE(test_variable, READ_ONCE(test_variable) + 1);
}

static void __noinline test_atomic(void)
{
	__atomic_fetch_add(&test_variable, 1, __ATOMIC_RELAXED);
}

static void __noinline test_locked(void)
{
	spin_lock(&test_lock);
	test_variable++;
	spin_unlock(&test_lock);
}

static void __noinline test_annotated(void)
{
	(void)data_race(test_variable++, "the test of the annotation");
}

static const struct race_way {
	const char *name;
	void (*change)(void);
} ways[] = {
	{"plain", test_plain},	 {"marked", test_marked},	{"atomic", test_atomic},
	{"locked", test_locked}, {"annotated", test_annotated},
};

struct SHARED race_test {
	const struct race_way *way; /* [I] */
	u64 end_ns;		    /* [I] */
	u32 other_is_done;	    /* [a] */
};

static void change_for_a_while(const struct race_test *test)
{
	do {
		for (unsigned i = 0; i < 1000; i++)
			test->way->change();
	} while (clock_monotonic_ns() < test->end_ns);
}

static void other_thread(void *arg)
{
	struct race_test *test = arg;

	change_for_a_while(test);
	__atomic_store_n(&test->other_is_done, 1, __ATOMIC_RELEASE);
}

/* Two threads change a variable in the way that is written: one of `ways`. */
static int store_race_test(const struct procfs_subject *s, char *text, size_t len)
{
	struct race_test test = {.end_ns = clock_monotonic_ns() + TEST_NS};
	int err;

	for (unsigned i = 0; i < ARRAY_SIZE(ways); i++)
		if (str_has_prefix(text, ways[i].name))
			test.way = &ways[i];
	if (!test.way)
		return -EINVAL;
	err = thread_create_kernel("race_test", other_thread, &test, NULL);
	if (err)
		return err;
	change_for_a_while(&test);
	while (!__atomic_load_n(&test.other_is_done, __ATOMIC_ACQUIRE))
		sched_yield();
	return 0;
}

void procfs_races_init(void)
{
	static const struct procfs_entry own[] = {
		{.name = "races", .mode = S_IFREG | 0600, .show = show_races, .store = store_races},
		{.name = "race_test", .mode = S_IFREG | 0200, .store = store_race_test},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(own); i++)
		procfs_add_creance(&own[i]);
}
#else
void procfs_races_init(void)
{
}
#endif
