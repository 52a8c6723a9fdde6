// SPDX-License-Identifier: MIT
/*
 * inode.c -- inodes: creation, counting, end; and permission by mode bits.
 *
 * Idea.  An inode is what all names of a file share. Checks of permission come with every component
 *   of every path, so mode and owner are read without a lock, by a sequence count
 *   (inode_attributes.c).
 * Invariants.
 *   I1  write_count is the number of writers, or minus the number of executions: never are there
 *       both.
 *   I2  The memory of an inode stays until the read sections that may have found it have ended
 *       (sched/epoch.h): all that stat(2) reports can be read until then, so the memory of its
 *       super and of its object stays as long.
 * Ownership.  References are held by the cache's positive entries, open files, mappings through
 *   their files, and the file system (one in memory holds one for each name). The last one ends the
 *   inode through super_ops.destroy_inode; each inode holds its super.
 * Locks.  inode->lock for contents, size, mode and owner; state_lock for times and links. A check
 *   of permission that races with chmod or chown sees the state before or after, never a mixture
 *   (inode_access_get).
 * Cost.  For a directory that everybody may search, a load and a compare (path_walk.c).
 * Tests.  name_ops_test.c, path_walk_test.c; tests/guest/file/file_perm.c,
 *   tests/guest/process/proc_exec.c.
 */
#include "vfs/inode/inode.h"

#include "core/assert.h"
#include "core/errno.h"
#include "mm/slab.h"
#include "sched/epoch.h"
#include "time/clock.h"
#include "vfs/cred.h"
#include "vfs/file/file_internal.h"

#define RELATIME_NS (24 * 3600 * NS_PER_SECOND)

static struct slab_cache inode_cache;
static unsigned nr_inodes; /* [a] */

void inode_cache_init(void)
{
	slab_cache_init(&inode_cache, "inode", sizeof(struct inode), 8);
}

struct inode *inode_alloc(struct super *super, mode_t mode, const struct inode_ops *ops,
			  const struct file_ops *file_ops)
{
	struct inode *inode;

	if (epoch_throttle()) /* I2; killed */
		return NULL;
	inode = slab_alloc(&inode_cache, PAGE_ZERO);
	if (!inode)
		return NULL;
	super_get(super);
	inode->ops = ops;
	inode->file_ops = file_ops;
	inode->super = super;
	inode->ino = super_new_ino(super);
	inode->mode = mode;
	inode->nr_links = 1;
	refcount_init(&inode->refs, 1);
	inode->btime_ns = (s64)clock_real_coarse_ns();
	inode->atime_ns = inode->mtime_ns = inode->ctime_ns = inode->btime_ns;
	mutex_init(&inode->lock, inode);
	spin_lock_init(&inode->state_lock, inode_state);
	__atomic_fetch_add(&nr_inodes, 1, __ATOMIC_RELAXED);
	return inode;
}

static void free_memory(struct epoch_item *item)
{
	slab_free(&inode_cache, container_of(item, struct inode, epoch));
}

void inode_release(struct inode *inode)
{
	struct super *super = inode->super;

	debug_assert(!refcount_read(&inode->refs) && !READ_ONCE(inode->write_count));
	debug_assert(!inode->locks); /* advisory_lock.c: L5 */
	if (super->ops->destroy_inode)
		super->ops->destroy_inode(inode);
	epoch_call(&inode->epoch, free_memory); /* I2 */
	__atomic_fetch_sub(&nr_inodes, 1, __ATOMIC_RELAXED);
	super_put(super);
}

unsigned inode_count(void)
{
	return __atomic_load_n(&nr_inodes, __ATOMIC_RELAXED);
}

