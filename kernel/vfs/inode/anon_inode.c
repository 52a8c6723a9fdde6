// SPDX-License-Identifier: MIT
/*
 * anon_inode.c -- inodes without names, for pipes, sockets and event descriptors. They share one
 * super.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "vfs/cred.h"
#include "vfs/file/file_internal.h"

#define ANON_MAGIC 0x09041934

/* [I] not registered */
static struct file_system anon_type = {.name = "anon_inodefs", .magic = ANON_MAGIC};
static const struct super_ops anon_super_ops;
static struct super *anon_super; /* [I] after boot */

void anon_inode_init(void)
{
	anon_super = super_alloc(&anon_type, &anon_super_ops);
	if (!anon_super)
		panic("no memory for the file system of pipes and sockets");
	anon_super->shared_instance = true;
}

int anon_inode_create(mode_t mode, struct inode **out)
{
	struct inode *inode = inode_alloc(anon_super, mode, NULL, NULL);

	if (!inode)
		return -ENOMEM;
	inode->uid = cred_current()->fsuid;
	inode->gid = cred_current()->fsgid;
	*out = inode;
	return 0;
}
