// SPDX-License-Identifier: MIT
/*
 * sig_limit.c -- RLIMIT_SIGPENDING bounds what one user has queued, in all its processes:
 * getrlimit(2).
 */
#include "tap.h"
#include <sys/resource.h>

#define USER 40971
#define LIMIT 10

static void become(unsigned id)
{
	struct rlimit limit = {LIMIT, LIMIT};
	sigset_t all;

	sigfillset(&all);
	MUST(sigprocmask(SIG_BLOCK, &all, NULL));
	MUST(setrlimit(RLIMIT_SIGPENDING, &limit));
	tap_become(id);
}

static long queue(int signal)
{
	siginfo_t info = {.si_code = SI_QUEUE};

	return syscall(SYS_rt_sigqueueinfo, getpid(), signal, &info);
}

/* How many more real-time signals can be queued for this process. */
static int room(void)
{
	int n = 0;

	while (n < 2 * LIMIT && queue(SIGRTMIN) == 0)
		n++;
	CHECK_EQ(errno, EAGAIN);
	return n;
}

static long make_timer(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1};
	int id;

	return syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id) < 0 ? -1 : id;
}

TEST(own, "a process queues as many as the limit allows, then EAGAIN; what is taken makes room")
{
	siginfo_t info;
	sigset_t set;

	become(USER);
	CHECK_EQ(room(), LIMIT);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	CHECK_EQ(sigtimedwait(&set, &info, &(struct timespec){0}), SIGRTMIN);
	CHECK_EQ(room(), 1);
	/* what needs no value comes through all the same */
	CHECK_OK(kill(getpid(), SIGUSR1));
}

TEST(shared, "processes of one user share the limit; what a process had goes with it")
{
	become(USER + 1);
	for (int i = 0; i < LIMIT - 3; i++)
		CHECK_OK(queue(SIGRTMIN));
	CHECK_EXITED(IN_CHILD(CHECK_EQ(room(), 3)), 0);
	CHECK_EQ(room(), 2); /* SIGCHLD has the other place */
	CHECK_EXITED(IN_CHILD(CHECK_EQ(room(), 0)), 0);
}

TEST(users, "another user has a limit of its own")
{
	struct rlimit limit = {LIMIT, LIMIT};

	MUST(setrlimit(RLIMIT_SIGPENDING, &limit));
	pid_t other = SPAWN(become(USER + 2); CHECK_EQ(room(), LIMIT); pause(););
	tap_wait_asleep(other);
	CHECK_EXITED(IN_CHILD(become(USER + 3); CHECK_EQ(room(), LIMIT)), 0);
	kill(other, SIGKILL);
	tap_wait(other);
}

TEST(timers, "a timer has a place in it from the beginning, and gives it back")
{
	long first;

	become(USER + 4);
	first = make_timer();
	CHECK(first >= 0);
	for (int i = 1; i < LIMIT; i++)
		CHECK(make_timer() >= 0);
	CHECK_ERR(make_timer(), EAGAIN);
	CHECK_EQ(room(), 0);
	CHECK_OK(syscall(SYS_timer_delete, (int)first));
	CHECK_EQ(room(), 1);
}

TEST(set_uid, "what was queued before a change of user stays with the old one")
{
	struct rlimit limit = {LIMIT, LIMIT};
	sigset_t all;

	SKIP_IF(geteuid() != 0, "not root");
	sigfillset(&all);
	MUST(sigprocmask(SIG_BLOCK, &all, NULL));
	MUST(setrlimit(RLIMIT_SIGPENDING, &limit));
	/* not root's: other programs may have queued signals of root */
	MUST(setresuid(USER + 6, 0, 0));
	CHECK_OK(queue(SIGRTMIN));
	CHECK_OK(queue(SIGRTMIN));
	tap_become(USER + 5);
	CHECK_EQ(room(), LIMIT);
}
