// SPDX-License-Identifier: MIT
/*
 * dentry_change.c -- updates the cached names when a directory changes.
 *
 * Idea.  A removal is announced (DENTRY_GOING), so that nothing is mounted there meanwhile. The
 *   file system makes the change; then the cache follows in one hold of dentry_lock, so that a walk
 *   finds the name before or after it. A renamed entry keeps its structure, and so do all that are
 *   below it: it gets another name and another parent.
 * Invariants.
 *   C1  dentry_table.changes is a sequence count (sync/seqcount.h) of the changes of an entry's
 *       name or parent, of what is mounted where, and of the ends of mounts. A path that was put
 *       together from several entries, or found without the lock, is right if the count did not
 *       change meanwhile. A deletion does not count: who has passed the name before had it when it
 *       was there.
 * Locks.  dentry_lock; the callers hold the inode locks of the directories. The rename lock keeps
 *   the shape of the tree while dentry_is_below runs.
 * Cost.  A climb releases dentry_lock after every BELOW_STEPS levels.
 * Tests.  path_cached_test.c, name_ops_test.c, tests/guest/file/file_rename.c.
 * See also.  dentry.c.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "lib/string.h"
#include "vfs/name/dentry_change.h"
#include "vfs/name/dentry_internal.h"

#define BELOW_STEPS 512 /* levels climbed before the lock is released */

int dentry_delete_begin(struct dentry *dentry)
{
	int err = 0;

	assert_mutex_held(&dentry->parent->inode->lock); /* D3 */
	spin_lock(&dentry_lock);
	if (dentry->mounted)
		err = -EBUSY;
	else
		dentry_change_flags(dentry, DENTRY_GOING, 0);
	spin_unlock(&dentry_lock);
	return err;
}

void dentry_delete_cancel(struct dentry *dentry)
{
	assert_mutex_held(&dentry->parent->inode->lock);
	spin_lock(&dentry_lock);
	dentry_change_flags(dentry, 0, DENTRY_GOING);
	spin_unlock(&dentry_lock);
}

void dentry_delete(struct dentry *dentry)
{
	assert_mutex_held(&dentry->parent->inode->lock); /* D3 */
	debug_assert(dentry->flags & DENTRY_GOING);
	spin_lock(&dentry_lock);
	dentry_end_when_unused(dentry, DENTRY_DELETED);
	hlist_remove(&dentry->hash_node);
	list_remove_init(&dentry->lru);
	spin_unlock(&dentry_lock);
}

/* Change the name of @dentry, whose length and text outside of the entry are @len and @stored. */
static void set_name(struct dentry *dentry, const u64 *words, size_t len, char *stored)
	REQUIRES(dentry_lock)
{
	for (unsigned i = 0; i < ARRAY_SIZE(dentry->words); i++)
		WRITE_ONCE(dentry->words[i], words[i]);
	WRITE_ONCE(dentry->name, stored ? stored : dentry->short_name);
	WRITE_ONCE(dentry->name_len, (u16)len);
}

/* Swap the names of @a and @b, and the storage of long names. */
static void swap_names(struct dentry *a, struct dentry *b) REQUIRES(dentry_lock)
{
	u64 words[ARRAY_SIZE(a->words)];
	char *a_name = a->name == a->short_name ? NULL : a->name;
	char *b_name = b->name == b->short_name ? NULL : b->name;
	u16 len = a->name_len;

	assert_spin_held(&dentry_lock);
	memcpy(words, a->words, sizeof(words));
	set_name(a, b->words, b->name_len, b_name);
	set_name(b, words, len, a_name);
}

static void swap_places(struct dentry *a, struct dentry *b) REQUIRES(dentry_lock)
{
	struct dentry *a_parent = a->parent;

	assert_spin_held(&dentry_lock);
	list_remove(&a->sibling);
	list_remove(&b->sibling);
	WRITE_ONCE(a->parent, b->parent); /* each takes over the other's reference on its parent */
	WRITE_ONCE(b->parent, a_parent);
	list_add_last(&a->parent->children, &a->sibling);
	list_add_last(&b->parent->children, &b->sibling);
	swap_names(a, b);
}

static void rehash(struct dentry *dentry) REQUIRES(dentry_lock)
{
	assert_spin_held(&dentry_lock);
	hlist_remove(&dentry->hash_node);
	WRITE_ONCE(dentry->hash, dentry_hash(dentry->parent, dentry->name, dentry->name_len));
	hlist_add_first(dentry_bucket(dentry->hash), &dentry->hash_node);
}

void dentry_move(struct dentry *dentry, struct dentry *target)
{
	struct dentry *old_parent = dentry->parent;

	assert_mutex_held(&old_parent->inode->lock); /* D3 */
	assert_mutex_held(&target->parent->inode->lock);
	debug_assert(!target->inode || (target->flags & DENTRY_GOING));
	spin_lock(&dentry_lock);
	seqcount_write_begin(&dentry_table.changes, &dentry_lock);
	dentry_end_when_unused(target, DENTRY_DELETED);
	hlist_remove(&target->hash_node);
	list_remove_init(&target->lru);

	list_remove(&dentry->sibling);
	dentry_get(target->parent);
	WRITE_ONCE(dentry->parent, target->parent);
	list_add_last(&dentry->parent->children, &dentry->sibling);
	/*
	 * Users of the replaced file still see its old name. Only a long name's storage is swapped.
	 */
	if (target->name == target->short_name && dentry->name == dentry->short_name) {
		set_name(dentry, target->words, target->name_len, NULL);
	} else {
		swap_names(dentry, target);
	}
	rehash(dentry);
	seqcount_write_end(&dentry_table.changes);
	spin_unlock(&dentry_lock);
	dentry_put(old_parent);
}

void dentry_exchange(struct dentry *a, struct dentry *b)
{
	assert_mutex_held(&a->parent->inode->lock); /* D3 */
	assert_mutex_held(&b->parent->inode->lock);
	spin_lock(&dentry_lock);
	seqcount_write_begin(&dentry_table.changes, &dentry_lock);
	swap_places(a, b);
	rehash(a);
	rehash(b);
	seqcount_write_end(&dentry_table.changes);
	spin_unlock(&dentry_lock);
}

bool dentry_is_below(struct dentry *dentry, const struct dentry *ancestor)
{
	struct dentry *held = NULL, *old;
	unsigned steps = 0;
	bool below;

	spin_lock(&dentry_lock);
	while (dentry != ancestor && dentry->parent != dentry) {
		dentry = dentry->parent;
		if (++steps % BELOW_STEPS)
			continue;
		dentry_get(dentry);
		old = held;
		held = dentry;
		spin_unlock(&dentry_lock);
		if (old)
			dentry_put(old);
		spin_lock(&dentry_lock);
	}
	below = dentry == ancestor;
	spin_unlock(&dentry_lock);
	if (held)
		dentry_put(held);
	return below;
}
