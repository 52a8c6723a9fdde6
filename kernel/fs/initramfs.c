// SPDX-License-Identifier: MIT
/*
 * initramfs.c -- makes the first files from cpio archives.
 *
 * Idea.  The archive is in pages that the allocator has set aside. A regular file whose data begins
 *   at a page boundary takes over these pages as they are; only its last, partial page is copied.
 *   All other pages go back to the allocator at the end.
 * Invariants.
 *   I1  A page is adopted at most once: the data of different files never shares a whole page, and
 *       `kept` says up to where pages have been dealt with, in ascending order.
 *   I2  Nothing of the archive is read below the point up to which pages have been given away.
 * Format.  A header of 110 characters ("070701", then 13 numbers of 8 hexadecimal digits), the name
 *   with a NUL, the data; name and data are padded to 4 bytes each. "TRAILER!!!" ends an archive;
 *   zeros may follow, then another archive. Of the names of one file, which share an inode number,
 *   only the last has data (or each has all of it).
 * Tests.  initramfs_test.c, every boot.
 */
#define LOG_SUBSYS "initramfs"
#include "fs/initramfs.h"

#include "core/boot_info.h"
#include "core/assert.h"
#include "core/errno.h"
#include "core/log.h"
#include "fs/tmpfs/tmpfs.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "time/clock.h"
#include "vfs/inode/device_number.h"
#include "vfs/name/name_ops.h"

#include <linux/limits.h>

#define HEADER_BYTES 110
#define TRAILER "TRAILER!!!"

struct entry {
	u32 ino, mode, uid, gid, nlink, mtime, size, device_major, device_minor, rdev_major,
		rdev_minor, name_size;
	const char *name;
	u64 data; /* offset in the archive */
};

/* A file with several names; this is its first. */
struct link {
	struct link *next;
	u32 ino, device_major, device_minor;
	char name[];
};

struct archive {
	const char *text;
	paddr_t base;
	u64 len, at;
	u64 kept; /* pages below this offset are dealt with. I1 */
	struct link *links;
	u64 nr_adopted, nr_copied, nr_entries;
};

/* ---- reading ---- */

/* A word with the same value in each byte. */
#define EACH(byte) ((byte)*0x0101010101010101UL)

/*
 * Convert eight hexadecimal digits at once. A letter has bit 6 set, and its value is 9 plus its low
 * bits. Then each byte must be the character of the value that was found: below 10 for a digit, 10
 * to 15 for a letter.
 */
static bool hex_field(const char *text, u32 *value)
{
	u64 word, letters, digits;

	memcpy(&word, text, 8);
	letters = word >> 6 & EACH(1UL);
	digits = (word & EACH(0x0fUL)) + letters * 9;
	if ((digits & EACH(0xf0UL)) || ((digits + EACH(6UL)) >> 4 & EACH(1UL)) != letters ||
	    digits + EACH(0x30UL) + letters * 0x27 != (word | letters * 0x20))
		return false;
	digits = __builtin_bswap64(digits);
	digits = (digits | digits >> 4) & 0x00ff00ff00ff00ffUL;
	digits = (digits | digits >> 8) & 0x0000ffff0000ffffUL;
	*value = (u32)(digits | digits >> 16);
	return true;
}

/* Skip the zeros between archives. False: the end. */
static bool skip_padding(struct archive *archive)
{
	u64 word;

	while (archive->at + 8 <= archive->len) {
		memcpy(&word, archive->text + archive->at, 8);
		if (word)
			break;
		archive->at += 8;
	}
	while (archive->at < archive->len && archive->text[archive->at] == '\0')
		archive->at++;
	return archive->at < archive->len;
}

/* Read the header and name at archive->at. Returns NULL, or what is wrong. */
static const char *read_entry(struct archive *archive, struct entry *entry)
{
	u32 *fields[] = {&entry->ino,	     &entry->mode,	   &entry->uid,
			 &entry->gid,	     &entry->nlink,	   &entry->mtime,
			 &entry->size,	     &entry->device_major, &entry->device_minor,
			 &entry->rdev_major, &entry->rdev_minor,   &entry->name_size};
	const char *text = archive->text + archive->at;
	u64 name_at = archive->at + HEADER_BYTES;

	debug_assert(archive->at < archive->len);
	if (archive->len - archive->at < HEADER_BYTES)
		return "the archive ends in a header";
	if (memcmp(text, "070701", 6) != 0 && memcmp(text, "070702", 6) != 0)
		return "this is no header of a newc archive";
	for (unsigned i = 0; i < ARRAY_SIZE(fields); i++)
		if (!hex_field(text + 6 + 8 * i, fields[i]))
			return "a number in a header is not hexadecimal";
	if (!entry->name_size || entry->name_size > archive->len - name_at)
		return "the archive ends in a name";
	entry->name = archive->text + name_at;
	if (entry->name[entry->name_size - 1] != '\0')
		return "a name has no NUL at its end";
	if (strnlen(entry->name, PATH_MAX) >= PATH_MAX)
		return "a name is too long";
	entry->data = align_up(name_at + entry->name_size, 4);
	if (entry->data > archive->len || entry->size > archive->len - entry->data)
		return "the archive ends in a file";
	return NULL;
}

