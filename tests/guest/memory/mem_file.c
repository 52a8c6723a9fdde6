// SPDX-License-Identifier: MIT
/* mem_file.c -- mappings and the file under them: coherence, ends, truncation. */
#include "tap.h"

enum { P = 4096 };
#define RW (PROT_READ | PROT_WRITE)

static int file_of(int pages)
{
	int fd = tap_file("f", "");
	char page[P];

	for (int i = 0; i < pages; i++) {
		memset(page, 'a' + i, P);
		CHECK_EQ(write(fd, page, P), P);
	}
	return fd;
}

TEST(write_then_see, "what write puts into a file shows in its mappings at once")
{
	int fd = file_of(2);
	volatile char *shared = mmap(NULL, 2 * P, PROT_READ, MAP_SHARED, fd, 0);
	volatile char *priv = mmap(NULL, 2 * P, RW, MAP_PRIVATE, fd, 0);

	CHECK_EQ(shared[0], 'a');
	CHECK_EQ(priv[P], 'b');
	CHECK_EQ(pwrite(fd, "XY", 2, 4095), 2);
	CHECK_EQ(shared[4095], 'X');
	CHECK_EQ(shared[4096], 'Y');
	CHECK_EQ(priv[4095], 'X');
	priv[P + 1] = 'p';
	CHECK_EQ(pwrite(fd, "Z", 1, P), 1);
	CHECK_EQ(priv[P], 'Y');
	CHECK_EQ(shared[P], 'Z');
}

TEST(store_then_read, "what a shared mapping stores is read by read, and by other mappings")
{
	int fd = file_of(2), other;
	char *m = mmap(NULL, 2 * P, RW, MAP_SHARED, fd, 0), text[3];
	volatile char *second = mmap(NULL, P, PROT_READ, MAP_SHARED, fd, P);

	m[P] = '1';
	m[P + 1] = '2';
	CHECK_EQ(second[0], '1');
	other = (int)MUST(open("f", O_RDONLY));
	CHECK_EQ(pread(other, text, 2, P), 2);
	CHECK_EQ(text[0], '1');
	CHECK_EQ(text[1], '2');
	CHECK_EXITED(IN_CHILD(m[0] = 'c'), 0);
	CHECK_EQ(pread(other, text, 1, 0), 1);
	CHECK_EQ(text[0], 'c');
}

TEST(last_page, "the rest of the last page is zero and is not written to the file")
{
	int fd = tap_file("f", "12345");
	char *m = mmap(NULL, P, RW, MAP_SHARED, fd, 0), text[10];
	struct stat st;

	for (int i = 5; i < P; i++)
		if (m[i]) {
			FAIL("byte %d past the end is %d", i, m[i]);
			break;
		}
	m[7] = 'x';
	MUST(msync(m, P, MS_SYNC));
	MUST(fstat(fd, &st));
	CHECK_EQ(st.st_size, 5);
	CHECK_EQ(pread(fd, text, 10, 0), 5);
}

TEST(past_end, "pages wholly past the end are SIGBUS, and appear when the file grows")
{
	int fd = file_of(1);
	volatile char *m = mmap(NULL, 3 * P, RW, MAP_SHARED, fd, 0);

	CHECK_SIGNALED(IN_CHILD((void)m[P]), SIGBUS);
	CHECK_SIGNALED(IN_CHILD(m[2 * P] = 1), SIGBUS);
	MUST(ftruncate(fd, P + 1));
	CHECK_EQ(m[P], 0);
	m[2 * P - 1] = 1;
	CHECK_SIGNALED(IN_CHILD((void)m[2 * P]), SIGBUS);
}

TEST(truncated_under, "truncation takes pages out of shared and private mappings")
{
	int fd = file_of(3);
	volatile char *shared = mmap(NULL, 3 * P, RW, MAP_SHARED, fd, 0);
	volatile char *priv = mmap(NULL, 3 * P, RW, MAP_PRIVATE, fd, 0);

	CHECK_EQ(shared[2 * P], 'c');
	priv[2 * P] = 'P';
	priv[0] = 'Q';
	MUST(ftruncate(fd, P + 10));
	CHECK_SIGNALED(IN_CHILD((void)shared[2 * P]), SIGBUS);
	CHECK_SIGNALED(IN_CHILD((void)priv[2 * P]), SIGBUS);
	CHECK_EQ(shared[P + 9], 'b');
	CHECK_EQ(shared[P + 10], 0);
	CHECK_EQ(priv[0], 'Q');
	MUST(ftruncate(fd, 3 * P));
	CHECK_EQ(shared[P + 10], 0);
	CHECK_EQ(shared[2 * P], 0);
	CHECK_EQ(priv[2 * P], 0);
}

