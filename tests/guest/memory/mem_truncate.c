// SPDX-License-Identifier: MIT
/*
 * mem_truncate.c -- a file that shrinks or gets a hole under many mappings, and under ones that
 * change.
 */
#include "tap.h"
#include <linux/falloc.h>
#include <pthread.h>

enum { P = 4096, AREAS = 6000 };
#define RW (PROT_READ | PROT_WRITE)

static int file_of(int pages)
{
	int fd = tap_file("f", "");

	MUST(ftruncate(fd, (off_t)pages * P));
	return fd;
}

/* A page of the file at every second page of a range: as many areas. */
static char *map_often(int fd, int count)
{
	char *at = mmap(NULL, (size_t)count * 2 * P, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < count; i++) {
		void *page = mmap(at + (size_t)i * 2 * P, P, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);

		CHECK(page != MAP_FAILED);
	}
	return at;
}

TEST(far_and_often, "a file that is mapped far beyond its end and thousands of times is truncated at once")
{
	int fd = file_of(2), status;
	pid_t killed;

	CHECK(mmap(NULL, 1UL << 43, PROT_READ, MAP_SHARED, fd, 1L << 43) != MAP_FAILED);
	map_often(fd, AREAS);
	for (int i = 0; i < 20; i++) {
		MUST(ftruncate(fd, 0));
		MUST(ftruncate(fd, 2 * P));
	}
	/* and while it does so, SIGKILL ends a process with all this */
	killed = (pid_t)MUST(fork());
	if (killed == 0)
		for (;;) {
			MUST(ftruncate(fd, 0));
			MUST(ftruncate(fd, 2 * P));
		}
	tap_sleep_ms(20);
	kill(killed, SIGKILL);
	status = tap_wait(killed);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST(all_lose, "truncation takes the page out of every mapping, however many there are")
{
	int fd = file_of(2), fresh = 0;
	volatile char *at = map_often(fd, AREAS);

	MUST(pwrite(fd, "x", 1, 0));
	for (int i = 0; i < AREAS; i++)
		CHECK_EQ(at[(size_t)i * 2 * P], 'x');
	MUST(ftruncate(fd, 0));
	CHECK_SIGNALED(IN_CHILD((void)at[0]), SIGBUS);
	CHECK_SIGNALED(IN_CHILD((void)at[(size_t)(AREAS - 1) * 2 * P]), SIGBUS);
	MUST(ftruncate(fd, P));
	for (int i = 0; i < AREAS; i++)
		fresh += at[(size_t)i * 2 * P] == 0;
	CHECK_EQ(fresh, AREAS);
}

TEST(copies, "private copies go with truncation, and stay when a hole is punched")
{
	int fd = file_of(4);
	volatile char *shared = mmap(NULL, 4 * P, RW, MAP_SHARED, fd, 0);
	volatile char *priv = mmap(NULL, 4 * P, RW, MAP_PRIVATE, fd, 0);

	for (int i = 0; i < 4; i++) {
		shared[i * P] = 's';
		priv[i * P + 1] = 'p';
	}
	MUST(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, P, P));
	CHECK_EQ(shared[P], 0);
	CHECK_EQ(priv[P], 's');
	CHECK_EQ(priv[P + 1], 'p');
	MUST(ftruncate(fd, 2 * P));
	MUST(ftruncate(fd, 4 * P));
	CHECK_EQ(priv[2 * P], 0);
	CHECK_EQ(priv[2 * P + 1], 0);
	CHECK_EQ(priv[P + 1], 'p');
}

static volatile bool stop;
static char *area;

/* Makes the mapping change in every way while others take the file's pages. */
static void *change_areas(void *fd)
{
	for (int i = 0; !stop; i++) {
		char *moved;

		MUST(mprotect(area + 8 * P, 8 * P, PROT_READ));
		MUST(mprotect(area + 8 * P, 8 * P, RW));
		moved = mremap(area, 32 * P, 32 * P, MREMAP_MAYMOVE | MREMAP_FIXED, area + 64 * P);
		CHECK(moved == area + 64 * P);
		moved = mremap(moved, 32 * P, 32 * P, MREMAP_MAYMOVE | MREMAP_FIXED, area);
		CHECK(moved == area);
		MUST(munmap(area, P));
		CHECK(mmap(area, P, RW, MAP_SHARED | MAP_FIXED, (int)(intptr_t)fd, 0) == area);
		if (i % 8 == 0)
			CHECK_EXITED(IN_CHILD(_exit(0)), 0);
	}
	return NULL;
}

