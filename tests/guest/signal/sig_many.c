// SPDX-License-Identifier: MIT
/*
 * sig_many.c -- signals in great numbers: queued ones, groups of many, processes of many threads.
 *
 * What is checked here is that none is lost and none comes twice where the kernel works in steps.
 * How long the steps are, tests/system/latency.t measures with this program.
 */
#include "tap.h"
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#define QUEUED 300

static int queue_self(int signal, int value)
{
	siginfo_t info = {.si_signo = signal, .si_code = SI_QUEUE};

	info.si_value.sival_int = value;
	return (int)syscall(SYS_rt_sigqueueinfo, getpid(), signal, &info);
}

static int take(int signal)
{
	struct timespec none = {0, 0};
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	return sigtimedwait(&set, &info, &none) == signal ? info.si_value.sival_int : -1;
}

/* All signals, with room in the queue: the limit's default is smaller where memory is. */
static void block_all(void)
{
	struct rlimit limit;
	sigset_t all;

	MUST(getrlimit(RLIMIT_SIGPENDING, &limit));
	if (limit.rlim_cur < QUEUED + 1)
		MUST(setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){QUEUED + 1, QUEUED + 1}));
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
}

TEST(order, "instances of several signals keep their order, whatever is taken between them")
{
	block_all();
	for (int i = 0; i < QUEUED; i++)
		CHECK_OK(queue_self(SIGRTMIN + 1 + i % 3, i));
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_EQ(take(SIGUSR1), 0); /* kill sends no value */
	for (int i = 1; i < QUEUED; i += 3)
		CHECK_EQ(take(SIGRTMIN + 2), i);
	CHECK_EQ(take(SIGRTMIN + 2), -1);
	for (int i = 0; i < QUEUED; i += 3) {
		CHECK_EQ(take(SIGRTMIN + 1), i);
		CHECK_EQ(take(SIGRTMIN + 3), i + 2);
	}
	CHECK_EQ(take(SIGRTMIN + 1), -1);
}

TEST(ignored, "all instances of a signal go when it becomes ignored, and no other")
{
	sigset_t pending;

	block_all();
	for (int i = 0; i < QUEUED; i++)
		CHECK_OK(queue_self(SIGRTMIN + 1 + i % 2, i));
	signal(SIGRTMIN + 1, SIG_IGN);
	MUST(sigpending(&pending));
	CHECK(!sigismember(&pending, SIGRTMIN + 1));
	CHECK(sigismember(&pending, SIGRTMIN + 2));
	signal(SIGRTMIN + 1, SIG_DFL);
	CHECK_EQ(take(SIGRTMIN + 1), -1);
	for (int i = 1; i < QUEUED; i += 2)
		CHECK_EQ(take(SIGRTMIN + 2), i);
}

TEST(exit_with_many, "a process that ends with many signals pending leaves none of them")
{
	CHECK_EXITED(IN_CHILD(block_all(); for (int i = 0; i < QUEUED; i++)
				      CHECK_OK(queue_self(SIGRTMIN + 1 + i % 2, i))),
		     0);
}

TEST(timers, "many timers with one signal: each is taken once, deleting one spares the others")
{
	enum { TIMERS = 100 };
	struct itimerspec soon = {.it_value = {0, 1}};
	timer_t timers[TIMERS];
	int seen = 0, taken;

	block_all();
	for (int i = 0; i < TIMERS; i++) {
		struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};

		event.sigev_value.sival_int = i;
		MUST(timer_create(CLOCK_MONOTONIC, &event, &timers[i]));
		MUST(timer_settime(timers[i], 0, &soon, NULL));
	}
	tap_sleep_ms(20);
	MUST(timer_delete(timers[0]));
	MUST(timer_delete(timers[TIMERS / 2]));
	while ((taken = take(SIGUSR2)) >= 0) {
		CHECK(taken != 0 && taken != TIMERS / 2);
		seen++;
	}
	CHECK_EQ(seen, TIMERS - 2);
}

static void set_blocked(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(how, &set, NULL);
}

static void member(bool forks)
{
	set_blocked(SIG_UNBLOCK);
	for (int i = 0; forks && i < 1000; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	for (;;)
		pause();
}

static void large_group(void)
{
	enum { MEMBERS = 60 };
	int ended = 0, status;

	setpgid(0, 0);
	set_blocked(SIG_BLOCK);
	for (int i = 0; i < MEMBERS; i++)
		if (MUST(fork()) == 0)
			member(i % 20 == 0);
	CHECK_OK(kill(0, SIGTERM));
	while (wait(&status) > 0)
		ended += WIFSIGNALED(status);
	CHECK_EQ(ended, MEMBERS);
}

TEST(group, "a signal reaches every process of a large group, also those that fork meanwhile")
{
	CHECK_EXITED(IN_CHILD(large_group()), 0);
}

TEST(children, "many children in groups of their own are given away when their parent ends")
{
	enum { CHILDREN = 100 };
	int ends[2], left = 0;
	pid_t pid;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	MUST(pipe(ends));
	pid = SPAWN(for (int i = 0; i < CHILDREN; i++) if (MUST(fork()) == 0) {
		char c;

		if (i % 3)
			setpgid(0, 0);
		close(ends[1]);
		_exit(read(ends[0], &c, 1) == 0 ? 7 : 1);
	});
	CHECK_EXITED(tap_wait(pid), 0);
	close(ends[1]);
	for (int status; wait(&status) > 0; left++)
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	CHECK_EQ(left, CHILDREN);
}
