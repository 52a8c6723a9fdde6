// SPDX-License-Identifier: MIT
/*
 * path_walk.c -- resolves a path name to a place.
 *
 * Idea.  The first part of a walk, mostly all of it, is over cached names and takes no lock
 *   (path_cached.h, path_lookup.c). From where that ends the walk goes from component to component
 *   with dentry_lock held, which keeps alive everything that it can reach. Where it must call a
 *   file system or a permission hook, or follow a link, it takes references (`held`), releases the
 *   lock, does so, and goes on.
 * Invariants.
 *   W1  With the lock held, w->at is a place that exists; without it, w->at equals w->held.
 *   W2  w->root never changes during a walk, so ".." cannot leave it, even if another thread calls
 *       chroot meanwhile.
 *   W3  Each link followed counts; more than 40 are a loop.
 *   W4  Slashes cost time, too: after a run of more than NAME_MAX of them the walk releases the
 *       lock, and no run is longer than a path.
 *   W5  The walk goes on from where the part without the lock has come only if nothing has changed
 *       since that began, and that place has not ended; and if no other thread could change the
 *       root meanwhile, for W2.
 * Locks.  dentry_lock, released every WALK_BATCH components so that preemption is never off for
 *   long.
 * Cost.  About 50 instructions for a cached component, 300 for a general step.
 * Tests.  name_ops_test.c, path_walk_test.c; tests/guest/file/file_path.c, file_links.c,
 *   file_perm.c, name_race.c.
 * See also.  path_resolution(7), dentry.c.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "vfs/cred.h"
#include "vfs/file/fdtable.h"
#include "vfs/name/path_walk_internal.h"
#include "vfs/name/protected_names.h"

#include <linux/limits.h>

#define WALK_LINKS_MAX 40
#define WALK_BATCH 8   /* general steps; up to PATH_CACHED_MAX cached ones precede each */
#define WALK_STOPPED 1 /* not an error: the walk is at the parent of the last component */
#define WALK_BUFFER_MAX (8 * PATH_MAX) /* the text of a link and what follows it */

/* Take references on w->at and w->root and release the lock. W1 */
static void walk_unlock(struct walk *w) RELEASES(dentry_lock)
{
	struct path old = w->held;
	bool keeps = old.dentry == w->at.dentry && old.mount == w->at.mount;

	assert_spin_held(&dentry_lock);
	debug_assert(w->at.mount && w->at.dentry); /* W1 */
	if (!keeps) {
		mount_get(w->at.mount);
		dentry_get(w->at.dentry);
		w->held = w->at;
	}
	if (!w->root_held && !w->root_kept) {
		mount_get(w->root.mount);
		dentry_get(w->root.dentry);
		w->root_held = true;
	}
	spin_unlock(&dentry_lock);
	if (!keeps && old.dentry)
		path_put(&old);
}

/* Go to @path, whose references are taken over. The lock is not held. */
static void walk_set(struct walk *w, const struct path *path)
{
	struct path old = w->held;

	debug_assert(path->mount && path->dentry); /* W1 */
	w->held = w->at = *path;
	if (old.dentry)
		path_put(&old);
}

void walk_fini(struct walk *w)
{
	if (w->held.dentry)
		path_put(&w->held);
	if (w->previous.dentry)
		path_put(&w->previous);
	if (w->root_held)
		path_put(&w->root);
	if (w->buffer)
		kfree(w->buffer);
	w->held.dentry = NULL;
	w->previous.dentry = NULL;
	w->root_held = false;
	w->buffer = NULL;
}

/* Begin at @at, with @rest to be walked, and with @root. */
static void walk_init(struct walk *w, const struct path *at, const struct path *root,
		      const char *rest, unsigned flags) REQUIRES(dentry_lock)
{
	w->at = *at;
	w->root = *root;
	w->held.dentry = NULL;
	w->previous.dentry = NULL;
	w->root_held = false;
	w->root_kept = places_are_own();
	w->trailing_slash = *rest == '/'; /* something precedes it, be it the root */
	w->buffer = NULL;
	w->flags = flags;
	w->nr_links = 0;
	w->rest = rest;
}

/* Root and working directory, both of one moment. W2 */
static void read_places(struct path *root, struct path *cwd) NO_LOCK_ANALYSIS
{
	struct fs_context *context = fs_context_current();
	bool are_own = places_are_own();

	if (unlikely(!are_own))
		spin_lock(&context->lock);
	*root = context->root;
	*cwd = context->cwd;
	if (unlikely(!are_own))
		spin_unlock(&context->lock);
}

