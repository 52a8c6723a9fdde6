// SPDX-License-Identifier: MIT
/*
 * file_xattr.c -- extended attributes: files may have none, and the calls say so in the right
 * words.
 */
#include "tap.h"

static char buffer[256];

/* A kernel without them says that; one with them, that this one is absent. */
static void check_none(long result)
{
	int error = errno;

	CHECK_EQ(result, -1);
	if (error != EOPNOTSUPP && error != ENODATA)
		FAIL("failed with %s", tap_errno_name(error));
}

TEST(absent, "an attribute that is not there cannot be read or removed")
{
	int fd = tap_file("f", "x");

	MUST(symlink("f", "link"));
	check_none(syscall(SYS_getxattr, "f", "user.absent", buffer, sizeof(buffer)));
	check_none(syscall(SYS_lgetxattr, "f", "user.absent", buffer, sizeof(buffer)));
	check_none(syscall(SYS_fgetxattr, fd, "user.absent", buffer, sizeof(buffer)));
	check_none(syscall(SYS_removexattr, "link", "user.absent"));
	check_none(syscall(SYS_lremovexattr, "f", "user.absent"));
	check_none(syscall(SYS_fremovexattr, fd, "user.absent"));
	check_none(syscall(SYS_getxattr, "f", "system.posix_acl_access", buffer, sizeof(buffer)));
}

TEST(lists, "a fresh file's list has no user attribute")
{
	int fd = tap_file("f", "x");
	long n = syscall(SYS_listxattr, "f", buffer, sizeof(buffer));

	if (n == -1)
		CHECK_EQ(errno, EOPNOTSUPP);
	for (long i = 0; i < n; i += (long)strlen(buffer + i) + 1)
		CHECK(strncmp(buffer + i, "user.", 5) != 0);
	CHECK_EQ(syscall(SYS_llistxattr, "f", buffer, sizeof(buffer)), n);
	CHECK_EQ(syscall(SYS_flistxattr, fd, buffer, sizeof(buffer)), n);
}

TEST(set, "setting one works or is not supported, and is then read or not")
{
	int fd = tap_file("f", "x");
	long done = syscall(SYS_setxattr, "f", "user.some", "value", 5, 0);

	if (done == 0) {
		CHECK_EQ(syscall(SYS_fgetxattr, fd, "user.some", buffer, sizeof(buffer)), 5);
		return;
	}
	CHECK_EQ(errno, EOPNOTSUPP);
	CHECK_ERR(syscall(SYS_lsetxattr, "f", "user.some", "value", 5, 0), EOPNOTSUPP);
	CHECK_ERR(syscall(SYS_fsetxattr, fd, "user.some", "value", 5, 0), EOPNOTSUPP);
}

TEST(errors, "paths, descriptors, names and flags are checked first")
{
	int fd = tap_file("f", "x");

	CHECK_ERR(syscall(SYS_getxattr, "absent", "user.a", buffer, 1), ENOENT);
	CHECK_ERR(syscall(SYS_listxattr, "f/x", buffer, 1), ENOTDIR);
	CHECK_ERR(syscall(SYS_setxattr, "absent", "user.a", "v", 1, 0), ENOENT);
	CHECK_ERR(syscall(SYS_removexattr, "absent", "user.a"), ENOENT);
	CHECK_ERR(syscall(SYS_fgetxattr, 9999, "user.a", buffer, 1), EBADF);
	CHECK_ERR(syscall(SYS_fsetxattr, 9999, "user.a", "v", 1, 0), EBADF);
	CHECK_ERR(syscall(SYS_flistxattr, 9999, buffer, 1), EBADF);
	CHECK_ERR(syscall(SYS_fremovexattr, 9999, "user.a"), EBADF);
	CHECK_ERR(syscall(SYS_setxattr, "f", "user.a", "v", 1, 77), EINVAL);
	CHECK_ERR(syscall(SYS_getxattr, "f", wild(16), buffer, 1), EFAULT);
	CHECK_ERR(syscall(SYS_getxattr, wild(16), "user.a", buffer, 1), EFAULT);
	CHECK_ERR(syscall(SYS_fgetxattr, fd, "", buffer, 1), ERANGE);
}
