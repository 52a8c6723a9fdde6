/* SPDX-License-Identifier: MIT */
/*
 * Archives in cpio's "newc" form (the form of an initramfs): written so that the data of each
 * regular file starts at a multiple of 4096 in the file, and searched.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPIO_ALIGN 4096u

struct cpio_writer {
	int fd;
	uint64_t offset; /* in the file, where the next byte goes */
	uint32_t next_inode;
	uint32_t mtime;	   /* of the entries to come, in seconds since 1970 */
	uint32_t uid, gid; /* of the entries to come */
	int error;	   /* the first negative errno; once set, the writer does nothing more */
};

/* Write at the end of @fd, whose length is @offset (a multiple of CPIO_ALIGN). */
void cpio_begin(struct cpio_writer *writer, int fd, uint64_t offset);
/* A folder; @name without leading slash. */
void cpio_add_folder(struct cpio_writer *writer, const char *name, unsigned permissions);
/* A symbolic link. */
void cpio_add_link(struct cpio_writer *writer, const char *name, const char *target);
/*
 * A regular file with @len bytes of @data, aligned when it fills a page. Refused with -ENAMETOOLONG
 * or -EFBIG (4 GiB).
 */
void cpio_add_file(struct cpio_writer *writer, const char *name, unsigned permissions,
		   const void *data, uint64_t len);
/* The trailer, and padding to CPIO_ALIGN. Returns: 0 or the writer's error. */
int cpio_end(struct cpio_writer *writer) __attribute__((warn_unused_result));

/* Write all of @len bytes to @fd. Returns: 0 or a negative errno. */
int write_fully(int fd, const void *data, uint64_t len) __attribute__((warn_unused_result));

/* One entry of an archive in memory. */
struct cpio_found {
	unsigned mode; /* as st_mode; 0: there is no such entry */
	const void *data;
	size_t len;
};

/* Find @name (no leading slash) in the archive, or several one after another, of @len bytes. */
struct cpio_found cpio_find(const void *archive, size_t len, const char *name);
