// SPDX-License-Identifier: MIT
/*
 * file.c -- open files: creation, end, and the calls that go to their ops.
 *
 * Idea.  What is the same for all files is done here: may the descriptor do this, is there a
 *   position and who uses it, what does the mount forbid. The rest is a call of file->ops, and a
 *   missing one has the errno of a file that cannot do that.
 * Invariants.
 *   F1  A shared mapping that may write is counted at the object from before the seals are looked
 *       at until it ends: so it and a seal against writing never both come about.
 *   F2  Another process's fd_get_shared may have a reference to any file, for a moment, if what it
 *       was looking for was at the same address. It does nothing with it but file_put.
 * Ownership.  Descriptors, mappings (through `backing`) and calls in progress hold references.
 * Locks.  pos_lock around each read, write and seek that uses the file's own position, if there is
 *   more than one reference: with a single one no other thread can reach the file (fd_get_light).
 * Cost.  read(2) on a device: the mode test, one indirect call.
 * Tests.  tests/guest/file/file_rw.c, file_seal.c; fdtable_test.c.
 */
#include "vfs/file/file.h"

#include "core/assert.h"
#include "core/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/epoch.h"
#include "vfs/cred.h"
#include "vfs/file/file_internal.h"
#include "vfs/file/advisory_lock.h"
#include "vfs/name/path_walk.h"
#include "vfs/file/pollwait.h"

#include <linux/fs.h>
#include <linux/poll.h>

static struct slab_cache file_cache;
static void (*epoll_release)(struct file *file); /* [I] after boot */

void file_cache_init(void)
{
	slab_cache_init_lasting(&file_cache, "file", sizeof(struct file), 64, epoch_free_slab);
}

static struct file *file_of_backing(struct vm_backing *backing)
{
	return container_of(backing, struct file, backing);
}

static void backing_get(struct vm_backing *backing)
{
	file_get(file_of_backing(backing));
}

static void backing_put(struct vm_backing *backing)
{
	file_put(file_of_backing(backing));
}

static ssize_t backing_describe(struct vm_backing *backing, char *buffer, size_t size, u64 *device,
				u64 *inode)
{
	struct file *file = file_of_backing(backing);
	const char *name;
	size_t len;
	int err;

	*device = file->inode->super->device;
	*inode = file->inode->ino;
	if (!file->path.dentry)
		return strscpy(buffer, "anon_inode", size);
	err = path_name(&file->path, true, buffer, size, &name);
	if (err)
		return err;
	len = strlen(name);
	memmove(buffer, name, len + 1);
	return (ssize_t)len;
}

int file_alloc(struct inode *inode, const struct path *path, const struct file_ops *ops, int flags,
	       struct file **out)
{
	static const u8 modes[] = {FILE_READ, FILE_WRITE, FILE_READ | FILE_WRITE, 0};
	struct file *file;

	/* No count of its own, which all CPUs would write. */
	if (unlikely(slab_nr_taken(&file_cache) >= FILE_COUNT_MAX) &&
	    file_count() >= FILE_COUNT_MAX && !capable(CAP_SYS_ADMIN))
		return -ENFILE;
	if (epoch_throttle()) /* slabs of files that were closed; killed */
		return -EINTR;
	file = slab_alloc(&file_cache, 0);
	if (!file)
		return -ENOMEM;
	file->ops = ops;
	file->flags = (u32)flags & ~(u32)(O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC);
	file->mode = flags & O_PATH ? FILE_PATH_ONLY : modes[flags & O_ACCMODE];
	file->owner = 0;
	file->pos = 0;
	file->data = NULL;
	file->inode = inode;
	inode_get(inode);
	if (path) {
		file->path = *path;
		path_get(path);
	} else {
		file->path = (struct path){NULL, NULL};
	}
	mutex_init(&file->pos_lock, file_pos);
	file->backing.get = backing_get;
	file->backing.put = backing_put;
	file->backing.describe = backing_describe;
	list_init(&file->epoll_links);
	file->owner_signal = 0;
	refcount_publish(&file->refs, 1); /* F2 */
	*out = file;
	return 0;
}

void file_set_epoll_release_hook(void (*hook)(struct file *file))
{
	epoll_release = hook;
}

void file_free(struct file *file)
{
	debug_assert(!refcount_read(&file->refs));
	/*
	 * Look at the link that list_remove writes last: then the thread that removed the last item
	 * is done with this file.
	 */
	if (unlikely(READ_ONCE(file->epoll_links.prev) != &file->epoll_links) && epoll_release)
		epoll_release(file);
	if (unlikely(READ_ONCE(file->inode->locks))) /* without its lock: advisory_lock.c */
		file_lock_release(file);
	if (file->ops->release)
		file->ops->release(file);
	if (file->mode & FILE_WRITER)
		inode_write_end(file->inode);
	if (file->mode & FILE_EXECUTE)
		inode_execute_end(file->inode);
	inode_put(file->inode);
	if (file->path.dentry)
		path_put(&file->path);
	slab_free(&file_cache, file);
}

unsigned file_count(void)
{
	struct slab_statistics statistics;

	slab_cache_statistics(&file_cache, &statistics);
	return (unsigned)statistics.nr_in_use;
}

/* ---- read, write, seek ---- */

/*
 * Lock the position if there is another reference. Returns whether it is locked. The one reference
 * is the caller's, or that of a table which only it uses: nobody else can reach the position.
 */
static bool pos_begin(struct file *file) NO_LOCK_ANALYSIS
{
	bool locks = !refcount_is_one(&file->refs);

	if (unlikely(locks))
		mutex_lock(&file->pos_lock);
	return locks;
}