/* ---- making ---- */

/* Write the absolute name of @entry to @buffer. False: it does not fit. */
static bool absolute_name(const struct entry *entry, char *buffer, size_t size)
{
	const char *name = entry->name;
	ssize_t len;

	while (name[0] == '/' || (name[0] == '.' && name[1] == '/'))
		name++;
	if (!strcmp(name, "."))
		name = "";
	buffer[0] = '/';
	len = strscpy(buffer + 1, name, size - 1);
	return len >= 0;
}

static int set_attributes(struct inode *inode, const struct entry *entry)
{
	struct inode_attributes attributes = {
		.valid = ATTR_UID | ATTR_GID | ATTR_ATIME | ATTR_MTIME |
			 (S_ISLNK(entry->mode) ? 0 : ATTR_MODE),
		.mode = entry->mode & 07777,
		.uid = entry->uid,
		.gid = entry->gid,
		.atime_ns = (s64)entry->mtime * (s64)NS_PER_SECOND,
		.mtime_ns = (s64)entry->mtime * (s64)NS_PER_SECOND,
	};

	return inode_setattr(inode, &attributes);
}

/* @err says whether @inode was made. If it was, set its attributes and put its reference. */
static int finish(int err, struct inode *inode, const struct entry *entry)
{
	if (err)
		return err;
	err = set_attributes(inode, entry);
	inode_put(inode);
	return err;
}

/* Give the pages in [archive->kept, end), which no file adopts, to the allocator. I1, I2 */
static void release_until(struct archive *archive, u64 end)
{
	u64 from = archive->base + archive->kept, to = archive->base + end;

	debug_assert(archive->kept <= align_up(archive->len, PAGE_SIZE)); /* I1 */
	if (to > from) {
		page_release_reserved(from, to - from);
		archive->kept = end;
	}
}

/* Use the whole pages of the data as the file's pages; *done is the number of bytes in them. */
static int adopt_pages(struct archive *archive, struct inode *inode, const struct entry *entry,
		       u64 *done)
{
	u64 nr_pages = entry->size >> PAGE_SHIFT;
	int err = 0;

	*done = 0;
	if (!nr_pages || !is_aligned(archive->base + entry->data, PAGE_SIZE) ||
	    entry->data < archive->kept)
		return 0;
	release_until(archive, entry->data);
	for (u64 i = 0; i < nr_pages && !err; i++) {
		struct page *page =
			page_adopt((archive->base + entry->data) / PAGE_SIZE + i, PAGE_FILE);

		if (!page)
			break; /* no page of the allocator's: the rest is copied */
		archive->kept += PAGE_SIZE;
		err = tmpfs_adopt_page(inode, i, page);
		if (err) {
			page_put(page);
		} else {
			*done += PAGE_SIZE;
			archive->nr_adopted++;
		}
	}
	return err;
}

static int fill_file(struct archive *archive, struct file *file, const struct entry *entry)
{
	struct inode *inode = file->inode;
	ssize_t written;
	u64 done, left;
	int err = adopt_pages(archive, inode, entry, &done);

	if (err)
		return err;
	if (done) {
		mutex_lock(&inode->lock);
		vm_object_truncate(inode->object, done);
		inode->size_bytes = done;
		mutex_unlock(&inode->lock);
	}
	left = entry->size - done;
	if (!left)
		return 0;
	written = file_write_kernel(file, archive->text + entry->data + done, left, done);
	archive->nr_copied += div_round_up(left, PAGE_SIZE);
	if (written < 0)
		return (int)written;
	return (u64)written == left ? 0 : -ENOSPC;
}

/* @linked: the name exists already, as another name of the file. */
static int make_regular(struct archive *archive, const char *name, const struct entry *entry,
			bool linked)
{
	int flags = O_WRONLY | (linked ? O_NOFOLLOW | O_TRUNC : O_CREAT | O_EXCL);
	struct file *file;
	int err = vfs_open(AT_FDCWD, name, flags, 0600, &file);

	if (err)
		return err;
	if (entry->size)
		err = fill_file(archive, file, entry);
	if (!err)
		err = set_attributes(file->inode, entry);
	file_put(file);
	return err;
}

