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

/*
 * The file of @fd with a reference, or NULL; in a read section. False: it has changed meanwhile;
 * put *@out, if there is one, and look again. D1, D2
 */
static bool get_in_section(const struct fdtable *table, u32 fd, struct file **out)
{
	struct file **files;

	*out = NULL;
	if (fd >= __atomic_load_n(&table->size, __ATOMIC_ACQUIRE)) /* pairs with arrays_use */
		return true;
	files = __atomic_load_n(&table->files, __ATOMIC_ACQUIRE); /* the same */
	*out = __atomic_load_n(&files[fd], __ATOMIC_ACQUIRE);	  /* pairs with slot_set */
	if (!*out)
		return true;
	if (!refcount_get_unless_zero(&(*out)->refs)) {
		*out = NULL;
		return false;
	}
	/*
	 * Pairs with the put after the slot was changed, or with file_alloc: our reference is
	 * first.
	 */
	return __atomic_load_n(&table->files, __ATOMIC_ACQUIRE) == files &&
	       __atomic_load_n(&files[fd], __ATOMIC_ACQUIRE) == *out;
}

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
	struct file *file;
	bool found;

	for (;;) {
		epoch_read_begin();
		found = get_in_section(table, (u32)fd, &file);
		epoch_read_end();
		if (likely(found))
			return (struct fd_ref){file, file != NULL};
		if (file)
			put_stale(file);
	}
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
