// SPDX-License-Identifier: MIT
/* mem_map.c -- mmap: kinds, places, errors. */
#include "tap.h"

#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW (PROT_READ | PROT_WRITE)

/* No musl wrapper in between, which would check arguments of its own. */
static void *map(void *at, size_t length, int prot, int flags, int fd, off_t offset)
{
	return (void *)syscall(SYS_mmap, at, length, prot, flags, fd, offset);
}

#define CHECK_MAP_ERR(call, want)                                                                  \
	({                                                                                         \
		errno = 0;                                                                         \
		if ((call) != MAP_FAILED)                                                          \
			FAIL("%s succeeded", #call);                                               \
		else                                                                               \
			CHECK_EQ(errno, want);                                                     \
	})

static int read_byte(volatile char *at)
{
	return IN_CHILD((void)at[0]);
}

static int write_byte(volatile char *at)
{
	return IN_CHILD(at[0] = 1);
}

TEST(anonymous, "anonymous memory is zero, page aligned, private and apart from other maps")
{
	char *a = map(NULL, 10000, RW, ANON, -1, 0), *b = map(NULL, 10000, RW, ANON, -1, 0);
	int sum = 0;

	CHECK(a != MAP_FAILED && b != MAP_FAILED);
	CHECK_EQ((uintptr_t)a & 4095, 0);
	CHECK(a + 12288 <= b || b + 12288 <= a);
	for (int i = 0; i < 12288; i++)
		sum += a[i];
	CHECK_EQ(sum, 0);
	a[12287] = 5;
	CHECK_EQ(a[12287], 5);
	CHECK_OK(munmap(a, 10000));
	CHECK_SIGNALED(read_byte(a + 8192), SIGSEGV);
}

TEST(reuse_is_zero, "memory that is unmapped and mapped again is zero")
{
	for (int i = 0; i < 20; i++) {
		char *m = map(NULL, 65536, RW, ANON, -1, 0);

		for (int j = 0; j < 65536; j += 512)
			if (m[j]) {
				FAIL("byte %d is %d in round %d", j, m[j], i);
				return;
			}
		memset(m, 0xa5, 65536);
		munmap(m, 65536);
	}
}

TEST(errors, "EINVAL, EBADF, ENODEV, EACCES, ENOMEM, EOVERFLOW of mmap")
{
	int fd = tap_file("f", "hello"), dir = (int)MUST(open(".", O_RDONLY)), ends[2];
	int ro = (int)MUST(open("f", O_RDONLY)), wo = (int)MUST(open("f", O_WRONLY));

	MUST(pipe(ends));
	CHECK_MAP_ERR(map(NULL, 0, RW, ANON, -1, 0), EINVAL);
	CHECK_MAP_ERR(map(NULL, 4096, RW, MAP_ANONYMOUS, -1, 0), EINVAL);
	CHECK_MAP_ERR(map(NULL, 4096, RW, MAP_PRIVATE, fd, 100), EINVAL);
	CHECK_MAP_ERR(map((void *)123, 4096, RW, ANON | MAP_FIXED, -1, 0), EINVAL);
	CHECK_MAP_ERR(map(NULL, 4096, RW, MAP_PRIVATE, -1, 0), EBADF);
	CHECK_MAP_ERR(map(NULL, 4096, RW, MAP_PRIVATE, 500, 0), EBADF);
	CHECK_MAP_ERR(map(NULL, 4096, PROT_READ, MAP_PRIVATE, dir, 0), ENODEV);
	CHECK_MAP_ERR(map(NULL, 4096, PROT_READ, MAP_PRIVATE, ends[0], 0), ENODEV);
	CHECK_MAP_ERR(map(NULL, 4096, RW, MAP_SHARED, ro, 0), EACCES);
	CHECK_MAP_ERR(map(NULL, 4096, PROT_READ, MAP_SHARED, wo, 0), EACCES);
	CHECK_MAP_ERR(map(NULL, 4096, PROT_READ, MAP_PRIVATE, wo, 0), EACCES);
	CHECK(map(NULL, 4096, RW, MAP_PRIVATE, ro, 0) != MAP_FAILED);
	CHECK_MAP_ERR(map(NULL, 1UL << 62, RW, ANON, -1, 0), ENOMEM);
	CHECK_MAP_ERR(map(NULL, 1UL << 47, RW, ANON | MAP_NORESERVE, -1, 0), ENOMEM);
	CHECK_MAP_ERR(map(NULL, -1UL, RW, ANON, -1, 0), ENOMEM);
	CHECK_MAP_ERR(map(NULL, 1UL << 45, PROT_READ, MAP_PRIVATE, fd, (off_t)0x7ffffffffffff000),
		      EOVERFLOW);
	CHECK_MAP_ERR(map((void *)0x7ffffffff000, 4096, RW, ANON | MAP_FIXED, -1, 0), ENOMEM);
	CHECK_MAP_ERR(map((void *)0xffff800000000000, 4096, RW, ANON | MAP_FIXED, -1, 0), ENOMEM);
}

TEST(hint, "a free hint is honoured, a taken one moves the map elsewhere")
{
	char *at = (char *)0x600000000000, *taken;

	CHECK(map(at, 4096, RW, ANON, -1, 0) == at);
	at[0] = 1;
	taken = map(at, 4096, RW, ANON, -1, 0);
	CHECK(taken != MAP_FAILED && taken != at);
	CHECK_EQ(at[0], 1);
	CHECK(map(at + 8192 + 5, 4096, RW, ANON, -1, 0) == at + 8192 ||
	      map(at + 16384 + 5, 4096, RW, ANON, -1, 0) == at + 20480);
}

TEST(fixed, "MAP_FIXED replaces what was there, exactly there")
{
	char *area = map(NULL, 5 * 4096, RW, ANON, -1, 0);

	memset(area, 1, 5 * 4096);
	CHECK(map(area + 4096, 2 * 4096, RW, ANON | MAP_FIXED, -1, 0) == area + 4096);
	CHECK_EQ(area[4095], 1);
	CHECK_EQ(area[4096], 0);
	CHECK_EQ(area[3 * 4096 - 1], 0);
	CHECK_EQ(area[3 * 4096], 1);
}

TEST(fixed_noreplace, "MAP_FIXED_NOREPLACE fails with EEXIST on any overlap")
{
	char *area = map(NULL, 4 * 4096, RW, ANON, -1, 0);

	MUST(munmap(area + 2 * 4096, 4096));
	area[0] = 9;
	CHECK_MAP_ERR(map(area, 4096, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
	CHECK_MAP_ERR(map(area + 4096, 2 * 4096, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
	CHECK_MAP_ERR(map(area + 2 * 4096, 2 * 4096, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0),
		      EEXIST);
	CHECK(map(area + 2 * 4096, 4096, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) == area + 2 * 4096);
	CHECK_EQ(area[0], 9);
}

TEST(low_addresses, "page 0 is not given out without MAP_FIXED, and reading it faults")
{
	void *at = map((void *)0, 4096, RW, ANON, -1, 0);

	CHECK(at != NULL && at != MAP_FAILED);
	CHECK_SIGNALED(read_byte(wild(0)), SIGSEGV);
	CHECK_EXITED(IN_CHILD(tap_become(1000); CHECK_MAP_ERR(
				      map((void *)0, 4096, RW, ANON | MAP_FIXED, -1, 0), EPERM)),
		     0);
}

TEST(protections, "PROT_NONE, PROT_READ and PROT_WRITE are kept")
{
	volatile char *none = map(NULL, 4096, PROT_NONE, ANON, -1, 0);
	volatile char *ro = map(NULL, 4096, PROT_READ, ANON, -1, 0);
	volatile char *wo = map(NULL, 4096, PROT_WRITE, ANON, -1, 0);

	CHECK_SIGNALED(read_byte(none), SIGSEGV);
	CHECK_SIGNALED(write_byte(none), SIGSEGV);
	CHECK_EXITED(read_byte(ro), 0);
	CHECK_SIGNALED(write_byte(ro), SIGSEGV);
	CHECK_EXITED(write_byte(wo), 0);
}

TEST(many, "a thousand mappings at once")
{
	static char *maps[1000];
	int bad = 0;

	for (int i = 0; i < 1000; i++) {
		maps[i] = map(NULL, 4096, i & 1 ? RW : PROT_READ, ANON, -1, 0);
		bad += maps[i] == MAP_FAILED;
	}
	CHECK_EQ(bad, 0);
	for (int i = 1; i < 1000; i += 2)
		maps[i][0] = (char)i;
	for (int i = 1; i < 1000; i += 2)
		bad += maps[i][0] != (char)i;
	for (int i = 0; i < 1000; i += 2)
		bad += maps[i][0] != 0;
	CHECK_EQ(bad, 0);
	for (int i = 0; i < 1000; i += 3)
		bad += munmap(maps[i], 4096) != 0;
	for (int i = 1; i < 1000; i += 2)
		if (i % 3)
			bad += maps[i][0] != (char)i;
	CHECK_EQ(bad, 0);
}

TEST(sparse, "a huge sparse mapping costs only what is touched")
{
	size_t length = 64UL << 30;
	volatile char *m = map(NULL, length, RW, ANON | MAP_NORESERVE, -1, 0);

	SKIP_IF(m == MAP_FAILED, "no 64 GiB of address space");
	for (size_t i = 0; i < length; i += 1UL << 30)
		m[i + 12345] = (char)(i >> 30) + 1;
	for (size_t i = 0; i < length; i += 1UL << 30)
		CHECK_EQ(m[i + 12345], (char)(i >> 30) + 1);
	CHECK_EQ(m[1 << 29], 0);
	CHECK_OK(munmap((void *)m, length));
}

TEST(file_private, "a private file mapping shows the file and keeps its changes to itself")
{
	int fd = tap_file("f", "hello world");
	char *m = map(NULL, 4096, RW, MAP_PRIVATE, fd, 0), text[6] = "";

	CHECK_EQ(memcmp(m, "hello world", 11), 0);
	CHECK_EQ(m[11], 0);
	close(fd);
	m[0] = 'J';
	fd = (int)MUST(open("f", O_RDONLY));
	CHECK_EQ(read(fd, text, 5), 5);
	CHECK_STR(text, "hello");
}

TEST(file_offset, "a mapping with an offset shows that part of the file")
{
	int fd = tap_file("f", "");
	char *m;

	for (int i = 0; i < 4; i++) {
		char page[4096];

		memset(page, 'a' + i, sizeof(page));
		CHECK_EQ(write(fd, page, sizeof(page)), sizeof(page));
	}
	m = map(NULL, 8192, PROT_READ, MAP_SHARED, fd, 8192);
	CHECK_EQ(m[0], 'c');
	CHECK_EQ(m[4096], 'd');
	m = map(NULL, 100, PROT_READ, MAP_PRIVATE, fd, 4096);
	CHECK_EQ(m[0], 'b');
	CHECK_EQ(m[4095], 'b');
}

TEST(dev_zero, "/dev/zero can be mapped, private and shared")
{
	int fd = (int)MUST(open("/dev/zero", O_RDWR));
	volatile char *priv = map(NULL, 8192, RW, MAP_PRIVATE, fd, 0);
	volatile char *shared = map(NULL, 8192, RW, MAP_SHARED, fd, 0);

	if (priv == MAP_FAILED || shared == MAP_FAILED) {
		CHECK_EQ(errno, ENODEV);
		SKIP("/dev/zero cannot be mapped here");
	}
	CHECK_EQ(priv[5000], 0);
	priv[0] = 1;
	CHECK_EXITED(IN_CHILD(shared[0] = 7; priv[0] = 2), 0);
	CHECK_EQ(shared[0], 7);
	CHECK_EQ(priv[0], 1);
}

TEST(populate, "MAP_POPULATE, MAP_STACK, MAP_NORESERVE and MAP_GROWSDOWN are accepted")
{
	CHECK(map(NULL, 65536, RW, ANON | MAP_POPULATE, -1, 0) != MAP_FAILED);
	CHECK(map(NULL, 65536, RW, ANON | MAP_STACK | MAP_NORESERVE, -1, 0) != MAP_FAILED);
	CHECK(map(NULL, 65536, RW, ANON | MAP_GROWSDOWN, -1, 0) != MAP_FAILED);
	CHECK(map(NULL, 65536, RW, MAP_PRIVATE | MAP_DENYWRITE | MAP_ANONYMOUS, -1, 0) !=
	      MAP_FAILED);
}

TEST(closed_and_gone, "a mapping outlives its descriptor and its file's name")
{
	int fd = tap_file("f", "still here");
	char *m = map(NULL, 4096, RW, MAP_SHARED, fd, 0);

	close(fd);
	MUST(unlink("f"));
	CHECK_EQ(memcmp(m, "still here", 10), 0);
	m[0] = 'S';
	CHECK_EXITED(IN_CHILD(CHECK_EQ(m[0], 'S')), 0);
}
