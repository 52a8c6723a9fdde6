// SPDX-License-Identifier: MIT
/*
 * file_protected.c -- links, fifos and files that others have laid in a directory where everybody
 * makes names: /proc/sys/fs/protected_*. The settings of a Linux host are taken as they are.
 */
#include "tap.h"

/* The setting's value; 0 where there is none. */
static int setting(const char *name)
{
	char path[80], digit = '0';
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/fs/protected_%s", name);
	fd = open(path, O_RDONLY);
	if (fd >= 0 && read(fd, &digit, 1) != 1)
		digit = '0';
	close(fd);
	return digit - '0';
}

#define CHECK_IF(wanted, call, error)                                                              \
	do {                                                                                       \
		if (wanted)                                                                        \
			CHECK_ERR(call, error);                                                    \
		else                                                                               \
			CHECK_OK(call);                                                            \
	} while (0)
#define AS(user, ...) CHECK_EXITED(IN_CHILD(tap_become(user); __VA_ARGS__), 0)

static void directory(const char *name, unsigned mode, unsigned uid, unsigned gid)
{
	MUST(mkdir(name, 0755));
	MUST(chown(name, uid, gid));
	MUST(chmod(name, mode));
}

static void file(const char *name, unsigned mode, unsigned uid)
{
	close(tap_file(name, "x"));
	MUST(chown(name, uid, uid));
	MUST(chmod(name, mode));
}

TEST(settings, "Creance protects as Debian does")
{
	if (!tap_on_creance())
		SKIP("a Linux host has its own settings");
	CHECK_EQ(setting("symlinks"), 1);
	CHECK_EQ(setting("hardlinks"), 1);
	CHECK_EQ(setting("fifos"), 1);
	CHECK_EQ(setting("regular"), 2);
}

TEST(range, "a setting out of range is refused")
{
	int fd = open("/proc/sys/fs/protected_symlinks", O_WRONLY);

	SKIP_IF(fd < 0, "no writable settings");
	CHECK_ERR(write(fd, "7", 1), EINVAL);
	AS(1000, CHECK_ERR(open("/proc/sys/fs/protected_symlinks", O_WRONLY), EACCES));
}

TEST(symlinks, "a link in a shared directory is followed by its owner, or if the directory's is")
{
	int on = setting("symlinks");

	SKIP_IF(geteuid() != 0, "not root");
	MUST(chmod(".", 0755));
	directory("s", 01777, 0, 0);
	directory("t", 0777, 0, 0);
	file("f", 0666, 0);
	MUST(mkdir("d", 0755));
	AS(1000, MUST(symlink("../f", "s/l")); MUST(symlink("../f", "t/l"));
	   MUST(symlink("../d", "s/d")); CHECK_OK(open("s/l", O_RDONLY)));
	MUST(symlink("../f", "s/root"));
	CHECK_IF(on, open("s/l", O_RDONLY), EACCES);
	CHECK_IF(on, open("s/l", O_RDWR | O_CREAT, 0600), EACCES);
	CHECK_IF(on, truncate("s/l", 0), EACCES);
	CHECK_IF(on, open("s/d/", O_RDONLY), EACCES);
	CHECK_OK(open("s/d/.", O_RDONLY)); /* not the last component */
	CHECK_OK(open("t/l", O_RDONLY));
	CHECK_OK(lchown("s/l", 1000, 1000));
	AS(1001, CHECK_IF(on, open("s/l", O_RDONLY), EACCES); CHECK_OK(open("s/root", O_RDONLY)));
}

TEST(hardlinks, "one links to what one owns, or might have copied")
{
	int on = setting("hardlinks");

	SKIP_IF(geteuid() != 0, "not root");
	directory("w", 0777, 0, 0);
	file("read", 0644, 0);
	file("both", 0666, 0);
	file("mine", 0400, 1000);
	file("suid", 04777, 0);
	file("sgid", 02777, 0);
	AS(1000, CHECK_IF(on, link("read", "w/1"), EPERM); CHECK_OK(link("both", "w/2"));
	   CHECK_OK(link("mine", "w/3")); CHECK_IF(on, link("suid", "w/4"), EPERM);
	   CHECK_IF(on, link("sgid", "w/5"), EPERM));
	CHECK_OK(link("mine", "w/6"));
}

TEST(create, "O_CREAT does not open what somebody else has put there before")
{
	int fifos = setting("fifos"), regular = setting("regular");

	SKIP_IF(geteuid() != 0, "not root");
	directory("s", 01777, 0, 0);
	directory("g", 01775, 0, 1000);
	file("s/f", 0666, 1000);
	file("g/f", 0666, 1000);
	file("s/root", 0666, 0);
	MUST(mkfifo("s/p", 0666));
	MUST(chown("s/p", 1000, 1000));
	CHECK_IF(regular, open("s/f", O_RDWR | O_CREAT, 0600), EACCES);
	CHECK_IF(regular, open("s/f", O_RDWR | O_CREAT | O_TRUNC, 0600), EACCES);
	CHECK_IF(regular >= 2, open("g/f", O_RDWR | O_CREAT, 0600), EACCES);
	CHECK_IF(fifos, open("s/p", O_RDWR | O_CREAT, 0600), EACCES);
	CHECK_OK(open("s/f", O_RDWR));
	CHECK_OK(open("s/p", O_RDWR));
	CHECK_ERR(open("s/f", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
	AS(1001, CHECK_OK(open("s/root", O_RDWR | O_CREAT, 0600));
	   CHECK_IF(regular, open("s/f", O_RDWR | O_CREAT, 0600), EACCES));
	AS(1000, CHECK_OK(open("s/f", O_RDWR | O_CREAT, 0600)));
}
