// SPDX-License-Identifier: MIT
/*
 * fd_find.c -- the file of a descriptor, in tables that others use too.
 *
 * Idea.  Threads that share a table look into it without its lock, in a read section of
 *   sched/epoch.h, and take a reference to the file. What they have then may be a file that has
 *   left the slot meanwhile, or another one in the same memory (file.c: F2). So they look again.
 * Invariants.
 *   D1  A file is found only if the slot still has it after the reference was taken: at that moment
 *       the table's reference keeps it, and whoever counts references later (the collector of
 *       sockets in flight) counts ours.
 *   D2  An array that was replaced shows old files. So the second look is at the present one.
 * Locks.  None to get a file; table->lock for fdtable_next and fd_is_open_as.
 * Cost.  Two atomic operations, both on the file: of threads that use different files none waits.
 * Tests.  fd_find_model_test.c, fdtable_test.c, tests/guest/file/file_fd_threads.c.
 */
#include "core/assert.h"
#include "lib/bitmap.h"
#include "sched/epoch.h"
#include "vfs/file/fdtable.h"
#include "vfs/file/file_internal.h"
#include "vfs/file/file_user.h"

/*
 * We had a reference to a file that we did not look for. If a socket was in flight meanwhile, it
 * may have looked as if a descriptor had it, so the collector looks once more.
 */
static __noinline void put_stale(struct file *file)
{
	bool is_last, flies;

	epoch_read_begin(); /* the memory stays that of a file */
	is_last = refcount_put(&file->refs);
	/*
	 * The count before the mode: pairs with unix_flight.c:count_launch, which does the
	 * opposite.
	 */
	atomic_fence();
	flies = READ_ONCE(file->mode) & FILE_IN_FLIGHT;
	epoch_read_end();
	if (is_last)
		file_free(file);
	else if (flies)
		fdtable_flown();
}

struct fd_ref fd_get_shared(struct fdtable *table, int fd)
{
	struct fd_ref none = {NULL, false};

	for (;;) {
		struct file **files, *file = NULL;
		bool found, same;

		epoch_read_begin();
		/* Pairs with arrays_use, and so does the next. */
		if (likely((u32)fd < __atomic_load_n(&table->size, __ATOMIC_ACQUIRE))) {
			files = __atomic_load_n(&table->files, __ATOMIC_ACQUIRE);
			/* Pairs with slot_set. */
			file = __atomic_load_n(&files[(u32)fd], __ATOMIC_ACQUIRE);
		}
		if (unlikely(!file)) {
			epoch_read_end();
			return none;
		}
		found = refcount_get_unless_zero(&file->refs);
		/*
		 * D1, D2. Pairs with the put after the slot was changed, or with file_alloc: our
		 * reference is first.
		 */
		same = found && __atomic_load_n(&table->files, __ATOMIC_ACQUIRE) == files &&
		       __atomic_load_n(&files[(u32)fd], __ATOMIC_ACQUIRE) == file;
		epoch_read_end();
		if (likely(same))
			return (struct fd_ref){file, true};
		if (found)
			put_stale(file);
	}
}

__no_stack_array long fd_read_shared(int fd, void __user *buf, size_t count, struct fdtable *table)
{
	struct file *file = fd_get_shared(table, fd).file;
	long result;

	if (unlikely(!file))
		return -EBADF;
	result = file_read_user(file, buf, count);
	file_put(file);
	return result;
}

__no_stack_array long fd_write_shared(int fd, const void __user *buf, size_t count,
				      struct fdtable *table)
{
	struct file *file = fd_get_shared(table, fd).file;
	long result;

	if (unlikely(!file))
		return -EBADF;
	result = file_write_user(file, buf, count);
	file_put(file);
	return result;
}

struct file *fd_get_any(int fd)
{
	return fd_get_shared(fdtable_current(), fd).file;
}

struct file *fd_get(int fd)
{
	struct file *file = fd_get_any(fd);

	if (file && (file->mode & FILE_PATH_ONLY)) {
		file_put(file);
		return NULL;
	}
	return file;
}

int fdtable_next(struct fdtable *table, int from, struct file **file)
{
	int found = -1;

	spin_lock(&table->lock);
	for (size_t fd = bitmap_next_set(table->open_map, table->size, (size_t)from);
	     fd < table->size; fd = bitmap_next_set(table->open_map, table->size, fd + 1)) {
		if (!table->files[fd])
			continue;
		file_get(table->files[fd]);
		*file = table->files[fd];
		found = (int)fd;
		break;
	}
	spin_unlock(&table->lock);
	return found;
}

bool fd_is_open_as(int fd, const struct file *file)
{
	struct fdtable *table = fdtable_current();
	bool same;

	spin_lock(&table->lock);
	same = (u32)fd < table->size && table->files[(u32)fd] == file;
	spin_unlock(&table->lock);
	return same;
}
