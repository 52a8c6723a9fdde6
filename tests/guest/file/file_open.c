// SPDX-License-Identifier: MIT
/* file_open.c -- open and openat: flags, modes, errors. */
#include "tap.h"

TEST(lowest, "open gives the lowest free descriptor")
{
	int a = tap_file("f", "x"), b = (int)MUST(open("f", O_RDONLY));

	CHECK_EQ(b, a + 1);
	close(a);
	CHECK_EQ(open("f", O_RDONLY), a);
}

TEST(access_modes, "the access mode decides what read and write may do")
{
	char c;
	int ro, wo, rw;

	close(tap_file("f", "abc"));
	ro = (int)MUST(open("f", O_RDONLY));
	wo = (int)MUST(open("f", O_WRONLY));
	rw = (int)MUST(open("f", O_RDWR));
	CHECK_EQ(read(ro, &c, 1), 1);
	CHECK_ERR(write(ro, "x", 1), EBADF);
	CHECK_ERR(read(wo, &c, 1), EBADF);
	CHECK_EQ(write(wo, "x", 1), 1);
	CHECK_EQ(read(rw, &c, 1), 1);
	CHECK_EQ(c, 'x');
	CHECK_EQ(write(rw, "y", 1), 1);
	CHECK_EQ(fcntl(ro, F_GETFL) & O_ACCMODE, O_RDONLY);
	CHECK_EQ(fcntl(wo, F_GETFL) & O_ACCMODE, O_WRONLY);
	CHECK_EQ(fcntl(rw, F_GETFL) & O_ACCMODE, O_RDWR);
	CHECK_ERR(ftruncate(ro, 0), EINVAL);
}

