// SPDX-License-Identifier: MIT
/* file_stat.c -- what stat and its relatives tell; file times. */
#include "tap.h"
#include <linux/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

/* Ours, since libc and kernel headers define the same names. */
struct statx_head {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, spare;
	uint64_t ino, size, blocks;
	uint64_t rest[26];
};

TEST(fields, "stat, lstat and fstat agree on a file")
{
	struct stat a, b, c;
	int fd = tap_file("f", "0123456789");

	MUST(stat("f", &a));
	MUST(lstat("f", &b));
	MUST(fstat(fd, &c));
	CHECK_EQ(memcmp(&a, &b, sizeof(a)), 0);
	CHECK_EQ(memcmp(&a, &c, sizeof(a)), 0);
	CHECK_EQ(a.st_size, 10);
	CHECK_EQ(a.st_mode, S_IFREG | 0644);
	CHECK_EQ(a.st_nlink, 1);
	CHECK_EQ(a.st_uid, geteuid());
	CHECK_EQ(a.st_gid, getegid());
	CHECK_GE(a.st_blksize, 512);
	CHECK_GE(a.st_blocks, 1);
	CHECK_NE(a.st_ino, 0);
}

TEST(kinds, "every kind of file shows as what it is")
{
	struct stat st;
	int ends[2];

	MUST(mkfifo("p", 0600));
	MUST(symlink("x", "s"));
	MUST(pipe(ends));
	MUST(stat("p", &st));
	CHECK(S_ISFIFO(st.st_mode));
	MUST(lstat("s", &st));
	CHECK(S_ISLNK(st.st_mode));
	CHECK_ERR(stat("s", &st), ENOENT);
	MUST(stat(".", &st));
	CHECK(S_ISDIR(st.st_mode));
	MUST(fstat(ends[0], &st));
	CHECK(S_ISFIFO(st.st_mode));
	MUST(stat("/dev/null", &st));
	CHECK(S_ISCHR(st.st_mode));
	CHECK_EQ(major(st.st_rdev), 1);
	CHECK_EQ(minor(st.st_rdev), 3);
}

TEST(absent_pages, "the result is stored in pages that are absent, shared or copied on write")
{
	char *map =
		mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* the second begins in one page and ends in the next */
	struct stat *at[] = {(void *)map, (void *)(map + 2 * 4096 - 16)}, expected;

	CHECK(map != MAP_FAILED);
	tap_file("f", "0123456789");
	MUST(syscall(SYS_stat, "f", &expected));
	for (unsigned i = 0; i < 2; i++) {
		MUST(syscall(SYS_stat, "f", at[i]));
		CHECK_EQ(memcmp(at[i], &expected, sizeof(expected)), 0);
	}
	memset(map, 'x', 4 * 4096);
	for (unsigned i = 0; i < 2; i++) {
		pid_t child = MUST(fork());

		if (!child)
			_exit(syscall(SYS_stat, "f", at[i]) ||
			      memcmp(at[i], &expected, sizeof(expected)));
		CHECK_EQ(tap_wait(child), 0);
		CHECK_EQ(((char *)at[i])[0], 'x');
		CHECK_EQ(((char *)at[i])[sizeof(expected) - 1], 'x');
	}
	MUST(mprotect(map, 4096, PROT_READ));
	CHECK_ERR(syscall(SYS_stat, "f", at[0]), EFAULT);
	MUST(munmap(map + 2 * 4096, 4096));
	CHECK_ERR(syscall(SYS_stat, "f", at[1]), EFAULT);
	CHECK_ERR(syscall(SYS_stat, "none", at[1]), ENOENT);
}

TEST(errors, "ENOENT, ENOTDIR, EACCES, EFAULT, EBADF, ELOOP, EINVAL")
{
	struct stat st;

	close(tap_file("f", "x"));
	MUST(mkdir("d", 0700));
	MUST(symlink("l", "l"));
	CHECK_ERR(stat("none", &st), ENOENT);
	CHECK_ERR(stat("", &st), ENOENT);
	CHECK_ERR(stat("f/x", &st), ENOTDIR);
	CHECK_ERR(stat("f/", &st), ENOTDIR);
	CHECK_ERR(stat("l", &st), ELOOP);
	CHECK_ERR(syscall(SYS_stat, "f", wild(8)), EFAULT);
	CHECK_ERR(syscall(SYS_stat, wild(8), &st), EFAULT);
	CHECK_ERR(syscall(SYS_fstat, 99, &st), EBADF);
	CHECK_ERR(syscall(SYS_newfstatat, AT_FDCWD, "f", &st, 0x8000), EINVAL);
	CHECK_EXITED(IN_CHILD(tap_become(1000); CHECK_ERR(stat("d/x", &st), EACCES);
			      CHECK_OK(stat("d", &st))),
		     0);
}

