// SPDX-License-Identifier: MIT
/* path_name.c -- makes the name of a place, from its end to the root. */
#include "core/assert.h"
#include "core/errno.h"
#include "lib/string.h"
#include "vfs/name/mount.h"
#include "vfs/name/path_walk.h"

#define NAME_STEPS 128	 /* levels climbed before the lock is released */
#define NAME_ATTEMPTS 8U /* that a rename may spoil, before the lock is kept */

struct name_builder {
	char *start, *floor; /* the name so far begins at start; the buffer at floor */
	bool overflow;
};

static void prepend(struct name_builder *builder, const char *text, size_t len)
{
	debug_assert(builder->start >= builder->floor);
	if ((size_t)(builder->start - builder->floor) < len) {
		builder->overflow = true;
		return;
	}
	builder->start -= len;
	memcpy(builder->start, text, len);
}

enum progress { NAME_MORE, NAME_REACHED, NAME_UNREACHABLE };

/*
 * Go up at most @steps levels from *@place, towards @root or the top of a tree that is not below
 * it. Locks: dentry_lock held.
 */
static enum progress prepend_some(struct name_builder *builder, struct path *place,
				  const struct path *root, unsigned steps) REQUIRES(dentry_lock)
{
	assert_spin_held(&dentry_lock);
	while (place->dentry != root->dentry || place->mount != root->mount) {
		struct dentry *dentry = place->dentry;

		if (!steps-- || builder->overflow)
			return NAME_MORE;
		if (dentry == place->mount->root) {
			if (mount_cross_up(place))
				continue;
			return NAME_UNREACHABLE;
		}
		if (dentry->parent == dentry)
			return NAME_UNREACHABLE;
		prepend(builder, dentry->name, dentry->name_len);
		prepend(builder, "/", 1);
		place->dentry = dentry->parent;
	}
	return NAME_REACHED;
}

/*
 * Release the lock for a moment, holding references on *@place instead of *@held. False: names have
 * changed meanwhile.
 */
static bool yield_lock(const struct path *place, struct path *held) REQUIRES(dentry_lock)
{
	u32 begun = seqcount_read_begin(&dentry_table.changes);
	struct path old = *held;

	*held = *place;
	mount_get(place->mount);
	dentry_get(place->dentry);
	spin_unlock(&dentry_lock);
	if (old.dentry)
		path_put(&old);
	spin_lock(&dentry_lock);
	return !seqcount_must_read_again(&dentry_table.changes, begun);
}

/* -EAGAIN: names have changed meanwhile, which cannot happen when @steps has no bound. */
static int build_name(struct name_builder *builder, const struct path *path,
		      const struct path *root, bool mark_deleted, unsigned steps)
{
	struct path place = *path, held = {NULL, NULL};
	enum progress progress;
	int err = 0;
	char *end;

	prepend(builder, "", 1);
	spin_lock(&dentry_lock);
	if (path->dentry->flags & DENTRY_DELETED) {
		if (mark_deleted)
			prepend(builder, " (deleted)", 10);
		else
			err = -ENOENT;
	}
	end = builder->start;
	while ((progress = prepend_some(builder, &place, root, steps)) == NAME_MORE &&
	       !builder->overflow) {
		if (!yield_lock(&place, &held)) {
			err = -EAGAIN;
			break;
		}
	}
	spin_unlock(&dentry_lock);
	if (held.dentry)
		path_put(&held);
	if (builder->start == end)
		prepend(builder, "/", 1);
	if (progress == NAME_UNREACHABLE && !mark_deleted)
		prepend(builder, "(unreachable)", 13);
	return err;
}

int path_name(const struct path *path, bool mark_deleted, char *buffer, size_t size,
	      const char **out)
{
	struct name_builder builder;
	unsigned attempts = 0;
	struct path root;
	int err;

	fs_context_get_root(fs_context_current(), &root);
	do {
		builder = (struct name_builder){buffer + size, buffer, false};
		err = build_name(&builder, path, &root, mark_deleted,
				 attempts++ < NAME_ATTEMPTS ? NAME_STEPS : ~0U);
	} while (err == -EAGAIN);
	path_put(&root);
	*out = builder.start;
	return err ? err : builder.overflow ? -ENAMETOOLONG : 0;
}
