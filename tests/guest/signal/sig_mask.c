// SPDX-License-Identifier: MIT
/* sig_mask.c -- blocking, pending, queues, and waiting for signals. */
#include "tap.h"
#include <sys/resource.h>

static volatile int count, order[64];
static volatile int values[64];

static void on_signal(int sig)
{
	if (count < 64)
		order[count] = sig;
	count++;
}

static void on_info(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (count < 64) {
		order[count] = sig;
		values[count] = info->si_value.sival_int;
	}
	count++;
}

static sigset_t set_of(int a, int b, int c)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, a);
	if (b)
		sigaddset(&set, b);
	if (c)
		sigaddset(&set, c);
	return set;
}

static void block(int a, int b, int c)
{
	sigset_t set = set_of(a, b, c);

	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
}

static void unblock_all(void)
{
	sigset_t none;

	sigemptyset(&none);
	MUST(sigprocmask(SIG_SETMASK, &none, NULL));
}

static bool is_pending(int sig)
{
	sigset_t set;

	sigpending(&set);
	return sigismember(&set, sig);
}

static void queue(int sig, int value)
{
	union sigval v = {.sival_int = value};

	MUST(sigqueue(getpid(), sig, v));
}

static void handle_info(int sig)
{
	struct sigaction action = {.sa_sigaction = on_info, .sa_flags = SA_SIGINFO};

	sigfillset(&action.sa_mask);
	sigaction(sig, &action, NULL);
}

TEST(blocked, "a blocked signal waits, shows as pending, and comes at unblocking")
{
	signal(SIGUSR1, on_signal);
	block(SIGUSR1, 0, 0);
	CHECK(!is_pending(SIGUSR1));
	raise(SIGUSR1);
	CHECK_EQ(count, 0);
	CHECK(is_pending(SIGUSR1));
	unblock_all();
	CHECK_EQ(count, 1);
	CHECK(!is_pending(SIGUSR1));
}

TEST(collapse, "a standard signal that is pending twice comes once")
{
	signal(SIGUSR1, on_signal);
	block(SIGUSR1, 0, 0);
	for (int i = 0; i < 5; i++)
		raise(SIGUSR1);
	unblock_all();
	CHECK_EQ(count, 1);
}

TEST(queued, "real-time signals queue, lowest number first, in order of sending, with values")
{
	int low = SIGRTMIN + 1, high = SIGRTMIN + 2;

	handle_info(low);
	handle_info(high);
	block(low, high, 0);
	for (int i = 0; i < 5; i++) {
		queue(high, 100 + i);
		queue(low, 200 + i);
	}
	unblock_all();
	CHECK_EQ(count, 10);
	for (int i = 0; i < 5; i++) {
		CHECK_EQ(order[i], low);
		CHECK_EQ(values[i], 200 + i);
		CHECK_EQ(order[5 + i], high);
		CHECK_EQ(values[5 + i], 100 + i);
	}
}

TEST(order_of_numbers, "pending signals are taken by number when their masks hold the others off")
{
	int sigs[] = {SIGTERM, SIGUSR2, SIGUSR1, SIGHUP};

	for (int i = 0; i < 4; i++) {
		handle_info(sigs[i]);
		block(sigs[i], 0, 0);
		raise(sigs[i]);
	}
	unblock_all();
	CHECK_EQ(count, 4);
	CHECK_EQ(order[0], SIGHUP);
	CHECK_EQ(order[1], SIGUSR1);
	CHECK_EQ(order[2], SIGUSR2);
	CHECK_EQ(order[3], SIGTERM);
}

TEST(queue_limit, "sigqueue fails with EAGAIN at RLIMIT_SIGPENDING")
{
	struct rlimit limit = {3, 3};
	int sig = SIGRTMIN + 1, sent = 0;
	union sigval v = {.sival_int = 1};

	CHECK_EXITED(IN_CHILD(tap_become(54390); block(sig, 0, 0); handle_info(sig);
			      setrlimit(RLIMIT_SIGPENDING, &limit);
			      while (sent < 10 && sigqueue(getpid(), sig, v) == 0) sent++;
			      CHECK_EQ(errno, EAGAIN); CHECK_EQ(sent, 3); unblock_all();
			      CHECK_EQ(count, 3)),
		     0);
}

