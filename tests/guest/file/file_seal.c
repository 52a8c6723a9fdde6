// SPDX-License-Identifier: MIT
/* file_seal.c -- seals against mappings: what is sealed against writing is mapped nowhere so. */
#include "tap.h"
#include "tap_thread.h"
#include <linux/falloc.h>
#include <sched.h>
#include <sys/mman.h>

#define PAGE 4096L
#define ROUNDS 40

static int sealable(void)
{
	int fd = (int)syscall(SYS_memfd_create, "m", MFD_ALLOW_SEALING);

	SKIP_IF(fd < 0, "no memfd_create");
	MUST(ftruncate(fd, 4 * PAGE));
	return fd;
}

static char *map(int fd, int protection)
{
	return mmap(NULL, 4 * PAGE, protection, MAP_SHARED, fd, 0);
}

TEST(busy, "a file that is mapped to be written cannot be sealed against writing")
{
	int fd = sealable();
	char *at = map(fd, PROT_READ | PROT_WRITE);

	CHECK(at != MAP_FAILED);
	CHECK_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	CHECK_OK(munmap(at + PAGE, PAGE)); /* two mappings now */
	CHECK_OK(munmap(at, PAGE));
	CHECK_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	CHECK_OK(munmap(at + 2 * PAGE, 2 * PAGE));
	CHECK_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	CHECK_ERR((long)map(fd, PROT_READ | PROT_WRITE), EPERM);
	CHECK_ERR(write(fd, "x", 1), EPERM);
}

TEST(inherited, "a mapping that fork has copied counts until its process ends")
{
	int fd = sealable(), ends[2];
	char *at = map(fd, PROT_READ | PROT_WRITE), c;
	pid_t pid;

	CHECK(at != MAP_FAILED);
	MUST(pipe(ends));
	pid = SPAWN(close(ends[1]); CHECK_EQ(read(ends[0], &c, 1), 0));
	CHECK_OK(munmap(at, 4 * PAGE));
	CHECK_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	close(ends[1]);
	CHECK_EXITED(tap_wait(pid), 0);
	CHECK_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
}

TEST(private, "private mappings of a sealed file may be written, and do not hinder the seal")
{
	int fd = sealable();
	char *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0), c;

	CHECK(at != MAP_FAILED);
	CHECK_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	*at = 'x';
	CHECK_EQ(pread(fd, &c, 1, 0), 1);
	CHECK_EQ(c, 0);
}

TEST(future, "F_SEAL_FUTURE_WRITE leaves the mappings there are, and allows none to come")
{
	int fd = sealable();
	char *at = map(fd, PROT_READ | PROT_WRITE), *shown, c;

	CHECK(at != MAP_FAILED);
	CHECK_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
	*at = 'x';
	CHECK_EQ(pread(fd, &c, 1, 0), 1);
	CHECK_EQ(c, 'x');
	CHECK_ERR((long)map(fd, PROT_READ | PROT_WRITE), EPERM);
	shown = map(fd, PROT_READ);
	CHECK(shown != MAP_FAILED);
	CHECK_ERR(mprotect(shown, PAGE, PROT_READ | PROT_WRITE), EACCES);
}

/* Map and unmap until it is refused; then the file must not be mapped. */
static void map_until_sealed(int fd)
{
	for (;;) {
		char *at = map(fd, PROT_READ | PROT_WRITE);

		if (at == MAP_FAILED)
			break;
		CHECK(!(fcntl(fd, F_GET_SEALS) & F_SEAL_WRITE));
		munmap(at, 4 * PAGE);
	}
}

TEST(holes, "fallocate makes no hole and no zeros in what is sealed against writing")
{
	const int seal[] = {F_SEAL_WRITE, F_SEAL_FUTURE_WRITE};
	const int mode[] = {FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_ZERO_RANGE,
			    FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE};

	for (int i = 0; i < 6; i++) {
		int fd = sealable();
		char c = 0;

		CHECK_EQ(pwrite(fd, "x", 1, PAGE), 1);
		CHECK_OK(fcntl(fd, F_ADD_SEALS, seal[i / 3]));
		CHECK_EQ(fallocate(fd, mode[i % 3], 0, 4 * PAGE), -1);
		CHECK(errno == EPERM || (i % 3 && errno == EOPNOTSUPP));
		CHECK_EQ(pread(fd, &c, 1, PAGE), 1);
		CHECK_EQ(c, 'x');
		close(fd);
	}
}

TEST(race, "no mapping comes to be while the seal is set")
{
	for (int round = 0; round < ROUNDS && !tap_local_failures(); round++) {
		struct timespec pause = {0, round % 20 * 50000L};
		int fd = sealable();
		pid_t pid = SPAWN(map_until_sealed(fd));

		do
			nanosleep(&pause, NULL);
		while (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
		CHECK_EXITED(tap_wait(pid), 0);
		close(fd);
	}
}

static char *removed;
static volatile int removing;

static int remove_page(void *unused)
{
	(void)unused;
	removing = 1;
	tap_raw(SYS_madvise, (long)removed, PAGE, MADV_REMOVE, 0, 0, 0);
	return 0;
}

TEST(remove, "MADV_REMOVE changes nothing after the seal, though it began before")
{
	for (int round = 0; round < 10 * ROUNDS && !tap_local_failures(); round++) {
		struct tap_thread thread;
		char before = 0, after = 0;
		int fd = sealable();

		MUST(pwrite(fd, "x", 1, 0));
		removed = map(fd, PROT_READ | PROT_WRITE);
		removing = 0;
		MUST(tap_thread_start(&thread, remove_page, NULL));
		while (!removing)
			sched_yield();
		munmap(removed, 4 * PAGE);
		if (!fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE)) {
			MUST(pread(fd, &before, 1, 0));
			tap_thread_join(&thread);
			MUST(pread(fd, &after, 1, 0));
			CHECK_EQ(before, after);
		} else {
			tap_thread_join(&thread);
		}
		close(fd);
	}
}
