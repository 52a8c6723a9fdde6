// SPDX-License-Identifier: MIT
/*
 * late_frees.c -- memory that is freed late, because other CPUs may still look at it, is waited for
 * when memory is short: nobody is ended for it.
 *
 * Only for a guest of little memory and several CPUs. tests/system/late_frees.t runs it so.
 */
#include "tap.h"

#include <limits.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

enum { CHANGERS = 2, ROUNDS = 6000, USER = 1000 };
enum { URGENT = 2, OPENS = 250, OPEN_AT_ONCE = 900 };
enum { TABLES = 100, SLOTS = 20000, NAMES_LEFT_KIB = 2400, TABLES_LEFT_KIB = 6000 };
#define TOO_MUCH_MEMORY (128UL << 20)
#define RW (PROT_READ | PROT_WRITE)

static long available_kib(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128];
	long kib = -1;

	if (!CHECK(file))
		tap_abort();
	while (kib < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %ld", &kib) != 1)
			kib = -1;
	fclose(file);
	return kib;
}

/* Hold all memory but that, and use none. */
static void hold_memory(long left_kib, int ready)
{
	size_t size = (size_t)(available_kib() - left_kib) << 10;
	char *m = mmap(NULL, size, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(m == MAP_FAILED ? -1 : 0);
	memset(m, 1, size);
	MUST(write(ready, "x", 1));
	for (;;)
		pause();
}

/* A name that is too long for the entry of the cache of names. */
static void make_name(char *name, unsigned changer, int round)
{
	memset(name, 'x', NAME_MAX);
	name[NAME_MAX] = '\0';
	name[snprintf(name, NAME_MAX, "late-%u-%d", changer, round)] = 'x';
}

static void make_and_remove(unsigned changer)
{
	char dir[NAME_MAX + 1], file[2 * NAME_MAX + 2];
	struct stat st;

	for (int round = 0; round < ROUNDS; round++) {
		make_name(dir, changer, round);
		snprintf(file, sizeof(file), "%s/%s", dir, dir);
		CHECK_ERR(stat(file, &st), ENOENT);
		if (round % 4)
			continue;
		CHECK_OK(mkdir(dir, 0700));
		CHECK_OK(close((int)CHECK_OK(open(file, O_CREAT | O_RDWR | O_CLOEXEC, 0600))));
		CHECK_OK(unlink(file));
		CHECK_OK(rmdir(dir));
	}
}

/* Tables that grow step by step, each in a process of its own. */
static void make_tables(unsigned changer)
{
	struct rlimit many = {SLOTS, SLOTS};

	(void)changer;
	for (int i = 0; i < TABLES; i++)
		CHECK_EXITED(IN_CHILD(MUST(setrlimit(RLIMIT_NOFILE, &many));
				      for (int fd = 100; fd < SLOTS; fd *= 2)
					      CHECK_EQ(dup2(STDOUT_FILENO, fd), fd)),
			     0);
}

/* CHANGERS users of the memory that a process leaves which holds most of it, and which survives. */
static void run_beside_holder(long left_kib, void (*change)(unsigned changer))
{
	pid_t holder, changers[CHANGERS];
	struct sysinfo info;
	int ready[2];
	char c;

	MUST(sysinfo(&info));
	SKIP_IF(info.totalram > TOO_MUCH_MEMORY, "needs a guest of little memory");
	SKIP_IF(geteuid() != 0, "needs root to become an ordinary user");
	MUST(pipe(ready));
	MUST(chmod(".", 0777));
	holder = SPAWN(tap_become(USER); hold_memory(left_kib, ready[1]));
	CHECK_EQ(read(ready[0], &c, 1), 1);
	for (unsigned i = 0; i < CHANGERS; i++)
		changers[i] = SPAWN(tap_become(USER); change(i));
	for (unsigned i = 0; i < CHANGERS; i++)
		CHECK_EXITED(tap_wait(changers[i]), 0);
	MUST(kill(holder, SIGTERM));
	CHECK_SIGNALED(tap_wait(holder), SIGTERM);
}

TEST(names, "nobody is ended while names come and go faster than their memory comes back")
{
	run_beside_holder(NAMES_LEFT_KIB, make_and_remove);
}

TEST(tables, "there is memory for tables of descriptors that grow again and again")
{
	run_beside_holder(TABLES_LEFT_KIB, make_tables);
}

static void open_again_and_again(void)
{
	static int fds[OPEN_AT_ONCE];

	for (int i = 0; i < OPENS; i++) {
		for (int n = 0; n < OPEN_AT_ONCE; n++)
			fds[n] = (int)MUST(open("/dev/null", O_RDONLY | O_CLOEXEC));
		for (int n = 0; n < OPEN_AT_ONCE; n++)
			close(fds[n]);
	}
}

static void choose_part(const char *text)
{
	int fd = (int)MUST(open("/proc/sys/kernel/sched_rt_runtime_us", O_WRONLY | O_CLOEXEC));

	MUST(write(fd, text, strlen(text)));
	close(fd);
}

TEST(urgent, "not even threads of the kernel get a CPU: there is memory for what opens files there")
{
	const struct sched_param param = {.sched_priority = 10};
	const unsigned long first = 1;
	struct rlimit many = {1024, 1024};
	pid_t pids[URGENT];
	struct sysinfo info;

	MUST(sysinfo(&info));
	SKIP_IF(info.totalram > TOO_MUCH_MEMORY, "needs a guest of little memory");
	SKIP_IF(geteuid() != 0, "needs root for real-time scheduling");
	choose_part("-1");
	for (unsigned i = 0; i < URGENT; i++)
		pids[i] = SPAWN(MUST(setrlimit(RLIMIT_NOFILE, &many));
				MUST(syscall(SYS_sched_setaffinity, 0, sizeof(first), &first));
				MUST(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param));
				open_again_and_again());
	for (unsigned i = 0; i < URGENT; i++)
		CHECK_EXITED(tap_wait(pids[i]), 0);
	choose_part("950000");
}