void inode_init_owner(struct inode *inode, const struct inode *dir)
{
	const struct cred *cred = cred_current();

	inode->uid = cred->fsuid;
	if (!(dir->mode & S_ISGID)) {
		inode->gid = cred->fsgid;
		return;
	}
	inode->gid = dir->gid;
	if (S_ISDIR(inode->mode))
		inode->mode |= S_ISGID;
	else if ((inode->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
		 !cred_in_group(cred, inode->gid) && !cred_has_cap(cred, CAP_FSETID))
		inode->mode &= ~(mode_t)S_ISGID;
}

/* ---- permission ---- */

static __always_inline struct inode_access access_get(const struct inode *inode)
{
	struct inode_access access;
	u32 begun;

	do {
		begun = seqcount_read_begin(&inode->access_sequence);
		access.mode = READ_ONCE(inode->mode);
		access.uid = READ_ONCE(inode->uid);
		access.gid = READ_ONCE(inode->gid);
	} while (seqcount_must_read_again(&inode->access_sequence, begun));
	return access;
}

static __always_inline int access_check(const struct inode_access *access, unsigned mask,
					const struct cred *cred)
{
	mode_t mode = access->mode, bits = mode;

	if (cred->fsuid == access->uid)
		bits = mode >> 6;
	else if (cred_in_group(cred, access->gid))
		bits = mode >> 3;
	if (likely((bits & mask) == mask))
		return 0;
	if (S_ISDIR(mode)) {
		if (cred_has_cap(cred, CAP_DAC_OVERRIDE))
			return 0;
		if (!(mask & MAY_WRITE) && cred_has_cap(cred, CAP_DAC_READ_SEARCH))
			return 0;
		return -EACCES;
	}
	/* Not even root executes a file without any execute bit. */
	if ((!(mask & MAY_EXEC) || (mode & 0111)) && cred_has_cap(cred, CAP_DAC_OVERRIDE))
		return 0;
	if (mask == MAY_READ && cred_has_cap(cred, CAP_DAC_READ_SEARCH))
		return 0;
	return -EACCES;
}

struct inode_access inode_access_get(const struct inode *inode)
{
	return access_get(inode);
}

int inode_access_check(const struct inode_access *access, unsigned mask, const struct cred *cred)
{
	return access_check(access, mask, cred);
}

int inode_permission_mode(const struct inode *inode, unsigned mask, const struct cred *cred)
{
	struct inode_access access = access_get(inode);

	return access_check(&access, mask, cred);
}

int inode_permission(struct inode *inode, unsigned mask)
{
	if (inode->ops && inode->ops->permission)
		return inode->ops->permission(inode, mask);
	return inode_permission_mode(inode, mask, cred_current());
}

bool inode_is_owner(const struct inode *inode)
{
	const struct cred *cred = cred_current();

	return cred->fsuid == inode->uid || cred_has_cap(cred, CAP_FOWNER);
}

/* ---- times, links ---- */

void inode_touch(struct inode *inode, unsigned which)
{
	s64 now = (s64)clock_real_coarse_ns();

	if (which == INODE_TOUCH_ATIME) {
		/* Without the lock: with an old time this write is done or left out. */
		s64 atime_ns = READ_ONCE(inode->atime_ns);

		if (atime_ns > READ_ONCE(inode->mtime_ns) &&
		    atime_ns > READ_ONCE(inode->ctime_ns) && now - atime_ns < (s64)RELATIME_NS)
			return;
	}
	spin_lock(&inode->state_lock);
	if (which & INODE_TOUCH_ATIME)
		WRITE_ONCE(inode->atime_ns, now);
	if (which & INODE_TOUCH_MTIME)
		WRITE_ONCE(inode->mtime_ns, now);
	if (which & INODE_TOUCH_CTIME)
		WRITE_ONCE(inode->ctime_ns, now);
	spin_unlock(&inode->state_lock);
}

void inode_add_links(struct inode *inode, int delta)
{
	s64 now = (s64)clock_real_coarse_ns();

	spin_lock(&inode->state_lock);
	debug_assert(delta > 0 || inode->nr_links >= (u32)-delta);
	WRITE_ONCE(inode->nr_links, inode->nr_links + (u32)delta);
	WRITE_ONCE(inode->ctime_ns, now);
	spin_unlock(&inode->state_lock);
}

/* ---- writing against executing ---- */

static int count_move(struct inode *inode, int step)
{
	s32 count = __atomic_load_n(&inode->write_count, __ATOMIC_RELAXED);

	do {
		if (step > 0 ? count < 0 : count > 0)
			return -ETXTBSY;
	} while (!__atomic_compare_exchange_n(&inode->write_count, &count, count + step, false,
					      __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	return 0;
}

int inode_write_begin(struct inode *inode)
{
	return count_move(inode, 1);
}

void inode_write_end(struct inode *inode)
{
	debug_assert(READ_ONCE(inode->write_count) > 0);
	__atomic_fetch_sub(&inode->write_count, 1, __ATOMIC_RELEASE);
}

int inode_execute_begin(struct inode *inode)
{
	return count_move(inode, -1);
}

void inode_execute_end(struct inode *inode)
{
	debug_assert(READ_ONCE(inode->write_count) < 0);
	__atomic_fetch_add(&inode->write_count, 1, __ATOMIC_RELEASE);
}