TEST(changing, "no page of before the truncation is seen after it, while areas move, split, join and fork")
{
	int fd = file_of(32);
	char byte = 'x', *seen = mmap(NULL, 32 * P, RW, MAP_SHARED, fd, 0);
	pthread_t thread;

	area = mmap(NULL, 96 * P, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(mmap(area, 32 * P, RW, MAP_SHARED | MAP_FIXED, fd, 0) == area);
	stop = false;
	CHECK_EQ(pthread_create(&thread, NULL, change_areas, (void *)(intptr_t)fd), 0);
	for (int round = 0; round < 60; round++) {
		memset(seen, 'x', 32 * P);
		MUST(ftruncate(fd, P));
		MUST(ftruncate(fd, 32 * P));
		for (int i = 1; i < 32; i++) {
			CHECK_EQ(seen[i * P], 0);
			MUST(pread(fd, &byte, 1, (off_t)i * P));
			CHECK_EQ(byte, 0);
		}
	}
	stop = true;
	pthread_join(thread, NULL);
	/* what is mapped is the file, and nothing else */
	for (int i = 0; i < 32; i++)
		area[i * P] = (char)('A' + i);
	for (int i = 0; i < 32; i++) {
		MUST(pread(fd, &byte, 1, (off_t)i * P));
		CHECK_EQ(byte, 'A' + i);
	}
}

/* Byte 0 of page @i of the file, as it is while the page is there, or not. */
static void check_byte(char byte, int i)
{
	CHECK(byte == 0 || byte == 'A' + i);
}

/* Read the file, map it and copy its pages; and use memory that others have freed. */
static void look_at(int fd)
{
	char bytes[2 * P], *shared, *copies, *others;

	shared = mmap(NULL, 32 * P, PROT_READ, MAP_SHARED, fd, 0);
	copies = mmap(NULL, 32 * P, RW, MAP_PRIVATE, fd, 0);
	others = mmap(NULL, 32 * P, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED && copies != MAP_FAILED && others != MAP_FAILED);
	memset(others, 'o', 32 * P);
	for (int i = 0; i < 32; i++) {
		copies[i * P + 1] = 'c';
		check_byte(copies[i * P], i);
		check_byte(shared[i * P], i);
		CHECK_EQ(pread(fd, bytes, 2 * P, (off_t)i * P), i < 31 ? 2 * P : P);
		check_byte(bytes[0], i);
		if (i < 31)
			check_byte(bytes[P], i + 1);
	}
	MUST(munmap(shared, 32 * P));
	MUST(munmap(copies, 32 * P));
	MUST(munmap(others, 32 * P));
}

TEST(looked_at, "pages that leave a file while others look for them are read as they were, or not at all")
{
	int fd = file_of(32);
	char *seen = mmap(NULL, 32 * P, PROT_READ, MAP_SHARED, fd, 0);
	pid_t children[2];

	CHECK(seen != MAP_FAILED);
	for (int c = 0; c < 2; c++)
		children[c] = SPAWN(for (int k = 0; k < 150; k++) look_at(fd));
	for (int round = 0; round < 150; round++) {
		for (int i = 0; i < 32; i++) {
			char marker = (char)('A' + i);

			CHECK_EQ(pwrite(fd, &marker, 1, (off_t)i * P), 1);
			CHECK_EQ(seen[i * P], marker);
		}
		MUST(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 32 * P));
		for (int i = 0; i < 32; i++)
			CHECK_EQ(seen[i * P], 0);
	}
	for (int c = 0; c < 2; c++)
		CHECK_EXITED(tap_wait(children[c]), 0);
}