TEST(fstatat_call, "newfstatat: relative, empty path, no follow")
{
	struct stat st;
	int dir, fd;

	MUST(mkdir("d", 0755));
	fd = tap_file("d/f", "abc");
	MUST(symlink("f", "d/s"));
	dir = (int)MUST(open("d", O_RDONLY));
	CHECK_OK(syscall(SYS_newfstatat, dir, "f", &st, 0));
	CHECK_EQ(st.st_size, 3);
	CHECK_OK(syscall(SYS_newfstatat, dir, "s", &st, AT_SYMLINK_NOFOLLOW));
	CHECK(S_ISLNK(st.st_mode));
	CHECK_OK(syscall(SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH));
	CHECK_EQ(st.st_size, 3);
	CHECK_OK(syscall(SYS_newfstatat, AT_FDCWD, "", &st, AT_EMPTY_PATH));
	CHECK(S_ISDIR(st.st_mode));
	CHECK_ERR(syscall(SYS_newfstatat, fd, "", &st, 0), ENOENT);
	CHECK_ERR(syscall(SYS_newfstatat, fd, "x", &st, 0), ENOTDIR);
	CHECK_ERR(syscall(SYS_newfstatat, 99, "x", &st, 0), EBADF);
}

TEST(statx_call, "statx gives the basic fields and agrees with stat")
{
	struct statx_head x;
	struct stat st;
	int fd = tap_file("f", "0123456789");
	long r = syscall(SYS_statx, AT_FDCWD, "f", 0, 0x7ff, &x);

	SKIP_IF(r < 0 && errno == ENOSYS, "no statx");
	MUST(r);
	MUST(stat("f", &st));
	CHECK_EQ(x.mask & 0x7ff, 0x7ff);
	CHECK_EQ(x.size, 10);
	CHECK_EQ(x.ino, st.st_ino);
	CHECK_EQ(x.mode, st.st_mode);
	CHECK_EQ(x.nlink, 1);
	CHECK_OK(syscall(SYS_statx, fd, "", AT_EMPTY_PATH, 0x7ff, &x));
	CHECK_EQ(x.size, 10);
	CHECK_ERR(syscall(SYS_statx, AT_FDCWD, "none", 0, 0x7ff, &x), ENOENT);
	CHECK_ERR(syscall(SYS_statx, AT_FDCWD, "f", 0x8000000, 0x7ff, &x), EINVAL);
	CHECK_ERR(syscall(SYS_statx, AT_FDCWD, "f", 0, 0x80000000, &x), EINVAL);
	CHECK_ERR(syscall(SYS_statx, AT_FDCWD, "f", 0, 0x7ff, wild(8)), EFAULT);
}

TEST(statfs_call, "statfs and fstatfs describe the file system")
{
	struct statfs a, b;
	int fd = tap_file("f", "x");

	MUST(statfs(".", &a));
	MUST(fstatfs(fd, &b));
	CHECK_EQ(a.f_type, b.f_type);
	CHECK_GE(a.f_bsize, 512);
	CHECK_EQ(a.f_namelen, 255);
	CHECK(a.f_bfree <= a.f_blocks);
	MUST(statfs("/proc", &b));
	CHECK_EQ(b.f_type, 0x9fa0);
	CHECK_ERR(statfs("none", &a), ENOENT);
	CHECK_ERR(fstatfs(99, &a), EBADF);
	CHECK_ERR(syscall(SYS_statfs, ".", wild(8)), EFAULT);
}

