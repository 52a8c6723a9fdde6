// SPDX-License-Identifier: MIT
/* mem_advise.c -- madvise, mincore, mlock and their relatives. */
#include "tap.h"

enum { P = 4096 };
#define RW (PROT_READ | PROT_WRITE)

static char *pages(int count, int flags)
{
	char *m = mmap(NULL, (size_t)count * P, RW, flags | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < count; i++)
		m[i * P] = (char)(i + 1);
	return m;
}

TEST(dontneed, "MADV_DONTNEED makes private anonymous pages zero, shared and file pages reread")
{
	char *m = pages(4, MAP_PRIVATE), *shared = pages(2, MAP_SHARED), *file;
	int fd = tap_file("f", "on disk");

	MUST(madvise(m + P, 2 * P, MADV_DONTNEED));
	CHECK_EQ(m[0], 1);
	CHECK_EQ(m[P], 0);
	CHECK_EQ(m[2 * P], 0);
	CHECK_EQ(m[3 * P], 4);
	m[P] = 9;
	CHECK_EQ(m[P], 9);
	MUST(madvise(shared, 2 * P, MADV_DONTNEED));
	CHECK_EQ(shared[0], 1);
	file = mmap(NULL, P, RW, MAP_PRIVATE, fd, 0);
	file[0] = 'X';
	MUST(madvise(file, P, MADV_DONTNEED));
	CHECK_EQ(file[0], 'o');
}

TEST(dontneed_forked, "MADV_DONTNEED in a child leaves the parent's pages")
{
	char *m = pages(3, MAP_PRIVATE);

	CHECK_EXITED(IN_CHILD(madvise(m, 3 * P, MADV_DONTNEED); CHECK_EQ(m[P], 0)), 0);
	CHECK_EQ(m[0], 1);
	CHECK_EQ(m[P], 2);
}

TEST(advice_errors, "EINVAL and ENOMEM of madvise")
{
	char *m = pages(4, MAP_PRIVATE);

	CHECK_ERR(madvise(m + 1, P, MADV_DONTNEED), EINVAL);
	CHECK_ERR(madvise(m, P, 12345), EINVAL);
	CHECK_ERR(madvise(m, (size_t)-4096, MADV_DONTNEED), EINVAL);
	CHECK_OK(madvise(m, 0, MADV_DONTNEED));
	MUST(munmap(m + P, P));
	CHECK_ERR(madvise(m, 3 * P, MADV_DONTNEED), ENOMEM);
	CHECK_EQ(m[0], 0);
	CHECK_EQ(m[2 * P], 0);
	CHECK_EQ(m[3 * P], 4);
}

TEST(hints, "the plain hints are accepted and change nothing")
{
	static const int hints[] = {MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED};
	char *m = pages(4, MAP_PRIVATE);

	for (int i = 0; i < 4; i++) {
		CHECK_OK(madvise(m, 4 * P, hints[i]));
		CHECK_EQ(m[2 * P], 3);
	}
}

TEST(free_hint, "MADV_FREE: the old content or zero, and kept when written again")
{
	char *m = pages(4, MAP_PRIVATE);

	SKIP_IF(madvise(m, 4 * P, MADV_FREE) < 0, "no MADV_FREE");
	CHECK(m[P] == 2 || m[P] == 0);
	m[P] = 55;
	CHECK_EQ(m[P], 55);
}

TEST(mincore_call, "mincore tells what is in memory; EINVAL, ENOMEM, EFAULT")
{
	char *m = mmap(NULL, 8 * P, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char core[8];

	m[2 * P] = 1;
	m[5 * P] = 1;
	memset(core, 0xff, sizeof(core));
	MUST(mincore(m, 8 * P, core));
	CHECK_EQ(core[2] & 1, 1);
	CHECK_EQ(core[5] & 1, 1);
	CHECK_EQ(core[7] & ~1, 0);
	MUST(mincore(m, P + 1, core));
	CHECK_ERR(mincore(m + 1, P, core), EINVAL);
	CHECK_ERR(mincore(m, P, wild(8)), EFAULT);
	MUST(munmap(m + 4 * P, P));
	CHECK_ERR(mincore(m, 8 * P, core), ENOMEM);
}

TEST(mlock_calls, "mlock makes pages present; munlock, mlockall and munlockall succeed")
{
	char *m = mmap(NULL, 4 * P, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char core[4] = {0};

	MUST(mlock(m, 3 * P));
	MUST(mincore(m, 4 * P, core));
	CHECK_EQ((core[0] & core[1] & core[2]) & 1, 1);
	CHECK_OK(munlock(m, 3 * P));
	MUST(munmap(m + P, P));
	CHECK_ERR(mlock(m, 4 * P), ENOMEM);
	CHECK_ERR(syscall(SYS_mlockall, 0), EINVAL);
	CHECK_ERR(syscall(SYS_mlockall, 0x100), EINVAL);
	CHECK_OK(mlockall(MCL_CURRENT));
	CHECK_OK(munlockall());
}

TEST(dontneed_loop, "a hundred rounds of filling and dropping a megabyte")
{
	char *m = mmap(NULL, 1 << 20, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < 100; i++) {
		for (int at = 0; at < 1 << 20; at += P)
			if (m[at]) {
				FAIL("byte at %#x not zero in round %d", at, i);
				return;
			} else {
				m[at] = 1;
			}
		MUST(madvise(m, 1 << 20, MADV_DONTNEED));
	}
}
