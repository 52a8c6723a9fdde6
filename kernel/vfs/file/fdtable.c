// SPDX-License-Identifier: MIT
/*
 * fdtable.c -- descriptor tables.
 *
 * Idea.  An array of files, a bitmap of slots that are taken (filled or reserved), and the lowest
 *   number that may be free. 64 slots are in the structure itself; larger tables double.
 * Invariants.
 *   F1  A slot with a file has its bit in open_map; a bit without a file is a reservation by a call
 *       in progress.
 *   F2  No free slot is below next_free.
 *   F3  Only a thread that holds a reference on the table changes it. So with one reference no
 *       other thread does, and the owner may read the table without the lock (fd_get_light).
 *   F4  A table grows in steps, and may change between them: the slots that have been copied to the
 *       new arrays (next_files, below nr_copied) equal those of the table.
 *   F5  Who looks without the lock (fd_find.c) loads the size before the array, which has at least
 *       as many slots.
 *   F6  Arrays that a larger one replaces are not written any more, and are freed by epoch_call; at
 *       once if there is one reference. Others than a table's threads look only with the lock.
 * Ownership.  The table holds one reference on each of its files.
 * Locks.  table->lock (spin) for every change, and for reads of a shared table but those of
 *   fd_find.c:fd_get_shared. Files are put without it.
 * Tests.  fdtable_test.c, tests/guest/file/file_fd.c, file_fd_threads.c.
 */
#include "vfs/file/fdtable.h"

#include "core/assert.h"
#include "core/errno.h"
#include "lib/bitmap.h"
#include "lib/refcount.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "sched/epoch.h"
#include "vfs/file/advisory_lock.h"
#include "vfs/file/file_internal.h"
#include "vfs/vfs.h"

#include <linux/close_range.h>

#define FD_BATCH 1024U /* slots copied or marked before the lock is released */

static void (*flight_hook)(void); /* [I] after boot */

void fdtable_set_flight_hook(void (*hook)(void))
{
	flight_hook = hook;
}

/* ---- storage ---- */

static size_t bitmap_bytes(u32 size)
{
	return size / 8;
}

/* The three arrays of a table that has outgrown inline_files: then come the two bitmaps. */
struct arrays {
	struct epoch_item epoch; /* [o] when they are no longer used */
	struct file *files[];	 /* [fdtable] read in epochs */
};

static struct file **arrays_alloc(u32 size)
{
	struct arrays *arrays =
		kzalloc(sizeof(*arrays) + size * sizeof(struct file *) + 2 * bitmap_bytes(size), 0);

	return arrays ? arrays->files : NULL;
}

static struct arrays *arrays_of(struct file **files)
{
	return container_of(files, struct arrays, files[0]);
}

/* Nobody else has seen them; @files may be NULL. */
static void arrays_free(struct file **files)
{
	if (files)
		kfree(arrays_of(files));
}

static void free_in_epoch(struct epoch_item *item)
{
	kfree(container_of(item, struct arrays, epoch));
}

/* @files of @table were replaced by a thread that shares it, or owns it alone. F6 */
static void arrays_end(const struct fdtable *table, struct file **files)
{
	if (refcount_is_one(&table->refs))
		arrays_free(files);
	else
		epoch_call(&arrays_of(files)->epoch, free_in_epoch);
}

static void arrays_use(struct fdtable *table, struct file **files, u32 size)
{
	table->close_on_exec = (u64 *)(files + size);
	table->open_map = table->close_on_exec + size / 64;
	/* Both pair with fd_find.c, in this order: F5. */
	__atomic_store_n(&table->files, files, __ATOMIC_RELEASE);
	__atomic_store_n(&table->size, size, __ATOMIC_RELEASE);
}

/* Pairs with fd_find.c. */
static __always_inline void slot_set(struct fdtable *table, u32 fd, struct file *file)
	REQUIRES(table->lock)
{
	__atomic_store_n(&table->files[fd], file, __ATOMIC_RELEASE);
}

int fdtable_create(struct fdtable **out)
{
	struct fdtable *table = kzalloc(sizeof(*table), 0);

	if (!table)
		return -ENOMEM;
	refcount_init(&table->refs, 1);
	spin_lock_init(&table->lock, fdtable);
	table->files = table->inline_files;
	table->close_on_exec = &table->inline_close_on_exec;
	table->open_map = &table->inline_open_map;
	table->size = FD_INLINE;
	*out = table;
	return 0;
}

