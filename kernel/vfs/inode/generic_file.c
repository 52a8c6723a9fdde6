// SPDX-License-Identifier: MIT
/*
 * generic_file.c -- reading, writing, mapping and seeking regular files through their page cache.
 *
 * Idea.  The pages of inode->object are the file. A read copies from them without the inode's lock;
 *   a write holds the lock while it copies, and moves the size behind what it has written.
 * Invariants.
 *   G1  size_bytes grows only after the bytes below it are in the cache.
 *   G2  object->size_bytes equals inode->size_bytes whenever the inode's lock is free.
 * Locks.  inode->lock while writing, also across page faults of the user's memory: vm_map ranks
 *   behind it.
 * Cost.  A cached page: one radix walk, two atomic operations, the copy; a read section and a user
 *   window for READ_PAGES of them.
 * Tests.  tests/guest/file/file_rw.c, tests/guest/memory/mem_file.c.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "vfs/file/file_internal.h"
#include "vfs/vfs.h"
#include "vm/user_copy.h"

#include <linux/fs.h>
#include <linux/signal.h>

#define READ_PAGES 16UL /* copied in one window */

/* ---- read ---- */

/*
 * Read from a page that is not in the cache; in a file that lives in memory it is zeros. Returns
 * the bytes done, fewer than @len when the user's memory failed; or an error.
 */
static ssize_t read_absent(struct inode *inode, struct uio *uio, u64 pos, size_t len)
{
	struct page *page;
	size_t done;
	int err;

	if (inode->flags & INODE_IN_MEMORY)
		return (ssize_t)uio_zero(uio, len);
	err = vm_object_get_page(inode->object, pos >> PAGE_SHIFT, &page);
	if (err)
		return err;
	done = uio_copy_in(uio, (char *)page_to_virt(page) + (pos & ~PAGE_MASK), len);
	page_put(page);
	return (ssize_t)done;
}

/* Copy @len bytes that begin at @offset of the first of @pages. Returns how many were copied. */
static size_t copy_pages(struct uio *uio, struct page *const *pages, size_t offset, size_t len)
{
	char *at = uio->at, *end = at + len;

	if (unlikely(!uio_is_simple(uio, len) || !user_range_ok((void __user *)at, len)))
		return uio_copy_in(uio, (char *)page_to_virt(*pages) + offset,
				   min(len, PAGE_SIZE - offset));
	arch_user_window_open();
	for (; at < end; offset = 0) {
		size_t part = min(PAGE_SIZE - offset, (size_t)(end - at)), left;

		left = arch_copy_to_user_open((void __user *)at,
					      (char *)page_to_virt(*pages++) + offset, part);
		at += part - left;
		if (unlikely(left))
			break;
	}
	arch_user_window_close();
	len = (size_t)(at - uio->at);
	uio->at = at;
	uio->left_bytes -= len;
	return len;
}

/*
 * Copy some of @len > 0 bytes at @pos; 0: the user's memory failed at once. A run of pages is
 * looked up in one read section and copied in one window.
 */
static ssize_t read_some(struct inode *inode, struct uio *uio, u64 pos, size_t len)
{
	size_t offset = pos & ~PAGE_MASK, done;
	struct page *pages[READ_PAGES];
	unsigned nr = (unsigned)min(div_round_up(offset + len, PAGE_SIZE), READ_PAGES);

	nr = vm_object_find_pages(inode->object, pos >> PAGE_SHIFT, nr, pages);
	if (unlikely(!nr))
		return read_absent(inode, uio, pos, min(len, PAGE_SIZE - offset));
	done = copy_pages(uio, pages, offset, min(len, nr * PAGE_SIZE - offset));
	for (unsigned i = 0; i < nr; i++)
		page_put(pages[i]);
	return (ssize_t)done;
}

ssize_t generic_file_read(struct file *file, struct uio *uio, u64 *pos)
{
	struct inode *inode = file->inode;
	/* Pairs with grow_to. */
	u64 size = __atomic_load_n(&inode->size_bytes, __ATOMIC_ACQUIRE), at = *pos;
	ssize_t total = 0, done = 0;

	while (uio->left_bytes && at < size) {
		done = read_some(inode, uio, at, min(uio->left_bytes, size - at));
		if (unlikely(done <= 0)) {
			done = done ? done : -EFAULT;
			break;
		}
		at += (u64)done;
		total += done;
		if (unlikely(thread_kill_pending(current_thread())))
			break;
	}
	*pos = at;
	if (!(file->flags & O_NOATIME))
		inode_touch(inode, INODE_TOUCH_ATIME);
	return total ? total : done < 0 ? done : 0;
}

/* ---- write ---- */

static int write_page(struct inode *inode, struct uio *uio, u64 pos, size_t len, size_t *done)
{
	struct page *page;
	int err = vm_object_get_page(inode->object, pos >> PAGE_SHIFT, &page);

	*done = 0;
	if (err)
		return err;
	*done = uio_copy_out(uio, (char *)page_to_virt(page) + (pos & ~PAGE_MASK), len);
	page_put(page);
	return *done < len ? -EFAULT : 0;
}

