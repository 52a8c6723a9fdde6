// SPDX-License-Identifier: MIT
/* file_links.c -- link, unlink, symlink, readlink. */
#include "tap.h"

static struct stat st_of(const char *path)
{
	struct stat st;

	memset(&st, 0, sizeof(st));
	CHECK_OK(lstat(path, &st));
	return st;
}

TEST(hard, "a hard link is the same file under another name")
{
	int fd = tap_file("a", "text");

	MUST(link("a", "b"));
	CHECK_EQ(st_of("a").st_ino, st_of("b").st_ino);
	CHECK_EQ(st_of("a").st_nlink, 2);
	CHECK_EQ(pwrite(fd, "T", 1, 0), 1);
	MUST(unlink("a"));
	CHECK_EQ(st_of("b").st_nlink, 1);
	CHECK_ERR(access("a", F_OK), ENOENT);
	CHECK_EQ(st_of("b").st_size, 4);
}

TEST(link_errors, "EEXIST, ENOENT, EPERM, ENOTDIR, EINVAL of link and linkat")
{
	close(tap_file("a", "x"));
	close(tap_file("b", "x"));
	MUST(mkdir("d", 0755));
	CHECK_ERR(link("a", "b"), EEXIST);
	CHECK_ERR(link("a", "d"), EEXIST);
	CHECK_ERR(link("none", "c"), ENOENT);
	CHECK_ERR(link("a", "none/c"), ENOENT);
	CHECK_ERR(link("a", "b/c"), ENOTDIR);
	CHECK_ERR(link("d", "e"), EPERM);
	CHECK_ERR(link("a", ""), ENOENT);
	CHECK_ERR(linkat(AT_FDCWD, "a", AT_FDCWD, "c", 0x8000), EINVAL);
	CHECK_ERR(link("a", "new/"), ENOENT);
	CHECK_ERR(link("a", wild(8)), EFAULT);
	CHECK_EQ(st_of("a").st_nlink, 1);
}

TEST(link_to_symlink, "link makes a link to the link itself, linkat may follow it")
{
	close(tap_file("f", "x"));
	MUST(symlink("f", "s"));
	MUST(link("s", "hard"));
	CHECK(S_ISLNK(st_of("hard").st_mode));
	MUST(linkat(AT_FDCWD, "s", AT_FDCWD, "followed", AT_SYMLINK_FOLLOW));
	CHECK(S_ISREG(st_of("followed").st_mode));
	CHECK_EQ(st_of("f").st_nlink, 2);
}

TEST(unlinked_open, "an unlinked file lives while it is open")
{
	int fd = tap_file("f", "data");
	char text[5] = "";
	struct stat st;

	MUST(unlink("f"));
	MUST(fstat(fd, &st));
	CHECK_EQ(st.st_nlink, 0);
	CHECK_EQ(write(fd, "more", 4), 4);
	CHECK_EQ(pread(fd, text, 4, 4), 4);
	CHECK_STR(text, "more");
	close(tap_file("f", "other"));
	CHECK_EQ(pread(fd, text, 4, 0), 4);
	CHECK_STR(text, "data");
}

TEST(unlink_errors, "ENOENT, EISDIR, ENOTDIR, EACCES of unlink; flags of unlinkat")
{
	close(tap_file("f", "x"));
	MUST(mkdir("d", 0755));
	CHECK_ERR(unlink("none"), ENOENT);
	CHECK_ERR(unlink("d"), EISDIR);
	CHECK_ERR(unlink("f/x"), ENOTDIR);
	CHECK_ERR(unlink("f/"), ENOTDIR);
	CHECK_ERR(unlink(""), ENOENT);
	CHECK_ERR(unlinkat(AT_FDCWD, "f", AT_REMOVEDIR), ENOTDIR);
	CHECK_ERR(unlinkat(AT_FDCWD, "f", 0x1), EINVAL);
	CHECK_ERR(unlinkat(77, "f", 0), EBADF);
	CHECK_EXITED(IN_CHILD(tap_become(1000); CHECK_ERR(unlink("d/x"), ENOENT)), 0);
	close(tap_file("d/x", "x"));
	CHECK_EXITED(IN_CHILD(tap_become(1000); CHECK_ERR(unlink("d/x"), EACCES)), 0);
	CHECK_OK(unlinkat(AT_FDCWD, "d/x", 0));
	CHECK_OK(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR));
}

