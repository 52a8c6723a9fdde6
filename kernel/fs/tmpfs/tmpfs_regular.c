// SPDX-License-Identifier: MIT
/*
 * tmpfs_regular.c -- regular files in memory: their pages, which count against the file system's
 * size.
 *
 * Idea.  The page cache is the file; there is no other storage. A page is charged when it is made
 *   (the object's fill hook), and given back when the object reports that it has left, for whatever
 *   reason: truncation, a hole, MADV_REMOVE, the end of the file.
 * Invariants.
 *   P1  A file system's nr_pages is the number of pages of its files, those that are being made
 *       included.
 * Locks.  The object's fill_lock around filling. Counters are atomic.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "core/shortage.h"
#include "fs/tmpfs/tmpfs_internal.h"
#include "mm/kmalloc.h"
#include "sched/epoch.h"

#include <linux/falloc.h>
#include <linux/fcntl.h>

static struct tmpfs_file *file_of(struct vm_object *object)
{
	return container_of(object, struct tmpfs_file, object);
}

/* Pages have left the object. */
static void tmpfs_removed(struct vm_object *object, u64 nr)
{
	struct tmpfs_super *super = READ_ONCE(file_of(object)->super);

	debug_assert(!super || READ_ONCE(super->nr_pages) >= nr); /* P1 */
	if (super)
		__atomic_fetch_sub(&super->nr_pages, nr, __ATOMIC_RELAXED);
}

static int charge(struct tmpfs_file *file)
{
	struct tmpfs_super *super = file->super;

	if (__atomic_add_fetch(&super->nr_pages, 1, __ATOMIC_RELAXED) > super->max_pages) {
		__atomic_fetch_sub(&super->nr_pages, 1, __ATOMIC_RELAXED);
		shortage_note(SHORTAGE_DISK);
		return -ENOSPC;
	}
	return 0;
}

/* The page is zero already; it only has to be charged. */
static int tmpfs_fill(struct vm_object *object, u64 index, struct page *page)
{
	struct tmpfs_file *file = file_of(object);

	(void)index;
	page->allocation =
		READ_ONCE(file->allocator) == current_thread() ? file->nr_allocations : 0;
	return charge(file);
}

static void free_memory(struct epoch_item *item)
{
	kfree(container_of(item, struct tmpfs_file, epoch));
}

static void tmpfs_object_destroy(struct vm_object *object)
{
	vm_object_fini(object);
	epoch_call(&file_of(object)->epoch, free_memory);
}

static const struct vm_object_ops tmpfs_object_ops = {
	.fill = tmpfs_fill,
	.removed = tmpfs_removed,
	.destroy = tmpfs_object_destroy,
};

int tmpfs_regular_init(struct inode *inode)
{
	struct tmpfs_file *file = kmalloc(sizeof(*file), 0);

	if (!file)
		return -ENOMEM;
	vm_object_init(&file->object, &tmpfs_object_ops, inode, 0);
	file->super = tmpfs_super_of(inode);
	file->allocator = NULL;
	file->nr_allocations = 0;
	inode->object = &file->object;
	inode->flags |= INODE_IN_MEMORY;
	return 0;
}

void tmpfs_regular_destroy(struct inode *inode)
{
	struct tmpfs_file *file = file_of(inode->object);

	/* Others may use the object until after the file system is gone. */
	vm_object_fini(&file->object);
	WRITE_ONCE(file->super, NULL);
	vm_object_put(&file->object);
}

int tmpfs_setattr(struct inode *inode, const struct inode_attributes *attributes)
{
	inode_setattr_store(inode, attributes);
	return 0;
}

int tmpfs_adopt_page(struct inode *inode, u64 index, struct page *page)
{
	struct tmpfs_file *file = file_of(inode->object);
	int err = vm_object_adopt_page(&file->object, index, page);

	if (err)
		return err;
	/*
	 * The page raises the limit: it was not part of the memory from which the limit was
	 * computed.
	 */
	__atomic_fetch_add(&file->super->max_pages, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&file->super->nr_pages, 1, __ATOMIC_RELAXED);
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

/* Make [offset, end) read as zeros; whole pages are freed. */
static void punch_hole(struct inode *inode, u64 offset, u64 end)
{
	u64 first = div_round_up(offset, PAGE_SIZE), last;

	assert_mutex_held(&inode->lock);
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
	}
}

/* Make the pages [*@index, end) that there are not; *@index: the first that was not done. */
static int fill_pages(struct inode *inode, u64 *index, u64 end)
{
	for (; *index < end; ++*index) {
		struct page *page;
		int err = vm_object_get_page(inode->object, *index, &page);

		if (err)
			return err;
		page_put(page);
		if (thread_signal_pending(current_thread()))
			return -EINTR;
	}
	return 0;
}

static bool is_of_allocation(const struct page *page, const void *number)
{
	return page->allocation == *(const u64 *)number;
}

/* All pages of [offset, end), or none that there were not, but for those that were written to. */
static int fill_range(struct inode *inode, u64 offset, u64 end)
{
	struct tmpfs_file *file = file_of(inode->object);
	u64 first = offset >> PAGE_SHIFT, last = div_round_up(end, PAGE_SIZE), index = first;
	int err;

	assert_mutex_held(&inode->lock);
	if (last - first > READ_ONCE(file->super->max_pages)) {
		shortage_note(SHORTAGE_DISK);
		return -ENOSPC;
	}
	file->nr_allocations++;
	WRITE_ONCE(file->allocator, current_thread());
	err = fill_pages(inode, &index, last);
	WRITE_ONCE(file->allocator, NULL);
	if (err)
		vm_object_remove_zeros(inode->object, first, index + 1, is_of_allocation,
				       &file->nr_allocations);
	return err;
}

int tmpfs_allocate(struct inode *inode, int mode, u64 offset, u64 len_bytes)
{
	u64 end = offset + len_bytes;
	int err;

	assert_mutex_held(&inode->lock);
	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		return -EOPNOTSUPP;
	if ((mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) &&
	    (inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)))
		return -EPERM;
	inode_drop_set_id(inode);
	if (mode & FALLOC_FL_PUNCH_HOLE) {
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
