// SPDX-License-Identifier: MIT
/* mem_remap.c -- mremap: shrink, grow, move, to a fixed place. */
#include "tap.h"

enum { P = 4096 };
#define RW (PROT_READ | PROT_WRITE)

static char *pages(int count)
{
	char *m = mmap(NULL, (size_t)count * P, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < count; i++)
		m[i * P] = (char)(i + 1);
	return m;
}

static void check_pages(const char *m, int from, int to)
{
	for (int i = from; i < to; i++)
		if (m[i * P] != (char)(i + 1))
			FAIL("page %d holds %d", i, m[i * P]);
}

static bool there(const volatile char *at)
{
	int status = IN_CHILD((void)at[0]);

	return WIFEXITED(status);
}

static void *remap(void *old, size_t from, size_t to, int flags, void *at)
{
	return (void *)syscall(SYS_mremap, old, from, to, flags, at);
}

#define CHECK_MAP_ERR(call, want)                                                                  \
	({                                                                                         \
		errno = 0;                                                                         \
		if ((call) != MAP_FAILED)                                                          \
			FAIL("%s succeeded", #call);                                               \
		else                                                                               \
			CHECK_EQ(errno, want);                                                     \
	})

TEST(shrink, "shrinking stays in place and frees the tail")
{
	char *m = pages(6);

	CHECK(remap(m, 6 * P, 2 * P, 0, NULL) == m);
	check_pages(m, 0, 2);
	CHECK(!there(m + 2 * P));
	CHECK(remap(m, 2 * P, P + 1, 0, NULL) == m);
	CHECK(there(m + P));
}

TEST(grow_in_place, "growing into free space stays in place; new pages are zero")
{
	char *m = pages(8);

	MUST(munmap(m + 4 * P, 4 * P));
	CHECK(remap(m, 4 * P, 8 * P, 0, NULL) == m);
	check_pages(m, 0, 4);
	CHECK_EQ(m[4 * P], 0);
	m[7 * P] = 1;
}

TEST(cannot_grow, "without MAYMOVE growing into a neighbour is ENOMEM and changes nothing")
{
	char *m = pages(8);

	MUST(mprotect(m + 4 * P, 4 * P, PROT_READ));
	CHECK_MAP_ERR(remap(m, 4 * P, 6 * P, 0, NULL), ENOMEM);
	check_pages(m, 0, 8);
}

TEST(moves, "with MAYMOVE the content moves along and the old place is free")
{
	char *m = pages(8), *moved;

	MUST(mprotect(m + 4 * P, 4 * P, PROT_READ));
	moved = remap(m, 4 * P, 100 * P, MREMAP_MAYMOVE, NULL);
	CHECK(moved != MAP_FAILED && moved != m);
	check_pages(moved, 0, 4);
	CHECK_EQ(moved[99 * P], 0);
	CHECK(!there(m));
	CHECK(!there(m + 3 * P));
	CHECK(there(m + 4 * P));
	check_pages(m, 4, 8);
}

TEST(fixed, "MREMAP_FIXED moves to the place given and replaces what was there")
{
	char *m = pages(4), *target = pages(6);

	CHECK(remap(m, 4 * P, 4 * P, MREMAP_MAYMOVE | MREMAP_FIXED, target + P) == target + P);
	check_pages(target + P, 0, 4);
	CHECK_EQ(target[0], 1);
	CHECK_EQ(target[5 * P], 6);
	CHECK(!there(m));
}

TEST(part, "part of a mapping can be moved away, leaving a hole")
{
	char *m = pages(6), *moved = remap(m + 2 * P, 2 * P, 3 * P, MREMAP_MAYMOVE, NULL);

	CHECK(moved != MAP_FAILED);
	CHECK_EQ(moved[0], 3);
	CHECK_EQ(moved[P], 4);
	CHECK_EQ(moved[2 * P], 0);
	CHECK(!there(m + 2 * P));
	CHECK(!there(m + 3 * P));
	check_pages(m, 0, 2);
	check_pages(m, 4, 6);
}

TEST(errors, "EINVAL, EFAULT and ENOMEM of mremap")
{
	char *m = pages(4);

	CHECK_MAP_ERR(remap(m + 1, P, P, 0, NULL), EINVAL);
	CHECK_MAP_ERR(remap(m, P, 0, 0, NULL), EINVAL);
	CHECK_MAP_ERR(remap(m, P, P, 0x100, NULL), EINVAL);
	CHECK_MAP_ERR(remap(m, P, P, MREMAP_FIXED, m + 2 * P), EINVAL);
	CHECK_MAP_ERR(remap(m, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_FIXED, m + P), EINVAL);
	CHECK_MAP_ERR(remap(m, P, P, MREMAP_MAYMOVE | MREMAP_FIXED, m + 100), EINVAL);
	CHECK_MAP_ERR(remap(m, P, 1UL << 62, MREMAP_MAYMOVE, NULL), EINVAL);
	CHECK_MAP_ERR(remap(m, P, 1UL << 46, MREMAP_MAYMOVE, NULL), ENOMEM);
	MUST(munmap(m + 2 * P, P));
	CHECK_MAP_ERR(remap(m + 2 * P, P, P, 0, NULL), EFAULT);
	CHECK_MAP_ERR(remap(m, 4 * P, 8 * P, MREMAP_MAYMOVE, NULL), EFAULT);
	check_pages(m, 0, 2);
}

TEST(shared, "a moved shared mapping stays shared; old size 0 makes a second view")
{
	char *m = mmap(NULL, 2 * P, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *moved, *second;

	m[0] = 1;
	moved = remap(m, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)0x610000000000);
	CHECK(moved == (char *)0x610000000000);
	CHECK_EQ(moved[0], 1);
	CHECK_EXITED(IN_CHILD(moved[0] = 2), 0);
	CHECK_EQ(moved[0], 2);
	second = remap(moved, 0, 2 * P, MREMAP_MAYMOVE, NULL);
	if (CHECK(second != MAP_FAILED)) {
		second[P] = 9;
		CHECK_EQ(moved[P], 9);
	}
	CHECK_MAP_ERR(remap(pages(1), 0, P, MREMAP_MAYMOVE, NULL), EINVAL);
}

TEST(file, "a moved file mapping still shows the file, grown past its end it faults")
{
	int fd = tap_file("f", "hello");
	char *m = mmap(NULL, P, RW, MAP_SHARED, fd, 0), *moved;

	moved = remap(m, P, 2 * P, MREMAP_MAYMOVE, NULL);
	CHECK_EQ(memcmp(moved, "hello", 5), 0);
	CHECK_SIGNALED(IN_CHILD((void)*(volatile char *)(moved + P)), SIGBUS);
	MUST(ftruncate(fd, 2 * P));
	CHECK_EQ(moved[P], 0);
}

TEST(doubling, "an area that doubles fifteen times keeps its content")
{
	size_t size = P;
	unsigned *m = mmap(NULL, size, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	m[0] = 1;
	for (int i = 0; i < 8; i++) {
		m = remap(m, size, size * 2, MREMAP_MAYMOVE, NULL);
		if (!CHECK(m != MAP_FAILED))
			return;
		size *= 2;
		for (size_t at = size / 8; at < size / 4; at += 1024)
			m[at] = (unsigned)at;
	}
	CHECK_EQ(m[0], 1);
	for (size_t at = 1024; at < size / 4; at += 1024)
		if (m[at] != at) {
			FAIL("word %zu holds %u", at, m[at]);
			break;
		}
}
