// SPDX-License-Identifier: MIT
/* file_rename.c -- rename, renameat, renameat2. */
#include "tap.h"
#include <linux/fs.h>

static int rename2(const char *from, const char *to, unsigned flags)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static ino_t inode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 ? 0 : st.st_ino;
}

static unsigned links_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 ? 0 : (unsigned)st.st_nlink;
}

TEST(plain, "a file gets a new name and stays the same file")
{
	ino_t inode;

	close(tap_file("a", "x"));
	inode = inode_of("a");
	MUST(rename("a", "b"));
	CHECK_EQ(inode_of("a"), 0);
	CHECK_EQ(inode_of("b"), inode);
	CHECK_EQ(links_of("b"), 1);
}

TEST(replaces, "an existing file is replaced; who has it open keeps it")
{
	int old = tap_file("b", "old"), fd;
	char text[4] = "";

	close(tap_file("a", "new"));
	MUST(rename("a", "b"));
	CHECK_EQ(pread(old, text, 3, 0), 3);
	CHECK_STR(text, "old");
	fd = (int)MUST(open("b", O_RDONLY));
	CHECK_EQ(read(fd, text, 3), 3);
	CHECK_STR(text, "new");
}

TEST(same_file, "renaming to itself or to a hard link of itself does nothing")
{
	close(tap_file("a", "x"));
	MUST(link("a", "b"));
	CHECK_OK(rename("a", "a"));
	CHECK_OK(rename("a", "b"));
	CHECK_EQ(inode_of("a"), inode_of("b"));
	CHECK_EQ(links_of("a"), 2);
}

TEST(directories, "a directory may be renamed, and replace an empty one only")
{
	MUST(mkdir("a", 0755));
	close(tap_file("a/f", "x"));
	MUST(mkdir("empty", 0755));
	MUST(mkdir("full", 0755));
	close(tap_file("full/g", "x"));
	close(tap_file("file", "x"));
	CHECK_ERR(rename("a", "full"), ENOTEMPTY);
	CHECK_ERR(rename("a", "file"), ENOTDIR);
	CHECK_ERR(rename("file", "empty"), EISDIR);
	CHECK_OK(rename("a", "empty"));
	CHECK_OK(access("empty/f", F_OK));
	CHECK_EQ(inode_of("a"), 0);
	CHECK_OK(rename("empty", "fresh/"));
	CHECK_OK(access("fresh/f", F_OK));
	CHECK_ERR(rename("file", "fresh2/"), ENOTDIR);
}

TEST(parents, "moving a directory moves its .. and the link counts of its parents")
{
	MUST(mkdir("p", 0755));
	MUST(mkdir("q", 0755));
	MUST(mkdir("p/d", 0755));
	unsigned p = links_of("p"), q = links_of("q");

	MUST(rename("p/d", "q/d"));
	if (p == 3) {
		CHECK_EQ(links_of("p"), 2);
		CHECK_EQ(links_of("q"), q + 1);
	}
	CHECK_EQ(inode_of("q/d/.."), inode_of("q"));
}

TEST(into_itself, "a directory cannot move into itself or below")
{
	MUST(mkdir("a", 0755));
	MUST(mkdir("a/b", 0755));
	CHECK_ERR(rename("a", "a/b/c"), EINVAL);
	CHECK_ERR(rename("a", "a/c"), EINVAL);
	CHECK_ERR(rename("a/b", "a"), ENOTEMPTY);
	CHECK_OK(access("a/b", F_OK));
}

TEST(dots, "dot and dot-dot cannot be renamed")
{
	MUST(mkdir("a", 0755));
	CHECK_ERR(rename("a/.", "b"), EBUSY);
	CHECK_ERR(rename("a/..", "b"), EBUSY);
	CHECK_ERR(rename("a", "."), EBUSY);
	CHECK(rename("/", "b") < 0 && (errno == EBUSY || errno == EXDEV));
}

TEST(errors, "ENOENT, ENOTDIR, EFAULT, EACCES of rename")
{
	close(tap_file("f", "x"));
	CHECK_ERR(rename("none", "b"), ENOENT);
	CHECK_ERR(rename("f", "none/b"), ENOENT);
	CHECK_ERR(rename("", "b"), ENOENT);
	CHECK_ERR(rename("f", ""), ENOENT);
	CHECK_ERR(rename("f/x", "b"), ENOTDIR);
	CHECK_ERR(rename("f", "f/x"), ENOTDIR);
	CHECK_ERR(rename("f/", "b"), ENOTDIR);
	CHECK_ERR(rename("f", wild(8)), EFAULT);
	MUST(mkdir("d", 0755));
	close(tap_file("d/g", "x"));
	CHECK_EXITED(IN_CHILD(tap_become(1000); CHECK_ERR(rename("d/g", "h"), EACCES)), 0);
}

