// SPDX-License-Identifier: MIT
/*
 * devpts.c -- the directory of pseudo-terminals: a node for each slave, and ptmx.
 *
 * Idea.  Nodes come and go with the pairs of terminals, so each lookup asks the pair
 *   (dev/tty/pty.c). The pair keeps owner and mode while the node has no inode. All mounts show one
 *   instance.
 * Invariants.
 *   V1  A slave has at most one inode at a time. So the owner and mode that chown and chmod set are
 *       seen by every open file and every later lookup, and later changes are checked against them.
 * Locks.  The directory's inode lock around lookups; nodes_lock for the table of inodes.
 * Tests.  tests/guest/tty/tty_session.c.
 */
#include "fs/devpts/devpts.h"

#include "core/assert.h"
#include "core/errno.h"
#include "dev/tty/pty.h"
#include "lib/fmt.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "vfs/inode/device_number.h"
#include "vfs/inode/super.h"

#include <linux/magic.h>
#include <linux/major.h>

#define INO_PTMX 2U
#define INO_FIRST 3U /* of slave 0 */
#define CURSOR_PTMX 2U
#define CURSOR_FIRST 3U
#define PTMX_MODE (S_IFCHR | 0666)

static struct mutex mount_lock;
static struct super *the_super; /* [mount_lock] NULL before the first mount */

static struct spinlock nodes_lock = SPINLOCK_INIT(leaf);
static struct inode *slaves[PTY_MAX]; /* [nodes_lock] V1; not referenced; NULL: not in use */

static int devpts_setattr(struct inode *inode, const struct inode_attributes *attributes)
{
	struct pty_node node;

	assert_mutex_held(&inode->lock);
	inode_setattr_store(inode, attributes);
	if (inode->ino >= INO_FIRST) {
		node = (struct pty_node){
			.id = (u64)inode->data,
			.uid = inode->uid,
			.gid = inode->gid,
			.mode = inode->mode & 07777,
		};
		pty_set_node(device_minor(inode->device), &node);
	}
	return 0;
}

static const struct inode_ops devpts_node_ops = {.setattr = devpts_setattr};

static int make_node(struct super *super, u64 ino, dev_t device, const struct pty_node *node,
		     struct inode **out)
{
	struct inode *inode =
		inode_alloc(super, S_IFCHR | node->mode, &devpts_node_ops,
			    ino == INO_PTMX ? &pty_master_file_ops : &pty_slave_file_ops);

	if (!inode)
		return -ENOMEM;
	inode->ino = ino;
	inode->device = device;
	inode->uid = node->uid;
	inode->gid = node->gid;
	inode->data = (void *)node->id;
	*out = inode;
	return 0;
}

/* The inode of slave @index if it is of the pair @id, referenced; NULL: not in use. */
static struct inode *slave_find(unsigned index, u64 id)
{
	struct inode *inode;

	debug_assert(index < PTY_MAX);
	spin_lock(&nodes_lock);
	inode = slaves[index];
	/* An inode whose last reference is gone is in the table until devpts_destroy_inode. */
	if (inode && ((u64)inode->data != id || !refcount_get_unless_zero(&inode->refs)))
		inode = NULL;
	spin_unlock(&nodes_lock);
	return inode;
}

/*
 * Get the inode of slave @index, referenced. 0, -ENOENT, -ENOMEM. The directory's lock is held: one
 * lookup at a time. V1
 */
static int slave_get(struct super *super, unsigned index, struct inode **out)
{
	struct pty_node node;
	int err = pty_get_node(index, &node);

	if (err)
		return err;
	*out = slave_find(index, node.id);
	if (*out)
		return 0;
	err = pty_get_node(index, &node); /* an inode that has just ended may have changed it */
	if (!err)
		err = make_node(super, INO_FIRST + index, device_make(PTY_SLAVE_MAJOR, index),
				&node, out);
	if (err)
		return err;
	spin_lock(&nodes_lock);
	debug_assert(!slaves[index] || !refcount_read(&slaves[index]->refs) ||
		     (u64)slaves[index]->data != node.id); /* V1 */
	slaves[index] = *out;
	spin_unlock(&nodes_lock);
	return 0;
}