/* Begin at the start of @name, or at @start if that is a place. */
static void walk_start(struct walk *w, const struct path *start, const char *name, unsigned flags)
	REQUIRES(dentry_lock)
{
	bool is_absolute = *name == '/';
	struct path root, cwd;

	read_places(&root, &cwd);
	walk_init(w,
		  start->dentry ? start
		  : is_absolute ? &root
				: &cwd,
		  &root, name + is_absolute, flags);
}

/* Take the lock and go to the start of @name. With an error the lock is not held. */
static int walk_begin(struct walk *w, int dirfd, const char *name, unsigned flags) NO_LOCK_ANALYSIS
{
	struct path start = {NULL, NULL};
	struct fd_ref ref;

	if (!*name && !(flags & WALK_EMPTY))
		return -ENOENT;
	if (*name != '/' && dirfd != AT_FDCWD) {
		ref = fd_get_light_any(dirfd);
		if (!ref.file)
			return -EBADF;
		start = ref.file->path;
		if (!start.dentry) {
			fd_put_light(ref);
			return *name ? -ENOTDIR : -ENOENT;
		}
		path_get(&start);
		fd_put_light(ref);
	}
	spin_lock(&dentry_lock);
	walk_start(w, &start, name, flags);
	w->held = start;
	return 0;
}

/*
 * Take the lock, end the section of @cached, and go to where that has come; to the start of @name
 * if it is not known to be right. W5
 */
static void walk_take_over(struct walk *w, const struct cached_walk *cached, const char *name,
			   unsigned flags) NO_LOCK_ANALYSIS
{
	const struct path nowhere = {NULL, NULL};
	bool is_right;

	spin_lock(&dentry_lock);
	epoch_read_end();
	is_right = cached->own_start && cached_walk_is_right(cached) &&
		   !dentry_refs_are_dead(&cached->at.dentry->refs);
	if (likely(is_right))
		walk_init(w, &cached->at, &fs_context_current()->root, cached->rest, flags);
	else
		walk_start(w, &nowhere, name, flags);
}

/* May names be looked up in the directory w->at? */
static int walk_may_search(struct walk *w) REQUIRES(dentry_lock)
{
	struct inode *dir = w->at.dentry->inode;
	int err;

	if (unlikely(!S_ISDIR(inode_mode(dir))))
		return -ENOTDIR;
	if (likely(!dir->ops->permission)) {
		if (likely((inode_mode(dir) & 0111) == 0111))
			return 0;
		return inode_permission_mode(dir, MAY_EXEC, cred_current());
	}
	walk_unlock(w);
	err = dir->ops->permission(dir, MAY_EXEC);
	spin_lock(&dentry_lock);
	return err;
}

/* Go to the parent, across mount points, never above the root. W2 */
static void walk_up(struct walk *w) REQUIRES(dentry_lock)
{
	for (;;) {
		if (w->at.dentry == w->root.dentry && w->at.mount == w->root.mount)
			break;
		if (w->at.dentry != w->at.mount->root) {
			w->at.dentry = w->at.dentry->parent;
			break;
		}
		if (!mount_cross_up(&w->at))
			break;
	}
	mount_cross_down(&w->at);
}

/* Look the component up in the file system. */
static int walk_down_slow(struct walk *w, const char *name, size_t len) REQUIRES(dentry_lock)
{
	struct path child, old;
	int err;

	walk_unlock(w);
	debug_assert(w->at.dentry == w->held.dentry && w->at.mount == w->held.mount); /* W1 */
	err = dentry_lookup(w->at.dentry, name, len, &child.dentry);
	if (!err) {
		child.mount = w->at.mount;
		mount_get(child.mount);
		old = w->previous;
		/* The child may be renamed, but walk_one still uses this parent. */
		w->previous = w->held;
		w->held = w->at = child;
		if (old.dentry)
			path_put(&old);
	}
	spin_lock(&dentry_lock);
	return err;
}

/* Go to the entry @name of the directory w->at. */
static int walk_down(struct walk *w, const char *name, size_t len) REQUIRES(dentry_lock)
{
	struct dentry *parent = w->at.dentry, *child;
	int err;

	if (unlikely(len > NAME_MAX))
		return -ENAMETOOLONG;
	child = dentry_find(parent, name, len, dentry_hash(parent, name, len));
	if (likely(child && !(child->flags & DENTRY_VOLATILE))) {
		w->at.dentry = child;
	} else {
		err = walk_down_slow(w, name, len);
		if (err)
			return err;
	}
	if (unlikely(!w->at.dentry->inode))
		return -ENOENT;
	if (unlikely(w->at.dentry->mounted))
		mount_cross_down(&w->at);
	return 0;
}

