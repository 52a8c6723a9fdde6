// SPDX-License-Identifier: MIT
/* proc_dirs.c -- working directory, root directory, umask. */
#include "tap.h"

TEST(chdir_getcwd, "getcwd follows chdir, with absolute, relative and dotted paths")
{
	char base[256], got[512], want[512];

	MUST(getcwd(base, sizeof(base)) ? 0 : -1);
	CHECK_EQ(base[0], '/');
	MUST(mkdir("a", 0755));
	MUST(mkdir("a/b", 0755));
	MUST(chdir("a/./b/../b//"));
	snprintf(want, sizeof(want), "%s/a/b", base);
	CHECK_STR(getcwd(got, sizeof(got)), want);
	MUST(chdir(".."));
	snprintf(want, sizeof(want), "%s/a", base);
	CHECK_STR(getcwd(got, sizeof(got)), want);
	MUST(chdir("/"));
	CHECK_STR(getcwd(got, sizeof(got)), "/");
	MUST(chdir(".."));
	CHECK_STR(getcwd(got, sizeof(got)), "/");
	MUST(chdir("/../../.."));
	CHECK_STR(getcwd(got, sizeof(got)), "/");
}

TEST(through_link, "getcwd gives the real path after chdir through a symbolic link")
{
	char base[256], got[512], want[512];

	getcwd(base, sizeof(base));
	MUST(mkdir("real", 0755));
	MUST(symlink("real", "link"));
	MUST(chdir("link"));
	snprintf(want, sizeof(want), "%s/real", base);
	CHECK_STR(getcwd(got, sizeof(got)), want);
}

TEST(sizes, "the raw getcwd counts the terminating zero; ERANGE when it does not fit")
{
	char got[512];
	long length;

	MUST(chdir("/"));
	CHECK_EQ(syscall(SYS_getcwd, got, sizeof(got)), 2);
	CHECK_EQ(syscall(SYS_getcwd, got, 2), 2);
	CHECK_ERR(syscall(SYS_getcwd, got, 1), ERANGE);
	CHECK_ERR(syscall(SYS_getcwd, got, 0), ERANGE);
	CHECK_ERR(syscall(SYS_getcwd, wild(8), 100), EFAULT);
	MUST(chdir("/proc"));
	length = syscall(SYS_getcwd, got, sizeof(got));
	CHECK_EQ(length, 6);
	CHECK_ERR(syscall(SYS_getcwd, got, 5), ERANGE);
}

TEST(chdir_errors,
     "ENOENT, ENOTDIR, EACCES, ELOOP, EFAULT, ENAMETOOLONG of chdir; EBADF, ENOTDIR of fchdir")
{
	char longname[5000];
	int fd = tap_file("file", "x");

	memset(longname, 'a', sizeof(longname) - 1);
	longname[sizeof(longname) - 1] = '\0';
	MUST(symlink("loop", "loop"));
	MUST(mkdir("closed", 0700));
	CHECK_ERR(chdir("none"), ENOENT);
	CHECK_ERR(chdir(""), ENOENT);
	CHECK_ERR(chdir("file"), ENOTDIR);
	CHECK_ERR(chdir("file/.."), ENOTDIR);
	CHECK_ERR(chdir("loop"), ELOOP);
	CHECK_ERR(chdir(longname), ENAMETOOLONG);
	CHECK_ERR(chdir(wild(8)), EFAULT);
	CHECK_ERR(fchdir(fd), ENOTDIR);
	CHECK_ERR(fchdir(-1), EBADF);
	CHECK_ERR(fchdir(500), EBADF);
	CHECK_EXITED(IN_CHILD(tap_become(1000); CHECK_ERR(chdir("closed"), EACCES)), 0);
}

