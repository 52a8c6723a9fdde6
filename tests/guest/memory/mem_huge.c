// SPDX-License-Identifier: MIT
/* mem_huge.c -- calls over large reserved ranges cost what is there, and SIGKILL ends them. */
#include "tap.h"

enum { P = 4096 };
#define RW (PROT_READ | PROT_WRITE)
#define SIZE (64L << 40)

static char *reserve(void)
{
	char *m = mmap(NULL, SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	CHECK(m != MAP_FAILED);
	m[0] = m[SIZE / 2] = m[SIZE - 1] = 1;
	return m;
}

static long slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	char buffer[4096];
	long total = 0, n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		total += n;
	CHECK_EQ(n, 0);
	close(fd);
	return total;
}

TEST(calls, "advice, protection, fork, moving and unmapping of 64 TiB with three pages in them")
{
	char *m = reserve();
	unsigned char vector[16];

	for (int i = 0; i < 30; i++) {
		MUST(mprotect(m, SIZE, PROT_READ));
		MUST(mprotect(m, SIZE, RW));
		MUST(msync(m, SIZE, MS_ASYNC));
		MUST(madvise(m, SIZE, MADV_WILLNEED));
		CHECK_EQ(m[SIZE / 2], 1);
		CHECK_EXITED(IN_CHILD(CHECK_EQ(m[SIZE - 1], 1)), 0);
		MUST(madvise(m, SIZE, MADV_DONTNEED));
		CHECK_EQ(m[SIZE / 2], 0);
		m[0] = m[SIZE / 2] = m[SIZE - 1] = 1;
	}
	MUST(mincore(m + SIZE / 2 - P, 3 * P, vector));
	CHECK_EQ(vector[0] & 1, 0);
	CHECK_EQ(vector[1] & 1, 1);
	CHECK_EQ(vector[2] & 1, 0);
	m = mremap(m, SIZE, SIZE / 2 + P, 0);
	CHECK(m != MAP_FAILED);
	m = mremap(m, SIZE / 2 + P, SIZE / 2 + 2 * P, MREMAP_MAYMOVE);
	CHECK(m != MAP_FAILED);
	CHECK_EQ(m[0], 1);
	CHECK_EQ(m[SIZE / 2], 1);
	MUST(munmap(m, SIZE / 2));
	CHECK_EQ(m[SIZE / 2], 1);
}

static long field_of(const char *path, const char *start, const char *name)
{
	char line[512];
	FILE *f = fopen(path, "r");
	bool found = false;
	long value = -1;

	while (value < 0 && fgets(line, sizeof(line), f)) {
		found |= strncmp(line, start, strlen(start)) == 0;
		if (found && strncmp(line, name, strlen(name)) == 0)
			value = atol(line + strlen(name));
	}
	fclose(f);
	return value;
}

TEST(smaps, "smaps and smaps_rollup of 64 TiB are there at once, and count what is mapped")
{
	char *m = reserve(), start[32];

	snprintf(start, sizeof(start), "%lx-", (unsigned long)m);
	for (int i = 0; i < 10; i++) {
		CHECK(slurp("/proc/self/smaps") > 100);
		CHECK(slurp("/proc/self/smaps_rollup") > 100);
	}
	CHECK_EQ(field_of("/proc/self/smaps", start, "Size:"), SIZE / 1024);
	CHECK_EQ(field_of("/proc/self/smaps", start, "Rss:"), 12);
	CHECK_EQ(field_of("/proc/self/smaps", start, "Anonymous:"), 12);
}

TEST(mincore_killed, "a mincore over 32 TiB ends with SIGKILL")
{
	int fd = tap_file("f", "");
	size_t bytes = 32UL << 40, chunk = 1UL << 28;
	unsigned char *vector;
	pid_t child;
	int status;

	MUST(ftruncate(fd, (off_t)chunk));
	child = (pid_t)MUST(fork());
	if (child == 0) {
		char *m = reserve();

		vector = mmap(NULL, bytes / P, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		/* few pages of memory, for all of it */
		for (size_t at = 0; at < bytes / P; at += 32 * P)
			CHECK(mmap(vector + at, 32 * P, RW, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED ||
			      errno == ENOMEM);
		for (;;)
			(void)mincore(m, bytes, vector);
	}
	tap_sleep_ms(300);
	kill(child, SIGKILL);
	status = tap_wait(child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST(many_areas, "a process with very many areas is forked, read and killed")
{
	enum { COUNT = 20000 };
	char *m = mmap(NULL, (size_t)COUNT * 2 * P, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t child;
	int status;

	for (int i = 0; i < COUNT; i++)
		MUST(mprotect(m + (size_t)i * 2 * P, P, RW));
	for (int i = 0; i < COUNT; i += 64)
		m[(size_t)i * 2 * P] = 1;
	CHECK(slurp("/proc/self/maps") > 20L * COUNT);
	child = (pid_t)MUST(fork());
	if (child == 0)
		for (;;) {
			pid_t grandchild = fork();

			if (grandchild == 0)
				_exit(0);
			tap_wait(grandchild);
		}
	tap_sleep_ms(50);
	kill(child, SIGKILL);
	status = tap_wait(child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	MUST(mprotect(m, (size_t)COUNT * 2 * P, PROT_READ));
	MUST(munmap(m, (size_t)COUNT * 2 * P));
}