/* Copy the slots [start, end), multiples of 64, to the arrays to come. F4 */
static void copy_to_next(struct fdtable *table, u32 start, u32 end) REQUIRES(table->lock)
{
	u64 *close_on_exec = (u64 *)(table->next_files + table->next_size);
	u64 *open_map = close_on_exec + table->next_size / 64;

	assert_spin_held(&table->lock);
	debug_assert(start % 64 == 0 && end % 64 == 0 && end <= table->size);
	memcpy(table->next_files + start, table->files + start,
	       (end - start) * sizeof(*table->files));
	memcpy(close_on_exec + start / 64, table->close_on_exec + start / 64,
	       bitmap_bytes(end - start));
	memcpy(open_map + start / 64, table->open_map + start / 64, bitmap_bytes(end - start));
}

/* Repeat a change of the slot @fd in the arrays to come, if it was copied. F4 */
static __always_inline void slot_changed(struct fdtable *table, u32 fd) REQUIRES(table->lock)
{
	if (unlikely(table->next_files && fd < table->nr_copied))
		copy_to_next(table, fd & ~63U, (fd | 63U) + 1);
}

/*
 * Take a step towards @size slots: begin with *@fresh, arrays of that size (*@fresh is NULL then);
 * copy some more; or, when all are copied, use the new arrays. False: there are @size slots.
 */
static bool grow_step(struct fdtable *table, u32 size, struct file ***fresh)
{
	struct file **old = NULL;
	bool more;
	u32 end;

	spin_lock(&table->lock);
	if (table->size < size) {
		if (!table->next_files) {
			table->next_files = *fresh;
			table->next_size = size;
			table->nr_copied = 0;
			*fresh = NULL;
		}
		end = min(table->size, table->nr_copied + FD_BATCH);
		copy_to_next(table, table->nr_copied, end);
		table->nr_copied = end;
		if (end == table->size) {
			old = table->files == table->inline_files ? NULL : table->files;
			arrays_use(table, table->next_files, table->next_size);
			table->next_files = NULL;
		}
	}
	more = table->size < size;
	spin_unlock(&table->lock);
	if (old)
		arrays_end(table, old);
	return more;
}

/*
 * Give @table at least @wanted slots. Threads that do so at the same time share the work. Locks:
 * none.
 */
static int fdtable_grow(struct fdtable *table, u32 wanted)
{
	struct file **fresh;
	u32 size = FD_INLINE;

	while (size < wanted)
		size *= 2;
	fresh = arrays_alloc(size);
	if (!fresh)
		return -ENOMEM;
	while (grow_step(table, size, &fresh))
		;
	arrays_free(fresh);
	return 0;
}

/* The number of slots up to the last one taken, rounded up to 64. Locks: table->lock held. */
static u32 used_size(const struct fdtable *table) REQUIRES(table->lock)
{
	u32 words = table->size / 64;

	assert_spin_held(&table->lock);
	while (words > 1 && !table->open_map[words - 1])
		words--;
	return words * 64;
}

/*
 * Copy the slots [start, end), without reservations. @to is large enough and not yet shared. Locks:
 * from->lock held.
 */
static void copy_slots(struct fdtable *to, const struct fdtable *from, u32 start, u32 end)
	REQUIRES(from->lock)
{
	assert_spin_held(&from->lock);
	for (size_t fd = bitmap_next_set(from->open_map, end, start); fd < end;
	     fd = bitmap_next_set(from->open_map, end, fd + 1)) {
		struct file *file = from->files[fd];

		if (!file)
			continue;
		file_get(file);
		to->files[fd] = file;
		bitmap_set(to->open_map, fd);
		if (bitmap_test(from->close_on_exec, fd))
			bitmap_set(to->close_on_exec, fd);
	}
}

/*
 * Copy a batch of slots from *@at on, and move *@at behind them. 0; 1: that was the last batch;
 * -ENOMEM.
 */
static int copy_some(struct fdtable *to, struct fdtable *from, u32 *at)
{
	u32 size, end;

	spin_lock(&from->lock);
	size = used_size(from);
	if (size > to->size) {
		spin_unlock(&from->lock);
		return fdtable_grow(to, size);
	}
	end = min(size, *at + FD_BATCH);
	copy_slots(to, from, *at, end);
	spin_unlock(&from->lock);
	*at = end;
	return end == size;
}

int fdtable_copy(struct fdtable *from, struct fdtable **out)
{
	struct fdtable *table;
	int err = fdtable_create(&table);
	u32 at = 0;

	if (err)
		return err;
	do
		err = copy_some(table, from, &at);
	while (!err);
	if (err < 0) {
		fdtable_put(table);
		return err;
	}
	*out = table;
	return 0;
}

