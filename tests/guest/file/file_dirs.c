// SPDX-License-Identifier: MIT
/* file_dirs.c -- mkdir, rmdir, and reading directories with getdents64. */
#include "tap.h"
#include <sched.h>

struct entry64 {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

/* Reads all names through a buffer of `size` bytes. Returns how many, and checks the records. */
static int list(int fd, size_t size, char names[][64], int max)
{
	static char buffer[65536];
	int count = 0;
	long got;

	while ((got = syscall(SYS_getdents64, fd, buffer, size)) > 0)
		for (long at = 0; at < got;) {
			struct entry64 *entry = (struct entry64 *)(void *)(buffer + at);

			CHECK(entry->reclen >= 20 && entry->reclen % 8 == 0);
			CHECK(entry->ino != 0);
			CHECK(strlen(entry->name) + 20 <= entry->reclen);
			if (count < max)
				snprintf(names[count], 64, "%s", entry->name);
			count++;
			at += entry->reclen;
		}
	CHECK_EQ(got, 0);
	return count;
}

static char names[1200][64];

static int times_listed(const char *name, int count)
{
	int times = 0;

	for (int i = 0; i < count; i++)
		times += !strcmp(names[i], name);
	return times;
}

static unsigned links_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 ? 0 : (unsigned)st.st_nlink;
}

TEST(make, "mkdir makes an empty directory with the mode asked for")
{
	struct stat st;

	MUST(mkdir("d", 0750));
	MUST(stat("d", &st));
	CHECK_EQ(st.st_mode, S_IFDIR | 0750);
	CHECK(st.st_nlink == 2 || st.st_nlink == 1);
	CHECK_OK(mkdir("e/", 0755));
	CHECK_OK(mkdir("d/inner", 0755));
	CHECK_OK(rmdir("d/inner"));
	CHECK_OK(rmdir("d/"));
	CHECK_ERR(stat("d", &st), ENOENT);
}

TEST(make_errors, "EEXIST, ENOENT, ENOTDIR, EACCES, EFAULT, ENAMETOOLONG of mkdir")
{
	char longname[300];

	memset(longname, 'n', 256);
	longname[256] = '\0';
	close(tap_file("f", "x"));
	MUST(mkdir("d", 0755));
	MUST(symlink("nowhere", "dangling"));
	CHECK_ERR(mkdir("d", 0755), EEXIST);
	CHECK_ERR(mkdir("f", 0755), EEXIST);
	CHECK_ERR(mkdir("dangling", 0755), EEXIST);
	CHECK_ERR(mkdir(".", 0755), EEXIST);
	CHECK_ERR(mkdir("/", 0755), EEXIST);
	CHECK_ERR(mkdir("none/d", 0755), ENOENT);
	CHECK_ERR(mkdir("", 0755), ENOENT);
	CHECK_ERR(mkdir("f/d", 0755), ENOTDIR);
	CHECK_ERR(mkdir(longname, 0755), ENAMETOOLONG);
	longname[255] = '\0';
	CHECK_OK(mkdir(longname, 0755));
	CHECK_ERR(mkdir(wild(8), 0755), EFAULT);
	CHECK_EXITED(IN_CHILD(tap_become(1000); CHECK_ERR(mkdir("d/x", 0755), EACCES)), 0);
}

TEST(remove_errors, "ENOTEMPTY, ENOTDIR, ENOENT, EINVAL, EBUSY of rmdir")
{
	MUST(mkdir("d", 0755));
	close(tap_file("d/f", "x"));
	close(tap_file("f", "x"));
	MUST(mkdir("e", 0755));
	MUST(symlink("e", "s"));
	CHECK_ERR(rmdir("d"), ENOTEMPTY);
	CHECK_ERR(rmdir("f"), ENOTDIR);
	CHECK_ERR(rmdir("s"), ENOTDIR);
	CHECK_ERR(rmdir("none"), ENOENT);
	CHECK_ERR(rmdir(""), ENOENT);
	CHECK_ERR(rmdir("e/."), EINVAL);
	CHECK_ERR(rmdir("d/.."), ENOTEMPTY);
	CHECK_ERR(rmdir("/"), EBUSY);
	CHECK_OK(rmdir("e"));
}

TEST(link_counts, "a directory has a link more for each directory in it")
{
	MUST(mkdir("d", 0755));
	SKIP_IF(links_of("d") != 2, "this file system does not count");
	MUST(mkdir("d/a", 0755));
	MUST(mkdir("d/b", 0755));
	close(tap_file("d/f", "x"));
	CHECK_EQ(links_of("d"), 4);
	MUST(rmdir("d/a"));
	CHECK_EQ(links_of("d"), 3);
}