static void devpts_destroy_inode(struct inode *inode)
{
	u32 index = device_minor(inode->device);

	if (inode->ino < INO_FIRST)
		return;
	spin_lock(&nodes_lock);
	if (slaves[index] == inode)
		slaves[index] = NULL;
	spin_unlock(&nodes_lock);
}

static int devpts_lookup(struct inode *dir, const char *name, size_t len, struct inode **out)
{
	struct pty_node node = {.mode = PTMX_MODE & 07777};
	u64 index;

	assert_mutex_held(&dir->lock);
	if (strcmp(name, "ptmx") == 0)
		return make_node(dir->super, INO_PTMX, device_make(TTYAUX_MAJOR, 2), &node, out);
	if (parse_u64(name, 10, &index) || index >= PTY_MAX || (name[0] == '0' && name[1]))
		return -ENOENT;
	return slave_get(dir->super, (unsigned)index, out);
}

static bool emit_name(struct file *file, struct dir_emitter *emitter, const char *name, u64 ino,
		      unsigned type, u64 next)
{
	if (!emitter->emit(emitter, name, strlen(name), ino, type, next))
		return false;
	file->pos = next;
	return true;
}

static int devpts_readdir(struct file *file, struct dir_emitter *emitter)
{
	unsigned index, directory = S_IFDIR >> 12, device = S_IFCHR >> 12;
	char name[12];

	if (file->pos == 0 && !emit_name(file, emitter, ".", 1, directory, 1))
		return 0;
	if (file->pos == 1 && !emit_name(file, emitter, "..", 1, directory, CURSOR_PTMX))
		return 0;
	if (file->pos == CURSOR_PTMX &&
	    !emit_name(file, emitter, "ptmx", INO_PTMX, device, CURSOR_FIRST))
		return 0;
	while (file->pos < CURSOR_FIRST + PTY_MAX &&
	       pty_next((unsigned)(file->pos - CURSOR_FIRST), &index)) {
		ksnprintf(name, sizeof(name), "%u", index);
		if (!emit_name(file, emitter, name, INO_FIRST + index, device,
			       CURSOR_FIRST + index + 1))
			break;
	}
	return 0;
}

static const struct inode_ops devpts_dir_ops = {.lookup = devpts_lookup};
static const struct file_ops devpts_dir_file_ops = {.readdir = devpts_readdir};
static const struct super_ops devpts_super_ops = {.destroy_inode = devpts_destroy_inode};

static int super_create(const struct file_system *type, struct super **out)
{
	struct super *super = super_alloc(type, &devpts_super_ops);

	if (!super)
		return -ENOMEM;
	super->volatile_entries = true;
	super->shared_instance = true;
	super->root = inode_alloc(super, S_IFDIR | 0755, &devpts_dir_ops, &devpts_dir_file_ops);
	if (!super->root) {
		super_put(super);
		return -ENOMEM;
	}
	super->root->ino = 1;
	super->root->nr_links = 2;
	*out = super;
	return 0;
}

static int devpts_mount(const struct file_system *type, const char *source, const char *options,
			struct super **out)
{
	int err = 0;

	mutex_lock(&mount_lock);
	if (!the_super)
		err = super_create(type, &the_super);
	if (!err) {
		super_get(the_super);
		*out = the_super;
	}
	mutex_unlock(&mount_lock);
	return err;
}

/* [types_lock] its place in the list */
static struct file_system devpts_type = {
	.name = "devpts", .magic = DEVPTS_SUPER_MAGIC, .mount = devpts_mount};

void devpts_init(void)
{
	mutex_init(&mount_lock, rename); /* its rank is before that of the root's inode lock */
	file_system_register(&devpts_type);
}