static void pos_end(struct file *file, bool locked) NO_LOCK_ANALYSIS
{
	if (unlikely(locked))
		mutex_unlock(&file->pos_lock);
}

typedef ssize_t (*transfer_t)(struct file *file, struct uio *uio, u64 *pos);

static inline ssize_t transfer(struct file *file, struct uio *uio, u64 *pos, transfer_t op)
{
	u64 no_pos = 0;
	ssize_t result;
	bool locked;

	if (unlikely(!op))
		return S_ISDIR(inode_mode(file->inode)) ? -EISDIR : -EINVAL;
	if (pos)
		return op(file, uio, pos);
	if (!(file->mode & FILE_SEEKABLE))
		return op(file, uio, &no_pos);
	locked = pos_begin(file);
	result = op(file, uio, &file->pos);
	pos_end(file, locked);
	return result;
}

ssize_t file_read(struct file *file, struct uio *uio, u64 *pos)
{
	if (unlikely(!(file->mode & FILE_READ)))
		return -EBADF;
	return transfer(file, uio, pos, file->ops->read);
}

ssize_t file_write(struct file *file, struct uio *uio, u64 *pos)
{
	if (unlikely(!(file->mode & FILE_WRITE)))
		return -EBADF;
	return transfer(file, uio, pos, file->ops->write);
}

ssize_t file_read_kernel(struct file *file, void *buffer, size_t len_bytes, u64 pos)
{
	ssize_t done = 0;

	while ((size_t)done < len_bytes) {
		struct uio uio;
		ssize_t result;

		if (!file->ops->read)
			return S_ISDIR(inode_mode(file->inode)) ? -EISDIR : -EINVAL;
		uio_init_kernel(&uio, (char *)buffer + done, len_bytes - (size_t)done);
		result = file->ops->read(file, &uio, &pos);
		if (result < 0)
			return done ? done : result;
		if (!result)
			break;
		done += result;
	}
	return done;
}

ssize_t file_write_kernel(struct file *file, const void *buffer, size_t len_bytes, u64 pos)
{
	struct uio uio;

	uio_init_kernel(&uio, (void *)(uintptr_t)buffer, len_bytes);
	return file_write(file, &uio, &pos);
}

s64 file_seek(struct file *file, s64 offset, int whence)
{
	s64 result;
	bool locked;

	if (whence < SEEK_SET || whence > SEEK_MAX)
		return -EINVAL;
	if (!file->ops->seek) {
		if (file->mode & FILE_STREAM)
			return 0;
		if (!(file->mode & FILE_SEEKABLE))
			return -ESPIPE;
	}
	locked = pos_begin(file);
	result = file->ops->seek ? file->ops->seek(file, offset, whence)
				 : generic_file_seek(file, offset, whence);
	pos_end(file, locked);
	return result;
}

int file_read_directory(struct file *file, struct dir_emitter *emitter)
{
	bool locked;
	int err;

	if (!S_ISDIR(inode_mode(file->inode)) || !file->ops->readdir)
		return -ENOTDIR;
	locked = pos_begin(file);
	err = file->inode->nr_links ? file->ops->readdir(file, emitter) : -ENOENT;
	pos_end(file, locked);
	return err;
}

/* ---- mapping, waiting, flushing ---- */

static bool may_write_through(const struct vm_map_request *request)
{
	u32 both = VM_SHARED | VM_MAYWRITE;

	return (request->area_flags & both) == both;
}

/*
 * A shared mapping that may write is counted before the seals are looked at, and a seal is set only
 * when none is counted (memfd_add_seals). So at least one of the two sees the other.
 */
static int begin_writable(struct file *file, struct vm_map_request *request)
{
	struct inode *inode = file->inode;
	int err;

	if (!(inode->flags & INODE_SEALABLE) || !may_write_through(request))
		return 0;
	err = vm_object_writable_begin(inode->object);
	if (!err && (READ_ONCE(inode->seals) & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))) {
		vm_object_writable_end(inode->object);
		err = -EPERM;
	}
	if (!err || (request->protection & PROTECT_WRITE))
		return err;
	request->area_flags &= ~(u32)VM_MAYWRITE; /* it may be mapped to be read only */
	return 0;
}

void file_mmap_end(struct file *file, const struct vm_map_request *request)
{
	if ((file->inode->flags & INODE_SEALABLE) && may_write_through(request))
		vm_object_writable_end(file->inode->object);
}

int file_mmap(struct file *file, struct vm_map_request *request)
{
	bool shared = request->area_flags & VM_SHARED;
	int err;

	if (!(file->mode & FILE_READ))
		return -EACCES;
	if (shared && (request->protection & PROTECT_WRITE) && !(file->mode & FILE_WRITE))
		return -EACCES;
	if (file->path.mount && (READ_ONCE(file->path.mount->flags) & MS_NOEXEC)) {
		if (request->protection & PROTECT_EXEC)
			return -EPERM;
		request->area_flags |= VM_NOEXEC;
	}
	if (!file->ops->mmap)
		return -ENODEV;
	if (!shared || (file->mode & FILE_WRITE))
		request->area_flags |= VM_MAYWRITE;
	err = begin_writable(file, request);
	if (err)
		return err;
	err = file->ops->mmap(file, request);
	if (err)
		file_mmap_end(file, request);
	return err;
}

int file_fsync(struct file *file)
{
	return file->ops->fsync ? file->ops->fsync(file) : 0;
}
