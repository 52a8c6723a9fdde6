// SPDX-License-Identifier: MIT
/* path_name.c -- from a place to its name, built from the end to the root. */
#include "core/errno.h"
#include "lib/string.h"
#include "vfs/mount.h"
#include "vfs/path_walk.h"

struct name_builder {
	char *start, *floor; /* what is built so far begins at start; nothing may go below floor */
	bool overflow;
};

static void prepend(struct name_builder *builder, const char *text, size_t len)
{
	if ((size_t)(builder->start - builder->floor) < len) {
		builder->overflow = true;
		return;
	}
	builder->start -= len;
	memcpy(builder->start, text, len);
}

/* Locks: dentry_lock held. Ends at @root (true), or at the top of a tree that is not below it. */
static bool prepend_path(struct name_builder *builder, struct path place, const struct path *root)
{
	char *end = builder->start;
	bool reached = true;

	while (place.dentry != root->dentry || place.mount != root->mount) {
		struct dentry *dentry = place.dentry;

		if (dentry == place.mount->root) {
			if (mount_cross_up(&place))
				continue;
			reached = false;
			break;
		}
		if (dentry->parent == dentry) {
			reached = false;
			break;
		}
		prepend(builder, dentry->name, dentry->name_len);
		prepend(builder, "/", 1);
		place.dentry = dentry->parent;
	}
	if (builder->start == end)
		prepend(builder, "/", 1);
	return reached;
}

int path_name(const struct path *path, bool mark_deleted, char *buffer, size_t size,
	      const char **out)
{
	struct name_builder builder = {buffer + size, buffer, false};
	struct path root;
	int err = 0;

	fs_context_get_root(fs_context_current(), &root);
	prepend(&builder, "", 1);
	spin_lock(&dentry_lock);
	if (path->dentry->flags & DENTRY_DELETED) {
		if (mark_deleted)
			prepend(&builder, " (deleted)", 10);
		else
			err = -ENOENT;
	}
	if (!prepend_path(&builder, *path, &root) && !mark_deleted)
		prepend(&builder, "(unreachable)", 13);
	spin_unlock(&dentry_lock);
	path_put(&root);
	*out = builder.start;
	return err ? err : builder.overflow ? -ENAMETOOLONG : 0;
}