/* Put @link's text before @rest, which is still to be walked. The lock is not held. */
static int walk_push_link(struct walk *w, struct inode *link, const char *rest)
{
	size_t rest_len, size;
	char *buffer;
	ssize_t len;

	if (!link->ops->readlink)
		return -EINVAL;
	while (rest[0] == '/' && rest[1] == '/') /* W4 */
		rest++;
	rest_len = strlen(rest);
	size = PATH_MAX + rest_len + 2;
	if (size > WALK_BUFFER_MAX)
		return -ENAMETOOLONG;
	buffer = kmalloc(size, 0);
	if (!buffer)
		return -ENOMEM;
	len = link->ops->readlink(link, buffer, PATH_MAX);
	if (len <= 0 || len >= PATH_MAX) {
		kfree(buffer);
		return len < 0 ? (int)len : len ? -ENAMETOOLONG : -ENOENT;
	}
	/* @rest still begins with the slashes that followed the link's name. */
	memcpy(buffer + len, rest, rest_len + 1);
	if (w->buffer)
		kfree(w->buffer);
	w->buffer = buffer;
	w->rest = buffer;
	return 0;
}

/*
 * Follow @link (referenced), which is in @parent (references taken over): walk on with its text and
 * then @rest, from @parent or from the root; or from where its follow hook leads. The lock is not
 * held.
 */
static int walk_follow(struct walk *w, struct inode *link, struct path *parent, const char *rest)
{
	struct path target;
	int err;

	debug_assert(w->at.dentry == w->held.dentry && w->at.mount == w->held.mount); /* W1 */
	if (++w->nr_links > WALK_LINKS_MAX) {					      /* W3 */
		path_put(parent);
		return -ELOOP;
	}
	inode_touch(link, INODE_TOUCH_ATIME);
	if (link->ops->follow) {
		err = link->ops->follow(link, &target);
		path_put(parent);
		if (!err) {
			w->rest = rest;
			walk_set(w, &target);
		}
		return err;
	}
	err = walk_push_link(w, link, rest);
	if (err) {
		path_put(parent);
		return err;
	}
	if (*w->rest == '/') {
		w->rest++;
		path_put(parent);
		target = w->root;
		path_get(&target);
		parent = &target;
	}
	walk_set(w, parent);
	return 0;
}

/* Follow the link w->at, which is in @parent. */
static int walk_link(struct walk *w, struct path *parent, const char *rest) REQUIRES(dentry_lock)
{
	struct inode *link = w->at.dentry->inode;
	int err;

	inode_get(link);
	mount_get(parent->mount);
	dentry_get(parent->dentry);
	walk_unlock(w);
	err = walk_follow(w, link, parent, rest);
	inode_put(link);
	spin_lock(&dentry_lock);
	return err;
}

static bool is_dots(const char *name, size_t len)
{
	return name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.'));
}

static int walk_one(struct walk *w, const char *name, size_t len, const char *next, bool is_last)
	REQUIRES(dentry_lock)
{
	struct path parent = w->at;
	int err;

	if (unlikely(is_dots(name, len))) {
		if (len == 2)
			walk_up(w);
		w->rest = next;
		return 0;
	}
	err = walk_down(w, name, len);
	if (unlikely(err))
		return err;
	w->rest = next;
	if (likely(!S_ISLNK(inode_mode(w->at.dentry->inode))) ||
	    (is_last && !w->trailing_slash && !(w->flags & WALK_FOLLOW)))
		return 0;
	if (is_last) {
		err = protected_may_follow(parent.dentry->inode, w->at.dentry->inode);
		if (err)
			return err;
	}
	return walk_link(w, &parent, next);
}

/* WALK_PARENT: stop at the parent of the last component. */
static int walk_stop(struct walk *w, const char *name, size_t len) REQUIRES(dentry_lock)
{
	w->last = name;
	w->last_len = len;
	w->last_special = is_dots(name, len);
	return walk_may_search(w);
}

static void walk_yield_lock(struct walk *w) REQUIRES(dentry_lock)
{
	walk_unlock(w);
	spin_lock(&dentry_lock);
}

/* Walk the component at @name: 0, an error, or WALK_STOPPED. */
static int walk_step(struct walk *w, const char *name) REQUIRES(dentry_lock)
{
	const char *next;
	size_t len;
	int err;

	len = name_len(name);
	for (next = name + len; *next == '/'; next++)
		;
	w->trailing_slash = !*next && next != name + len;
	if (!*next && (w->flags & WALK_PARENT)) {
		err = walk_stop(w, name, len);
		return err ? err : WALK_STOPPED;
	}
	err = walk_may_search(w);
	return err ? err : walk_one(w, name, len, name + len, !*next);
}

/*
 * Walk all components, or all but the last. The lock is held before and after, whatever the result.
 */