/* If the file exists under another name, link to it: true, and *err is the result. */
static bool make_hard_link(struct archive *archive, const char *name, const struct entry *entry,
			   int *err)
{
	size_t len = strlen(name);
	struct link *link;

	*err = 0;
	if (entry->nlink < 2)
		return false;
	for (link = archive->links; link; link = link->next) {
		if (link->ino != entry->ino || link->device_major != entry->device_major ||
		    link->device_minor != entry->device_minor)
			continue;
		if (!strcmp(link->name, name))
			return false; /* replace_entry tries again */
		*err = vfs_link(AT_FDCWD, link->name, AT_FDCWD, name, 0);
		return true;
	}
	link = kmalloc(sizeof(*link) + len + 1, 0);
	if (!link) {
		*err = -ENOMEM;
		return true;
	}
	link->ino = entry->ino;
	link->device_major = entry->device_major;
	link->device_minor = entry->device_minor;
	memcpy(link->name, name, len + 1);
	link->next = archive->links;
	archive->links = link;
	return false;
}

static void forget_links(struct archive *archive)
{
	while (archive->links) {
		struct link *link = archive->links;

		archive->links = link->next;
		kfree(link);
	}
}

static int make_symlink(struct archive *archive, const char *name, const struct entry *entry)
{
	char *target = kstrndup(archive->text + entry->data, entry->size, 0);
	struct inode *inode;
	int err;

	if (!target)
		return -ENOMEM;
	err = vfs_symlink_inode(target, AT_FDCWD, name, &inode);
	kfree(target);
	return finish(err, inode, entry);
}

static int make_directory(const char *name, const struct entry *entry)
{
	struct inode *inode;
	int err = -EEXIST;

	if (name[1])
		err = vfs_mknod_inode(AT_FDCWD, name, S_IFDIR | 0755, 0, &inode);
	if (err == -EEXIST)
		err = path_lookup_inode(AT_FDCWD, name, WALK_DIRECTORY, &inode);
	return finish(err, inode, entry);
}

static int make_node(const char *name, const struct entry *entry)
{
	dev_t device = device_make(entry->rdev_major, entry->rdev_minor);
	struct inode *inode;
	int err = vfs_mknod_inode(AT_FDCWD, name, entry->mode, device, &inode);

	return finish(err, inode, entry);
}

static int make_entry(struct archive *archive, const char *name, const struct entry *entry)
{
	bool linked = false;
	int err;

	if (!S_ISDIR(entry->mode)) {
		linked = make_hard_link(archive, name, entry, &err);
		if (linked && (err || !entry->size))
			return err;
	}
	switch (entry->mode & S_IFMT) {
	case S_IFREG:
		return make_regular(archive, name, entry, linked);
	case S_IFLNK:
		return make_symlink(archive, name, entry);
	case S_IFDIR:
		return make_directory(name, entry);
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return make_node(name, entry);
	default:
		return -EINVAL;
	}
}

/* Make @entry; it replaces an earlier one with its name. */
static int replace_entry(struct archive *archive, const char *name, const struct entry *entry)
{
	int err = make_entry(archive, name, entry);

	if (err != -EEXIST)
		return err;
	err = vfs_unlink(AT_FDCWD, name, false);
	if (err == -EISDIR)
		err = vfs_unlink(AT_FDCWD, name, true);
	return err ? err : make_entry(archive, name, entry);
}

/* Unpack one archive after another. Returns NULL, or what is wrong. */
static const char *unpack_all(struct archive *archive, char *name)
{
	struct entry entry;

	while (skip_padding(archive)) {
		const char *wrong = read_entry(archive, &entry);
		u64 next;
		int err;

		if (wrong)
			return wrong;
		next = align_up(entry.data + entry.size, 4);
		if (!strcmp(entry.name, TRAILER)) {
			forget_links(archive);
			archive->at = min(next, archive->len);
			continue;
		}
		if (!absolute_name(&entry, name, PATH_MAX))
			return "a name is too long";
		err = replace_entry(archive, name, &entry);
		if (err == -ENOMEM || err == -ENOSPC)
			return "the files do not fit into memory";
		if (err)
			log_warn("cannot unpack %s: error %d", name, -err);
		archive->nr_entries++;
		archive->at = min(next, archive->len);
	}
	return NULL;
}

int initramfs_unpack(const struct boot_info *bi)
{
	struct archive archive = {.base = bi->initramfs_base, .len = bi->initramfs_len_bytes};
	const char *wrong;
	char *name;

	if (!archive.base || !archive.len)
		return 0;
	archive.text = phys_to_virt(archive.base);
	name = kmalloc(PATH_MAX, 0);
	wrong = name ? unpack_all(&archive, name) : "there is no memory for a name";
	if (wrong)
		log_err("cannot unpack further: %s, at byte %lu of %lu", wrong, archive.at,
			archive.len);
	forget_links(&archive);
	kfree(name);
	release_until(&archive, align_up(archive.len, PAGE_SIZE));
	log_info("%lu files, %lu pages used as they are, %lu copied", archive.nr_entries,
		 archive.nr_adopted, archive.nr_copied);
	return wrong ? -EINVAL : 0;
}