static bool later(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

TEST(times, "writing moves mtime and ctime, chmod ctime alone, reading neither")
{
	struct stat before, after;
	int fd = tap_file("f", "abc");
	char c;

	MUST(fstat(fd, &before));
	tap_sleep_ms(30);
	MUST(pwrite(fd, "x", 1, 0));
	MUST(fstat(fd, &after));
	CHECK(later(after.st_mtim, before.st_mtim));
	CHECK(later(after.st_ctim, before.st_ctim));
	before = after;
	tap_sleep_ms(30);
	MUST(chmod("f", 0600));
	MUST(fstat(fd, &after));
	CHECK(!later(after.st_mtim, before.st_mtim));
	CHECK(later(after.st_ctim, before.st_ctim));
	before = after;
	MUST(pread(fd, &c, 1, 0));
	MUST(fstat(fd, &after));
	CHECK(!later(after.st_mtim, before.st_mtim));
	CHECK(!later(after.st_ctim, before.st_ctim));
}

TEST(directory_times, "making and removing names moves the directory's mtime")
{
	struct stat before, after;

	MUST(mkdir("d", 0755));
	MUST(stat("d", &before));
	tap_sleep_ms(30);
	close(tap_file("d/f", "x"));
	MUST(stat("d", &after));
	CHECK(later(after.st_mtim, before.st_mtim));
	before = after;
	tap_sleep_ms(30);
	MUST(unlink("d/f"));
	MUST(stat("d", &after));
	CHECK(later(after.st_mtim, before.st_mtim));
}

TEST(utimensat_call, "utimensat sets times exactly, to now, or not at all")
{
	struct timespec times[2] = {{1000, 123000000}, {2000, 456000000}};
	struct stat st;
	long long now = tap_now_ns(CLOCK_REALTIME);
	int fd = tap_file("f", "x");

	MUST(utimensat(AT_FDCWD, "f", times, 0));
	MUST(stat("f", &st));
	CHECK_EQ(st.st_atim.tv_sec, 1000);
	CHECK_EQ(st.st_atim.tv_nsec, 123000000);
	CHECK_EQ(st.st_mtim.tv_sec, 2000);
	CHECK_EQ(st.st_mtim.tv_nsec, 456000000);
	times[0].tv_nsec = UTIME_OMIT;
	times[1].tv_nsec = UTIME_NOW;
	MUST(futimens(fd, times));
	MUST(stat("f", &st));
	CHECK_EQ(st.st_atim.tv_sec, 1000);
	CHECK_GE(st.st_mtim.tv_sec, now / 1000000000 - 1);
	MUST(utimensat(AT_FDCWD, "f", NULL, 0));
	MUST(stat("f", &st));
	CHECK_GE(st.st_atim.tv_sec, now / 1000000000 - 1);
	times[0].tv_nsec = 1000000000;
	CHECK_ERR(utimensat(AT_FDCWD, "f", times, 0), EINVAL);
	CHECK_ERR(utimensat(AT_FDCWD, "none", NULL, 0), ENOENT);
	CHECK_ERR(syscall(SYS_utimensat, AT_FDCWD, "f", wild(8), 0), EFAULT);
	CHECK_EXITED(IN_CHILD(tap_become(1000); times[0].tv_nsec = times[1].tv_nsec = 5;
			      CHECK_ERR(utimensat(AT_FDCWD, "f", times, 0), EPERM);
			      CHECK_ERR(utimensat(AT_FDCWD, "f", NULL, 0), EACCES)),
		     0);
}

static bool same_time(struct timespec a, struct timespec b)
{
	return !later(a, b) && !later(b, a);
}

TEST(times_now, "a file whose times are set to now is not newer than what is written next")
{
	struct stat first, second;
	bool right = true;

	for (int round = 0; right && round < 20; round++) {
		close(tap_file("first", "x"));
		MUST(utimensat(AT_FDCWD, "first", NULL, 0));
		close(tap_file("second", "x"));
		MUST(stat("first", &first));
		MUST(stat("second", &second));
		right = CHECK(same_time(first.st_atim, first.st_mtim));
		right &= CHECK(!later(first.st_mtim, first.st_ctim));
		right &= CHECK(!later(first.st_mtim, second.st_mtim));
	}
}

TEST(symlink_times, "AT_SYMLINK_NOFOLLOW sets the times of the link itself")
{
	struct timespec times[2] = {{77, 0}, {88, 0}};
	struct stat st;

	close(tap_file("f", "x"));
	MUST(symlink("f", "s"));
	MUST(utimensat(AT_FDCWD, "s", times, AT_SYMLINK_NOFOLLOW));
	MUST(lstat("s", &st));
	CHECK_EQ(st.st_mtim.tv_sec, 88);
	MUST(stat("s", &st));
	CHECK_NE(st.st_mtim.tv_sec, 88);
}

TEST(size_follows, "size and blocks follow writing and truncation")
{
	struct stat st;
	int fd = tap_file("f", "");
	static char block[20000];

	MUST(fstat(fd, &st));
	CHECK_EQ(st.st_size, 0);
	CHECK_EQ(st.st_blocks, 0);
	memset(block, 1, sizeof(block));
	CHECK_EQ(write(fd, block, sizeof(block)), sizeof(block));
	MUST(fsync(fd));
	MUST(fstat(fd, &st));
	CHECK_EQ(st.st_size, 20000);
	CHECK_GE(st.st_blocks, 40);
	MUST(ftruncate(fd, 0));
	MUST(fstat(fd, &st));
	CHECK_EQ(st.st_blocks, 0);
}
