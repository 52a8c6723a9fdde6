// SPDX-License-Identifier: MIT
/* sig_crowd.c -- what happens to all threads of a process that has many, or to a whole group. */
#include "tap.h"
#include "tap_thread.h"
#include <sys/prctl.h>

#define NR_THREADS 120
#define MEMBERS 60

static struct {
	volatile int nr_ready;
	volatile long counts[NR_THREADS];
} * shared;

static void setup(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
}

static int counting(void *arg)
{
	long n = (long)arg;

	__atomic_fetch_add(&shared->nr_ready, 1, __ATOMIC_SEQ_CST);
	for (;;) {
		shared->counts[n]++;
		tap_raw(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
	}
	return 0;
}

static void count_in_threads(void)
{
	static struct tap_thread threads[NR_THREADS];

	for (long i = 0; i < NR_THREADS; i++)
		MUST(tap_thread_start(&threads[i], counting, (void *)i) < 0 ? -1 : 0);
	pause();
}

/* A process of many threads that count. */
static pid_t start_counting(void)
{
	pid_t pid;

	setup();
	pid = SPAWN(count_in_threads());
	WAIT_UNTIL(shared->nr_ready == NR_THREADS);
	return pid;
}

static void all_count(long nr)
{
	for (long i = 0; i < nr; i++) {
		long seen = shared->counts[i];

		WAIT_UNTIL(shared->counts[i] != seen);
	}
}

/* Wait until the child `pid` has stopped. */
static void wait_for_stop(pid_t pid)
{
	int status;

	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK_EQ(WIFSTOPPED(status), 1);
}

TEST(stop_and_continue, "a stop reaches each of many threads, and so does SIGCONT")
{
	long seen[NR_THREADS];
	int status;
	pid_t pid = start_counting();

	for (int round = 0; round < 3; round++) {
		all_count(NR_THREADS);
		MUST(kill(pid, SIGSTOP));
		wait_for_stop(pid);
		memcpy(seen, (void *)shared->counts, sizeof(seen));
		tap_sleep_ms(15);
		CHECK_EQ(memcmp(seen, (void *)shared->counts, sizeof(seen)), 0);
		MUST(kill(pid, SIGCONT));
		CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
	}
	all_count(NR_THREADS);
	MUST(kill(pid, SIGSTOP));
	MUST(kill(pid, SIGCONT)); /* in the middle of the stop, mostly */
	all_count(NR_THREADS);
	MUST(kill(pid, SIGSTOP));
	MUST(kill(pid, SIGKILL));
	CHECK_SIGNALED(tap_wait(pid), SIGKILL);
}

TEST(stop_again, "a stop right after SIGCONT reaches each of many threads, and is reported")
{
	pid_t pid = start_counting();

	MUST(kill(pid, SIGSTOP));
	for (int round = 0; round < 10; round++) {
		wait_for_stop(pid);
		MUST(kill(pid, SIGCONT));
		MUST(kill(pid, SIGSTOP));
	}
	MUST(kill(pid, SIGKILL));
	CHECK_SIGNALED(tap_wait(pid), SIGKILL);
}

static void count_signal(int signal)
{
	(void)signal;
	__atomic_fetch_add(&shared->counts[0], 1, __ATOMIC_SEQ_CST);
}

static int pausing(void *arg)
{
	for (;;)
		tap_raw(SYS_pause, 0, 0, 0, 0, 0, 0);
	return 0;
}

/* Take one signal for each byte of @tokens; a second thread has a handler for the others. */
static void take_one_each(int tokens)
{
	struct tap_thread thread;
	sigset_t set;
	char c;

	signal(SIGRTMIN + 1, count_signal);
	MUST(tap_thread_start(&thread, pausing, NULL) < 0 ? -1 : 0);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	while (read(tokens, &c, 1) == 1) {
		__atomic_fetch_add(&shared->nr_ready, 1, __ATOMIC_SEQ_CST);
		/* The other thread may be quicker, twice. */
		if (sigtimedwait(&set, NULL, &(struct timespec){0, 100000000}) > 0)
			count_signal(0);
	}
}

TEST(waiter_leaves_one, "what a thread that waits for one signal leaves is another thread's")
{
	int ends[2];
	pid_t pid;

	setup();
	MUST(pipe(ends));
	pid = SPAWN(close(ends[1]); take_one_each(ends[0]));
	for (int round = 1; round <= 20; round++) {
		CHECK_EQ(write(ends[1], "", 1), 1);
		WAIT_UNTIL(shared->nr_ready == round);
		tap_wait_asleep(pid);
		for (int i = 0; i < 2; i++)
			MUST(sigqueue(pid, SIGRTMIN + 1, (union sigval){.sival_int = i}));
		WAIT_UNTIL(shared->counts[0] == 2 * round);
	}
	close(ends[1]);
	CHECK_EXITED(tap_wait(pid), 0);
}

static void count_hang_up(int signal)
{
	__atomic_fetch_add(&shared->counts[signal == SIGHUP], 1, __ATOMIC_SEQ_CST);
}

/* A member that stops, with its parent in another group of the session. */
static pid_t member_of(pid_t group)
{
	return SPAWN({
		signal(SIGHUP, count_hang_up);
		signal(SIGCONT, count_hang_up);
		MUST(setpgid(0, group));
		__atomic_fetch_add(&shared->nr_ready, 1, __ATOMIC_SEQ_CST);
		raise(SIGSTOP);
	});
}

TEST(orphaned_group,
     "each of many stopped members gets SIGHUP and SIGCONT when the group is orphaned")
{
	pid_t pids[MEMBERS], shell;

	setup();
	MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
	shell = SPAWN({
		int status;

		MUST(setsid());
		for (int i = 0; i < MEMBERS; i++) {
			pids[i] = member_of(i ? pids[0] : 0);
			CHECK_EQ(waitpid(pids[i], &status, WUNTRACED), pids[i]);
		}
	});
	CHECK_EXITED(tap_wait(shell), 0);
	WAIT_UNTIL(shared->counts[0] == MEMBERS && shared->counts[1] == MEMBERS);
	MUST(prctl(PR_SET_CHILD_SUBREAPER, 0));
	CHECK_EQ(shared->nr_ready, MEMBERS);
	for (int i = 0; i < MEMBERS; i++)
		MUST(wait(NULL) < 0 ? -1 : 0);
}