TEST(procmask_calls, "the three ways to change the mask, and its errors")
{
	sigset_t set = set_of(SIGUSR1, SIGKILL, SIGSTOP), old;
	unsigned long raw = 0;

	CHECK_OK(sigprocmask(SIG_BLOCK, &set, &old));
	CHECK_EQ(sigismember(&old, SIGUSR1), 0);
	CHECK_OK(sigprocmask(SIG_SETMASK, NULL, &old));
	CHECK_EQ(sigismember(&old, SIGUSR1), 1);
	CHECK_EQ(sigismember(&old, SIGKILL), 0);
	CHECK_EQ(sigismember(&old, SIGSTOP), 0);
	set = set_of(SIGUSR2, 0, 0);
	CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
	CHECK_OK(sigprocmask(SIG_UNBLOCK, &set, &old));
	CHECK_EQ(sigismember(&old, SIGUSR1) + sigismember(&old, SIGUSR2), 2);
	CHECK_OK(sigprocmask(SIG_SETMASK, &set, &old));
	CHECK_EQ(sigismember(&old, SIGUSR2), 0);
	CHECK_ERR(syscall(SYS_rt_sigprocmask, 7, &raw, NULL, 8), EINVAL);
	CHECK_OK(syscall(SYS_rt_sigprocmask, 7, NULL, &raw, 8));
	CHECK_ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &raw, NULL, 4), EINVAL);
	CHECK_ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, wild(8), NULL, 8), EFAULT);
	CHECK_ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, wild(8), 8), EFAULT);
	CHECK_ERR(syscall(SYS_rt_sigpending, wild(8), 8), EFAULT);
	CHECK_ERR(syscall(SYS_rt_sigpending, &raw, 16), EINVAL);
}

static sigset_t mask_in_handler;

static void note_mask(int sig)
{
	(void)sig;
	sigprocmask(SIG_SETMASK, NULL, &mask_in_handler);
}

TEST(mask_in_handler_case, "in a handler its signal and sa_mask are blocked, and unblocked after")
{
	struct sigaction action = {.sa_handler = note_mask, .sa_mask = set_of(SIGHUP, 0, 0)};
	sigset_t after;

	sigaction(SIGUSR1, &action, NULL);
	block(SIGUSR2, 0, 0);
	raise(SIGUSR1);
	CHECK_EQ(sigismember(&mask_in_handler, SIGUSR1), 1);
	CHECK_EQ(sigismember(&mask_in_handler, SIGHUP), 1);
	CHECK_EQ(sigismember(&mask_in_handler, SIGUSR2), 1);
	CHECK_EQ(sigismember(&mask_in_handler, SIGTERM), 0);
	sigprocmask(SIG_SETMASK, NULL, &after);
	CHECK_EQ(sigismember(&after, SIGUSR1), 0);
	CHECK_EQ(sigismember(&after, SIGHUP), 0);
	CHECK_EQ(sigismember(&after, SIGUSR2), 1);
}

TEST(suspend, "sigsuspend swaps the mask, runs the handler, and restores it")
{
	sigset_t none, after;

	sigemptyset(&none);
	signal(SIGUSR1, on_signal);
	block(SIGUSR1, SIGUSR2, 0);
	raise(SIGUSR1);
	CHECK_ERR(sigsuspend(&none), EINTR);
	CHECK_EQ(count, 1);
	sigprocmask(SIG_SETMASK, NULL, &after);
	CHECK_EQ(sigismember(&after, SIGUSR1), 1);
	CHECK_EQ(sigismember(&after, SIGUSR2), 1);
	CHECK_ERR(syscall(SYS_rt_sigsuspend, &none, 4), EINVAL);
	CHECK_ERR(syscall(SYS_rt_sigsuspend, NULL, 4), EINVAL);
	CHECK_ERR(syscall(SYS_rt_sigsuspend, NULL, 8), EFAULT);
	CHECK_ERR(syscall(SYS_rt_sigsuspend, wild(8), 8), EFAULT);
}

TEST(suspend_ignores, "sigsuspend sleeps on through ignored signals")
{
	sigset_t none;
	pid_t self = getpid(), pid;

	sigemptyset(&none);
	signal(SIGUSR1, on_signal);
	signal(SIGHUP, SIG_IGN);
	block(SIGUSR1, 0, 0);
	pid = SPAWN(tap_wait_asleep(self); kill(self, SIGHUP); tap_sleep_ms(5);
		    kill(self, SIGUSR1));
	CHECK_ERR(sigsuspend(&none), EINTR);
	CHECK_EQ(count, 1);
	CHECK_EQ(order[0], SIGUSR1);
	tap_wait(pid);
}