TEST(listing, "getdents64 lists every name once, dot and dot-dot among them, with inode and type")
{
	static char buffer[4096];
	int fd, count;
	struct stat st;
	long got;

	MUST(mkdir("d", 0755));
	close(tap_file("d/file", "x"));
	MUST(mkdir("d/dir", 0755));
	MUST(symlink("x", "d/link"));
	MUST(mkfifo("d/fifo", 0600));
	fd = (int)MUST(open("d", O_RDONLY | O_DIRECTORY));
	count = list(fd, 4096, names, 1200);
	CHECK_EQ(count, 6);
	for (const char *const *name =
		     (const char *const[]){".", "..", "file", "dir", "link", "fifo", NULL};
	     *name; name++)
		CHECK_EQ(times_listed(*name, count), 1);
	CHECK_EQ(syscall(SYS_getdents64, fd, buffer, sizeof(buffer)), 0);
	MUST(lseek(fd, 0, SEEK_SET));
	got = syscall(SYS_getdents64, fd, buffer, sizeof(buffer));
	for (long at = 0; at < got;) {
		struct entry64 *entry = (struct entry64 *)(void *)(buffer + at);
		char path[300];

		snprintf(path, sizeof(path), "d/%s", entry->name);
		MUST(lstat(path, &st));
		CHECK_EQ(entry->ino, st.st_ino);
		CHECK_EQ(entry->type, (st.st_mode & S_IFMT) >> 12);
		at += entry->reclen;
	}
}

static void fill(int count)
{
	char path[64];

	MUST(mkdir("d", 0755));
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "d/name-%04d", i);
		close((int)MUST(open(path, O_CREAT | O_WRONLY, 0600)));
	}
}

TEST(small_buffers, "a thousand names through a small buffer; EINVAL when not even one fits")
{
	int fd, count, missing = 0;
	char name[64], tiny[8];

	fill(1000);
	fd = (int)MUST(open("d", O_RDONLY | O_DIRECTORY));
	CHECK_ERR(syscall(SYS_getdents64, fd, tiny, sizeof(tiny)), EINVAL);
	count = list(fd, 100, names, 1200);
	CHECK_EQ(count, 1002);
	for (int i = 0; i < 1000; i += 37) {
		snprintf(name, sizeof(name), "name-%04d", i);
		missing += times_listed(name, count) != 1;
	}
	CHECK_EQ(missing, 0);
	MUST(lseek(fd, 0, SEEK_SET));
	CHECK_EQ(list(fd, 65536, names, 1200), 1002);
}

TEST(seek_back, "seeking to the offset of a record goes on after it")
{
	static char buffer[8192];
	int fd, first;
	long got;
	struct entry64 *entry;
	char after[64];

	fill(50);
	fd = (int)MUST(open("d", O_RDONLY | O_DIRECTORY));
	got = MUST(syscall(SYS_getdents64, fd, buffer, 400));
	entry = (struct entry64 *)(void *)buffer;
	CHECK(entry->reclen < got);
	snprintf(after, sizeof(after), "%s",
		 ((struct entry64 *)(void *)(buffer + entry->reclen))->name);
	MUST(lseek(fd, entry->off, SEEK_SET));
	first = list(fd, 8192, names, 1200);
	CHECK_EQ(first, 51);
	CHECK_STR(names[0], after);
}

TEST(removal_while_reading, "removing what was listed while reading loses and repeats nothing else")
{
	static char buffer[512];
	int fd, seen = 0, left;
	long got;
	char path[128];

	fill(300);
	fd = (int)MUST(open("d", O_RDONLY | O_DIRECTORY));
	while ((got = syscall(SYS_getdents64, fd, buffer, sizeof(buffer))) > 0)
		for (long at = 0; at < got;) {
			struct entry64 *entry = (struct entry64 *)(void *)(buffer + at);

			if (entry->name[0] == 'n') {
				snprintf(path, sizeof(path), "d/%.60s", entry->name);
				CHECK_OK(unlink(path));
				seen++;
			}
			at += entry->reclen;
		}
	CHECK_EQ(seen, 300);
	MUST(lseek(fd, 0, SEEK_SET));
	left = list(fd, 4096, names, 1200);
	CHECK_EQ(left, 2);
	CHECK_OK(rmdir("d"));
	CHECK_EQ(syscall(SYS_getdents64, fd, buffer, sizeof(buffer)) <= 0, 1);
}

