// SPDX-License-Identifier: MIT
/*
 * Rows: files in the root file system, which is in memory.
 *
 * open_close, stat   of /tmp/a/b/file: four components;  fstat: of that file, open
 * create_delete_Nk   open with O_CREAT and O_EXCL, a write of N KiB if any, close, unlink
 * read_cached_Nk     pread of N KiB from the beginning of a file that is in the page cache
 */
#include "cost.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char path[] = "/tmp/a/b/file";
static const char created[] = "/tmp/a/b/created";
static char chunk[COST_CHUNK];
static int file;

static int setup_file(long arg)
{
	mkdir("/tmp", 01777);
	mkdir("/tmp/a", 0755);
	mkdir("/tmp/a/b", 0755);
	file = open(path, O_RDWR | O_CREAT, 0644);
	if (file < 0)
		return -errno;
	return pwrite(file, chunk, sizeof(chunk), 0) == sizeof(chunk) ? 0 : -ENOSPC;
}

static int64_t round_open(long ops, long arg)
{
	long failed = 0;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops; i++) {
		long fd = cost_call3(SYS_open, (long)path, O_RDONLY, 0);

		failed |= cost_call3(SYS_close, fd, 0, 0);
	}
	return failed ? -EIO : cost_end(begin);
}

static int64_t round_stat(long ops, long arg)
{
	struct stat status;
	long failed = 0;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops; i++)
		failed |= cost_call3(SYS_stat, (long)path, (long)&status, 0);
	return failed ? -EIO : cost_end(begin);
}

static int64_t round_fstat(long ops, long arg)
{
	struct stat status;
	long failed = 0;
	int fd = file;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops; i++)
		failed |= cost_call3(SYS_fstat, fd, (long)&status, 0);
	return failed ? -EIO : cost_end(begin);
}

static int64_t round_create(long ops, long size)
{
	long failed = 0;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops; i++) {
		long fd = cost_call3(SYS_open, (long)created, O_WRONLY | O_CREAT | O_EXCL, 0644);

		if (size)
			failed |= cost_write((int)fd, chunk, (size_t)size) ^ size;
		failed |= cost_call3(SYS_close, fd, 0, 0);
		failed |= cost_call3(SYS_unlink, (long)created, 0, 0);
	}
	return failed ? -EIO : cost_end(begin);
}

static int64_t round_pread(long ops, long size)
{
	long failed = 0;
	int fd = file;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops; i++)
		failed |= cost_call4(SYS_pread64, fd, (long)chunk, size, 0) ^ size;
	return failed ? -EIO : cost_end(begin);
}

#define FILE_ROW(name, nr, how, size)                                                              \
	{                                                                                          \
		.key = name, .ops = nr, .arg = size, .setup = setup_file, .round = how             \
	}

const struct cost_row cost_rows_file[] = {
	FILE_ROW("open_close", 300, round_open, 0),
	FILE_ROW("stat", 500, round_stat, 0),
	FILE_ROW("fstat", 1000, round_fstat, 0),
	FILE_ROW("create_delete_0k", 50, round_create, 0),
	FILE_ROW("create_delete_1k", 50, round_create, 1 << 10),
	FILE_ROW("create_delete_10k", 50, round_create, 10 << 10),
	FILE_ROW("read_cached_4k", 500, round_pread, 4 << 10),
	FILE_ROW("read_cached_64k", 50, round_pread, COST_CHUNK),
	{},
};
