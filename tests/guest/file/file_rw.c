// SPDX-License-Identifier: MIT
/* file_rw.c -- read, write and their vector and positioned forms; offsets and holes. */
#include "tap.h"
#include <sys/uio.h>

TEST(basic, "what is written is read; the end reads 0; zero-length calls do nothing")
{
	int fd = tap_file("f", "");
	char text[16] = "";

	CHECK_EQ(write(fd, "hello", 5), 5);
	CHECK_EQ(read(fd, text, 5), 0);
	MUST(lseek(fd, 0, SEEK_SET));
	CHECK_EQ(read(fd, text, 100 < sizeof(text) ? 100 : sizeof(text)), 5);
	CHECK_STR(text, "hello");
	CHECK_EQ(read(fd, text, 0), 0);
	CHECK_EQ(write(fd, text, 0), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 5);
}

TEST(faults, "EFAULT for wild buffers; a partly readable buffer is used up to its end")
{
	int fd = tap_file("f", "0123456789");
	char *m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	     text[4];
	ssize_t got;

	MUST(munmap(m + 4096, 4096));
	MUST(lseek(fd, 0, SEEK_SET));
	CHECK_ERR(read(fd, wild(8), 5), EFAULT);
	CHECK_ERR(write(fd, wild(8), 5), EFAULT);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	got = read(fd, m + 4096 - 4, 10);
	CHECK(got == 4 || (got == -1 && errno == EFAULT));
	m[4093] = 'Z';
	got = pwrite(fd, m + 4093, 10, 0);
	CHECK(got == 3 || (got == -1 && errno == EFAULT));
	CHECK_EQ(pread(fd, text, 1, 9), 1);
	CHECK_EQ(text[0], '9');
}

TEST(positioned, "pread and pwrite leave the offset alone")
{
	int fd = tap_file("f", "0123456789"), ends[2];
	char c;

	MUST(lseek(fd, 3, SEEK_SET));
	CHECK_EQ(pread(fd, &c, 1, 7), 1);
	CHECK_EQ(c, '7');
	CHECK_EQ(pwrite(fd, "X", 1, 8), 1);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 3);
	CHECK_EQ(pread(fd, &c, 1, 10), 0);
	CHECK_EQ(pread(fd, &c, 1, 1000000), 0);
	CHECK_ERR(pread(fd, &c, 1, -1), EINVAL);
	CHECK_ERR(pwrite(fd, &c, 1, -1), EINVAL);
	MUST(pipe(ends));
	CHECK_ERR(pread(ends[0], &c, 1, 0), ESPIPE);
	CHECK_ERR(pwrite(ends[1], &c, 1, 0), ESPIPE);
}

TEST(vectors, "readv and writev gather and scatter; empty parts are skipped")
{
	int fd = tap_file("f", "");
	char a[4] = "", b[8] = "";
	struct iovec out[4] = {{"abc", 3}, {NULL, 0}, {"defg", 4}, {"h", 1}};
	struct iovec in[3] = {{a, 3}, {NULL, 0}, {b, 7}};

	CHECK_EQ(writev(fd, out, 4), 8);
	MUST(lseek(fd, 0, SEEK_SET));
	CHECK_EQ(readv(fd, in, 3), 8);
	CHECK_STR(a, "abc");
	CHECK_STR(b, "defgh");
	CHECK_EQ(preadv(fd, in, 3, 5), 3);
	CHECK_EQ(memcmp(a, "fgh", 3), 0);
	CHECK_EQ(pwritev(fd, out, 4, 6), 8);
	CHECK_EQ(pread(fd, b, 7, 6), 7);
	CHECK_EQ(memcmp(b, "abcdefg", 7), 0);
}

TEST(vector_errors, "EINVAL and EFAULT of readv and writev")
{
	int fd = tap_file("f", "0123456789");
	char c[4];
	struct iovec huge[2] = {{c, SIZE_MAX}, {c, 1}}, bad[2] = {{wild(8), 1}, {c, 1}};
	static struct iovec many[1025];

	for (int i = 0; i < 1025; i++)
		many[i] = (struct iovec){c, 0};
	CHECK_EQ(writev(fd, many, 0), 0);
	CHECK_EQ(writev(fd, many, 1024), 0);
	CHECK_ERR(writev(fd, many, 1025), EINVAL);
	CHECK_ERR(writev(fd, many, -1), EINVAL);
	CHECK_ERR(readv(fd, huge, 2), EINVAL);
	CHECK_ERR(writev(fd, wild(8), 2), EFAULT);
	MUST(lseek(fd, 0, SEEK_SET));
	CHECK_ERR(readv(fd, bad, 2), EFAULT);
	CHECK_ERR(writev(fd, bad, 2), EFAULT);
}