TEST(symbolic, "a symbolic link keeps its text, whatever it says, and has its length as size")
{
	char text[32] = "";

	MUST(symlink("../some//where", "s"));
	CHECK_EQ(readlink("s", text, sizeof(text)), 14);
	CHECK_STR(text, "../some//where");
	CHECK_EQ(st_of("s").st_size, 14);
	CHECK_EQ(st_of("s").st_mode, S_IFLNK | 0777);
	CHECK_EQ(readlink("s", text, 4), 4);
	CHECK_ERR(syscall(SYS_readlink, "s", text, 0), EINVAL);
	CHECK_ERR(access("s", F_OK), ENOENT);
	CHECK_OK(unlink("s"));
}

TEST(symlink_errors, "EEXIST, ENOENT, ENAMETOOLONG of symlink; EINVAL, ENOENT of readlink")
{
	static char longtext[4097];
	char text[16];

	memset(longtext, 'a', 4096);
	close(tap_file("f", "x"));
	CHECK_ERR(symlink("x", "f"), EEXIST);
	CHECK_ERR(symlink("", "s"), ENOENT);
	CHECK_ERR(symlink("x", ""), ENOENT);
	CHECK_ERR(symlink(longtext, "s"), ENAMETOOLONG);
	CHECK_ERR(symlink("x", "none/s"), ENOENT);
	CHECK_ERR(symlink("x", "f/s"), ENOTDIR);
	CHECK_ERR(readlink("f", text, sizeof(text)), EINVAL);
	CHECK_ERR(readlink(".", text, sizeof(text)), EINVAL);
	CHECK_ERR(readlink("none", text, sizeof(text)), ENOENT);
	MUST(symlink("f", "s"));
	CHECK_ERR(readlink("s", wild(8), 10), EFAULT);
	CHECK_ERR(readlink("f/s", text, sizeof(text)), ENOTDIR);
}

TEST(followed, "links in the middle and at the end are followed, relative to where they are")
{
	int fd;

	MUST(mkdir("d", 0755));
	MUST(mkdir("d/e", 0755));
	close(tap_file("d/f", "found"));
	MUST(symlink("../f", "d/e/link"));
	MUST(symlink("d/e", "dir"));
	MUST(symlink("dir/link", "chain"));
	fd = (int)CHECK_OK(open("chain", O_RDONLY));
	CHECK_EQ(st_of("d/f").st_size, 5);
	close(fd);
	CHECK_OK(open("dir/../f", O_RDONLY));
	CHECK(S_ISLNK(st_of("dir").st_mode));
	CHECK(S_ISDIR(st_of("dir/").st_mode));
	CHECK(S_ISDIR(st_of("dir/.").st_mode));
}

TEST(loops, "forty links are followed, more give ELOOP")
{
	char name[16], target[16];

	close(tap_file("l0", "x"));
	for (int i = 1; i <= 45; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		snprintf(target, sizeof(target), "l%d", i - 1);
		MUST(symlink(target, name));
	}
	CHECK_OK(access("l40", F_OK));
	CHECK_ERR(access("l41", F_OK), ELOOP);
	MUST(symlink("b", "a"));
	MUST(symlink("a", "b"));
	CHECK_ERR(open("a", O_RDONLY), ELOOP);
	CHECK_ERR(open("a/x", O_RDONLY), ELOOP);
	CHECK_ERR(open("a", O_RDWR | O_CREAT, 0600), ELOOP);
	CHECK_OK(unlink("a"));
}

TEST(absolute, "an absolute link starts at the root")
{
	char cwd[300], target[320];

	getcwd(cwd, sizeof(cwd));
	snprintf(target, sizeof(target), "%s/f", cwd);
	close(tap_file("f", "x"));
	MUST(mkdir("d", 0755));
	MUST(symlink(target, "d/s"));
	CHECK_OK(access("d/s", F_OK));
}

TEST(many_links, "two hundred links to one file count up and down")
{
	char name[16];

	close(tap_file("f", "x"));
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		MUST(link("f", name));
	}
	CHECK_EQ(st_of("f").st_nlink, 201);
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		MUST(unlink(name));
	}
	CHECK_EQ(st_of("f").st_nlink, 1);
}
