// SPDX-License-Identifier: MIT
/*
 * tmpfs_regular.c -- regular files in memory: their pages, and counting these against the file
 * system's size.
 *
 * Idea.  The page cache is the file; nothing stands behind it. A page is charged when it is made
 *   (the object's fill hook), and given back when truncation has dropped it.
 * Invariants.
 *   P1  nr_charged of a file is at least the number of its pages; whatever truncation against a
 *       page fault has left over is given back when the file ends.
 * Locks.  The object's fill_lock around filling. Counters are atomic.
 */
#include "core/errno.h"
#include "fs/tmpfs/tmpfs_internal.h"
#include "mm/kmalloc.h"

#include <linux/falloc.h>
#include <linux/fcntl.h>

static struct tmpfs_file *file_of(struct vm_object *object)
{
	return container_of(object, struct tmpfs_file, object);
}

static void uncharge(struct tmpfs_file *file, u64 nr)
{
	__atomic_fetch_sub(&file->nr_charged, nr, __ATOMIC_RELAXED);
	__atomic_fetch_sub(&file->super->nr_pages, nr, __ATOMIC_RELAXED);
}

static int charge(struct tmpfs_file *file)
{
	struct tmpfs_super *super = file->super;

	if (__atomic_add_fetch(&super->nr_pages, 1, __ATOMIC_RELAXED) > super->max_pages) {
		__atomic_fetch_sub(&super->nr_pages, 1, __ATOMIC_RELAXED);
		return -ENOSPC;
	}
	__atomic_fetch_add(&file->nr_charged, 1, __ATOMIC_RELAXED);
	return 0;
}

/* The page is zero already; it only has to be paid for. */
static int tmpfs_fill(struct vm_object *object, u64 index, struct page *page)
{
	(void)index;
	(void)page;
	return charge(file_of(object));
}

static void tmpfs_object_destroy(struct vm_object *object)
{
	vm_object_fini(object);
	kfree(file_of(object));
}

static const struct vm_object_ops tmpfs_object_ops = {
	.fill = tmpfs_fill,
	.destroy = tmpfs_object_destroy,
};

int tmpfs_regular_init(struct inode *inode)
{
	struct tmpfs_file *file = kmalloc(sizeof(*file), 0);

	if (!file)
		return -ENOMEM;
	vm_object_init(&file->object, &tmpfs_object_ops, inode, 0);
	file->super = tmpfs_super_of(inode);
	file->nr_charged = 0;
	inode->object = &file->object;
	inode->flags |= INODE_IN_MEMORY;
	return 0;
}

void tmpfs_regular_destroy(struct inode *inode)
{
	struct tmpfs_file *file = file_of(inode->object);

	uncharge(file, __atomic_load_n(&file->nr_charged, __ATOMIC_RELAXED)); /* P1 */
	vm_object_put(&file->object);
}

/* After pages were dropped: give back what was charged for them. */
static void settle(struct inode *inode, u64 nr_before)
{
	u64 nr_after = inode->object->nr_pages;

	if (nr_after < nr_before)
		uncharge(file_of(inode->object), nr_before - nr_after);
}

int tmpfs_setattr(struct inode *inode, const struct inode_attributes *attributes)
{
	u64 nr_before = inode->object ? inode->object->nr_pages : 0;

	inode_setattr_store(inode, attributes);
	if (inode->object && (attributes->valid & ATTR_SIZE))
		settle(inode, nr_before);
	return 0;
}

int tmpfs_adopt_page(struct inode *inode, u64 index, struct page *page)
{
	struct tmpfs_file *file = file_of(inode->object);
	int err = vm_object_adopt_page(&file->object, index, page);

	if (err)
		return err;
	/* The page brings its room: it was not in the memory by which the limit was set. */
	__atomic_fetch_add(&file->super->max_pages, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&file->super->nr_pages, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&file->nr_charged, 1, __ATOMIC_RELAXED);
	return 0;
}

/* ---- fallocate ---- */

static void zero_part(struct inode *inode, u64 offset, u64 end)
{
	struct page *page;

	if (offset >= end)
		return;
	page = vm_object_find_page(inode->object, offset >> PAGE_SHIFT);
	if (!page)
		return;
	__builtin_memset((char *)page_to_virt(page) + (offset & ~PAGE_MASK), 0, end - offset);
	page_put(page);
}

/* [offset, end) reads as zeros; whole pages are given back. */
static void punch_hole(struct inode *inode, u64 offset, u64 end)
{
	u64 first = div_round_up(offset, PAGE_SIZE), last, nr_before = inode->object->nr_pages;

	if (end > inode->size_bytes)
		end = align_up(inode->size_bytes, PAGE_SIZE);
	if (offset >= end)
		return;
	last = end >> PAGE_SHIFT;
	if (first > last) { /* within one page */
		zero_part(inode, offset, end);
	} else {
		zero_part(inode, offset, first << PAGE_SHIFT);
		zero_part(inode, last << PAGE_SHIFT, end);
		vm_object_remove_range(inode->object, first, last);
		settle(inode, nr_before);
	}
}

static int fill_range(struct inode *inode, u64 offset, u64 end)
{
	for (u64 index = offset >> PAGE_SHIFT; index < div_round_up(end, PAGE_SIZE); index++) {
		struct page *page;
		int err = vm_object_get_page(inode->object, index, &page);

		if (err)
			return err;
		page_put(page);
		if (thread_signal_pending(current_thread()))
			return -EINTR;
	}
	return 0;
}

int tmpfs_allocate(struct inode *inode, int mode, u64 offset, u64 len_bytes)
{
	u64 end = offset + len_bytes;
	int err;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		return -EOPNOTSUPP;
	inode_drop_set_id(inode);
	if (mode & FALLOC_FL_PUNCH_HOLE) {
		if (inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
			return -EPERM;
		punch_hole(inode, offset, end);
		inode_touch(inode, INODE_TOUCH_MTIME | INODE_TOUCH_CTIME);
		return 0;
	}
	if (!(mode & FALLOC_FL_KEEP_SIZE) && end > inode->size_bytes &&
	    (inode->seals & F_SEAL_GROW))
		return -EPERM;
	if (mode & FALLOC_FL_ZERO_RANGE)
		punch_hole(inode, offset, end);
	err = fill_range(inode, offset, end);
	if (err)
		return err;
	if (!(mode & FALLOC_FL_KEEP_SIZE) && end > inode->size_bytes) {
		vm_object_truncate(inode->object, end);
		__atomic_store_n(&inode->size_bytes, end,
				 __ATOMIC_RELEASE); /* as in generic_file.c, G1 */
	}
	inode_touch(inode, INODE_TOUCH_MTIME | INODE_TOUCH_CTIME);
	return 0;
}

const struct file_ops tmpfs_regular_file_ops = {
	.read = generic_file_read,
	.write = generic_file_write,
	.mmap = generic_file_mmap,
	.seek = generic_file_seek,
};
