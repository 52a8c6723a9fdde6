// SPDX-License-Identifier: MIT
/*
 * CPU affinity: sizes, empty masks, whose mask it is, and what fork, threads and exec do with it.
 */
#include "tap.h"
#include "tap_thread.h"

#include <sched.h>
#include <sys/mman.h>

#define WORDS 16 /* 1024 CPUs, as C libraries have it */

struct mask {
	unsigned long words[WORDS];
};

static long get(pid_t pid, size_t size, struct mask *mask)
{
	memset(mask, 0xa5, sizeof(*mask));
	return syscall(SYS_sched_getaffinity, pid, size, mask);
}

static long set(pid_t pid, size_t size, const struct mask *mask)
{
	return syscall(SYS_sched_setaffinity, pid, size, mask);
}

static int count(const struct mask *mask, long bytes)
{
	int n = 0;

	for (long i = 0; i < bytes / 8; i++)
		n += __builtin_popcountl(mask->words[i]);
	return n;
}

/* The mask we have; the call's value is its size. */
static long own(struct mask *mask)
{
	long bytes = MUST(get(0, sizeof(*mask), mask));

	memset((char *)mask + bytes, 0, sizeof(*mask) - bytes);
	return bytes;
}

/* One CPU of those we may use: the last one. */
static struct mask last_of(const struct mask *mask)
{
	struct mask one = {{0}};

	for (int i = WORDS - 1; i >= 0; i--)
		if (mask->words[i]) {
			one.words[i] = 1UL << (63 - __builtin_clzl(mask->words[i]));
			break;
		}
	return one;
}

static bool same(const struct mask *a, const struct mask *b)
{
	return !memcmp(a, b, sizeof(*a));
}

TEST(get, "the mask's size comes back, and what is behind it stays untouched")
{
	struct mask mask;
	long bytes = MUST(get(0, sizeof(mask), &mask));

	CHECK(bytes >= 8 && bytes <= (long)sizeof(mask) && bytes % 8 == 0);
	CHECK_GE(count(&mask, bytes), 1);
	if (bytes < (long)sizeof(mask))
		CHECK_EQ(((unsigned char *)&mask)[bytes], 0xa5);
	CHECK_EQ(get(0, bytes, &mask), bytes);
	CHECK_EQ(get(getpid(), bytes, &mask), bytes);
	CHECK_GE(sysconf(_SC_NPROCESSORS_ONLN), count(&mask, bytes));
}

TEST(sizes, "sizes that are too small or no multiple of 8 are refused when reading")
{
	struct mask mask;

	CHECK_ERR(get(0, 0, &mask), EINVAL);
	CHECK_ERR(get(0, 4, &mask), EINVAL);
	CHECK_ERR(get(0, 12, &mask), EINVAL);
	CHECK_ERR(get(0, 127, &mask), EINVAL);
	CHECK_ERR(syscall(SYS_sched_getaffinity, 0, sizeof(mask), wild(8)), EFAULT);
}

TEST(set_sizes, "when writing, a short mask is filled up with zeros and a long one cut")
{
	struct mask before, mask, after, big[8];
	long bytes = own(&before);

	CHECK_EQ(set(0, sizeof(before), &before), 0);
	CHECK_EQ(set(0, bytes, &before), 0);
	memset(big, 0, sizeof(big));
	big[0] = before;
	big[7].words[3] = ~0UL; /* CPUs that no machine has */
	CHECK_EQ(set(0, sizeof(big), big), 0);
	own(&after);
	CHECK(same(&before, &after));
	memset(&mask, 0xff, sizeof(mask)); /* all that there are, and more */
	CHECK_EQ(set(0, sizeof(mask), &mask), 0);
	own(&after);
	CHECK_GE(count(&after, bytes), count(&before, bytes));
	CHECK_EQ(set(0, sizeof(before), &before), 0);
	if (before.words[0] & 0xff) {
		mask = before;
		mask.words[0] &= 0xff;
		CHECK_EQ(set(0, 1, &mask), 0);
		own(&after);
		CHECK_EQ(after.words[0], mask.words[0]);
		CHECK_EQ(set(0, sizeof(before), &before), 0);
	}
}

TEST(empty, "EINVAL for a mask without any CPU that there is; the old one stays")
{
	struct mask before, after, none = {{0}};

	own(&before);
	CHECK_ERR(set(0, sizeof(none), &none), EINVAL);
	CHECK_ERR(set(0, 0, &before), EINVAL);
	none.words[WORDS - 1] = 1UL << 63;
	CHECK_ERR(set(0, sizeof(none), &none), EINVAL);
	own(&after);
	CHECK(same(&before, &after));
}

TEST(errors, "ESRCH for nobody, EFAULT for wild masks, EPERM for another user's process")
{
	struct mask mask;
	pid_t other;

	own(&mask);
	CHECK_ERR(set(0x3fffff, sizeof(mask), &mask), ESRCH);
	CHECK_ERR(set(-1, sizeof(mask), &mask), ESRCH);
	CHECK_ERR(get(0x3fffff, sizeof(mask), &mask), ESRCH);
	CHECK_ERR(get(-1, sizeof(mask), &mask), ESRCH);
	CHECK_ERR(syscall(SYS_sched_setaffinity, 0, sizeof(mask), wild(8)), EFAULT);
	SKIP_IF(geteuid(), "is not root");
	other = SPAWN(pause());
	own(&mask);
	CHECK_EXITED(IN_CHILD(tap_become(1000); CHECK_ERR(set(other, sizeof(mask), &mask), EPERM);
			      CHECK_OK(get(other, sizeof(mask), &mask))),
		     0);
	CHECK_OK(set(other, sizeof(mask), &mask));
	kill(other, SIGKILL);
	CHECK_SIGNALED(tap_wait(other), SIGKILL);
}

