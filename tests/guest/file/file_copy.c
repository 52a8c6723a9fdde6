// SPDX-License-Identifier: MIT
/*
 * file_copy.c -- copying inside the kernel: sendfile, copy_file_range, splice; memfd; sync calls;
 * xattr.
 */
#include "tap.h"
#include <sys/sendfile.h>
#include <sys/xattr.h>

static const char digits[] = "0123456789";

static void check_content(int fd, const char *want)
{
	char text[64] = "";

	CHECK_EQ(pread(fd, text, sizeof(text) - 1, 0), strlen(want));
	CHECK_STR(text, want);
}

TEST(sendfile_offset, "sendfile with an offset leaves the file's alone, without moves it")
{
	int in = tap_file("in", digits), out = tap_file("out", "");
	off_t at = 3;

	MUST(lseek(in, 1, SEEK_SET));
	CHECK_EQ(sendfile(out, in, &at, 4), 4);
	CHECK_EQ(at, 7);
	CHECK_EQ(lseek(in, 0, SEEK_CUR), 1);
	CHECK_EQ(sendfile(out, in, NULL, 2), 2);
	CHECK_EQ(lseek(in, 0, SEEK_CUR), 3);
	CHECK_EQ(lseek(out, 0, SEEK_CUR), 6);
	check_content(out, "345612");
	CHECK_EQ(sendfile(out, in, NULL, 1000), 7);
	CHECK_EQ(sendfile(out, in, NULL, 1000), 0);
}

TEST(sendfile_pipe, "sendfile into a pipe")
{
	int in = tap_file("in", digits), ends[2];
	char text[11] = "";

	MUST(pipe(ends));
	MUST(lseek(in, 0, SEEK_SET));
	CHECK_EQ(sendfile(ends[1], in, NULL, 10), 10);
	CHECK_EQ(read(ends[0], text, 10), 10);
	CHECK_STR(text, digits);
}

TEST(sendfile_large, "sendfile of half a megabyte arrives whole")
{
	static char block[524288], back[524288];
	int in = tap_file("in", ""), out = tap_file("out", "");
	size_t done = 0;
	off_t at = 0;

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (char)(i * 7 + i / 1000);
	CHECK_EQ(write(in, block, sizeof(block)), sizeof(block));
	while (done < sizeof(block)) {
		ssize_t got = sendfile(out, in, &at, sizeof(block));

		if (!CHECK_GE(got, 1))
			return;
		done += (size_t)got;
	}
	CHECK_EQ(pread(out, back, sizeof(back), 0), sizeof(back));
	CHECK_EQ(memcmp(block, back, sizeof(back)), 0);
}

TEST(sendfile_errors, "EBADF, EINVAL, EFAULT, ESPIPE of sendfile")
{
	int in = tap_file("in", digits), out = tap_file("out", ""), ends[2];
	int wo = (int)MUST(open("in", O_WRONLY)), ro = (int)MUST(open("out", O_RDONLY));
	off_t at = 0, negative = -1;

	MUST(pipe(ends));
	CHECK_ERR(sendfile(out, 99, NULL, 1), EBADF);
	CHECK_ERR(sendfile(99, in, NULL, 1), EBADF);
	CHECK_ERR(sendfile(out, wo, NULL, 1), EBADF);
	CHECK_ERR(sendfile(ro, in, NULL, 1), EBADF);
	CHECK_ERR(sendfile(out, in, &negative, 1), EINVAL);
	CHECK_ERR(sendfile(out, in, wild(8), 1), EFAULT);
	CHECK_ERR(sendfile(out, ends[0], &at, 1), ESPIPE);
	CHECK_ERR(sendfile((int)MUST(open("out", O_WRONLY | O_APPEND)), in, &at, 1), EINVAL);
}

TEST(sendfile_within, "sendfile takes a file as its own target")
{
	int fd = tap_file("f", digits);
	off_t at = 2;

	MUST(lseek(fd, 7, SEEK_SET));
	CHECK_EQ(sendfile(fd, fd, &at, 3), 3);
	check_content(fd, "0123456234");
	at = 0;
	MUST(lseek(fd, 1, SEEK_SET));
	CHECK_EQ(sendfile(fd, fd, &at, 4), 4); /* of bytes that overlap, as it happens */
	CHECK_EQ(at, 4);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 5);
}