TEST(sticky, "in a sticky directory only owners rename and remove")
{
	SKIP_IF(geteuid() != 0, "not root");
	MUST(mkdir("d", 0755));
	MUST(chmod("d", 01777));
	close(tap_file("d/roots", "x"));
	CHECK_EXITED(IN_CHILD(tap_become(1000); CHECK_ERR(unlink("d/roots"), EPERM);
			      CHECK_ERR(rename("d/roots", "d/mine"), EPERM);
			      close(tap_file("d/own", "x")); CHECK_OK(rename("d/own", "d/own2"));
			      CHECK_ERR(rename("d/own2", "d/roots"), EPERM);
			      CHECK_OK(unlink("d/own2"))),
		     0);
}

TEST(symlinks, "a symbolic link is renamed itself, and replaced itself")
{
	close(tap_file("f", "x"));
	MUST(symlink("f", "s"));
	MUST(rename("s", "t"));
	CHECK_EQ(inode_of("s"), 0);
	CHECK_OK(access("t", F_OK));
	close(tap_file("g", "x"));
	MUST(rename("g", "t"));
	CHECK_OK(access("f", F_OK));
	struct stat st;

	MUST(lstat("t", &st));
	CHECK(S_ISREG(st.st_mode));
}

TEST(noreplace, "RENAME_NOREPLACE fails with EEXIST when the new name is taken")
{
	close(tap_file("a", "x"));
	close(tap_file("b", "x"));
	ino_t a = inode_of("a"), b = inode_of("b");

	SKIP_IF(rename2("a", "b", RENAME_NOREPLACE) < 0 && (errno == ENOSYS || errno == EINVAL),
		"no renameat2");
	CHECK_ERR(rename2("a", "b", RENAME_NOREPLACE), EEXIST);
	CHECK_ERR(rename2("a", ".", RENAME_NOREPLACE), EEXIST);
	CHECK_ERR(rename2(".", "b", RENAME_NOREPLACE), EBUSY);
	MUST(mkdir("d", 0755));
	MUST(mkdir("d/in", 0755));
	CHECK_ERR(rename2("d/in", "d", RENAME_NOREPLACE), EEXIST); /* not ENOTEMPTY, EINVAL */
	CHECK_ERR(rename2("d", "d/in", RENAME_NOREPLACE), EEXIST);
	close(tap_file("d/f", "x"));
	CHECK_ERR(rename("d/f/", "d"), ENOTDIR);
	CHECK_EQ(inode_of("a"), a);
	CHECK_EQ(inode_of("b"), b);
	CHECK_OK(rename2("a", "c", RENAME_NOREPLACE));
	CHECK_EQ(inode_of("c"), a);
	CHECK_ERR(rename2("b", "c", 0x80), EINVAL);
	CHECK_ERR(rename2("b", "c", RENAME_NOREPLACE | RENAME_EXCHANGE), EINVAL);
}

TEST(exchange, "RENAME_EXCHANGE swaps two names, also of a file and a directory")
{
	close(tap_file("a", "x"));
	MUST(mkdir("d", 0755));
	MUST(mkdir("d/e", 0755));
	ino_t a = inode_of("a"), e = inode_of("d/e");

	SKIP_IF(rename2("a", "d/e", RENAME_EXCHANGE) < 0 && (errno == ENOSYS || errno == EINVAL),
		"no RENAME_EXCHANGE");
	CHECK_EQ(inode_of("a"), e);
	CHECK_EQ(inode_of("d/e"), a);
	CHECK_ERR(rename2("a", "none", RENAME_EXCHANGE), ENOENT);
}

TEST(between_directories, "renameat moves between directory descriptors")
{
	int from, to;

	MUST(mkdir("p", 0755));
	MUST(mkdir("q", 0755));
	close(tap_file("p/f", "x"));
	from = (int)MUST(open("p", O_RDONLY | O_DIRECTORY));
	to = (int)MUST(open("q", O_RDONLY | O_DIRECTORY));
	MUST(renameat(from, "f", to, "g"));
	CHECK_OK(access("q/g", F_OK));
	CHECK_ERR(renameat(from, "f", to, "g"), ENOENT);
	CHECK_ERR(renameat(99, "f", to, "g"), EBADF);
}

TEST(concurrent, "two processes rename over each other's target; the name is never missing")
{
	pid_t pids[2];

	close(tap_file("target", "x"));
	for (int i = 0; i < 2; i++)
		pids[i] = SPAWN(char name[8]; snprintf(name, sizeof(name), "t%d", i);
				for (int j = 0; j < 200; j++) {
					close(tap_file(name, "y"));
					CHECK_OK(rename(name, "target"));
				});
	for (int j = 0; j < 400; j++)
		if (CHECK_OK(access("target", F_OK)) < 0)
			break;
	for (int i = 0; i < 2; i++)
		CHECK_EXITED(tap_wait(pids[i]), 0);
	CHECK_EQ(links_of("target"), 1);
}
