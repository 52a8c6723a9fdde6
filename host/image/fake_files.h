/* SPDX-License-Identifier: MIT */
/* fake_files.h -- for tests: a folder of this host, and an initramfs. Messages are not shown. */
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unit.h"
#include "image/cpio_write.h"
#include "image/file_map.h"

struct fake_files {
	char folder[40];      /* a new one in /tmp */
	struct file_map base; /* the initramfs */
	int base_fd, real_stderr;
};

/* What is named @name in the folder; valid until the next call. */
static inline const char *fake_path(const struct fake_files *f, const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", f->folder, name);
	return path;
}

/* Put a file into the folder. */
static inline void fake_file(const struct fake_files *f, const char *name, unsigned mode,
			     const char *text)
{
	int fd = open(fake_path(f, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	fchmod(fd, mode);
	close(fd);
}

/* Begin with an empty folder, and an initramfs with these folders and programs, up to NULLs. */
static inline void fake_files_begin(struct fake_files *f, const char *const *folders,
				    const char *const *programs)
{
	struct cpio_writer w;

	*f = (struct fake_files){.folder = "/tmp/creance-files-XXXXXX"};
	assert_non_null(mkdtemp(f->folder));
	f->base_fd = memfd_create("base", 0);
	cpio_begin(&w, f->base_fd, 0);
	for (; *folders; folders++)
		cpio_add_folder(&w, *folders, 0755);
	for (; *programs; programs++)
		cpio_add_file(&w, *programs, 0755, "x", 1);
	assert_int_equal(cpio_end(&w), 0);
	f->base.len = w.offset;
	f->base.data = mmap(NULL, f->base.len, PROT_READ, MAP_SHARED, f->base_fd, 0);
	assert_ptr_not_equal(f->base.data, MAP_FAILED);
	f->real_stderr = dup(STDERR_FILENO);
	dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
}

/* Returns: 0, or not, as a tear-down does. */
static inline int fake_files_end(struct fake_files *f)
{
	char command[100];

	dup2(f->real_stderr, STDERR_FILENO);
	munmap((void *)(uintptr_t)f->base.data, f->base.len);
	close(f->base_fd);
	snprintf(command, sizeof(command), "/bin/rm -rf %s", f->folder);
	return system(command);
}