TEST(seek, "lseek: SET, CUR, END, errors, beyond the end")
{
	int fd = tap_file("f", "0123456789"), ends[2];
	char c;

	CHECK_EQ(lseek(fd, 4, SEEK_SET), 4);
	CHECK_EQ(lseek(fd, 3, SEEK_CUR), 7);
	CHECK_EQ(lseek(fd, -7, SEEK_CUR), 0);
	CHECK_EQ(lseek(fd, -2, SEEK_END), 8);
	CHECK_EQ(lseek(fd, 5, SEEK_END), 15);
	CHECK_EQ(read(fd, &c, 1), 0);
	CHECK_ERR(lseek(fd, -1, SEEK_SET), EINVAL);
	CHECK_ERR(lseek(fd, -11, SEEK_END), EINVAL);
	CHECK_ERR(lseek(fd, 0, 99), EINVAL);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 15);
	CHECK_ERR(lseek(99, 0, SEEK_SET), EBADF);
	MUST(pipe(ends));
	CHECK_ERR(lseek(ends[0], 0, SEEK_CUR), ESPIPE);
}

TEST(holes, "writing past the end leaves a hole of zeros that takes no blocks")
{
	int fd = tap_file("f", "start");
	char text[8];
	struct stat st;

	CHECK_EQ(pwrite(fd, "end", 3, 10 << 20), 3);
	MUST(fstat(fd, &st));
	CHECK_EQ(st.st_size, (10 << 20) + 3);
	CHECK_LE(st.st_blocks, 200);
	CHECK_EQ(pread(fd, text, 8, 5 << 20), 8);
	CHECK_EQ(memcmp(text, "\0\0\0\0\0\0\0\0", 8), 0);
	CHECK_EQ(pread(fd, text, 8, 3), 8);
	CHECK_EQ(memcmp(text, "rt\0\0\0\0\0\0", 8), 0);
}

TEST(seek_hole, "SEEK_DATA and SEEK_HOLE find data and holes")
{
	int fd = tap_file("f", "");
	off_t hole;

	CHECK_EQ(pwrite(fd, "x", 1, 1 << 20), 1);
	MUST(ftruncate(fd, 2 << 20));
	hole = lseek(fd, 0, SEEK_HOLE);
	SKIP_IF(hole < 0 && errno == EINVAL, "no SEEK_HOLE");
	/* A system may know no holes: then the only one is at the end, and all is data. */
	CHECK(hole == 0 || hole == 2 << 20);
	CHECK_EQ(lseek(fd, 1 << 20, SEEK_DATA), 1 << 20);
	if (hole == 0) {
		CHECK_EQ(lseek(fd, 0, SEEK_DATA), 1 << 20);
		CHECK_EQ(lseek(fd, 1 << 20, SEEK_HOLE), (1 << 20) + 4096);
		CHECK_ERR(lseek(fd, (1 << 20) + 4096, SEEK_DATA), ENXIO);
	}
	CHECK_ERR(lseek(fd, 2 << 20, SEEK_DATA), ENXIO);
	CHECK_ERR(lseek(fd, 2 << 20, SEEK_HOLE), ENXIO);
	CHECK_ERR(lseek(fd, -1, SEEK_DATA), ENXIO);
}

