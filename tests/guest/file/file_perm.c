// SPDX-License-Identifier: MIT
/* file_perm.c -- modes, owners, and who may do what. */
#include "tap.h"

#define AS_USER(...) CHECK_EXITED(IN_CHILD(tap_become(1000); __VA_ARGS__), 0)

static mode_t mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? 0 : st.st_mode & 07777;
}

static void make(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	SKIP_IF(geteuid() != 0, "not root");
	close(tap_file(path, "x"));
	MUST(chown(path, uid, gid));
	MUST(chmod(path, mode));
}

TEST(chmod_calls, "chmod, fchmod and fchmodat set all twelve bits")
{
	int fd = tap_file("f", "x");

	MUST(chmod("f", 07777));
	CHECK_EQ(mode_of("f"), 07777);
	MUST(fchmod(fd, 0));
	CHECK_EQ(mode_of("f"), 0);
	MUST(fchmodat(AT_FDCWD, "f", 0640, 0));
	CHECK_EQ(mode_of("f"), 0640);
	MUST(chmod("f", 0100000 | 0600));
	CHECK_EQ(mode_of("f"), 0600);
	CHECK_ERR(chmod("none", 0600), ENOENT);
	CHECK_ERR(syscall(SYS_fchmod, 99, 0600), EBADF);
	CHECK_ERR(chmod(wild(8), 0600), EFAULT);
}

TEST(owner_class, "the owner's bits count for the owner, even when others may more")
{
	make("f", 0077, 1000, 0);
	AS_USER(CHECK_ERR(open("f", O_RDONLY), EACCES); CHECK_ERR(open("f", O_WRONLY), EACCES));
	MUST(chmod("f", 0400));
	AS_USER(CHECK_OK(open("f", O_RDONLY)); CHECK_ERR(open("f", O_RDWR), EACCES));
	MUST(chmod("f", 0200));
	AS_USER(CHECK_ERR(open("f", O_RDONLY), EACCES); CHECK_OK(open("f", O_WRONLY)));
}

TEST(group_class, "the group's bits count for the group, then the others'")
{
	make("f", 0604, 2000, 1000);
	AS_USER(CHECK_ERR(open("f", O_RDONLY), EACCES));
	MUST(chmod("f", 0640));
	AS_USER(CHECK_OK(open("f", O_RDONLY)));
	MUST(chown("f", 2000, 2000));
	AS_USER(CHECK_ERR(open("f", O_RDONLY), EACCES));
	MUST(chmod("f", 0604));
	AS_USER(CHECK_OK(open("f", O_RDONLY)));
}

TEST(root_passes, "root reads and writes everything, and executes only what somebody may")
{
	make("f", 0000, 1000, 1000);
	CHECK_OK(open("f", O_RDWR));
	CHECK_OK(access("f", R_OK | W_OK));
	CHECK_ERR(access("f", X_OK), EACCES);
	MUST(chmod("f", 0001));
	CHECK_OK(access("f", X_OK));
}

TEST(search, "a directory needs x to be passed through, r to be listed, w and x to be changed")
{
	SKIP_IF(geteuid() != 0, "not root");
	MUST(mkdir("d", 0755));
	close(tap_file("d/f", "x"));
	MUST(chown("d", 1000, 1000));
	MUST(chmod("d", 0600));
	AS_USER(CHECK_ERR(open("d/f", O_RDONLY), EACCES); CHECK_OK(open("d", O_RDONLY));
		CHECK_ERR(open("d/new", O_RDWR | O_CREAT, 0600), EACCES);
		CHECK_ERR(chdir("d"), EACCES));
	MUST(chmod("d", 0300));
	AS_USER(CHECK_OK(open("d/f", O_RDONLY)); CHECK_ERR(open("d", O_RDONLY), EACCES);
		CHECK_OK(open("d/new", O_RDWR | O_CREAT, 0600)); CHECK_OK(unlink("d/new")));
	MUST(chmod("d", 0500));
	AS_USER(CHECK_OK(open("d", O_RDONLY));
		CHECK_ERR(open("d/new", O_RDWR | O_CREAT, 0600), EACCES);
		CHECK_ERR(unlink("d/f"), EACCES));
}

TEST(chmod_permission, "only the owner and root change a mode")
{
	make("f", 0666, 2000, 2000);
	AS_USER(CHECK_ERR(chmod("f", 0600), EPERM));
	MUST(chown("f", 1000, 2000));
	AS_USER(CHECK_OK(chmod("f", 0600)));
	AS_USER(CHECK_OK(chmod("f", 02755)));
	CHECK_EQ(mode_of("f"), 0755);
}

TEST(chown_rules, "a plain user gives nothing away, but may choose among own groups")
{
	gid_t groups[1] = {3000};

	make("f", 0644, 1000, 1000);
	AS_USER(CHECK_ERR(chown("f", 2000, -1), EPERM); CHECK_OK(chown("f", 1000, -1));
		CHECK_ERR(chown("f", -1, 3000), EPERM); CHECK_OK(chown("f", -1, 1000));
		CHECK_OK(chown("f", -1, -1)));
	CHECK_EXITED(IN_CHILD(MUST(syscall(SYS_setgroups, 1, groups));
			      MUST(syscall(SYS_setgid, 1000)); MUST(syscall(SYS_setuid, 1000));
			      CHECK_OK(chown("f", -1, 3000))),
		     0);
	make("g", 0644, 0, 0);
	AS_USER(CHECK_ERR(chown("g", 1000, 1000), EPERM));
}

