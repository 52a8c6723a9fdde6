// SPDX-License-Identifier: MIT
/*
 * proc_sched_storm.c -- everything that moves a thread between queues, at the same time: policies
 * that change, nice values, affinities, classes, sleep, wake-ups, new threads and ends.
 */
#include "sched_attributes.h"
#include "tap.h"

#include <sched.h>
#include <sys/resource.h>

#define FILE_NAME "/proc/creance/sched"
#define POLICIES_MAX 16
#define NR_WRITERS 4
#define NR_WORKERS 60
#define NR_CHANGES 25 /* by each writer */

/* "NAME,SETTING=VALUE..." of what is chosen, and of all that there are. */
static char chosen[256], available[POLICIES_MAX][256];
static int nr_available;

/* What all processes share. */
static struct shared {
	pid_t workers[NR_WORKERS];
	volatile int over;
} * shared;

static void read_available(void)
{
	char line[256];
	FILE *file = fopen(FILE_NAME, "re");

	SKIP_IF(!file && !tap_on_creance(), "only on Creance");
	if (!CHECK(file))
		tap_abort();
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "policy ", 7))
			snprintf(chosen, sizeof(chosen), "%s", line + 7);
		else if (!strncmp(line, "available ", 10) && nr_available < POLICIES_MAX)
			snprintf(available[nr_available++], sizeof(available[0]), "%s", line + 10);
	}
	fclose(file);
}

static unsigned draw(unsigned *seed, unsigned limit)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % limit;
}

static void spin(unsigned n)
{
	for (volatile unsigned i = 0; i < n; i++)
		;
}

static void choose(int fd, const char *text)
{
	CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
}

static void write_policies(unsigned seed)
{
	int fd = (int)MUST(open(FILE_NAME, O_WRONLY | O_CLOEXEC));

	for (unsigned i = 0; i < NR_CHANGES; i++) {
		unsigned which = draw(&seed, (unsigned)nr_available + 2);

		if (which < (unsigned)nr_available)
			choose(fd, available[which]);
		else
			choose(fd, draw(&seed, 2) ? "rr,quantum=1s" : "rr,quantum=100us");
	}
	close(fd);
}

static void change_another(unsigned *seed)
{
	pid_t pid = shared->workers[draw(seed, NR_WORKERS)];
	unsigned long mask = 1 + draw(seed, 3);
	struct sched_param none = {0}, some = {.sched_priority = 1 + (int)draw(seed, 3)};

	switch (draw(seed, 4)) {
	case 0:
		setpriority(PRIO_PROCESS, (id_t)pid, (int)draw(seed, 40) - 20);
		break;
	case 1:
		syscall(SYS_sched_setaffinity, pid, sizeof(mask), &mask);
		break;
	case 2:
		syscall(SYS_sched_setscheduler, pid, draw(seed, 2) ? SCHED_FIFO : SCHED_RR, &some);
		break;
	default:
		syscall(SYS_sched_setscheduler, pid, draw(seed, 2) ? SCHED_BATCH : SCHED_OTHER,
			&none);
	}
}

static void work(unsigned seed)
{
	const struct timespec moment = {0, 20000};

	while (!shared->over) {
		switch (draw(&seed, 5)) {
		case 0:
			spin(draw(&seed, 500));
			break;
		case 1:
			sched_yield();
			break;
		case 2:
			nanosleep(&moment, NULL);
			break;
		case 3:
			change_another(&seed);
			break;
		default:
			if (!draw(&seed, 50))
				CHECK_EXITED(IN_CHILD(sched_yield()), 0);
		}
	}
}

TEST(storm, "the policy changes while threads are queued, moved, woken, made and ended")
{
	pid_t writers[NR_WRITERS];
	int fd;

	read_available();
	SKIP_IF(geteuid(), "only for root");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (!CHECK(shared != MAP_FAILED))
		tap_abort();
	for (unsigned n = 0; n < NR_WORKERS; n++)
		shared->workers[n] = SPAWN(work(n + 1));
	for (unsigned n = 0; n < NR_WRITERS; n++)
		writers[n] = SPAWN(write_policies(n + 1000));
	for (unsigned n = 0; n < NR_WRITERS; n++)
		CHECK_EXITED(tap_wait(writers[n]), 0);
	shared->over = 1;
	for (unsigned n = 0; n < NR_WORKERS; n++)
		CHECK_EXITED(tap_wait(shared->workers[n]), 0);
	fd = (int)MUST(open(FILE_NAME, O_WRONLY | O_CLOEXEC));
	choose(fd, chosen);
	close(fd);
}

/* SCHED_OTHER with nice 3 and SCHED_RR with priority 7 by turns: what else is seen is no state. */
static void flip(void)
{
	struct attributes ordinary = {.size = 48, .policy = SCHED_OTHER, .nice = 3},
			  urgent = {.size = 48, .policy = SCHED_RR, .priority = 7},
			  batch = {.size = 48, .policy = SCHED_BATCH, .nice = 5};

	while (!shared->over) {
		MUST(syscall(SYS_sched_setattr, 0, &ordinary, 0));
		MUST(syscall(SYS_sched_setattr, 0, &batch, 0));
		MUST(syscall(SYS_sched_setattr, 0, &ordinary, 0));
		MUST(syscall(SYS_sched_setattr, 0, &urgent, 0));
	}
}

/* The fields 18, 19, 40 and 41 of @pid's stat, whose name has no space. */
static void stat_of(pid_t pid, int *priority, int *nice, unsigned *rt_priority, unsigned *policy)
{
	char path[40], line[1024] = "", *field = line;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = (int)MUST(open(path, O_RDONLY | O_CLOEXEC));
	MUST(read(fd, line, sizeof(line) - 1));
	close(fd);
	for (int n = 1; n <= 41 && field; n++, field = strchr(field, ' ') + 1) {
		if (n == 18)
			*priority = atoi(field);
		else if (n == 19)
			*nice = atoi(field);
		else if (n == 40)
			*rt_priority = (unsigned)atoi(field);
		else if (n == 41)
			*policy = (unsigned)atoi(field);
	}
}

TEST(one_state, "stat and sched_getattr show a class, priority and nice value of one moment")
{
	pid_t changes;
	int nr_wrong = 0;

	read_available(); /* Linux reads one after the other, without a lock */
	SKIP_IF(geteuid(), "only for root");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (!CHECK(shared != MAP_FAILED))
		tap_abort();
	changes = SPAWN(flip());
	tap_sleep_ms(20);
	for (int i = 0; i < 1500; i++) {
		struct attributes seen = {0};
		int priority = 0, nice = 0;
		unsigned rt_priority = 0, policy = 0;

		stat_of(changes, &priority, &nice, &rt_priority, &policy);
		if (policy == SCHED_RR)
			nr_wrong += rt_priority != 7 || priority != -8 || nice != 3;
		else
			nr_wrong += rt_priority || priority != 20 + nice ||
				    nice != (policy == SCHED_BATCH ? 5 : 3);
		MUST(syscall(SYS_sched_getattr, changes, &seen, 48, 0));
		if (seen.policy == SCHED_RR)
			nr_wrong += seen.priority != 7;
		else
			nr_wrong +=
				seen.priority || seen.nice != (seen.policy == SCHED_BATCH ? 5 : 3);
	}
	CHECK_EQ(nr_wrong, 0);
	shared->over = 1;
	CHECK_EXITED(tap_wait(changes), 0);
}
