// SPDX-License-Identifier: MIT
/*
 * kill_heavy.c -- SIGKILL for processes that have much, or are in the middle of a long call.
 *
 * Each case says how long it took from the signal until the process was gone, in nanoseconds;
 * tests/system/kill_heavy.t, which counts instructions, holds these figures against a bound.
 */
#include "tap.h"
#include "tap_thread.h"
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

enum {
	P = 4096,
	AREAS = 20000,
	THREADS = 1000,
	CROWD = 6000,
	FILES = 20000,
	LOCKS = 5000,
	SIGNALS = 2000
};
#define RW (PROT_READ | PROT_WRITE)
#define HUGE_BYTES (1UL << 40)

static int ready_fd, crowd_size;

static void ready(void)
{
	MUST(write(ready_fd, "x", 1));
}

/* Kills a process when it has said that it is ready, and a moment has passed. */
static void kill_one(const char *what, void (*heavy)(void))
{
	int ends[2];
	long long begun;
	char c;
	pid_t pid;

	MUST(pipe(ends));
	pid = (pid_t)MUST(fork());
	if (!pid) {
		close(ends[0]);
		ready_fd = ends[1];
		heavy();
		for (;;)
			pause();
	}
	close(ends[1]);
	CHECK_EQ(read(ends[0], &c, 1), 1);
	tap_sleep_ms(5);
	begun = tap_now_ns(CLOCK_MONOTONIC);
	MUST(kill(pid, SIGKILL));
	CHECK_SIGNALED(tap_wait(pid), SIGKILL);
	tap_diag("gone: %s: %lld", what, tap_now_ns(CLOCK_MONOTONIC) - begun);
	close(ends[0]);
}

static char *reserve(size_t bytes)
{
	void *at = mmap(NULL, bytes, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	CHECK(at != MAP_FAILED);
	return at;
}

static void take_areas(void)
{
	char *at = reserve((size_t)AREAS * 2 * P);

	for (size_t i = 0; i < AREAS; i++)
		if (mprotect(at + i * 2 * P, P, PROT_NONE))
			break;
}

static void areas(void)
{
	take_areas();
	ready();
}

TEST(areas, "a process with twenty thousand areas")
{
	kill_one("areas", areas);
}

static void *sleep_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void threads(void)
{
	pthread_attr_t small;
	pthread_t thread;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 4L * P);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread, &small, sleep_for_ever, NULL))
			break;
	ready();
}

TEST(threads, "a process with a thousand threads")
{
	kill_one("threads", threads);
}

/* Without stacks, so that nothing but the threads is freed. */
static void crowd(void)
{
	long flags =
		CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;

	for (int i = 0; i < crowd_size; i++)
		if (tap_clone_sleeper(flags, SYS_pause) < 0) {
			tap_diag("%d of %d threads were made", i, crowd_size);
			break;
		}
	ready();
}

TEST(crowd, "processes with thousands of threads")
{
	crowd_size = CROWD / 4;
	kill_one("quarter", crowd);
	crowd_size = CROWD;
	kill_one("crowd", crowd);
}

static void dense(void)
{
	struct sysinfo info;
	size_t bytes;

	MUST(sysinfo(&info));
	bytes = info.freeram * info.mem_unit / 3;
	if (bytes > 100UL << 20)
		bytes = 100UL << 20;
	memset(reserve(bytes), 1, bytes);
	ready();
}

TEST(dense, "a process with a third of the memory")
{
	kill_one("dense", dense);
}

static void descriptors(void)
{
	struct rlimit limit = {FILES, FILES};

	(void)setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < FILES; i++)
		if (eventfd(0, 0) < 0)
			break;
	ready();
}

TEST(descriptors, "a process with twenty thousand descriptors")
{
	kill_one("descriptors", descriptors);
}

static void mincores(void)
{
	char *at = reserve(HUGE_BYTES);
	unsigned char *vector = (unsigned char *)reserve(HUGE_BYTES / P);

	ready();
	for (;;)
		mincore(at, HUGE_BYTES / 32, vector);
}

TEST(mincore, "a process in the middle of mincore() of a large range")
{
	kill_one("mincore", mincores);
}

static void smaps(void)
{
	char text[16384];

	take_areas();
	ready();
	for (;;) {
		int fd = open("/proc/self/smaps", O_RDONLY);

		while (read(fd, text, sizeof(text)) > 0)
			;
		close(fd);
	}
}

TEST(smaps, "a process that reads its smaps of twenty thousand areas")
{
	kill_one("smaps", smaps);
}

static void truncations(void)
{
	int fd = tap_file("f", "");
	char *at;

	MUST(ftruncate(fd, 2L * P));
	at = mmap(NULL, (size_t)AREAS * 2 * P, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (size_t i = 0; i < AREAS; i++)
		if (mmap(at + i * 2 * P, P, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
			break;
	ready();
	for (;;) {
		ftruncate(fd, 0);
		ftruncate(fd, 2L * P);
	}
}

TEST(truncations, "a process that truncates a file which it has mapped twenty thousand times")
{
	kill_one("truncations", truncations);
}

static void locks(void)
{
	int fd = tap_file("f", "");

	for (int i = 0; i < LOCKS; i++) {
		struct flock lock = {.l_type = F_WRLCK, .l_start = 2L * i, .l_len = 1};

		if (fcntl(fd, F_SETLK, &lock))
			break;
	}
	ready();
}

TEST(locks, "a process with thousands of record locks")
{
	kill_one("locks", locks);
}

static void signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (int i = 0; i < SIGNALS; i++)
		if (sigqueue(getpid(), SIGRTMIN + i % 20, (union sigval){.sival_int = i}))
			break;
	ready();
}

TEST(signals, "a process with thousands of pending signals")
{
	kill_one("signals", signals);
}