void fdtable_get(struct fdtable *table)
{
	refcount_get(&table->refs);
}

/*
 * What close(2) does to an open file: the record locks of this table on it are dropped, even if
 * other descriptors have it open. True: the file is in flight, and flight_hook is to be
 * called, once for all files that are closed together.
 */
static bool file_close_one(struct file *file, struct fdtable *table)
{
	bool flown = file->mode & FILE_IN_FLIGHT;

	if (unlikely(READ_ONCE(file->inode->locks))) /* advisory_lock.c: L4 */
		file_lock_close(file, table);
	file_put(file);
	return flown;
}

void fdtable_flown(void)
{
	flight_hook();
}

static void file_close(struct file *file, struct fdtable *table)
{
	if (unlikely(file_close_one(file, table)))
		flight_hook();
}

void fdtable_put(struct fdtable *table)
{
	bool flown = false;

	if (!refcount_put(&table->refs))
		return;
	debug_assert(!table->next_files); /* F4: a thread that grows it has a reference */
	for (size_t fd = bitmap_next_set(table->open_map, table->size, 0); fd < table->size;
	     fd = bitmap_next_set(table->open_map, table->size, fd + 1))
		if (table->files[fd])
			flown |= file_close_one(table->files[fd], table);
	if (table->files != table->inline_files)
		arrays_free(table->files);
	kfree(table);
	if (unlikely(flown))
		flight_hook();
}

/* ---- filling ---- */

static u32 fd_limit(void)
{
	u64 limit = vfs_limit_nofile();

	return limit < FD_LIMIT ? (u32)limit : FD_LIMIT;
}

/* @file, or NULL for a reservation, is in the slot from now on. F1 */
static void slot_take(struct fdtable *table, u32 fd, struct file *file, bool close_on_exec)
	REQUIRES(table->lock)
{
	assert_spin_held(&table->lock);
	debug_assert(fd < table->size);
	bitmap_set(table->open_map, fd);
	if (close_on_exec)
		bitmap_set(table->close_on_exec, fd);
	else
		bitmap_clear(table->close_on_exec, fd);
	slot_set(table, fd, file);
	slot_changed(table, fd);
}

/* Free the slot. F2 */
static void slot_free(struct fdtable *table, u32 fd) REQUIRES(table->lock)
{
	assert_spin_held(&table->lock);
	debug_assert(bitmap_test(table->open_map, fd)); /* F1 */
	bitmap_clear(table->open_map, fd);
	bitmap_clear(table->close_on_exec, fd);
	slot_set(table, fd, NULL);
	slot_changed(table, fd);
	if (fd < table->next_free)
		table->next_free = fd;
}

/* Put @file (NULL: a reservation) in the lowest free slot >= @from. */
static int slot_find(struct file *file, int from, bool close_on_exec) NO_LOCK_ANALYSIS
{
	struct fdtable *table = fdtable_current();
	u32 limit = fd_limit(), start, fd;
	int err;

	for (;;) {
		spin_lock(&table->lock);
		start = max((u32)from, table->next_free);
		fd = start < table->size
			     ? (u32)bitmap_next_clear(table->open_map, table->size, start)
			     : start;
		if (likely(fd < table->size))
			break;
		spin_unlock(&table->lock);
		if (fd >= limit)
			return -EMFILE;
		err = fdtable_grow(table, fd + 1);
		if (err)
			return err;
	}
	if (unlikely(fd >= limit)) {
		spin_unlock(&table->lock);
		return -EMFILE;
	}
	debug_assert(fd >= table->next_free); /* F2 */
	slot_take(table, fd, file, close_on_exec);
	if (start == table->next_free)
		table->next_free = fd + 1;
	spin_unlock(&table->lock);
	return (int)fd;
}

int fd_install(struct file *file, int from, bool close_on_exec)
{
	int fd = slot_find(file, from, close_on_exec);

	if (unlikely(fd < 0))
		file_put(file);
	return fd;
}

int fd_duplicate(struct file *file, u64 from, bool close_on_exec)
{
	if (from >= fd_limit())
		return -EINVAL;
	file_get(file);
	return fd_install(file, (int)from, close_on_exec);
}

int fd_reserve(int from, bool close_on_exec)
{
	return slot_find(NULL, from, close_on_exec);
}

void fd_fill(int fd, struct file *file)
{
	struct fdtable *table = fdtable_current();

	spin_lock(&table->lock);
	debug_assert(bitmap_test(table->open_map, (u32)fd) && !table->files[(u32)fd]); /* F1 */
	slot_set(table, (u32)fd, file);
	slot_changed(table, (u32)fd);
	spin_unlock(&table->lock);
}

