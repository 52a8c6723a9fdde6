// SPDX-License-Identifier: MIT
/* proc_sched_policy.c -- /proc/creance/sched: the policy of ordinary threads is changed at work. */
#include "tap.h"
#include <sched.h>
#include <sys/resource.h>

#define FILE_NAME "/proc/creance/sched"
#define POLICIES_MAX 16
#define NR_WORKERS 100

/* "NAME,SETTING=VALUE..." of what is chosen, and of all that there are. */
static char chosen[256], available[POLICIES_MAX][256];
static int nr_available;

static void read_file(void)
{
	char line[256], *end;
	FILE *file = fopen(FILE_NAME, "re");

	SKIP_IF(!file && !tap_on_creance(), "only on Creance");
	if (!CHECK(file))
		tap_abort();
	nr_available = 0;
	while (fgets(line, sizeof(line), file)) {
		end = strchr(line, '\n');
		if (end)
			*end = '\0';
		if (!strncmp(line, "policy ", 7))
			snprintf(chosen, sizeof(chosen), "%s", line + 7);
		else if (!strncmp(line, "available ", 10) && nr_available < POLICIES_MAX)
			snprintf(available[nr_available++], sizeof(available[0]), "%s", line + 10);
	}
	fclose(file);
}

/* Returns 0 or the error. */
static int choose(const char *text)
{
	int fd = (int)MUST(open(FILE_NAME, O_WRONLY | O_CLOEXEC));
	int err = write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : errno;

	close(fd);
	return err;
}

static const char *first_policy(void)
{
	static char was[256];

	read_file();
	SKIP_IF(geteuid(), "only for root");
	snprintf(was, sizeof(was), "%s", chosen);
	return was;
}

TEST(text, "what is read can be written; a wrong text is EINVAL and changes nothing")
{
	static const char *const wrong[] = {"\n",
					    "best",
					    "rr,quantum",
					    "rr,quantum=0",
					    "rr,quantum=10ms,levels=3",
					    "realtime",
					    "fifo,quantum=10ms",
					    "rr fifo",
					    "sjf,alpha=25,preempt=2"};
	const char *was = first_policy();

	CHECK_GE(nr_available, 3);
	for (int i = 0; i < nr_available; i++) {
		CHECK_EQ(choose(available[i]), 0);
		read_file();
		CHECK_STR(chosen, available[i]);
	}
	CHECK_EQ(choose("rr,quantum=25ms\n"), 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CHECK_EQ(choose(wrong[i]), EINVAL);
		read_file();
		CHECK_STR(chosen, "rr,quantum=25ms");
	}
	CHECK_EQ(choose(was), 0);
}

TEST(root, "everybody may read it, only root may write")
{
	first_policy();
	CHECK_EXITED(IN_CHILD(tap_become(1000); read_file(); CHECK_GE(nr_available, 3);
			      CHECK_ERR(open(FILE_NAME, O_WRONLY), EACCES)),
		     0);
}

static void spin(unsigned n)
{
	for (volatile unsigned i = 0; i < n; i++)
		;
}

/* Two processes that answer each other @rounds times, and may wait for others that use the CPU. */
static void ping_pong(int rounds)
{
	int there[2], back[2];
	char byte;
	pid_t pid;

	MUST(pipe(there));
	MUST(pipe(back));
	pid = SPAWN(for (int i = 0; i < rounds; i++) {
		CHECK_EQ(read(there[0], &byte, 1), 1);
		CHECK_EQ(write(back[1], &byte, 1), 1);
	});
	for (int i = 0; i < rounds; i++) {
		byte = (char)i;
		CHECK_EQ(write(there[1], &byte, 1), 1);
		CHECK_EQ(read(back[0], &byte, 1), 1);
		CHECK_EQ(byte, (char)i);
	}
	CHECK_EXITED(tap_wait(pid), 0);
	for (int i = 0; i < 2; i++) {
		close(there[i]);
		close(back[i]);
	}
}

TEST(work, "under each policy programs start, wait, sleep, use the CPU and end")
{
	const char *was = first_policy();
	pid_t pids[8];

	for (int i = 0; i < nr_available; i++) {
		CHECK_EQ(choose(available[i]), 0);
		for (int n = 0; n < 8; n++)
			pids[n] = SPAWN(setpriority(PRIO_PROCESS, 0, n); spin(2000000);
					tap_sleep_ms(n % 3); sched_yield(); spin(200000));
		ping_pong(100);
		for (int n = 0; n < 8; n++)
			CHECK_EXITED(tap_wait(pids[n]), 0);
	}
	CHECK_EQ(choose(was), 0);
}