TEST(chown_clears, "chown takes the set-id bits off programs")
{
	make("f", 06755, 0, 0);
	MUST(chown("f", 1000, 1000));
	CHECK_EQ(mode_of("f"), 0755);
	MUST(chmod("f", 02644));
	MUST(chown("f", 1000, 2000));
	CHECK_EQ(mode_of("f") & 04000, 0);
	MUST(chmod("f", 06755));
	CHECK_EXITED(IN_CHILD(tap_become(1001); CHECK_ERR(chown("f", -1, -1), EPERM)), 0);
	CHECK_EQ(mode_of("f"), 06755);
	MUST(chown("f", -1, -1)); /* of no id at all */
	CHECK_EQ(mode_of("f"), 0755);
	CHECK_EXITED(IN_CHILD(tap_become(1001); CHECK_OK(chown("f", -1, -1))), 0);
}

TEST(write_clears, "a plain user's write takes the set-id bits off")
{
	make("f", 06777, 0, 0);
	AS_USER(int fd = (int)MUST(open("f", O_WRONLY)); CHECK_EQ(write(fd, "y", 1), 1));
	CHECK_EQ(mode_of("f"), 0777);
}

TEST(lchown_call, "lchown changes the link, chown what it points to; fchownat both ways")
{
	struct stat st;

	make("f", 0644, 0, 0);
	MUST(symlink("f", "s"));
	MUST(lchown("s", 5, 6));
	MUST(lstat("s", &st));
	CHECK_EQ(st.st_uid, 5);
	MUST(stat("s", &st));
	CHECK_EQ(st.st_uid, 0);
	MUST(chown("s", 7, -1));
	MUST(stat("f", &st));
	CHECK_EQ(st.st_uid, 7);
	CHECK_EQ(st.st_gid, 0);
	MUST(fchownat(AT_FDCWD, "s", 9, 9, AT_SYMLINK_NOFOLLOW));
	MUST(lstat("s", &st));
	CHECK_EQ(st.st_gid, 9);
	int fd = (int)MUST(open("f", O_RDONLY));

	MUST(fchownat(fd, "", 11, 12, AT_EMPTY_PATH));
	MUST(stat("f", &st));
	CHECK_EQ(st.st_uid, 11);
	MUST(fchown(fd, 13, -1));
	MUST(stat("f", &st));
	CHECK_EQ(st.st_uid, 13);
}

TEST(chown_pipe, "fchownat with an empty name changes what a descriptor is open on, also a pipe")
{
	struct stat st;
	int ends[2];

	SKIP_IF(geteuid() != 0, "not root");
	MUST(pipe(ends));
	CHECK_OK(fchownat(ends[0], "", 11, 12, AT_EMPTY_PATH));
	MUST(fstat(ends[0], &st));
	CHECK_EQ(st.st_uid, 11);
	CHECK_EQ(st.st_gid, 12);
	CHECK_ERR(fchownat(ends[0], "", 11, 12, 0), ENOENT);
}

TEST(access_call, "access uses the real ids, faccessat2 with AT_EACCESS the effective")
{
	make("f", 0600, 0, 0);
	AS_USER(CHECK_ERR(access("f", R_OK), EACCES); CHECK_OK(access("f", F_OK)));
	CHECK_EXITED(IN_CHILD(MUST(syscall(SYS_setresuid, 1000, 0, 0));
			      CHECK_ERR(access("f", R_OK), EACCES); CHECK_OK(open("f", O_RDONLY));
			      CHECK_OK(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, AT_EACCESS))),
		     0);
	CHECK_ERR(access("f", 8), EINVAL);
	CHECK_ERR(access("none", F_OK), ENOENT);
	CHECK_ERR(access(wild(8), F_OK), EFAULT);
	CHECK_ERR(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, 0x8000), EINVAL);
	MUST(symlink("none", "s"));
	CHECK_ERR(access("s", F_OK), ENOENT);
	CHECK_OK(syscall(SYS_faccessat2, AT_FDCWD, "s", F_OK, AT_SYMLINK_NOFOLLOW));
}

TEST(open_kept, "permissions are checked at open, not at use")
{
	make("f", 0666, 0, 0);
	int fd = (int)MUST(open("f", O_RDWR));

	AS_USER(char c; MUST(syscall(SYS_fcntl, fd, F_GETFD)); CHECK_EQ(read(fd, &c, 1), 1);
		CHECK_EQ(write(fd, "z", 1), 1));
	MUST(chmod("f", 0));
	AS_USER(CHECK_EQ(write(fd, "z", 1), 1); CHECK_ERR(open("f", O_RDONLY), EACCES));
}

TEST(created_owner, "a new file belongs to the effective ids of its maker")
{
	struct stat st;

	SKIP_IF(geteuid() != 0, "not root");
	CHECK_EXITED(IN_CHILD(MUST(syscall(SYS_setresgid, 10, 20, 30));
			      MUST(syscall(SYS_setresuid, 1, 2, 3)); close(tap_file("f", "x"));
			      MUST(mkdir("d", 0755)); MUST(symlink("f", "s"))),
		     0);
	for (const char *const *name = (const char *const[]){"f", "d", "s", NULL}; *name; name++) {
		MUST(lstat(*name, &st));
		CHECK_EQ(st.st_uid, 2);
		CHECK_EQ(st.st_gid, 20);
	}
}