TEST(getdents_errors, "EBADF, ENOTDIR, EFAULT, ENOENT of getdents64")
{
	int file = tap_file("f", "x"), dir = (int)MUST(open(".", O_RDONLY)), gone;
	char buffer[256];

	CHECK_ERR(syscall(SYS_getdents64, 99, buffer, sizeof(buffer)), EBADF);
	CHECK_ERR(syscall(SYS_getdents64, file, buffer, sizeof(buffer)), ENOTDIR);
	CHECK_ERR(syscall(SYS_getdents64, dir, wild(8), 256), EFAULT);
	MUST(mkdir("d", 0755));
	gone = (int)MUST(open("d", O_RDONLY));
	MUST(rmdir("d"));
	CHECK_ERR(syscall(SYS_getdents64, gone, buffer, sizeof(buffer)), ENOENT);
}

TEST(deep, "a hundred directories in each other")
{
	char cwd[300];

	for (int i = 0; i < 100; i++) {
		MUST(mkdir("deep", 0755));
		MUST(chdir("deep"));
	}
	CHECK_ERR(syscall(SYS_getcwd, cwd, 300), ERANGE);
	for (int i = 0; i < 100; i++) {
		MUST(chdir(".."));
		MUST(rmdir("deep"));
	}
}

/* Its path is longer than PATH_MAX, and a machine of 48 MiB has inodes for so many. */
#define VERY_DEEP 2100

static void descend(void)
{
	for (int i = 0; i < VERY_DEEP; i++) {
		MUST(mkdir("d", 0755));
		MUST(chdir("d"));
	}
}

TEST(very_deep, "deeper than a path is long: getcwd refuses, and one can go up again, removing")
{
	char text[4096];

	descend();
	CHECK_ERR(syscall(SYS_getcwd, text, sizeof(text)), ENAMETOOLONG);
	for (int i = 0; i < VERY_DEEP; i++) {
		MUST(chdir(".."));
		MUST(rmdir("d"));
	}
	CHECK(syscall(SYS_getcwd, text, sizeof(text)) > 0);
}

TEST(very_deep_end, "a process that ends far down lets go of all directories above it")
{
	CHECK_EXITED(IN_CHILD(descend()), 0);
	for (int i = 0; i < VERY_DEEP; i++)
		MUST(chdir("d"));
	for (int i = 0; i < VERY_DEEP; i++) {
		MUST(chdir(".."));
		MUST(rmdir("d"));
	}
}

static void remove_inner(volatile int *stop)
{
	while (!*stop)
		if (rmdir("d/s"))
			sched_yield();
}

TEST(removed_together, "of a directory removed just behind its last subdirectory no link is left")
{
	volatile int *stop =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = SPAWN(remove_inner(stop));
	struct stat st;

	for (int i = 0; i < 1000 && !tap_local_failures(); i++) {
		int fd;

		MUST(mkdir("d", 0755));
		fd = (int)MUST(open("d", O_RDONLY | O_DIRECTORY));
		MUST(mkdir("d/s", 0755));
		while (rmdir("d"))
			sched_yield();
		MUST(fstat(fd, &st));
		CHECK_EQ(st.st_nlink, 0);
		close(fd);
	}
	*stop = 1;
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(setgid_directory, "files in a set-group-id directory get its group, directories the bit too")
{
	struct stat st;

	SKIP_IF(geteuid() != 0, "not root");
	MUST(mkdir("d", 0755));
	MUST(chown("d", 0, 4242));
	MUST(chmod("d", 02777));
	CHECK_EXITED(IN_CHILD(tap_become(1000); close(tap_file("d/f", "x"));
			      MUST(mkdir("d/e", 0755))),
		     0);
	MUST(stat("d/f", &st));
	CHECK_EQ(st.st_gid, 4242);
	CHECK_EQ(st.st_uid, 1000);
	MUST(stat("d/e", &st));
	CHECK_EQ(st.st_gid, 4242);
	CHECK_EQ(st.st_mode & 07777, 02755);
}

TEST(create_remove, "five hundred files made and removed, three times over, leave nothing")
{
	char path[64];

	MUST(mkdir("d", 0755));
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 500; i++) {
			snprintf(path, sizeof(path), "d/%d", i);
			close((int)MUST(open(path, O_CREAT | O_WRONLY | O_EXCL, 0600)));
		}
		for (int i = 499; i >= 0; i--) {
			snprintf(path, sizeof(path), "d/%d", i);
			MUST(unlink(path));
		}
	}
	CHECK_OK(rmdir("d"));
}