/* Move the size to @end, below which all bytes are written: G1. Locks: inode->lock held. */
static void grow_to(struct inode *inode, u64 end)
{
	assert_mutex_held(&inode->lock);
	if (end <= inode->size_bytes)
		return;
	/* Pairs with the load in generic_file_read: a reader that sees the size sees the bytes. */
	__atomic_store_n(&inode->object->size_bytes, end, __ATOMIC_RELEASE);
	__atomic_store_n(&inode->size_bytes, end, __ATOMIC_RELEASE);
}

/* How many of @len > 0 bytes may be written at @pos: a positive count or an error. */
static ssize_t write_allowed(struct inode *inode, u64 pos, size_t len)
{
	u64 limit = vfs_limit_fsize();

	assert_mutex_held(&inode->lock);
	if (inode->seals) {
		if (inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
			return -EPERM;
		if ((inode->seals & F_SEAL_GROW) && pos + len > inode->size_bytes) {
			if (pos >= inode->size_bytes)
				return -EPERM;
			len = inode->size_bytes - pos;
		}
	}
	if (unlikely(pos + len > limit)) {
		if (pos >= limit) {
			vfs_send_signal(SIGXFSZ);
			return -EFBIG;
		}
		len = limit - pos;
	}
	if (unlikely(pos >= INODE_SIZE_MAX || len > INODE_SIZE_MAX - pos))
		return -EFBIG;
	return (ssize_t)len;
}

static ssize_t write_locked(struct file *file, struct uio *uio, u64 *pos)
{
	struct inode *inode = file->inode;
	u64 at = file->flags & O_APPEND ? inode->size_bytes : *pos, end;
	ssize_t allowed = write_allowed(inode, at, uio->left_bytes);
	u64 start = at;
	int err = 0;

	debug_assert(inode->object->size_bytes == inode->size_bytes); /* G2 */
	if (allowed < 0)
		return allowed;
	inode_drop_set_id(inode);
	for (end = at + (u64)allowed; at < end && !err;) {
		size_t len = min(PAGE_SIZE - (at & ~PAGE_MASK), end - at), done;

		err = write_page(inode, uio, at, len, &done);
		at += done;
		grow_to(inode, at);
		if (unlikely(thread_kill_pending(current_thread())))
			break;
	}
	*pos = at;
	if (at != start)
		inode_touch(inode, INODE_TOUCH_MTIME | INODE_TOUCH_CTIME);
	return at != start ? (ssize_t)(at - start) : err;
}

ssize_t generic_file_write(struct file *file, struct uio *uio, u64 *pos)
{
	ssize_t result;

	if (!uio->left_bytes)
		return 0;
	mutex_lock(&file->inode->lock);
	result = write_locked(file, uio, pos);
	mutex_unlock(&file->inode->lock);
	return result;
}

/* ---- map, seek ---- */

int generic_file_mmap(struct file *file, struct vm_map_request *request)
{
	request->object = file->inode->object;
	request->backing = &file->backing;
	if (!(file->flags & O_NOATIME))
		inode_touch(file->inode, INODE_TOUCH_ATIME);
	if ((request->area_flags & VM_SHARED) && (request->protection & PROTECT_WRITE))
		inode_touch(file->inode, INODE_TOUCH_MTIME | INODE_TOUCH_CTIME);
	return 0;
}

/*
 * SEEK_DATA, SEEK_HOLE: in files that live in memory the cached pages are the data; elsewhere
 * everything is data.
 */
static s64 seek_data_or_hole(struct inode *inode, u64 offset, bool data)
{
	u64 size = inode->size_bytes, index = offset >> PAGE_SHIFT, found;

	if (offset >= size)
		return -ENXIO;
	if (!inode->object || !(inode->flags & INODE_IN_MEMORY))
		return (s64)(data ? offset : size);
	found = vm_object_next_page(inode->object, index);
	if (data) {
		if (found > size >> PAGE_SHIFT || found << PAGE_SHIFT >= size)
			return -ENXIO;
		return (s64)max(offset, found << PAGE_SHIFT);
	}
	while (found == index) {
		if (thread_kill_pending(current_thread()))
			return -EINTR;
		found = vm_object_next_page(inode->object, ++index);
	}
	return (s64)min(size, max(offset, index << PAGE_SHIFT));
}

s64 generic_file_seek(struct file *file, s64 offset, int whence)
{
	struct inode *inode = file->inode;
	s64 base = 0, result;

	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		base = (s64)file->pos;
		break;
	case SEEK_END:
		base = (s64)inode->size_bytes;
		break;
	case SEEK_DATA:
	case SEEK_HOLE:
		if (offset < 0)
			return -ENXIO;
		base = seek_data_or_hole(inode, (u64)offset, whence == SEEK_DATA);
		if (base < 0)
			return base;
		offset = 0;
		break;
	default:
		return -EINVAL;
	}
	if (__builtin_add_overflow(base, offset, &result))
		return -EOVERFLOW;
	if (result < 0)
		return -EINVAL;
	file->pos = (u64)result;
	return result;
}