TEST(timedwait, "sigtimedwait takes a pending signal with its information")
{
	sigset_t set = set_of(SIGUSR1, SIGRTMIN + 3, 0);
	siginfo_t info;
	struct timespec zero = {0, 0};

	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK_ERR(sigtimedwait(&set, &info, &zero), EAGAIN);
	queue(SIGRTMIN + 3, 33);
	raise(SIGUSR1);
	CHECK_EQ(sigtimedwait(&set, &info, &zero), SIGUSR1);
	CHECK_EQ(info.si_pid, getpid());
	CHECK_EQ(sigtimedwait(&set, &info, &zero), SIGRTMIN + 3);
	CHECK_EQ(info.si_code, SI_QUEUE);
	CHECK_EQ(info.si_value.sival_int, 33);
	CHECK_EQ(info.si_pid, getpid());
	CHECK_EQ(info.si_uid, getuid());
	CHECK_ERR(sigtimedwait(&set, &info, &zero), EAGAIN);
	CHECK_EQ(count, 0);
}

TEST(timedwait_sleeps, "sigtimedwait waits no less than its timeout, and is woken by a signal")
{
	sigset_t set = set_of(SIGUSR1, 0, 0);
	struct timespec wait = {0, 20000000}, bad = {0, 1000000000};
	long long start = tap_now_ns(CLOCK_MONOTONIC);
	siginfo_t info;
	pid_t self = getpid(), pid;

	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK_ERR(sigtimedwait(&set, NULL, &wait), EAGAIN);
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 20000000);
	CHECK_ERR(sigtimedwait(&set, NULL, &bad), EINVAL);
	pid = SPAWN(tap_wait_asleep(self); kill(self, SIGUSR1));
	CHECK_EQ(sigwaitinfo(&set, &info), SIGUSR1);
	CHECK_EQ(info.si_pid, pid);
	CHECK_EQ(info.si_code, SI_USER);
	tap_wait(pid);
}

TEST(timedwait_for_none, "sigtimedwait for no signal at all is a sleep")
{
	struct timespec wait = {0, 20000000};
	long long start = tap_now_ns(CLOCK_MONOTONIC);
	sigset_t set;

	sigemptyset(&set);
	CHECK_ERR(sigtimedwait(&set, NULL, &wait), EAGAIN);
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 20000000);
	sigaddset(&set, SIGKILL); /* not to be waited for */
	CHECK_ERR(sigtimedwait(&set, NULL, &wait), EAGAIN);
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 40000000);
}

TEST(timedwait_interrupted, "another signal's handler ends sigtimedwait with EINTR")
{
	sigset_t set = set_of(SIGUSR1, 0, 0);
	pid_t self = getpid(), pid;

	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGHUP, on_signal);
	pid = SPAWN(tap_wait_asleep(self); kill(self, SIGHUP));
	CHECK_ERR(syscall(SYS_rt_sigtimedwait, &set, NULL, NULL, 8), EINTR);
	CHECK_EQ(count, 1);
	tap_wait(pid);
}

TEST(sigqueue_rules, "rt_sigqueueinfo to others may not claim to come from the kernel")
{
	siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_USER};
	pid_t pid = SPAWN(for (;;) pause());

	CHECK_ERR(syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, &info), EPERM);
	info.si_code = SI_TKILL;
	CHECK_ERR(syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, &info), EPERM);
	info.si_code = SI_QUEUE;
	CHECK_ERR(syscall(SYS_rt_sigqueueinfo, 999999, SIGUSR1, &info), ESRCH);
	CHECK_ERR(syscall(SYS_rt_sigqueueinfo, pid, 65, &info), EINVAL);
	CHECK_ERR(syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, wild(8)), EFAULT);
	CHECK_OK(syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, &info));
	CHECK_SIGNALED(tap_wait(pid), SIGUSR1);
}

TEST(many_in_queue,
     "as many queued signals as allowed (at most two hundred) arrive, none lost, in order")
{
	int sig = SIGRTMIN + 5;
	sigset_t set = set_of(sig, 0, 0);
	siginfo_t info;
	struct rlimit limit;
	int amount;

	MUST(getrlimit(RLIMIT_SIGPENDING, &limit));
	amount = limit.rlim_cur < 220 ? (int)limit.rlim_cur - 20 : 200;
	block(sig, 0, 0);
	for (int i = 0; i < amount; i++)
		queue(sig, i);
	for (int i = 0; i < amount; i++) {
		CHECK_EQ(sigwaitinfo(&set, &info), sig);
		if (!CHECK_EQ(info.si_value.sival_int, i))
			break;
	}
	CHECK(!is_pending(sig));
}