void fd_unreserve(int fd)
{
	struct fdtable *table = fdtable_current();

	spin_lock(&table->lock);
	debug_assert(!table->files[(u32)fd]); /* F1: a reservation */
	slot_free(table, (u32)fd);
	spin_unlock(&table->lock);
}

int fd_replace(int fd, struct file *file, bool close_on_exec)
{
	struct fdtable *table = fdtable_current();
	struct file *old;
	int err;

	if ((u32)fd >= fd_limit())
		return -EBADF;
	/* Without the lock: a table never shrinks, and fdtable_grow looks again. */
	if ((u32)fd >= READ_ONCE(table->size)) {
		err = fdtable_grow(table, (u32)fd + 1);
		if (err)
			return err;
	}
	file_get(file);
	spin_lock(&table->lock);
	old = table->files[fd];
	if (!old && bitmap_test(table->open_map, (u32)fd)) {
		spin_unlock(&table->lock);
		file_put(file);
		return -EBUSY; /* another thread has reserved it */
	}
	slot_take(table, (u32)fd, file, close_on_exec);
	spin_unlock(&table->lock);
	if (old)
		file_close(old, table);
	return fd;
}

/* ---- closing ---- */

int fd_close(int fd)
{
	struct fdtable *table = fdtable_current();
	struct file *file = NULL;

	spin_lock(&table->lock);
	if ((u32)fd < table->size)
		file = table->files[(u32)fd];
	if (file)
		slot_free(table, (u32)fd);
	spin_unlock(&table->lock);
	if (!file)
		return -EBADF;
	file_close(file, table);
	return 0;
}

/*
 * Close the first open descriptor in [*from, end) that is in @map, and move *from behind it; set
 * *@flown if it is in flight. False: there is none.
 */
static bool close_next(struct fdtable *table, const u64 *const *map, u32 *from, u64 end,
		       bool *flown)
{
	struct file *file = NULL;
	size_t fd, size;

	spin_lock(&table->lock);
	size = min((u64)table->size, end);
	for (fd = bitmap_next_set(*map, size, *from); fd < size;
	     fd = bitmap_next_set(*map, size, fd + 1)) {
		file = table->files[fd];
		if (file) {
			slot_free(table, (u32)fd);
			break;
		}
	}
	spin_unlock(&table->lock);
	if (!file)
		return false;
	*from = (u32)fd + 1;
	*flown |= file_close_one(file, table);
	return true;
}

static void close_all(struct fdtable *table, const u64 *const *map, u32 from, u64 end)
{
	bool flown = false;

	while (close_next(table, map, &from, end, &flown))
		;
	if (unlikely(flown))
		flight_hook();
}

void fdtable_close_on_exec(struct fdtable *table)
{
	close_all(table, (const u64 *const *)&table->close_on_exec, 0, ~0UL);
}

static void mark_range(struct fdtable *table, unsigned first, unsigned last)
{
	u64 fd = first, end;

	do {
		spin_lock(&table->lock);
		end = min((u64)last + 1, (u64)table->size);
		for (unsigned i = 0; i < FD_BATCH && fd < end; i++, fd++)
			if (bitmap_test(table->open_map, fd)) {
				bitmap_set(table->close_on_exec, fd);
				slot_changed(table, (u32)fd);
			}
		spin_unlock(&table->lock);
	} while (fd < end);
}

int fd_close_range(unsigned first, unsigned last, unsigned flags)
{
	struct fdtable *table = fdtable_current();

	if (flags & CLOSE_RANGE_CLOEXEC) {
		mark_range(table, first, last);
		return 0;
	}
	close_all(table, (const u64 *const *)&table->open_map, first, (u64)last + 1);
	return 0;
}

/* ---- FD_CLOEXEC ---- */

int fd_get_close_on_exec(int fd)
{
	struct fdtable *table = fdtable_current();
	int result = -EBADF;

	spin_lock(&table->lock);
	if ((u32)fd < table->size && table->files[(u32)fd])
		result = bitmap_test(table->close_on_exec, (u32)fd);
	spin_unlock(&table->lock);
	return result;
}

int fd_set_close_on_exec(int fd, bool on)
{
	struct fdtable *table = fdtable_current();
	int result = -EBADF;

	spin_lock(&table->lock);
	if ((u32)fd < table->size && table->files[(u32)fd]) {
		slot_take(table, (u32)fd, table->files[(u32)fd], on);
		result = 0;
	}
	spin_unlock(&table->lock);
	return result;
}
