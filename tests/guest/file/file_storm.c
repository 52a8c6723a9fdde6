// SPDX-License-Identifier: MIT
/* Many processes do everything to the same few names at once; then nothing of it is left. */
#include "tap.h"
#include "tap_check.h"

#include <dirent.h>
#include <sys/file.h>

#define WORKERS 5
#define STEPS 1500
#define HELD 6

static uint64_t state;
static int held[HELD];

static unsigned pick(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 20) % n;
}

/* One to four of the names a, b, c. */
static const char *name(char *text)
{
	unsigned depth = 1 + pick(4);
	char *at = text;

	for (unsigned i = 0; i < depth; i++) {
		if (i)
			*at++ = '/';
		*at++ = (char)('a' + pick(3));
	}
	*at = '\0';
	return text;
}

static void names_step(unsigned what)
{
	char a[16], b[16], text[64];
	struct stat st;

	switch (what) {
	case 0:
		mkdir(name(a), 0777);
		break;
	case 1:
		unlink(name(a));
		break;
	case 2:
		rmdir(name(a));
		break;
	case 3:
		syscall(SYS_renameat2, AT_FDCWD, name(a), AT_FDCWD, name(b), pick(3));
		break;
	case 4:
		if (link(name(a), name(b)) < 0 && symlink(name(a), name(b)) == 0)
			unlink(b);
		break;
	case 5:
		if (stat(name(a), &st) == 0 && S_ISDIR(st.st_mode) && access(a, X_OK) == 0)
			chmod(a, 0755);
		break;
	default:
		if (readlink(name(a), text, sizeof(text)) < 0)
			lstat(a, &st);
		break;
	}
}

static void read_directory(void)
{
	char a[16], b[16];
	DIR *dir = opendir(name(a));

	if (!dir)
		return;
	while (readdir(dir))
		if (pick(5) == 0)
			unlink(name(b));
	closedir(dir);
}

static void map_file(int fd)
{
	char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (memory != MAP_FAILED)
		munmap(memory, 8192);
}

static void file_step(unsigned what)
{
	static char bytes[8192];
	int *fd = &held[pick(HELD)];
	char a[16];

	switch (what) {
	case 0:
		close(*fd);
		*fd = open(name(a), O_CREAT | O_RDWR | (pick(2) ? O_TRUNC : 0), 0666);
		break;
	case 1:
		if (write(*fd, bytes, pick(sizeof(bytes))) < 0)
			lseek(*fd, 0, SEEK_SET);
		break;
	case 2:
		if (pread(*fd, bytes, pick(sizeof(bytes)), pick(20000)) == 0 &&
		    ftruncate(*fd, pick(30000)))
			lseek(*fd, 0, SEEK_SET);
		break;
	case 3:
		flock(*fd, (pick(2) ? LOCK_SH : LOCK_EX) | LOCK_NB);
		break;
	case 4:
		map_file(*fd);
		break;
	default:
		read_directory();
		break;
	}
}

static void work(unsigned id)
{
	state = id * 7919 + 12345;
	for (unsigned i = 0; i < HELD; i++)
		held[i] = -1;
	for (unsigned i = 0; i < STEPS; i++) {
		if (pick(2))
			names_step(pick(7));
		else
			file_step(pick(6));
	}
}

/* Everything below the directory that is open as @fd, whatever it is. */
static int sweep(int fd)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	int left = 0;

	while ((entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (unlinkat(fd, entry->d_name, 0) == 0)
			continue;
		left += sweep((int)MUST(openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY)));
		left += unlinkat(fd, entry->d_name, AT_REMOVEDIR) != 0;
	}
	closedir(dir);
	return left;
}

TEST(storm, "five processes do everything to the same names; all can be removed afterwards")
{
	pid_t pids[WORKERS];
	struct stat st;

	MUST(mkdir("storm", 0777));
	for (unsigned i = 0; i < WORKERS; i++)
		pids[i] = SPAWN(MUST(chdir("storm")); work(i + 1));
	for (unsigned i = 0; i < WORKERS; i++)
		CHECK_EXITED(tap_wait(pids[i]), 0);
	CHECK_EQ(sweep((int)MUST(open("storm", O_RDONLY | O_DIRECTORY))), 0);
	CHECK_OK(stat("storm", &st));
	CHECK_EQ(st.st_nlink, 2);
	CHECK_OK(rmdir("storm"));
}