TEST(changes, "many threads are ready, asleep and running while the policy changes")
{
	const char *was = first_policy();
	pid_t pids[NR_WORKERS];

	for (int n = 0; n < NR_WORKERS; n++)
		pids[n] = SPAWN(for (int i = 0; i < 10; i++) {
			spin(20000);
			if (n % 3)
				sched_yield();
			else
				tap_sleep_ms(1);
		});
	for (int round = 0; round < 30; round++) {
		CHECK_EQ(choose(available[round % nr_available]), 0);
		if (round % 3)
			tap_sleep_ms(1);
		else
			sched_yield();
	}
	for (int n = 0; n < NR_WORKERS; n++)
		CHECK_EXITED(tap_wait(pids[n]), 0);
	CHECK_EQ(choose(was), 0);
}

TEST(writers, "several processes change the policy at the same time")
{
	const char *was = first_policy();
	pid_t writers[4], workers[20];

	for (int n = 0; n < 20; n++)
		workers[n] = SPAWN(for (int i = 0; i < 20; i++) {
			spin(5000);
			sched_yield();
		});
	for (int n = 0; n < 4; n++)
		writers[n] = SPAWN(for (int i = 0; i < 30; i++) {
			CHECK_EQ(choose(available[(n * 3 + i) % nr_available]), 0);
			CHECK_EQ(choose("rr,quantum=x"), EINVAL);
		});
	for (int n = 0; n < 4; n++)
		CHECK_EXITED(tap_wait(writers[n]), 0);
	for (int n = 0; n < 20; n++)
		CHECK_EXITED(tap_wait(workers[n]), 0);
	CHECK_EQ(choose(was), 0);
}

/* Each child writes its letter many times, and never waits. */
static void letters_of_two(char *text, unsigned *len)
{
	cpu_set_t one;
	pid_t pids[2];

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	*len = 0;
	for (int n = 0; n < 2; n++)
		pids[n] = SPAWN(MUST(sched_setaffinity(0, sizeof(one), &one)); for (int i = 0;
										    i < 200; i++) {
			text[__atomic_fetch_add(len, 1, __ATOMIC_SEQ_CST)] = (char)('a' + n);
			spin(100000);
		});
	for (int n = 0; n < 2; n++)
		CHECK_EXITED(tap_wait(pids[n]), 0);
	text[*len] = '\0';
}

static bool may_starve(const char *policy)
{
	return !strcmp(policy, "fifo") || !strncmp(policy, "sjf", 3);
}

TEST(loops, "endless loops starve nobody, but under fifo and sjf")
{
	const char *was = first_policy();
	pid_t loops[3];

	for (int i = 0; i < nr_available; i++) {
		if (may_starve(available[i]))
			continue;
		CHECK_EQ(choose(available[i]), 0);
		for (int n = 0; n < 3; n++)
			loops[n] = SPAWN(for (;;) __asm__ volatile(""));
		for (int n = 0; n < 5; n++)
			tap_sleep_ms(1);
		ping_pong(10);
		CHECK_EXITED(IN_CHILD(spin(200000); _exit(4)), 4);
		for (int n = 0; n < 3; n++) {
			kill(loops[n], SIGKILL);
			CHECK_SIGNALED(tap_wait(loops[n]), SIGKILL);
		}
	}
	CHECK_EQ(choose(was), 0);
}

TEST(fifo, "under fifo who runs is not interrupted by others")
{
	const char *was = first_policy();
	char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *second;

	memset(shared, 0, 4096);
	CHECK_EQ(choose("fifo"), 0);
	letters_of_two(shared + 8, (unsigned *)(void *)shared);
	/* One after the other: with several CPUs the second may have been the first there. */
	second = shared + 8 + 200;
	CHECK_EQ(strlen(shared + 8), 400);
	CHECK_EQ(strspn(shared + 8, shared[8] == 'a' ? "a" : "b"), 200);
	CHECK_EQ(strspn(second, *second == 'a' ? "a" : "b"), 200);
	CHECK_EQ(choose(was), 0);
}
