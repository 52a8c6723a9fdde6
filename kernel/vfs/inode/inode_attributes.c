// SPDX-License-Identifier: MIT
/*
 * inode_attributes.c -- chmod, chown, truncate, utimes: permission, and side effects.
 *
 * Idea.  What is to change is one struct inode_attributes. The checks may add to it (a change of
 *   owner or size drops set-id bits) or take from it; then all of it is stored in one section.
 * Invariants.
 *   A1  Changes of mode, owner and size are checked and made under one hold of inode->lock, so that
 *       what was checked is still so.
 *   A2  Mode and owner change under access_sequence: readers without a lock see all of a change or
 *       nothing.
 * Locks.  inode->lock, then state_lock for the words that are read without it.
 * Tests.  tests/guest/file/file_perm.c, file_stat.c, file_allocate.c, file_seal.c.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "time/clock.h"
#include "vfs/cred.h"
#include "vfs/file/file_internal.h"
#include "vfs/vfs.h"

#include <linux/signal.h>

/*
 * The set-id bits that a change by the current thread drops. Set-group-ID without group execution
 * once meant mandatory locking: it stays if the thread may set it.
 */
static mode_t set_id_to_drop(const struct inode *inode)
{
	const struct cred *cred = cred_current();
	mode_t drop = inode->mode & S_ISUID;

	if ((inode->mode & S_ISGID) &&
	    ((inode->mode & S_IXGRP) ||
	     (!cred_in_group(cred, inode->gid) && !cred_has_cap(cred, CAP_FSETID))))
		drop |= S_ISGID;
	return drop;
}

void inode_drop_set_id(struct inode *inode)
{
	assert_mutex_held(&inode->lock);
	if (likely(!(inode->mode & (S_ISUID | S_ISGID))))
		return;
	if (S_ISREG(inode->mode) && !capable(CAP_FSETID))
		WRITE_ONCE(inode->mode, inode->mode & ~set_id_to_drop(inode));
}

/* Locks: state_lock held. */
static void store_access(struct inode *inode, const struct inode_attributes *attributes)
	REQUIRES(inode->state_lock)
{
	seqcount_write_begin(&inode->access_sequence, &inode->state_lock); /* A2 */
	if (attributes->valid & ATTR_MODE)
		WRITE_ONCE(inode->mode, (inode->mode & S_IFMT) | (attributes->mode & 07777));
	if (attributes->valid & ATTR_UID)
		WRITE_ONCE(inode->uid, attributes->uid);
	if (attributes->valid & ATTR_GID)
		WRITE_ONCE(inode->gid, attributes->gid);
	seqcount_write_end(&inode->access_sequence);
}

void inode_setattr_store(struct inode *inode, const struct inode_attributes *attributes)
{
	s64 now = (s64)clock_real_coarse_ns();

	assert_mutex_held(&inode->lock);
	if (attributes->valid & ATTR_SIZE) {
		__atomic_store_n(&inode->size_bytes, attributes->size_bytes, __ATOMIC_RELEASE);
		if (inode->object)
			vm_object_truncate(inode->object, attributes->size_bytes);
	}
	spin_lock(&inode->state_lock);
	if (attributes->valid & (ATTR_MODE | ATTR_UID | ATTR_GID))
		store_access(inode, attributes);
	if (attributes->valid & ATTR_SIZE)
		WRITE_ONCE(inode->mtime_ns, now);
	if (attributes->valid & ATTR_ATIME)
		WRITE_ONCE(inode->atime_ns, attributes->atime_ns);
	if (attributes->valid & ATTR_MTIME)
		WRITE_ONCE(inode->mtime_ns, attributes->mtime_ns);
	WRITE_ONCE(inode->ctime_ns, now);
	spin_unlock(&inode->state_lock);
}

/* chmod(2): permission. Set-group-ID is dropped if the thread is not in the group. */
static int check_mode(const struct inode *inode, struct inode_attributes *attributes)
{
	const struct cred *cred = cred_current();
	gid_t gid = attributes->valid & ATTR_GID ? attributes->gid : inode->gid;

	if (!inode_is_owner(inode))
		return -EPERM;
	if (!cred_in_group(cred, gid) && !cred_has_cap(cred, CAP_FSETID))
		attributes->mode &= ~(mode_t)S_ISGID;
	return 0;
}

/*
 * chown(2): changing the owner needs a capability; changing the group to one that the owner is in
 * does not. Set-id bits of programs are dropped, which is a change of the mode.
 */
static int check_owner(const struct inode *inode, struct inode_attributes *attributes)
{
	const struct cred *cred = cred_current();
	bool is_owner = cred->fsuid == inode->uid;
	mode_t drop;

	if (!cred_has_cap(cred, CAP_CHOWN)) {
		if ((attributes->valid & ATTR_UID) && !(is_owner && attributes->uid == inode->uid))
			return -EPERM;
		if ((attributes->valid & ATTR_GID) &&
		    !(is_owner &&
		      (attributes->gid == inode->gid || cred_in_group(cred, attributes->gid))))
			return -EPERM;
	}
	drop = S_ISDIR(inode->mode) ? 0 : set_id_to_drop(inode);
	if (!drop || (attributes->valid & ATTR_MODE))
		return 0;
	if (!inode_is_owner(inode))
		return -EPERM;
	attributes->mode = inode->mode & 07777 & ~drop;
	attributes->valid |= ATTR_MODE;
	return 0;
}

static int check_size(struct inode *inode, const struct inode_attributes *attributes)
{
	u64 limit = vfs_limit_fsize();

	if (S_ISDIR(inode->mode))
		return -EISDIR;
	if (!S_ISREG(inode->mode))
		return -EINVAL;
	if ((inode->seals & F_SEAL_GROW) && attributes->size_bytes > inode->size_bytes)
		return -EPERM;
	if ((inode->seals & F_SEAL_SHRINK) && attributes->size_bytes < inode->size_bytes)
		return -EPERM;
	if (attributes->size_bytes > INODE_SIZE_MAX)
		return -EFBIG;
	if (attributes->size_bytes > limit && attributes->size_bytes > inode->size_bytes) {
		vfs_send_signal(SIGXFSZ);
		return -EFBIG;
	}
	return 0;
}

static int setattr_locked(struct inode *inode, struct inode_attributes *wanted)
	REQUIRES(inode->lock)
{
	int err = 0;

	assert_mutex_held(&inode->lock);
	if (wanted->valid & ATTR_MODE)
		err = check_mode(inode, wanted);
	if (!err && (wanted->valid & (ATTR_UID | ATTR_GID | ATTR_CHOWN)))
		err = check_owner(inode, wanted);
	if (!err && (wanted->valid & ATTR_SIZE)) {
		err = check_size(inode, wanted);
		if (!err)
			inode_drop_set_id(inode);
	}
	if (err)
		return err;
	if (inode->ops && inode->ops->setattr)
		return inode->ops->setattr(inode, wanted);
	inode_setattr_store(inode, wanted);
	return 0;
}

int inode_setattr(struct inode *inode, const struct inode_attributes *attributes)
{
	struct inode_attributes wanted = *attributes;
	int err;

	mutex_lock(&inode->lock);
	err = setattr_locked(inode, &wanted);
	mutex_unlock(&inode->lock);
	return err;
}

int inode_truncate(struct inode *inode, u64 size_bytes)
{
	struct inode_attributes attributes = {.valid = ATTR_SIZE, .size_bytes = size_bytes};

	return inode_setattr(inode, &attributes);
}