TEST(empty_file, "a mapping of an empty file is SIGBUS all over")
{
	int fd = tap_file("f", "");
	volatile char *m = mmap(NULL, P, PROT_READ, MAP_SHARED, fd, 0);

	CHECK(m != MAP_FAILED);
	CHECK_SIGNALED(IN_CHILD((void)m[0]), SIGBUS);
}

TEST(into_calls, "a system call into or out of a page past the end gets EFAULT")
{
	int fd = file_of(1), ends[2];
	char *m = mmap(NULL, 2 * P, RW, MAP_SHARED, fd, 0);

	MUST(pipe(ends));
	CHECK_ERR(write(ends[1], m + P, 10), EFAULT);
	CHECK_EQ(write(ends[1], m + P - 5, 5), 5);
	CHECK_ERR(read(ends[0], m + P, 5), EFAULT);
}

TEST(self_copy, "write and read between a file and its own mapping")
{
	int fd = file_of(2);
	char *m = mmap(NULL, 2 * P, RW, MAP_SHARED, fd, 0);

	CHECK_EQ(pwrite(fd, m, P, P), P);
	CHECK_EQ(m[P], 'a');
	CHECK_EQ(m[2 * P - 1], 'a');
	m[0] = 'z';
	CHECK_EQ(pread(fd, m + P, P, 0), P);
	CHECK_EQ(m[P], 'z');
	CHECK_EQ(m[P + 1], 'a');
}

TEST(holes, "a hole in a file maps as zeros and is filled by stores")
{
	int fd = tap_file("f", "");
	char *m, byte = 1;

	MUST(ftruncate(fd, 64 * P));
	m = mmap(NULL, 64 * P, RW, MAP_SHARED, fd, 0);
	for (int i = 0; i < 64; i++)
		CHECK_EQ(m[i * P], 0);
	m[33 * P + 5] = 'h';
	CHECK_EQ(pread(fd, &byte, 1, 33 * P + 5), 1);
	CHECK_EQ(byte, 'h');
	CHECK_EQ(pread(fd, &byte, 1, 34 * P), 1);
	CHECK_EQ(byte, 0);
}

TEST(msync_calls, "msync checks its range and flags")
{
	int fd = file_of(3);
	char *m = mmap(NULL, 3 * P, RW, MAP_SHARED, fd, 0);

	CHECK_OK(msync(m, 3 * P, MS_SYNC));
	CHECK_OK(msync(m, 3 * P, MS_ASYNC));
	CHECK_OK(msync(m, 1, MS_SYNC | MS_INVALIDATE));
	CHECK_ERR(syscall(SYS_msync, m + 1, P, MS_SYNC), EINVAL);
	CHECK_ERR(syscall(SYS_msync, m, P, MS_SYNC | MS_ASYNC), EINVAL);
	CHECK_ERR(syscall(SYS_msync, m, P, 0x100), EINVAL);
	MUST(munmap(m + P, P));
	CHECK_ERR(msync(m, 3 * P, MS_SYNC), ENOMEM);
}

TEST(memfd, "a memfd maps like a file, shared through fork and dup")
{
	int fd = (int)syscall(SYS_memfd_create, "x", 0);
	volatile char *m, *second;

	SKIP_IF(fd < 0 && errno == ENOSYS, "no memfd_create");
	MUST(ftruncate(fd, 2 * P));
	m = mmap(NULL, 2 * P, RW, MAP_SHARED, fd, 0);
	second = mmap(NULL, 2 * P, RW, MAP_SHARED, dup(fd), 0);
	m[P] = 'm';
	CHECK_EQ(second[P], 'm');
	CHECK_EXITED(IN_CHILD(second[0] = 'n'), 0);
	CHECK_EQ(m[0], 'n');
}

TEST(two_processes, "two processes that open the file apart share its pages")
{
	int fd = file_of(1);
	volatile char *m = mmap(NULL, P, RW, MAP_SHARED, fd, 0);

	CHECK_EXITED(IN_CHILD(int again = (int)MUST(open("f", O_RDWR));
			      volatile char *mine = mmap(NULL, P, RW, MAP_SHARED, again, 0);
			      CHECK_EQ(mine[10], 'a'); mine[10] = 'S'),
		     0);
	CHECK_EQ(m[10], 'S');
}
