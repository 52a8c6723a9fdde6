// SPDX-License-Identifier: MIT
/* sig_kill.c -- kill, tkill and tgkill: whom they reach. */
#include "tap.h"
#include "tap_thread.h"

static volatile int count, tid_seen;

static void on_signal(int sig)
{
	(void)sig;
	count++;
	tid_seen = (int)tap_raw(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

TEST(errors, "EINVAL for no signal, ESRCH for no process; signal 0 only checks")
{
	CHECK_ERR(kill(getpid(), 65), EINVAL);
	CHECK_ERR(kill(getpid(), -1), EINVAL);
	CHECK_ERR(kill(999999, SIGTERM), ESRCH);
	CHECK_ERR(kill(-999999, SIGTERM), ESRCH);
	CHECK_ERR(kill(999999, 65), ESRCH);
	CHECK_OK(kill(getpid(), 0));
	CHECK_OK(kill(0, 0));
	CHECK_ERR(syscall(SYS_kill, 0x80000000, SIGTERM), ESRCH);
	CHECK_ERR(syscall(SYS_tkill, 0, SIGTERM), EINVAL);
	CHECK_ERR(syscall(SYS_tkill, 999999, SIGTERM), ESRCH);
	CHECK_ERR(syscall(SYS_tgkill, getpid(), 0, SIGTERM), EINVAL);
	CHECK_ERR(syscall(SYS_tgkill, getpid(), 999999, SIGTERM), ESRCH);
	CHECK_ERR(syscall(SYS_tgkill, 1, syscall(SYS_gettid), 0), ESRCH);
	CHECK_OK(syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), 0));
}

TEST(own_group, "kill(0) and kill(-group) reach the whole group, and nobody else")
{
	pid_t inside[3], outside = SPAWN(for (;;) pause());

	MUST(setpgid(outside, outside));
	for (int i = 0; i < 3; i++)
		inside[i] = SPAWN(for (;;) pause());
	signal(SIGUSR1, on_signal);
	MUST(kill(0, SIGUSR1));
	WAIT_UNTIL(count == 1);
	for (int i = 0; i < 3; i++)
		CHECK_SIGNALED(tap_wait(inside[i]), SIGUSR1);
	inside[0] = SPAWN(for (;;) pause());
	inside[1] = SPAWN(signal(SIGUSR1, SIG_DFL); raise(SIGSTOP); for (;;) pause());
	CHECK_EQ(waitpid(inside[1], NULL, WUNTRACED), inside[1]);
	MUST(kill(inside[1], SIGCONT));
	MUST(kill(-getpgrp(), SIGUSR1));
	CHECK_SIGNALED(tap_wait(inside[1]), SIGUSR1);
	CHECK_EQ(count, 2);
	CHECK_EQ(waitpid(inside[0], NULL, WNOHANG), 0);
	MUST(kill(inside[0], SIGKILL));
	CHECK_SIGNALED(tap_wait(inside[0]), SIGKILL);
	CHECK_EQ(waitpid(outside, NULL, WNOHANG), 0);
	MUST(kill(outside, SIGKILL));
	CHECK_SIGNALED(tap_wait(outside), SIGKILL);
}

TEST(everybody, "kill(-1) of a plain user reaches all of that user's processes but the caller")
{
	SKIP_IF(geteuid() != 0, "not root");
	CHECK_EXITED(IN_CHILD(setpgid(0, 0); tap_become(54396); pid_t pids[3];
			      for (int i = 0; i < 3; i++) {
				      pids[i] = SPAWN(for (;;) pause());
				      setpgid(pids[i], pids[i]);
			      } MUST(kill(-1, SIGTERM));
			      for (int i = 0; i < 3; i++)
				      CHECK_SIGNALED(tap_wait(pids[i]), SIGTERM)),
		     0);
}

