// SPDX-License-Identifier: MIT
/*
 * path_cached_test.c -- a walk over cached names without the lock, while another CPU changes the
 * names, in every order of the steps of both.
 *
 * Idea. Below two directories p and q are entries, all in one bucket of the hash table. One CPU
 *   walks from p as path_lookup.c does, the other exchanges and renames by the code of
 *   dentry_change.c.
 * Invariants, in every order. A walk that is not to be repeated has found an entry that had this
 *   path at some time; and it finds one if nothing changes.
 */
#include "unit_test.h"

#include "interleave.h"

#include "sched/mutex.h"
#include "vfs/name/path_cached.h"

#undef assert_mutex_held /* the directories are not locked: only this CPU changes them */
#define assert_mutex_held(m) ((void)(m))
#include "vfs/name/dentry_change.c"

enum { P, Q, P_D, Q_D, P_D_X, Q_D_X, Q_L, NR_DENTRIES };

static const struct {
	const char *name;
	int parent;
	bool is_directory;
} shape[NR_DENTRIES] = {
	[P] = {"p", P, true},	 [Q] = {"q", Q, true},	      [P_D] = {"d", P, true},
	[Q_D] = {"d", Q, true},	 [P_D_X] = {"x", P_D, false}, [Q_D_X] = {"x", Q_D, false},
	[Q_L] = {"l", Q, false},
};

static struct inode inodes[NR_DENTRIES];
static struct dentry dentries[NR_DENTRIES], dentries_before[NR_DENTRIES];
static struct hlist buckets[2], buckets_before[2];
struct spinlock dentry_lock = SPINLOCK_INIT(dentry);
struct dentry_table dentry_table = {.buckets = buckets, .shift = 63};
u32 fast_paths_off;
static u32 found; /* 1 + which; 0: the walk is to be repeated, or there is more to walk */

void dentry_count_unused(int change)
{
	(void)change;
}

void dentry_put(struct dentry *dentry)
{
	enum dentry_put put = dentry_refs_put(&dentry->refs);

	interleave_check(put == DENTRY_PUT); /* the test keeps one */
}

/* As of dentry.c, for names of less than eight bytes. */
u64 dentry_hash(const struct dentry *parent, const char *name, size_t len)
{
	u64 word = 0;

	memcpy(&word, name, len);
	return dentry_hash_end(dentry_hash_word(dentry_hash_begin(), word), parent);
}

bool path_may_search(const struct inode *dir)
{
	interleave_fail("everybody may search");
	return false;
}

struct dentry *dentry_find_long(const struct dentry *parent, const char *name, size_t *len,
				u32 begun)
{
	interleave_fail("there are no long names");
	return NULL;
}

static void make(int which)
{
	struct dentry *dentry = &dentries[which], *parent = &dentries[shape[which].parent];

	memset(dentry, 0, sizeof(*dentry));
	inodes[which].mode = (shape[which].is_directory ? S_IFDIR : S_IFREG) | 0777;
	dentry->inode = &inodes[which];
	dentry->parent = parent;
	dentry->flags = DENTRY_GOING; /* it may be replaced */
	dentry->name = dentry->short_name;
	dentry->name_len = (u16)strlen(shape[which].name);
	memcpy(dentry->short_name, shape[which].name, dentry->name_len);
	dentry_refs_init(&dentry->refs);
	dentry_get(dentry);
	list_init(&dentry->children);
	list_init(&dentry->lru);
	list_init(&dentry->sibling);
	if (parent != dentry)
		list_add_last(&parent->children, &dentry->sibling);
	dentry->hash = dentry_hash(parent, dentry->name, dentry->name_len);
	hlist_add_first(dentry_bucket(dentry->hash), &dentry->hash_node);
}

