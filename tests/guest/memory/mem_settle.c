// SPDX-License-Identifier: MIT
/*
 * mem_settle.c -- what a file in memory gives up comes back to its file system, whichever call
 * takes it.
 */
#include "tap.h"

#include <sys/statfs.h>

enum { P = 4096, PAGES = 64 };
#define RW (PROT_READ | PROT_WRITE)

static long free_blocks(int fd)
{
	struct statfs s;

	MUST(fstatfs(fd, &s));
	return (long)s.f_bfree;
}

static void need_tmpfs(int fd)
{
	struct statfs s;

	MUST(fstatfs(fd, &s));
	if (s.f_type != 0x01021994)
		tap_skip("the directory is not in a tmpfs");
}

static void touch(char *m)
{
	for (int i = 0; i < PAGES; i++)
		m[i * P] = 1;
}

TEST(madv_remove, "MADV_REMOVE gives pages back to the file and to the file system")
{
	int fd = tap_file("f", "");
	long before;
	struct stat st;
	char *m;

	need_tmpfs(fd);
	MUST(ftruncate(fd, PAGES * P));
	m = mmap(NULL, PAGES * P, RW, MAP_SHARED, fd, 0);
	before = free_blocks(fd);
	for (int round = 0; round < 20; round++) {
		touch(m);
		MUST(madvise(m, PAGES * P, MADV_REMOVE));
	}
	CHECK_EQ(m[5 * P], 0);
	MUST(madvise(m, PAGES * P, MADV_REMOVE));
	MUST(fstat(fd, &st));
	CHECK_EQ(st.st_blocks, 0);
	CHECK(free_blocks(fd) >= before - PAGES / 2);
}

TEST(punch_hole, "a hole gives pages back, and so does the end of a file that is mapped")
{
	int fd = tap_file("f", "");
	long before;
	char *m;

	need_tmpfs(fd);
	MUST(ftruncate(fd, PAGES * P));
	m = mmap(NULL, PAGES * P, RW, MAP_SHARED, fd, 0);
	before = free_blocks(fd);
	for (int round = 0; round < 20; round++) {
		touch(m);
		MUST(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGES * P));
		touch(m);
		MUST(ftruncate(fd, 0));
		MUST(ftruncate(fd, PAGES * P));
	}
	CHECK(free_blocks(fd) >= before - PAGES / 2);
}
