// SPDX-License-Identifier: MIT
/* file_allocate.c -- fallocate(2) where there is too little room: all of it, or nothing. */
#include "tap.h"
#include <sched.h>
#include <setjmp.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statfs.h>

#define P 4096L
#define ROOM 64	 /* pages of the file system */
#define TAKEN 40 /* by another file */
#define RACE_NS 400000000LL

/* A file system of few pages, of which another file has most. A file in it, open. */
static int small_file(void)
{
	int other;

	if (!tap_on_creance() &&
	    (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)))
		SKIP("no mount namespace");
	MUST(mkdir("m", 0755));
	MUST(mount("none", "m", "tmpfs", 0, "size=256k"));
	other = (int)MUST(open("m/other", O_CREAT | O_RDWR, 0600));
	MUST(fallocate(other, 0, 0, TAKEN * P));
	close(other);
	return (int)MUST(open("m/file", O_CREAT | O_RDWR, 0600));
}

static long free_pages(void)
{
	struct statfs about;

	MUST(statfs("m", &about));
	return (long)about.f_bfree;
}

static long pages_of(int fd)
{
	struct stat st;

	MUST(fstat(fd, &st));
	return st.st_blocks * 512 / P;
}

TEST(undone, "what a failed fallocate made is given back, and only that")
{
	int fd = small_file();
	char text[5] = "";
	struct stat st;

	CHECK_EQ(pwrite(fd, "data", 4, 3 * P), 4);
	CHECK_OK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 8 * P, P));
	CHECK_EQ(pwrite(fd, "x", 1, 20 * P), 1);
	CHECK_EQ(free_pages(), ROOM - TAKEN - 3);
	for (int keep = 0; keep < 2; keep++) {
		CHECK_ERR(fallocate(fd, keep ? FALLOC_FL_KEEP_SIZE : 0, 0, 30 * P), ENOSPC);
		CHECK_EQ(free_pages(), ROOM - TAKEN - 3);
		CHECK_EQ(pages_of(fd), 3);
		MUST(fstat(fd, &st));
		CHECK_EQ(st.st_size, 20 * P + 1);
	}
	CHECK_EQ(pread(fd, text, 4, 3 * P), 4);
	CHECK_STR(text, "data");
	CHECK_OK(fallocate(fd, 0, 0, 20 * P));
	CHECK_EQ(free_pages(), ROOM - TAKEN - 21);
	CHECK_ERR(fallocate(fd, 0, 0, 40 * P), ENOSPC);
	CHECK_EQ(pages_of(fd), 21);
	close(fd);
	MUST(umount("m"));
}

TEST(too_much, "more than the file system has is refused at once")
{
	int fd = small_file();

	CHECK_ERR(fallocate(fd, 0, 0, 1L << 50), ENOSPC);
	CHECK_EQ(pages_of(fd), 0);
	close(fd);
	MUST(umount("m"));
}

static volatile int nr_limited;

static void on_limit(int signal)
{
	(void)signal;
	nr_limited++;
}

static void allocate_beyond_limit(int fd)
{
	struct rlimit limit = {2 * P, 2 * P};

	MUST(setrlimit(RLIMIT_FSIZE, &limit));
	signal(SIGXFSZ, on_limit);
	CHECK_OK(fallocate(fd, 0, 0, 4 * P));
	CHECK_OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 6 * P, P));
	CHECK_EQ(nr_limited, 0);
	CHECK_ERR(fallocate(fd, 0, 0, 4 * P + 1), EFBIG);
	CHECK_EQ(nr_limited, 1);
	CHECK_ERR(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 4 * P + 1), EFBIG);
	CHECK_EQ(nr_limited, 2);
}

TEST(beyond_limit, "SIGXFSZ and EFBIG beyond RLIMIT_FSIZE, but not where there is a file already")
{
	int fd = small_file();

	MUST(ftruncate(fd, 4 * P));
	CHECK_EXITED(IN_CHILD(allocate_beyond_limit(fd)), 0);
	CHECK_EQ(pages_of(fd), 4);
	close(fd);
	MUST(umount("m"));
}

static sigjmp_buf no_room;

static void on_sigbus(int signal)
{
	(void)signal;
	siglongjmp(no_room, 1);
}

/* Write to pages that fallocate makes, or that it leaves to this one, and look at them later. */
static void write_and_look(char *m, int fd)
{
	volatile int written = 0;

	signal(SIGBUS, on_sigbus);
	for (char round = 1;; round = (char)(round % 100 + 1)) {
		written = 0;
		if (!sigsetjmp(no_room, 1))
			for (; written < 10; written++)
				m[written * P] = round;
		sched_yield();
		for (int i = 0; i < written; i++)
			CHECK_EQ(m[i * P], round);
		MUST(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 10 * P));
	}
}

TEST(race, "what another program writes to such a page meanwhile is not lost")
{
	int fd = small_file();
	long long end;
	char *m;
	pid_t pid;

	MUST(ftruncate(fd, 10 * P));
	m = mmap(NULL, 10 * P, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(m != MAP_FAILED);
	pid = SPAWN(write_and_look(m, fd));
	end = tap_now_ns(CLOCK_MONOTONIC) + RACE_NS;
	while (tap_now_ns(CLOCK_MONOTONIC) < end)
		CHECK_ERR(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 40 * P), ENOSPC);
	MUST(kill(pid, SIGKILL));
	CHECK_SIGNALED(tap_wait(pid), SIGKILL);
	MUST(munmap(m, 10 * P));
	close(fd);
	MUST(umount("m"));
}
