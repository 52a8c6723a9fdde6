// SPDX-License-Identifier: MIT
/*
 * devpts.c -- the directory of pseudo-terminals: a node for each slave, and ptmx.
 *
 * Names come and go with the pairs, so each look-up makes its inode anew; owner and mode are kept
 * by the pair (dev/tty/pty.c).
 * All mounts show the same.
 */
#include "fs/devpts/devpts.h"

#include "core/errno.h"
#include "dev/tty/pty.h"
#include "lib/fmt.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "vfs/device_number.h"
#include "vfs/super.h"

#include <linux/magic.h>
#include <linux/major.h>

#define INO_PTMX 2U
#define INO_FIRST 3U /* of slave 0 */
#define CURSOR_PTMX 2U
#define CURSOR_FIRST 3U
#define PTMX_MODE (S_IFCHR | 0666)

static struct super *the_super; /* [I] once mounted */

static int devpts_setattr(struct inode *inode, const struct inode_attributes *attributes)
{
	struct pty_node node;

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

static int devpts_lookup(struct inode *dir, const char *name, size_t len, struct inode **out)
{
	struct pty_node node = {.mode = PTMX_MODE & 07777};
	u64 index;
	int err;

	if (strcmp(name, "ptmx") == 0)
		return make_node(dir->super, INO_PTMX, device_make(TTYAUX_MAJOR, 2), &node, out);
	if (parse_u64(name, 10, &index) || index >= PTY_MAX || (name[0] == '0' && name[1]))
		return -ENOENT;
	err = pty_get_node((unsigned)index, &node);
	return err ? err
		   : make_node(dir->super, INO_FIRST + index,
			       device_make(PTY_SLAVE_MAJOR, (u32)index), &node, out);
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
	while (pty_next((unsigned)(file->pos - CURSOR_FIRST), &index)) {
		ksnprintf(name, sizeof(name), "%u", index);
		if (!emit_name(file, emitter, name, INO_FIRST + index, device,
			       CURSOR_FIRST + index + 1))
			break;
	}
	return 0;
}

static const struct inode_ops devpts_dir_ops = {.lookup = devpts_lookup};
static const struct file_ops devpts_dir_file_ops = {.readdir = devpts_readdir};
static const struct super_ops devpts_super_ops;

static int devpts_mount(const struct file_system *type, const char *source, const char *options,
			struct super **out)
{
	struct super *super = the_super;

	if (!super) {
		super = super_alloc(type, &devpts_super_ops);
		if (!super)
			return -ENOMEM;
		super->volatile_entries = true;
		super->shared_instance = true;
		super->root =
			inode_alloc(super, S_IFDIR | 0755, &devpts_dir_ops, &devpts_dir_file_ops);
		if (!super->root) {
			super_put(super);
			return -ENOMEM;
		}
		super->root->ino = 1;
		the_super = super;
	}
	super_get(super);
	*out = super;
	return 0;
}

static struct file_system devpts_type = {
	.name = "devpts", .magic = DEVPTS_SUPER_MAGIC, .mount = devpts_mount};

void devpts_init(void)
{
	file_system_register(&devpts_type);
}