static long copy_range(int in, off_t *from, int out, off_t *to, size_t length, unsigned flags)
{
	return syscall(SYS_copy_file_range, in, from, out, to, length, flags);
}

TEST(copy_range_call, "copy_file_range copies between offsets of two files")
{
	int in = tap_file("in", digits), out = tap_file("out", "");
	off_t from = 2, to = 5;
	long got = copy_range(in, &from, out, &to, 4, 0);
	char text[10];

	SKIP_IF(got < 0 && errno == ENOSYS, "no copy_file_range");
	CHECK_EQ(got, 4);
	CHECK_EQ(from, 6);
	CHECK_EQ(to, 9);
	CHECK_EQ(pread(out, text, 10, 0), 9);
	CHECK_EQ(memcmp(text, "\0\0\0\0\0002345", 9), 0);
	MUST(lseek(in, 8, SEEK_SET));
	CHECK_EQ(copy_range(in, NULL, out, NULL, 100, 0), 2);
	CHECK_EQ(lseek(in, 0, SEEK_CUR), 10);
	CHECK_EQ(lseek(out, 0, SEEK_CUR), 2);
	CHECK_EQ(copy_range(in, NULL, out, NULL, 100, 0), 0);
}

TEST(copy_range_within, "copy_file_range copies in one file what there was before")
{
	int fd = tap_file("f", digits);
	off_t from = 0, to = 10;

	SKIP_IF(copy_range(fd, &from, fd, &to, 0, 0) < 0 && errno == ENOSYS, "no copy_file_range");
	CHECK_EQ(copy_range(fd, &from, fd, &to, 1000, 0), 10);
	CHECK_EQ(from, 10);
	CHECK_EQ(to, 20);
	check_content(fd, "01234567890123456789");
	from = 15;
	to = 3;
	CHECK_EQ(copy_range(fd, &from, fd, &to, 1000, 0), 5);
	check_content(fd, "01256789890123456789");
	from = 20;
	to = 0;
	CHECK_EQ(copy_range(fd, &from, fd, &to, 1000, 0), 0);
	from = 15;
	to = 11;
	CHECK_ERR(copy_range(fd, &from, fd, &to, 5, 0), EINVAL);
}

TEST(copy_range_errors, "EINVAL, EBADF, EISDIR of copy_file_range")
{
	int in = tap_file("in", digits), out = tap_file("out", ""), ends[2],
	    dir = (int)MUST(open(".", O_RDONLY));
	int app = (int)MUST(open("out", O_WRONLY | O_APPEND)),
	    ro = (int)MUST(open("out", O_RDONLY));
	off_t a = 0, b = 2;

	SKIP_IF(copy_range(in, &a, out, &b, 0, 0) < 0 && errno == ENOSYS, "no copy_file_range");
	MUST(pipe(ends));
	CHECK_ERR(copy_range(in, NULL, out, NULL, 1, 1), EINVAL);
	CHECK_ERR(copy_range(in, NULL, ends[1], NULL, 1, 0), EINVAL);
	CHECK_ERR(copy_range(in, NULL, app, NULL, 1, 0), EBADF);
	CHECK_ERR(copy_range(in, NULL, ro, NULL, 1, 0), EBADF);
	CHECK_ERR(copy_range(dir, NULL, out, NULL, 1, 0), EISDIR);
	CHECK_ERR(copy_range(99, NULL, out, NULL, 1, 0), EBADF);
	CHECK_ERR(copy_range(in, &a, in, &b, 5, 0), EINVAL);
}

TEST(splice_calls, "splice moves between a file and a pipe, tee between pipes")
{
	int in = tap_file("in", digits), first[2], second[2];
	off_t at = 2;
	char text[11] = "";
	long got;

	MUST(pipe(first));
	MUST(pipe(second));
	got = syscall(SYS_splice, in, &at, first[1], NULL, 5, 0);
	SKIP_IF(got < 0 && (errno == ENOSYS || errno == EINVAL), "no splice");
	CHECK_EQ(got, 5);
	CHECK_EQ(at, 7);
	got = syscall(SYS_tee, first[0], second[1], 100, 0);
	if (!(got < 0 && errno == ENOSYS)) {
		CHECK_EQ(got, 5);
		CHECK_EQ(read(second[0], text, 10), 5);
		CHECK_STR(text, "23456");
	}
	int out = tap_file("out", "");

	CHECK_EQ(syscall(SYS_splice, first[0], NULL, out, NULL, 100, 0), 5);
	check_content(out, "23456");
	CHECK_ERR(syscall(SYS_splice, in, NULL, out, NULL, 5, 0), EINVAL);
}