TEST(fork, "a child has its parent's mask, and changes only its own")
{
	struct mask before, one, after;
	int status;

	own(&before);
	one = last_of(&before);
	CHECK_OK(set(0, sizeof(one), &one));
	status = IN_CHILD({
		own(&after);
		CHECK(same(&after, &one));
		CHECK_OK(set(0, sizeof(before), &before));
	});
	CHECK_EXITED(status, 0);
	own(&after);
	CHECK(same(&after, &one));
	CHECK_OK(set(0, sizeof(before), &before));
}

int tap_child_main(int argc, char **argv)
{
	struct mask mask, one;

	(void)argc;
	(void)argv;
	own(&mask);
	one = last_of(&mask);
	return same(&mask, &one) ? 7 : 8;
}

TEST(exec, "a new program keeps the mask")
{
	struct mask mask, one;
	int status = IN_CHILD({
		own(&mask);
		one = last_of(&mask);
		CHECK_OK(set(0, sizeof(one), &one));
		execl(tap_self, tap_self, "--child", NULL);
	});

	CHECK_EXITED(status, 7);
}

static struct mask thread_mask, thread_one;
static volatile long thread_result, thread_stage;
static volatile int thread_tid;

static int thread_body(void *unused)
{
	(void)unused;
	thread_tid = (int)tap_raw(SYS_gettid, 0, 0, 0, 0, 0, 0);
	tap_raw(SYS_sched_getaffinity, 0, sizeof(thread_mask), (long)&thread_mask, 0, 0, 0);
	thread_result =
		tap_raw(SYS_sched_setaffinity, 0, sizeof(thread_one), (long)&thread_one, 0, 0, 0);
	thread_stage = 1;
	while (thread_stage == 1)
		tap_raw(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
	return 0;
}

TEST(threads, "each thread has a mask of its own, named by its tid")
{
	struct tap_thread thread;
	struct mask before, after;

	own(&before);
	thread_one = last_of(&before);
	MUST(tap_thread_start(&thread, thread_body, NULL));
	while (thread_stage != 1)
		sched_yield();
	CHECK_EQ(thread_mask.words[0], before.words[0]);
	CHECK_EQ(thread_result, 0);
	CHECK_OK(get(thread_tid, sizeof(after), &after));
	CHECK_EQ(after.words[0], thread_one.words[0]);
	own(&after);
	CHECK(same(&after, &before));
	CHECK_OK(set(thread_tid, sizeof(before), &before));
	CHECK_OK(get(thread_tid, sizeof(after), &after));
	CHECK_EQ(after.words[0], before.words[0]);
	thread_stage = 2;
	tap_thread_join(&thread);
}

TEST(getcpu, "getcpu tells a CPU of the mask, and takes NULL for what is not asked for")
{
	struct mask before, one;
	unsigned cpu = ~0U, node = ~0U;

	own(&before);
	CHECK_OK(syscall(SYS_getcpu, NULL, NULL, NULL));
	CHECK_OK(syscall(SYS_getcpu, NULL, &node, NULL));
	CHECK(node < 1024);
	CHECK_OK(syscall(SYS_getcpu, &cpu, NULL, NULL));
	CHECK(cpu < 64 * WORDS);
	CHECK_ERR(syscall(SYS_getcpu, wild(8), NULL, NULL), EFAULT);
	CHECK_ERR(syscall(SYS_getcpu, NULL, wild(8), NULL), EFAULT);
	one = last_of(&before);
	CHECK_OK(set(0, sizeof(one), &one));
	CHECK_OK(syscall(SYS_getcpu, &cpu, &node, NULL));
	CHECK(one.words[cpu / 64] & 1UL << cpu % 64);
	CHECK_OK(set(0, sizeof(before), &before));
}

static _Noreturn void spin(volatile unsigned *where)
{
	unsigned cpu;

	for (;;) {
		syscall(SYS_getcpu, &cpu, NULL, NULL);
		*where = cpu;
	}
}

TEST(idle, "an idle CPU takes one of those that wait elsewhere, once they may run there")
{
	volatile unsigned *where;
	struct mask before, one;
	long bytes = own(&before);
	pid_t pids[2];

	SKIP_IF(count(&before, bytes) < 2, "has one CPU");
	where = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(where != MAP_FAILED);
	where[0] = where[1] = ~0U;
	one = last_of(&before);
	CHECK_OK(set(0, sizeof(one), &one));
	for (int i = 0; i < 2; i++)
		pids[i] = SPAWN(spin(&where[i]));
	do
		usleep(100000); /* the other CPUs fall asleep */
	while (where[0] == ~0U || where[1] == ~0U);
	for (int i = 0; i < 2; i++)
		CHECK_OK(set(pids[i], sizeof(before), &before));
	while (where[0] == where[1])
		sched_yield();
	for (int i = 0; i < 2; i++) {
		kill(pids[i], SIGKILL);
		CHECK_SIGNALED(tap_wait(pids[i]), SIGKILL);
	}
	CHECK_OK(munmap((void *)where, 4096));
	CHECK_OK(set(0, sizeof(before), &before));
}
