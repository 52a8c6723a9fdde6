// SPDX-License-Identifier: MIT
/*
 * cpio_write.c -- newc archives with page-aligned file data.
 *
 * Idea.  A newc entry is a header of 110 characters, the name with its NUL, padding to 4, the data,
 *   padding to 4. Readers use the name up to its first NUL, but the header gives the length of the
 *   field: with more than one NUL the data can be moved to any later multiple of 4, and so to the
 *   start of a page.
 * Invariants.
 *   C1  The writer's offset is a multiple of 4 between entries.
 *   C2  No name field is longer than 4096 bytes: readers refuse longer ones as paths that are too
 *       long. If the next page is too far or too near for that, a repeated entry of a folder moves
 *       the start.
 * Cost.  One write of the header, one of the data; up to a page of NULs for each file.
 * Tests.  cpio_write_test.c, checked by cpio(1).
 */
#include "image/cpio_write.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER = 110, NAME_FIELD_MAX = 4096 };

struct cpio_entry {
	const char *name;
	unsigned mode;
	uint32_t size;
	size_t name_field; /* bytes of the name with its NULs */
};

int write_fully(int fd, const void *data, uint64_t len)
{
	const char *bytes = data;

	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENOSPC;
		bytes += n;
		len -= (uint64_t)n;
	}
	return 0;
}

static void put(struct cpio_writer *w, const void *data, uint64_t len)
{
	if (!w->error)
		w->error = write_fully(w->fd, data, len);
	w->offset += len;
}

static void put_zeros(struct cpio_writer *w, uint64_t len)
{
	static const char zeros[CPIO_ALIGN];

	while (len > 0) {
		uint64_t part = len < sizeof(zeros) ? len : sizeof(zeros);

		put(w, zeros, part);
		len -= part;
	}
}

static uint64_t round_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

static void put_entry_head(struct cpio_writer *w, const struct cpio_entry *e)
{
	char field[HEADER + NAME_FIELD_MAX + 4];
	uint64_t end = round_up(w->offset + HEADER + e->name_field, 4);
	bool is_folder = S_ISDIR(e->mode);

	memset(field, 0, sizeof(field));
	snprintf(field, HEADER + 1, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		 w->next_inode++, e->mode, w->uid, w->gid, is_folder ? 2 : 1, w->mtime, e->size, 0,
		 0, 0, 0, (unsigned)e->name_field, 0);
	memcpy(field + HEADER, e->name, strlen(e->name));
	put(w, field, end - w->offset);
}

void cpio_begin(struct cpio_writer *w, int fd, uint64_t offset)
{
	*w = (struct cpio_writer){.fd = fd, .offset = offset, .next_inode = 0x40000000};
	if (lseek(fd, (off_t)offset, SEEK_SET) < 0)
		w->error = -errno;
}

void cpio_add_folder(struct cpio_writer *w, const char *name, unsigned permissions)
{
	struct cpio_entry e = {
		.name = name, .mode = S_IFDIR | permissions, .name_field = strlen(name) + 1};

	if (e.name_field > NAME_FIELD_MAX) {
		w->error = w->error ? w->error : -ENAMETOOLONG;
		return;
	}
	put_entry_head(w, &e);
}

void cpio_add_link(struct cpio_writer *w, const char *name, const char *target)
{
	struct cpio_entry e = {
		.name = name, .mode = S_IFLNK | 0777, .name_field = strlen(name) + 1};

	e.size = (uint32_t)strlen(target);
	if (e.name_field > NAME_FIELD_MAX) {
		w->error = w->error ? w->error : -ENAMETOOLONG;
		return;
	}
	put_entry_head(w, &e);
	put(w, target, e.size);
	put_zeros(w, round_up(w->offset, 4) - w->offset); /* C1 */
}

/* The length of the name field that brings the data to a page; 0 when no allowed one does (C2). */
static size_t aligning_name_field(uint64_t offset, size_t name_len)
{
	uint64_t data = round_up(offset + HEADER + name_len + 1, CPIO_ALIGN);
	uint64_t field = data - offset - HEADER;

	return field <= NAME_FIELD_MAX ? (size_t)field : 0;
}

void cpio_add_file(struct cpio_writer *w, const char *name, unsigned permissions, const void *data,
		   uint64_t len)
{
	struct cpio_entry e = {.name = name, .mode = S_IFREG | permissions, .size = (uint32_t)len};
	size_t name_len = strlen(name);

	if (len > UINT32_MAX)
		w->error = w->error ? w->error : -EFBIG;
	if (name_len + 1 > NAME_FIELD_MAX - 128)
		w->error = w->error ? w->error : -ENAMETOOLONG;
	if (w->error)
		return;
	e.name_field = name_len + 1;
	if (len >= CPIO_ALIGN) {
		while ((e.name_field = aligning_name_field(w->offset, name_len)) == 0)
			cpio_add_folder(w, ".", 0755);
	}
	put_entry_head(w, &e);
	put(w, data, len);
	put_zeros(w, round_up(w->offset, 4) - w->offset); /* C1 */
}

int cpio_end(struct cpio_writer *w)
{
	struct cpio_entry e = {.name = "TRAILER!!!", .name_field = sizeof("TRAILER!!!")};

	w->next_inode = 0;
	put_entry_head(w, &e);
	put_zeros(w, round_up(w->offset, CPIO_ALIGN) - w->offset);
	return w->error;
}

/* A header's field: eight hexadecimal digits. */
static uint32_t field_of(const char *header, unsigned index)
{
	char digits[9];
	unsigned value = 0;

	memcpy(digits, header + 6 + 8 * index, 8);
	digits[8] = '\0';
	return sscanf(digits, "%8x", &value) == 1 ? value : 0;
}

static const char *without_prefix(const char *name)
{
	while (*name == '/' || (name[0] == '.' && name[1] == '/'))
		name += *name == '/' ? 1 : 2;
	return name;
}

struct cpio_found cpio_find(const void *archive, size_t len, const char *name)
{
	const struct cpio_found absent = {0};
	const char *bytes = archive;
	size_t at = 0;

	while (at + HEADER < len) {
		const char *header = bytes + at;

		if (memcmp(header, "070701", 6) != 0 && memcmp(header, "070702", 6) != 0) {
			if (*header != '\0')
				return absent; /* no archive */
			at += 4;	       /* padding between two */
			continue;
		}
		uint32_t size = field_of(header, 6);
		uint32_t name_field = field_of(header, 11);
		if (name_field == 0 || name_field > len - at - HEADER ||
		    header[HEADER + name_field - 1] != '\0')
			return absent;
		at = round_up(at + HEADER + name_field, 4);
		if (at > len || size > len - at)
			return absent;
		if (strcmp(without_prefix(header + HEADER), name) == 0)
			return (struct cpio_found){field_of(header, 1), bytes + at, size};
		at = round_up(at + size, 4);
	}
	return absent;
}