TEST(memfd, "memfd_create: a file without a name, sealed on demand")
{
	int fd = (int)syscall(SYS_memfd_create, "name", 3);
	struct stat st;

	SKIP_IF(fd < 0 && errno == ENOSYS, "no memfd_create");
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(write(fd, "hello", 5), 5);
	MUST(fstat(fd, &st));
	CHECK(S_ISREG(st.st_mode));
	CHECK_EQ(st.st_nlink, 0);
	CHECK_ERR(syscall(SYS_memfd_create, "x", 0x8000), EINVAL);
	CHECK_ERR(syscall(SYS_memfd_create, wild(8), 0), EFAULT);
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_WRITE) == 0) {
		CHECK_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_WRITE);
		CHECK_ERR(write(fd, "x", 1), EPERM);
		CHECK_ERR(ftruncate(fd, 1), EPERM);
		CHECK_OK(ftruncate(fd, 100));
	}
}

TEST(syncs, "fsync, fdatasync, sync, syncfs, fadvise and readahead accept a file")
{
	int fd = tap_file("f", digits), ends[2];

	MUST(pipe(ends));
	CHECK_OK(fsync(fd));
	CHECK_OK(fdatasync(fd));
	CHECK_ERR(fsync(ends[1]), EINVAL);
	CHECK_OK(syscall(SYS_sync));
	CHECK_OK(syscall(SYS_fadvise64, fd, 0, 0, POSIX_FADV_SEQUENTIAL));
	CHECK_OK(syscall(SYS_fadvise64, fd, 0, 10, POSIX_FADV_DONTNEED));
	CHECK_ERR(syscall(SYS_fadvise64, fd, 0, 0, 99), EINVAL);
	CHECK_ERR(syscall(SYS_fadvise64, ends[0], 0, 0, 0), ESPIPE);
}

TEST(fallocate_call, "fallocate grows a file by zeros; KEEP_SIZE does not")
{
	int fd = tap_file("f", "abc"), ro = (int)MUST(open("f", O_RDONLY));
	struct stat st;

	SKIP_IF(syscall(SYS_fallocate, fd, 0, 0, 10000) < 0 &&
			(errno == ENOSYS || errno == EOPNOTSUPP),
		"no fallocate");
	MUST(fstat(fd, &st));
	CHECK_EQ(st.st_size, 10000);
	CHECK_OK(syscall(SYS_fallocate, fd, 1, 0, 20000));
	MUST(fstat(fd, &st));
	CHECK_EQ(st.st_size, 10000);
	CHECK_ERR(syscall(SYS_fallocate, fd, 0, -1L, 10L), EINVAL);
	CHECK_ERR(syscall(SYS_fallocate, fd, 0, 0, 0), EINVAL);
	CHECK_ERR(syscall(SYS_fallocate, ro, 0, 0, 10), EBADF);
}

TEST(xattrs, "extended attributes: kept, or refused as not supported")
{
	char value[16] = "";
	int fd = tap_file("f", "x");

	SKIP_IF(setxattr("f", "user.test", "value", 5, 0) < 0 &&
			(errno == EOPNOTSUPP || errno == ENOSYS),
		"no extended attributes");
	CHECK_EQ(getxattr("f", "user.test", value, sizeof(value)), 5);
	CHECK_STR(value, "value");
	CHECK_EQ(fgetxattr(fd, "user.test", NULL, 0), 5);
	CHECK_ERR(getxattr("f", "user.none", value, sizeof(value)), ENODATA);
	CHECK_ERR(getxattr("f", "user.test", value, 2), ERANGE);
	CHECK_ERR(setxattr("f", "user.test", "x", 1, XATTR_CREATE), EEXIST);
	CHECK_OK(removexattr("f", "user.test"));
	CHECK_ERR(getxattr("f", "user.test", value, sizeof(value)), ENODATA);
}