TEST(group_partly, "kill of a group succeeds when one member may be signalled, EPERM when none")
{
	pid_t mine, roots;

	SKIP_IF(geteuid() != 0, "not root");
	roots = SPAWN(for (;;) pause());
	MUST(setpgid(roots, roots));
	CHECK_EXITED(IN_CHILD(tap_become(54395); CHECK_ERR(kill(-roots, SIGTERM), EPERM)), 0);
	mine = SPAWN(setpgid(0, roots); tap_become(54395); raise(SIGSTOP); for (;;) pause());
	MUST(setpgid(mine, roots));
	CHECK_EQ(waitpid(mine, NULL, WUNTRACED), mine);
	CHECK_EXITED(IN_CHILD(tap_become(54395); CHECK_OK(kill(-roots, SIGKILL))), 0);
	CHECK_SIGNALED(tap_wait(mine), SIGKILL);
	CHECK_EQ(waitpid(roots, NULL, WNOHANG), 0);
	kill(roots, SIGKILL);
	tap_wait(roots);
}

TEST(kill_blocked, "SIGKILL ends a process that blocks everything, stopped or not")
{
	sigset_t all;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	pid = SPAWN(for (;;) __asm__ volatile(""));
	MUST(kill(pid, SIGTERM));
	MUST(kill(pid, SIGKILL));
	CHECK_SIGNALED(tap_wait(pid), SIGKILL);
	pid = SPAWN(for (;;) pause());
	MUST(kill(pid, SIGSTOP));
	CHECK_EQ(waitpid(pid, NULL, WUNTRACED), pid);
	MUST(kill(pid, SIGKILL));
	CHECK_SIGNALED(tap_wait(pid), SIGKILL);
}

TEST(self_before_return, "a signal to oneself is delivered before kill returns")
{
	signal(SIGUSR1, on_signal);
	for (int i = 1; i <= 100; i++) {
		syscall(SYS_kill, getpid(), SIGUSR1);
		if (!CHECK_EQ(count, i))
			break;
	}
}

static volatile int go, ready;

static int wait_for_go(void *arg)
{
	(void)arg;
	ready = 1;
	while (!go)
		tap_raw(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
	return 0;
}

TEST(to_thread, "tgkill reaches the thread it names; kill any that does not block")
{
	struct tap_thread thread;
	long tid;
	sigset_t set;

	signal(SIGUSR1, on_signal);
	tid = MUST(tap_thread_start(&thread, wait_for_go, NULL));
	WAIT_UNTIL(ready);
	MUST(syscall(SYS_tgkill, getpid(), tid, SIGUSR1));
	WAIT_UNTIL(count == 1);
	CHECK_EQ(tid_seen, tid);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 8);
	MUST(kill(getpid(), SIGUSR1));
	WAIT_UNTIL(count == 2);
	CHECK_EQ(tid_seen, tid);
	go = 1;
	tap_thread_join(&thread);
}

TEST(thread_mask, "each thread has its own mask; a thread-directed signal stays with its thread")
{
	struct tap_thread thread;
	sigset_t set, pending;

	signal(SIGUSR1, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 8);
	MUST(syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1));
	MUST(tap_thread_start(&thread, wait_for_go, NULL));
	WAIT_UNTIL(ready);
	sigpending(&pending);
	CHECK_EQ(sigismember(&pending, SIGUSR1), 1);
	CHECK_EQ(count, 0);
	go = 1;
	tap_thread_join(&thread);
	syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &set, NULL, 8);
	CHECK_EQ(count, 1);
}

TEST(kill_all_threads, "a fatal signal ends all threads of a process")
{
	struct tap_thread threads[4];
	pid_t pid =
		SPAWN(for (int i = 0; i < 4; i++) tap_thread_start(&threads[i], wait_for_go, NULL);
		      for (;;) pause());

	tap_sleep_ms(5);
	MUST(kill(pid, SIGTERM));
	CHECK_SIGNALED(tap_wait(pid), SIGTERM);
}

TEST(storm, "two processes exchange a thousand signals without losing the turn")
{
	sigset_t set;
	int sig;
	pid_t self = getpid(), pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = SPAWN(for (int i = 0; i < 500; i++) {
		kill(self, SIGUSR1);
		sigwait(&set, &sig);
	});
	for (int i = 0; i < 500; i++) {
		CHECK_EQ(sigwait(&set, &sig), 0);
		kill(pid, SIGUSR1);
	}
	CHECK_EXITED(tap_wait(pid), 0);
}
