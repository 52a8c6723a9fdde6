// SPDX-License-Identifier: MIT
#include "vfs/name/fs_context.h"

#include "core/assert.h"
#include "core/errno.h"
#include "lib/refcount.h"
#include "mm/kmalloc.h"

struct fs_context fs_context_kernel = {
	.lock = SPINLOCK_INIT(leaf),
	.umask = 022,
	.refs = REFCOUNT_INIT(1),
	.nr_threads = 1,
};

void fs_context_start_kernel(const struct path *root)
{
	debug_assert(!fs_context_kernel.root.dentry);
	path_get(root);
	path_get(root);
	spin_lock(&fs_context_kernel.lock);
	fs_context_kernel.root = fs_context_kernel.cwd = *root;
	spin_unlock(&fs_context_kernel.lock);
}

static int context_new(const struct path *root, const struct path *cwd, mode_t umask,
		       struct fs_context **out)
{
	struct fs_context *context = kmalloc(sizeof(*context), 0);

	if (!context)
		return -ENOMEM;
	spin_lock_init(&context->lock, leaf);
	context->root = *root;
	context->cwd = *cwd;
	context->places = (struct seqcount){0};
	context->umask = umask;
	refcount_init(&context->refs, 1);
	context->nr_threads = 1;
	*out = context;
	return 0;
}

int fs_context_copy(struct fs_context *from, struct fs_context **out)
{
	struct path root, cwd;
	int err;

	fs_context_get_root(from, &root);
	fs_context_get_cwd(from, &cwd);
	err = context_new(&root, &cwd, __atomic_load_n(&from->umask, __ATOMIC_RELAXED), out);
	if (err) {
		path_put(&root);
		path_put(&cwd);
	}
	return err;
}

void fs_context_get(struct fs_context *context)
{
	refcount_get(&context->refs);
}

void fs_context_put(struct fs_context *context)
{
	if (!refcount_put(&context->refs))
		return;
	path_put(&context->root);
	path_put(&context->cwd);
	kfree(context);
}

void fs_context_share(struct fs_context *context)
{
	spin_lock(&context->lock);
	context->nr_threads++;
	spin_unlock(&context->lock);
	fs_context_get(context);
}

void fs_context_leave(struct fs_context *context)
{
	spin_lock(&context->lock);
	debug_assert(context->nr_threads);
	context->nr_threads--;
	spin_unlock(&context->lock);
	fs_context_put(context);
}

bool fs_context_is_shared(struct fs_context *context)
{
	bool shared;

	spin_lock(&context->lock);
	shared = context->nr_threads > 1;
	spin_unlock(&context->lock);
	return shared;
}

static void place_set(struct fs_context *context, struct path *place, const struct path *path)
{
	struct path old;

	path_get(path);
	spin_lock(&context->lock);
	old = *place;
	seqcount_write_begin(&context->places, &context->lock);
	WRITE_ONCE(place->mount, path->mount);
	WRITE_ONCE(place->dentry, path->dentry);
	seqcount_write_end(&context->places);
	spin_unlock(&context->lock);
	path_put(&old);
}

void fs_context_set_cwd(struct fs_context *context, const struct path *path)
{
	place_set(context, &context->cwd, path);
}

void fs_context_set_root(struct fs_context *context, const struct path *path)
{
	place_set(context, &context->root, path);
}

static void place_get(struct fs_context *context, const struct path *place, struct path *out)
{
	/* Who changes the context puts its reference afterwards. */
	spin_lock(&context->lock);
	*out = *place;
	path_get(out);
	spin_unlock(&context->lock);
}

void fs_context_get_cwd(struct fs_context *context, struct path *out)
{
	place_get(context, &context->cwd, out);
}

void fs_context_get_root(struct fs_context *context, struct path *out)
{
	place_get(context, &context->root, out);
}

mode_t fs_context_set_umask(struct fs_context *context, mode_t umask)
{
	return __atomic_exchange_n(&context->umask, umask & 0777, __ATOMIC_RELAXED);
}
