// SPDX-License-Identifier: MIT
/*
 * file_fd_threads.c -- who shares a descriptor table looks into it while others change it.
 *
 * A number yields a file that it had during the call, or EBADF if it may have had none: never
 * another file, such as one that another process has opened in the same memory.
 */
#include "tap.h"
#include "tap_thread.h"
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>

#define RACE_NS 400000000LL
#define NUMBER 60
#define READERS 2

struct race {
	int a, b;	     /* files that begin with 'a', 'b' */
	bool may_be_closed;  /* the number is closed at times */
	bool writer_is_done; /* in memory that all have */
};

static bool is_over(long long end)
{
	return tap_now_ns(CLOCK_MONOTONIC) > end;
}

/* A file that begins with @c, or -1: without a name, as it is made in several processes at once. */
static int new_file(char c)
{
	int fd = (int)syscall(SYS_memfd_create, "race", 0);

	if (fd >= 0)
		CHECK_EQ(write(fd, &c, 1), 1);
	return fd;
}

/* Did a call fail as it may where the number is closed at times? */
static bool is_closed(const struct race *race)
{
	return race->may_be_closed && errno == EBADF;
}

/* What a look at the number finds that it should not. */
static const char *find_wrong(const struct race *race, long *nr_found)
{
	struct pollfd ask = {.fd = NUMBER, .events = POLLIN};
	struct stat st;
	char c;

	if (pread(NUMBER, &c, 1, 0) == 1) {
		++*nr_found;
		if (c != 'a' && c != 'b')
			return "read: another file";
	} else if (!is_closed(race)) {
		return "read: no file";
	}
	if (fstat(NUMBER, &st) == 0) {
		if (!S_ISREG(st.st_mode) || st.st_size != 1)
			return "stat: another file";
	} else if (!is_closed(race)) {
		return "stat: no file";
	}
	if (poll(&ask, 1, 0) != 1)
		return "poll";
	if (ask.revents != POLLIN && (!race->may_be_closed || ask.revents != POLLNVAL))
		return "poll: another file";
	return NULL;
}

static int look(void *data)
{
	const struct race *race = data;
	const char *wrong = NULL;
	long nr_found = 0;
	bool is_last;

	do {
		is_last = __atomic_load_n(&race->writer_is_done, __ATOMIC_ACQUIRE);
		wrong = find_wrong(race, &nr_found);
	} while (!wrong && !is_last);
	if (wrong)
		FAIL("%s (%s)", wrong, tap_errno_name(errno));
	CHECK(nr_found > 0);
	return tap_local_failures() ? 1 : 0;
}

/* Opens and closes files that nobody looks for: at other numbers, or in a table of its own. */
static int use_memory(void *data)
{
	const struct race *race = data;

	while (!__atomic_load_n(&race->writer_is_done, __ATOMIC_ACQUIRE)) {
		int fd = open("/dev/null", O_RDONLY), other = new_file('x');

		close(fd);
		close(other);
	}
	return 0;
}

static struct race *new_race(bool may_be_closed)
{
	struct race *race = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
				 0);

	race->a = new_file('a');
	race->b = new_file('b');
	race->may_be_closed = may_be_closed;
	MUST(dup2(race->a, NUMBER));
	return race;
}

/* Readers of the number, users of memory, and @change, again and again in this process. */
static void run_race(struct race *race, void (*change)(struct race *race))
{
	long long end = tap_now_ns(CLOCK_MONOTONIC) + RACE_NS;
	pid_t others[READERS + 2];

	for (int i = 0; i < READERS + 2; i++)
		others[i] = (pid_t)MUST(tap_clone((i > READERS ? 0 : CLONE_FILES) | SIGCHLD,
						  i < READERS ? look : use_memory, race, NULL, NULL,
						  NULL));
	while (!is_over(end))
		change(race);
	__atomic_store_n(&race->writer_is_done, true, __ATOMIC_RELEASE);
	for (int i = 0; i < READERS + 2; i++)
		CHECK_EXITED(tap_wait(others[i]), 0);
	munmap(race, 4096);
}

static void replace(struct race *race)
{
	if (dup2(race->b, NUMBER) != NUMBER || dup2(race->a, NUMBER) != NUMBER)
		FAIL("dup2: %s", tap_errno_name(errno));
}

TEST(replaced, "a number that dup2 gives one of two files always has one of them")
{
	run_race(new_race(false), replace);
}

/* The files themselves come and go, so that their memory is used again. */
static void replace_by_new(struct race *race)
{
	int fd = new_file('b');

	if (fd < 0 || dup2(fd, NUMBER) != NUMBER)
		FAIL("dup2: %s", tap_errno_name(errno));
	close(fd);
}

TEST(replaced_by_new, "a number that dup2 gives ever new files always has one of them")
{
	run_race(new_race(false), replace_by_new);
}

static void close_and_open(struct race *race)
{
	close(NUMBER);
	replace_by_new(race);
	if (close(NUMBER))
		FAIL("close: %s", tap_errno_name(errno));
	if (dup2(race->a, NUMBER) != NUMBER)
		FAIL("dup2: %s", tap_errno_name(errno));
}

TEST(closed, "a number that is closed has none, or one of its own")
{
	run_race(new_race(true), close_and_open);
}

/* In a table of its own, which grows from the least size. */
static void grow(struct race *race)
{
	pid_t reader = (pid_t)MUST(tap_clone(CLONE_FILES | SIGCHLD, look, race, NULL, NULL, NULL));

	for (int fd = 64; fd <= 1000; fd = fd * 2 + 1) {
		if (dup2(race->b, fd) != fd)
			FAIL("dup2: %s", tap_errno_name(errno));
		replace_by_new(race);
	}
	tap_sleep_ms(1);
	__atomic_store_n(&race->writer_is_done, true, __ATOMIC_RELEASE);
	CHECK_EXITED(tap_wait(reader), 0);
}

TEST(grown, "a table that grows keeps what others look for")
{
	long long end = tap_now_ns(CLOCK_MONOTONIC) + RACE_NS;

	while (!is_over(end)) {
		struct race *race = new_race(false);

		CHECK_EXITED(IN_CHILD(grow(race)), 0);
		close(race->a);
		close(race->b);
		munmap(race, 4096);
	}
}
