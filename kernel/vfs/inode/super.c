// SPDX-License-Identifier: MIT
/* super.c -- mounted file systems and the registered types. */
#include "vfs/inode/super.h"

#include "core/assert.h"
#include "core/errno.h"
#include "lib/refcount.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "sched/epoch.h"

#include <asm/statfs.h>
#include <linux/limits.h>

static struct spinlock types_lock = SPINLOCK_INIT(leaf);
static struct file_system *types; /* [types_lock] */
static u64 next_device = 1;	  /* [a] minor numbers of st_dev, major 0 */

void file_system_register(struct file_system *type)
{
	struct file_system **end;

	spin_lock(&types_lock);
	for (end = &types; *end; end = &(*end)->next)
		;
	type->next = NULL;
	*end = type;
	spin_unlock(&types_lock);
}

struct file_system *file_system_find(const char *name)
{
	struct file_system *type;

	spin_lock(&types_lock);
	for (type = types; type && strcmp(type->name, name) != 0; type = type->next)
		;
	spin_unlock(&types_lock);
	return type;
}

const struct file_system *file_system_at(unsigned index)
{
	struct file_system *type;

	spin_lock(&types_lock);
	for (type = types; type && index; type = type->next)
		index--;
	spin_unlock(&types_lock);
	return type;
}

struct super *super_alloc(const struct file_system *type, const struct super_ops *ops)
{
	struct super *super = kzalloc(sizeof(*super), 0);

	if (!super)
		return NULL;
	super->ops = ops;
	super->type = type;
	super->device = __atomic_fetch_add(&next_device, 1, __ATOMIC_RELAXED);
	refcount_init(&super->refs, 1);
	mutex_init(&super->rename_lock, rename);
	return super;
}

void super_get(struct super *super)
{
	refcount_get(&super->refs);
}

static void free_memory(struct epoch_item *item)
{
	kfree(container_of(item, struct super, epoch));
}

void super_put(struct super *super)
{
	if (!refcount_put(&super->refs))
		return;
	if (super->ops->free)
		super->ops->free(super);
	epoch_call(&super->epoch, free_memory);
}

void super_destroy(struct super *super)
{
	struct inode *root = super->root;

	debug_assert(!super->nr_mounts);
	if (super->ops->unmount)
		super->ops->unmount(super);
	super->root = NULL;
	if (root)
		inode_put(root);
	super_put(super);
}

int super_statfs(struct super *super, struct statfs *out)
{
	memset(out, 0, sizeof(*out));
	out->f_type = super->type->magic;
	out->f_bsize = PAGE_SIZE;
	out->f_frsize = PAGE_SIZE;
	out->f_namelen = NAME_MAX;
	out->f_fsid.val[0] = (int)super->device;
	return super->ops->statfs ? super->ops->statfs(super, out) : 0;
}