TEST(creat_excl, "O_CREAT makes, O_EXCL refuses what is there, even a dangling link")
{
	struct stat st;

	CHECK_ERR(open("f", O_RDWR), ENOENT);
	CHECK_OK(open("f", O_RDWR | O_CREAT, 0640));
	MUST(stat("f", &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0640);
	CHECK_EQ(st.st_size, 0);
	CHECK_EQ(st.st_nlink, 1);
	CHECK_OK(open("f", O_RDWR | O_CREAT, 0600));
	MUST(stat("f", &st));
	CHECK_EQ(st.st_mode & 0777, 0640);
	CHECK_ERR(open("f", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
	CHECK_OK(open("g", O_RDWR | O_CREAT | O_EXCL, 0600));
	MUST(symlink("nowhere", "dangling"));
	CHECK_ERR(open("dangling", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
	CHECK_ERR(access("nowhere", F_OK), ENOENT);
	CHECK_OK(open("dangling", O_RDWR | O_CREAT, 0600));
	CHECK_OK(access("nowhere", F_OK));
	MUST(mkdir("d", 0755));
	CHECK_ERR(open("d", O_RDONLY | O_CREAT, 0600), EISDIR);
	CHECK_ERR(open("d", O_RDONLY | O_CREAT | O_EXCL, 0600), EEXIST);
	CHECK_ERR(open("new/", O_RDWR | O_CREAT, 0600), EISDIR);
}

TEST(read_only_creation,
     "a file created without write permission can be written by its creator's descriptor")
{
	int fd = (int)MUST(open("f", O_WRONLY | O_CREAT, 0400));

	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EXITED(IN_CHILD(tap_become(1000);
			      int g = (int)CHECK_OK(open("g", O_WRONLY | O_CREAT | O_EXCL, 0000));
			      CHECK_EQ(write(g, "x", 1), 1);
			      CHECK_ERR(open("g", O_RDONLY), EACCES)),
		     0);
}

TEST(trunc, "O_TRUNC empties a file, also with O_RDWR; other descriptors see it")
{
	int fd = tap_file("f", "hello");
	struct stat st;
	char c;

	close((int)MUST(open("f", O_WRONLY | O_TRUNC)));
	MUST(fstat(fd, &st));
	CHECK_EQ(st.st_size, 0);
	MUST(lseek(fd, 0, SEEK_SET));
	CHECK_EQ(read(fd, &c, 1), 0);
	CHECK_EXITED(IN_CHILD(MUST(write(fd, "abc", 3)); MUST(chmod("f", 0444)); tap_become(1000);
			      CHECK_ERR(open("f", O_RDONLY | O_TRUNC), EACCES)),
		     0);
	MUST(fstat(fd, &st));
	CHECK_EQ(st.st_size, 3);
}

TEST(append, "O_APPEND writes at the end, wherever the offset is")
{
	int fd = tap_file("f", "abc"), app = (int)MUST(open("f", O_RDWR | O_APPEND));
	char text[16] = "";

	CHECK_EQ(lseek(app, 0, SEEK_CUR), 0);
	CHECK_EQ(write(app, "def", 3), 3);
	CHECK_EQ(lseek(app, 0, SEEK_CUR), 6);
	MUST(lseek(app, 1, SEEK_SET));
	CHECK_EQ(write(app, "ghi", 3), 3);
	CHECK_EQ(pwrite(app, "jkl", 3, 0), 3);
	CHECK_EQ(pread(fd, text, 15, 0), 12);
	CHECK_STR(text, "abcdefghijkl");
	MUST(ftruncate(fd, 2));
	CHECK_EQ(write(app, "Z", 1), 1);
	CHECK_EQ(lseek(app, 0, SEEK_CUR), 3);
	MUST(fcntl(app, F_SETFL, 0));
	CHECK_EQ(pwrite(app, "Y", 1, 0), 1);
	CHECK_EQ(pread(fd, text, 15, 0), 3);
	CHECK_EQ(memcmp(text, "YbZ", 3), 0);
}

TEST(append_many, "appends of several processes do not overwrite each other")
{
	pid_t pids[4];
	struct stat st;

	close(tap_file("f", ""));
	for (int i = 0; i < 4; i++)
		pids[i] = SPAWN(int fd = (int)MUST(open("f", O_WRONLY | O_APPEND)); char line[10];
				memset(line, 'a' + i, 10);
				for (int j = 0; j < 50; j++) CHECK_EQ(write(fd, line, 10), 10));
	for (int i = 0; i < 4; i++)
		CHECK_EXITED(tap_wait(pids[i]), 0);
	MUST(stat("f", &st));
	CHECK_EQ(st.st_size, 2000);
	int fd = (int)MUST(open("f", O_RDONLY)), counts[4] = {0};
	char line[10];

	while (read(fd, line, 10) == 10) {
		for (int j = 1; j < 10; j++)
			CHECK_EQ(line[j], line[0]);
		counts[line[0] & 3]++;
	}
	for (int i = 0; i < 4; i++)
		CHECK_EQ(counts[i], 50);
}

TEST(directory, "O_DIRECTORY wants a directory; a directory cannot be opened for writing")
{
	int fd;
	char c;

	close(tap_file("f", "x"));
	MUST(mkdir("d", 0755));
	MUST(symlink("d", "link"));
	CHECK_ERR(open("f", O_RDONLY | O_DIRECTORY), ENOTDIR);
	CHECK_ERR(open("none", O_RDONLY | O_DIRECTORY), ENOENT);
	fd = (int)CHECK_OK(open("d", O_RDONLY | O_DIRECTORY));
	CHECK_ERR(read(fd, &c, 1), EISDIR);
	CHECK_ERR(pread(fd, &c, 1, 0), EISDIR);
	CHECK_ERR(write(fd, &c, 1), EBADF);
	CHECK_OK(open("link", O_RDONLY | O_DIRECTORY));
	CHECK_OK(open("d/", O_RDONLY));
	CHECK_ERR(open("f/", O_RDONLY), ENOTDIR);
	CHECK_ERR(open("d", O_WRONLY), EISDIR);
	CHECK_ERR(open("d", O_RDWR), EISDIR);
	CHECK_ERR(open("d", O_RDONLY | O_TRUNC), EISDIR);
}

TEST(nofollow, "O_NOFOLLOW refuses a symbolic link at the end only")
{
	MUST(mkdir("d", 0755));
	close(tap_file("d/f", "x"));
	MUST(symlink("d", "dirlink"));
	MUST(symlink("d/f", "filelink"));
	CHECK_ERR(open("filelink", O_RDONLY | O_NOFOLLOW), ELOOP);
	CHECK_ERR(open("dirlink", O_RDONLY | O_NOFOLLOW | O_DIRECTORY), ENOTDIR);
	CHECK_OK(open("dirlink/f", O_RDONLY | O_NOFOLLOW));
	CHECK_OK(open("d/f", O_RDONLY | O_NOFOLLOW));
}

TEST(cloexec, "O_CLOEXEC sets FD_CLOEXEC from the start")
{
	close(tap_file("f", "x"));
	CHECK_EQ(fcntl(open("f", O_RDONLY), F_GETFD), 0);
	CHECK_EQ(fcntl(open("f", O_RDONLY | O_CLOEXEC), F_GETFD), FD_CLOEXEC);
}

TEST(path_only, "an O_PATH descriptor names a file and does nothing else")
{
	int fd, link;
	struct stat st, same;
	char c, text[16] = "";

	close(tap_file("f", "x"));
	MUST(symlink("f", "l"));
	MUST(mkdir("d", 0755));
	close(tap_file("d/inside", "y"));
	MUST(chmod("f", 0));
	fd = (int)MUST(open("f", O_PATH));
	CHECK_ERR(read(fd, &c, 1), EBADF);
	CHECK_ERR(write(fd, "x", 1), EBADF);
	CHECK_ERR(lseek(fd, 0, SEEK_SET), EBADF);
	CHECK_ERR(syscall(SYS_fchmod, fd, 0644), EBADF);
	CHECK_ERR(ftruncate(fd, 0), EBADF);
	CHECK_ERR(syscall(SYS_ioctl, fd, 0x5401, &st), EBADF);
	MUST(fstat(fd, &st));
	MUST(stat("f", &same));
	CHECK_EQ(st.st_ino, same.st_ino);
	CHECK_OK(dup(fd));
	CHECK(fcntl(fd, F_GETFL) & O_PATH);
	link = (int)MUST(open("l", O_PATH | O_NOFOLLOW));
	MUST(fstat(link, &st));
	CHECK(S_ISLNK(st.st_mode));
	CHECK_EQ(readlinkat(link, "", text, sizeof(text)), 1);
	fd = (int)MUST(open("d", O_PATH));
	CHECK_OK(openat(fd, "inside", O_RDONLY));
	CHECK_OK(fchdir(fd));
}

TEST(tmpfile_flag, "O_TMPFILE makes a file without a name, which linkat may give it")
{
	struct stat st;
	int fd = open(".", O_TMPFILE | O_RDWR, 0600);
	char path[64];

	SKIP_IF(fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR), "no O_TMPFILE here");
	CHECK_EQ(write(fd, "data", 4), 4);
	MUST(fstat(fd, &st));
	CHECK_EQ(st.st_nlink, 0);
	CHECK(S_ISREG(st.st_mode));
	CHECK_ERR(open(".", O_TMPFILE | O_RDONLY, 0600), EINVAL);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW) == 0) {
		MUST(stat("named", &st));
		CHECK_EQ(st.st_nlink, 1);
		CHECK_EQ(st.st_size, 4);
		MUST(unlink("named")); /* that was the one first name it could get */
		CHECK_ERR(linkat(AT_FDCWD, path, AT_FDCWD, "again", AT_SYMLINK_FOLLOW), ENOENT);
	}
}

TEST(openat_call, "openat: relative to a directory descriptor, to the cwd, and absolute")
{
	int dir, file;

	MUST(mkdir("d", 0755));
	close(tap_file("d/f", "x"));
	close(tap_file("top", "x"));
	dir = (int)MUST(open("d", O_RDONLY | O_DIRECTORY));
	file = (int)MUST(open("top", O_RDONLY));
	CHECK_OK(openat(dir, "f", O_RDONLY));
	CHECK_OK(openat(dir, "../top", O_RDONLY));
	CHECK_OK(openat(AT_FDCWD, "top", O_RDONLY));
	CHECK_OK(openat(-1, "/", O_RDONLY));
	CHECK_OK(openat(file, "/", O_RDONLY));
	CHECK_ERR(openat(file, "f", O_RDONLY), ENOTDIR);
	CHECK_ERR(openat(-1, "f", O_RDONLY), EBADF);
	CHECK_ERR(openat(500, "f", O_RDONLY), EBADF);
	CHECK_ERR(openat(dir, "", O_RDONLY), ENOENT);
	MUST(unlink("d/f"));
	MUST(rmdir("d"));
	CHECK_ERR(openat(dir, "f", O_RDONLY | O_CREAT, 0644), ENOENT);
}

TEST(getfl, "F_GETFL shows the status flags and not the creation flags")
{
	int fd = (int)MUST(
		open("f", O_RDWR | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_NONBLOCK, 0644));

	CHECK_EQ(fcntl(fd, F_GETFL) & ~O_LARGEFILE & ~0100000, O_RDWR | O_APPEND | O_NONBLOCK);
}

TEST(fault, "EFAULT and EINVAL of open")
{
	CHECK_ERR(syscall(SYS_open, NULL, O_RDONLY), EFAULT);
	CHECK_ERR(syscall(SYS_open, wild(8), O_RDONLY), EFAULT);
	CHECK_ERR(open("", O_RDONLY), ENOENT);
	CHECK_ERR(open("", O_RDONLY | O_CREAT, 0600), ENOENT);
}

TEST(creat_call, "creat is open for writing, creating and truncating")
{
	int fd;
	struct stat st;

	close(tap_file("f", "abc"));
	fd = (int)MUST(syscall(SYS_creat, "f", 0600));
	MUST(fstat(fd, &st));
	CHECK_EQ(st.st_size, 0);
	CHECK_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_WRONLY);
}