TEST(fchdir_back, "fchdir returns to an open directory, even one that was renamed")
{
	char base[256], got[512], want[512];
	int fd;

	getcwd(base, sizeof(base));
	MUST(mkdir("old", 0755));
	fd = (int)MUST(open("old", O_RDONLY | O_DIRECTORY));
	MUST(rename("old", "new"));
	MUST(chdir("/"));
	MUST(fchdir(fd));
	snprintf(want, sizeof(want), "%s/new", base);
	CHECK_STR(getcwd(got, sizeof(got)), want);
}

TEST(removed, "a removed working directory: getcwd ENOENT, creating ENOENT, .. still works")
{
	char got[512];

	MUST(mkdir("gone", 0755));
	MUST(chdir("gone"));
	MUST(rmdir("../gone"));
	CHECK_ERR(syscall(SYS_getcwd, got, sizeof(got)), ENOENT);
	CHECK_ERR(open("f", O_CREAT | O_WRONLY, 0644), ENOENT);
	CHECK_ERR(mkdir("d", 0755), ENOENT);
	CHECK_ERR(open("f", O_RDONLY), ENOENT);
	CHECK_OK(open(".", O_RDONLY));
	CHECK_OK(chdir(".."));
}

TEST(inherited, "a child's chdir does not move its parent")
{
	char before[256], after[256];

	getcwd(before, sizeof(before));
	CHECK_EXITED(IN_CHILD(MUST(chdir("/"))), 0);
	CHECK_STR(getcwd(after, sizeof(after)), before);
}

TEST(chroot_works, "chroot confines paths; .. stops at the new root")
{
	char got[256];

	SKIP_IF(geteuid() != 0, "not root");
	MUST(mkdir("jail", 0755));
	MUST(mkdir("jail/in", 0755));
	close(tap_file("jail/file", "x"));
	close(tap_file("outside", "x"));
	MUST(symlink("/file", "jail/link"));
	CHECK_EXITED(IN_CHILD(MUST(chroot("jail")); MUST(chdir("/"));
			      CHECK_STR(getcwd(got, sizeof(got)), "/");
			      CHECK_OK(access("/file", F_OK)); CHECK_OK(access("../../file", F_OK));
			      CHECK_OK(access("/link", F_OK));
			      CHECK_ERR(access("/outside", F_OK), ENOENT);
			      CHECK_ERR(access("../outside", F_OK), ENOENT); MUST(chdir("in"));
			      CHECK_STR(getcwd(got, sizeof(got)), "/in")),
		     0);
	CHECK_OK(access("outside", F_OK));
	CHECK_ERR(chroot("outside"), ENOTDIR);
	CHECK_ERR(chroot("none"), ENOENT);
	CHECK_EXITED(IN_CHILD(tap_become(1000); CHECK_ERR(chroot("jail"), EPERM)), 0);
}

TEST(chroot_cwd, "a working directory outside the root is unreachable by path")
{
	char got[256];

	SKIP_IF(geteuid() != 0, "not root");
	MUST(mkdir("jail", 0755));
	CHECK_EXITED(IN_CHILD(MUST(chroot("jail"));
			      CHECK_GE(syscall(SYS_getcwd, got, sizeof(got)), 3);
			      CHECK(strncmp(got, "(unreachable)", 13) == 0)),
		     0);
}

TEST(umask_effect, "umask returns the old mask and applies to files, directories and fifos")
{
	struct stat st;

	CHECK_EQ(umask(077), 022);
	CHECK_EQ(umask(0177777), 077);
	CHECK_EQ(umask(027), 0777);
	MUST(open("f", O_CREAT | O_WRONLY, 0777));
	MUST(mkdir("d", 0777));
	MUST(mknod("p", S_IFIFO | 0666, 0));
	MUST(stat("f", &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0750);
	MUST(stat("d", &st));
	CHECK_EQ(st.st_mode & 01777, 0750);
	MUST(stat("p", &st));
	CHECK_EQ(st.st_mode, S_IFIFO | 0640);
	MUST(chmod("f", 0777));
	MUST(stat("f", &st));
	CHECK_EQ(st.st_mode & 0777, 0777);
}