static int walk_components(struct walk *w) REQUIRES(dentry_lock)
{
	bool parent = w->flags & WALK_PARENT;
	unsigned left = WALK_BATCH;
	const char *name;
	int err;

	u32 begun;

	assert_spin_held(&dentry_lock);
	w->last = "";
	w->last_len = 0;
	w->last_special = true;
	for (;;) {
		begun = seqcount_read_begin(&dentry_table.changes);
		name = path_walk_cached(&w->at, w->rest, parent, false, begun);
		if (!*name)
			return 0;
		if (name != w->rest) /* otherwise the last step has set it */
			w->trailing_slash = *name == '/';
		while (*name == '/')
			name++;
		if (!*name)
			return 0;
		if (unlikely(name - w->rest > NAME_MAX)) /* W4 */
			left = 1;
		err = walk_step(w, name);
		if (unlikely(err))
			return err == WALK_STOPPED ? 0 : err;
		if (w->rest[0] == '/' && w->rest[1] && w->rest[1] != '/')
			w->rest++;
		if (unlikely(--left == 0)) {
			left = WALK_BATCH;
			walk_yield_lock(w);
		}
	}
}

/* ---- whole walks ---- */

int walk_whole(struct walk *w, int dirfd, const char *name, unsigned flags,
	       const struct cached_walk *cached) NO_LOCK_ANALYSIS
{
	int err = 0;

	if (cached->rest)
		walk_take_over(w, cached, name, flags);
	else
		err = walk_begin(w, dirfd, name, flags);
	if (err)
		return err;
	err = walk_components(w);
	if (!err && ((flags & WALK_DIRECTORY) || w->trailing_slash) &&
	    !S_ISDIR(inode_mode(w->at.dentry->inode)))
		err = -ENOTDIR;
	if (err) {
		spin_unlock(&dentry_lock);
		walk_fini(w);
	}
	return err;
}

/*
 * If @cached has come to the parent of the last component, end its section and stop there, with
 * references. False: its rest is to be walked, which is NULL if the section has ended.
 */
static __always_inline bool walk_stop_cached(struct walk *w, struct cached_walk *cached,
					     unsigned flags, bool restricted)
{
	const char *name = cached->rest, *next;
	size_t len;

	while (*name == '/')
		name++;
	len = name_len(name);
	for (next = name + len; *next == '/'; next++)
		;
	if (unlikely(!len || *next || !cached->own_start) || /* W2 */
	    !cached_walk_may_search(cached, restricted) || unlikely(!cached_walk_get(cached)))
		return false;
	w->at = w->held = cached->at;
	w->root = fs_context_current()->root;
	w->previous.dentry = NULL;
	w->rest = w->last = name;
	w->buffer = NULL;
	w->last_len = len;
	w->flags = flags;
	w->nr_links = 0;
	w->root_held = false;
	w->root_kept = true;
	w->trailing_slash = next != name + len;
	w->last_special = is_dots(name, len);
	return true;
}

/* Walk the rest of a name up to its last component; the section of @cached ends. */
static __noinline int walk_parent_rest(struct walk *w, int dirfd, const char *name, unsigned flags,
				       struct cached_walk cached) NO_LOCK_ANALYSIS
{
	int err = 0;

	if (cached.rest) {
		cached_walk_go_on(&cached, true);
		if (walk_stop_cached(w, &cached, flags, true))
			return 0;
	}
	if (cached.rest)
		walk_take_over(w, &cached, name, flags);
	else
		err = walk_begin(w, dirfd, name, flags);
	if (err)
		return err;
	err = walk_components(w);
	walk_unlock(w);
	if (err)
		walk_fini(w);
	return err;
}

int walk_parent(struct walk *w, int dirfd, const char *name, unsigned flags)
{
	struct cached_walk cached;

	flags |= WALK_PARENT;
	cached_walk_begin(&cached, dirfd, name, true);
	if (likely(cached.rest) && likely(walk_stop_cached(w, &cached, flags, false)))
		return 0;
	return walk_parent_rest(w, dirfd, name, flags, cached);
}

int walk_follow_last(struct walk *w, struct dentry *link) NO_LOCK_ANALYSIS
{
	struct path parent = w->held;
	char *old_buffer = w->buffer;
	int err = protected_may_follow(parent.dentry->inode, link->inode);

	if (err) {
		walk_fini(w);
		return err;
	}
	path_get(&parent);
	w->buffer = NULL; /* w->last points into it */
	err = walk_follow(w, link->inode, &parent, w->trailing_slash ? "/" : "");
	if (old_buffer)
		kfree(old_buffer);
	if (!err) {
		spin_lock(&dentry_lock);
		err = walk_components(w);
		walk_unlock(w);
	}
	if (err)
		walk_fini(w);
	return err;
}