/* Choose keys until all names, those that the entries get as well, are in the first bucket. */
static bool all_in_one_bucket(void)
{
	static const struct {
		int parent;
		const char *name;
	} others[] = {{P, "l"}, {Q_D, "l"}, {P_D, "l"}, {Q, "x"}};

	for (int i = 0; i < NR_DENTRIES; i++)
		if (dentry_bucket(dentries[i].hash) != &buckets[0])
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (dentry_bucket(dentry_hash(&dentries[others[i].parent], others[i].name, 1)) !=
		    &buckets[0])
			return false;
	return true;
}

static void make_all(void)
{
	u64 seed = 7;

	do {
		dentry_table.key[0] = unit_random(&seed);
		dentry_table.key[1] = unit_random(&seed) | 1;
		memset(buckets, 0, sizeof(buckets));
		for (int i = 0; i < NR_DENTRIES; i++)
			make(i);
	} while (!all_in_one_bucket());
	memcpy(dentries_before, dentries, sizeof(dentries));
	memcpy(buckets_before, buckets, sizeof(buckets));
}

static void reset(void)
{
	memcpy(dentries, dentries_before, sizeof(dentries));
	memcpy(buckets, buckets_before, sizeof(buckets));
	spin_lock_init(&dentry_lock, dentry);
	dentry_table.changes.sequence = 0;
	unit_preempt_count = 0;
	found = 0;
}

static u64 hash(u64 h)
{
	const u64 *words = (const u64 *)dentries;

	for (size_t i = 0; i < sizeof(dentries) / 8; i++)
		h = interleave_mix(h, words[i]);
	return interleave_mix(h, (u64)dentry_table.changes.sequence << 32 | found);
}

static void walk(const char *name)
{
	struct path at = {NULL, &dentries[P]};
	u32 begun = seqcount_read_begin(&dentry_table.changes);
	const char *rest = path_walk_cached(&at, name, false, false, begun);

	if (*rest || seqcount_must_read_again(&dentry_table.changes, begun))
		return;
	found = 1 + (u32)(at.dentry->inode - inodes);
}

/* What is l becomes an x, but only below what is no longer p/d. */
static void exchange_run(unsigned cpu)
{
	if (cpu == 0) {
		walk("d/x");
		return;
	}
	dentry_exchange(&dentries[P_D], &dentries[Q_D]);
	dentry_exchange(&dentries[P_D_X], &dentries[Q_L]);
}

static void exchange_check(void)
{
	interleave_check(found == 0 || found == 1 + P_D_X || found == 1 + Q_D_X);
}

/* What is d moves away with its x, which then is replaced by l. */
static void move_run(unsigned cpu)
{
	if (cpu == 0) {
		walk("d/x");
		return;
	}
	dentry_move(&dentries[P_D], &dentries[Q_D]);
	dentry_move(&dentries[Q_L], &dentries[P_D_X]);
}

static void move_check(void)
{
	interleave_check(found == 0 || found == 1 + P_D_X);
}

static void nothing_run(unsigned cpu)
{
	if (cpu == 0)
		walk("d/x");
}

static void nothing_check(void)
{
	interleave_check(found == 1 + P_D_X);
}

static void explore(void (*run)(unsigned cpu), void (*check)(void))
{
	struct interleave model = {
		.nr_cpus = 2, .reset = reset, .run = run, .hash = hash, .check = check};

	make_all();
	interleave_explore(&model);
}

static void what_is_exchanged_elsewhere_is_not_found(void **state)
{
	(void)state;
	explore(exchange_run, exchange_check);
}

static void what_is_moved_is_found_where_it_was(void **state)
{
	(void)state;
	explore(move_run, move_check);
}

static void what_stays_is_found(void **state)
{
	(void)state;
	explore(nothing_run, nothing_check);
}

UNIT_MAIN(cmocka_unit_test(what_stays_is_found),
	  cmocka_unit_test(what_is_exchanged_elsewhere_is_not_found),
	  cmocka_unit_test(what_is_moved_is_found_where_it_was))