TEST(truncate_calls, "truncate and ftruncate: shorter, longer, errors")
{
	int fd = tap_file("f", "0123456789"), ends[2];
	char text[16];
	struct stat st;

	MUST(ftruncate(fd, 4));
	CHECK_EQ(pread(fd, text, 16, 0), 4);
	MUST(truncate("f", 8));
	CHECK_EQ(pread(fd, text, 16, 0), 8);
	CHECK_EQ(memcmp(text, "0123\0\0\0\0", 8), 0);
	MUST(ftruncate(fd, 1L << 33));
	MUST(fstat(fd, &st));
	CHECK_EQ(st.st_size, 1L << 33);
	MUST(ftruncate(fd, 0));
	CHECK_ERR(ftruncate(fd, -1), EINVAL);
	CHECK_ERR(truncate("f", -1), EINVAL);
	CHECK_ERR(truncate("none", 0), ENOENT);
	CHECK_ERR(truncate(".", 0), EISDIR);
	CHECK_ERR(ftruncate(77, 0), EBADF);
	MUST(pipe(ends));
	CHECK_ERR(ftruncate(ends[1], 0), EINVAL);
	MUST(chmod("f", 0444));
	CHECK_EXITED(IN_CHILD(tap_become(1000); CHECK_ERR(truncate("f", 0), EACCES)), 0);
}

TEST(large, "a megabyte in odd pieces comes back as it was")
{
	static unsigned char block[4099], back[4099];
	int fd = tap_file("f", "");
	unsigned total = 0, state = 1;

	for (int i = 0; i < 256; i++) {
		for (size_t j = 0; j < sizeof(block); j++)
			block[j] = (unsigned char)((state = state * 1103515245 + 12345) >> 16);
		CHECK_EQ(write(fd, block, sizeof(block)), sizeof(block));
		total += sizeof(block);
	}
	CHECK_EQ(lseek(fd, 0, SEEK_END), total);
	MUST(lseek(fd, 0, SEEK_SET));
	state = 1;
	for (int i = 0; i < 256; i++) {
		CHECK_EQ(read(fd, back, sizeof(back)), sizeof(back));
		for (size_t j = 0; j < sizeof(block); j++)
			block[j] = (unsigned char)((state = state * 1103515245 + 12345) >> 16);
		if (!CHECK(!memcmp(block, back, sizeof(block))))
			break;
	}
}

TEST(random_model, "two thousand random writes, reads and truncations agree with a model")
{
	enum { SIZE = 40000 };
	static char model[SIZE + 1024], text[1024];
	int fd = tap_file("f", ""), size = 0;
	unsigned state = 99;

	for (int i = 0; i < 2000; i++) {
		unsigned r = state = state * 1103515245 + 12345, at, length;

		at = (r >> 8) % SIZE;
		state = state * 1103515245 + 12345;
		length = 1 + (state >> 16) % 1000;
		if (r % 16 == 0) {
			MUST(ftruncate(fd, at));
			if ((int)at < size)
				memset(model + at, 0, (size_t)size - at);
			size = (int)at;
		} else if (r % 2) {
			memset(text, (int)(r >> 20) | 1, length);
			memcpy(model + at, text, length);
			CHECK_EQ(pwrite(fd, text, length, at), length);
			if (size < (int)(at + length))
				size = (int)(at + length);
		} else {
			int want = size - (int)at < 0 ? 0 : size - (int)at;

			if (want > (int)length)
				want = (int)length;
			if (!CHECK_EQ(pread(fd, text, length, at), want) ||
			    !CHECK(!memcmp(text, model + at, (size_t)want)))
				break;
		}
	}
}

TEST(no_space_for_offset, "EFBIG or EINVAL near the largest offset, no wrap")
{
	int fd = tap_file("f", "x");
	char c = 'x';

	errno = 0;
	CHECK(pwrite(fd, &c, 1, INT64_MAX) == -1 && (errno == EFBIG || errno == EINVAL));
	CHECK(lseek(fd, INT64_MAX, SEEK_SET) == INT64_MAX || errno == EINVAL);
	CHECK_ERR(lseek(fd, INT64_MAX, SEEK_END), errno == EOVERFLOW ? EOVERFLOW : EINVAL);
}

TEST(append_offset, "two descriptors of one file have offsets of their own, dup shares one")
{
	int a = tap_file("f", "abcdef"), b = (int)MUST(open("f", O_RDONLY)), c;
	char x;

	MUST(lseek(a, 2, SEEK_SET));
	CHECK_EQ(lseek(b, 0, SEEK_CUR), 0);
	c = (int)MUST(dup(b));
	CHECK_EQ(read(c, &x, 1), 1);
	CHECK_EQ(lseek(b, 0, SEEK_CUR), 1);
}
