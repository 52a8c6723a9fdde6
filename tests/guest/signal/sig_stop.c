// SPDX-License-Identifier: MIT
/* sig_stop.c -- stopping and continuing. */
#include "tap.h"
#include "tap_thread.h"

static volatile int *shared;

static void setup(void)
{
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static pid_t counter(void)
{
	return SPAWN(for (;;) shared[0]++);
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	CHECK_SIGNALED(tap_wait(pid), SIGKILL);
}

TEST(stands_still, "a stopped process does nothing until it is continued")
{
	int seen, status;
	pid_t pid;

	setup();
	pid = counter();
	WAIT_UNTIL(shared[0] > 0);
	MUST(kill(pid, SIGSTOP));
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK_EQ(tap_state(pid), 'T');
	seen = shared[0];
	tap_sleep_ms(20);
	CHECK_EQ(shared[0], seen);
	MUST(kill(pid, SIGCONT));
	WAIT_UNTIL(shared[0] != seen);
	end(pid);
}

TEST(pending_while_stopped, "signals to a stopped process wait for SIGCONT; SIGKILL does not")
{
	int status;
	pid_t pid;

	setup();
	pid = counter();
	MUST(kill(pid, SIGSTOP));
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	MUST(kill(pid, SIGTERM));
	tap_sleep_ms(5);
	CHECK_EQ(waitpid(pid, &status, WNOHANG | WUNTRACED), 0);
	MUST(kill(pid, SIGCONT));
	CHECK_SIGNALED(tap_wait(pid), SIGTERM);
	pid = counter();
	MUST(kill(pid, SIGSTOP));
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	end(pid);
}

TEST(cont_drops_stop, "SIGCONT discards pending stops, a stop discards a pending SIGCONT")
{
	sigset_t set, pending;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGCONT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGTSTP);
	sigpending(&pending);
	CHECK_EQ(sigismember(&pending, SIGTSTP), 1);
	raise(SIGCONT);
	sigpending(&pending);
	CHECK_EQ(sigismember(&pending, SIGTSTP), 0);
	CHECK_EQ(sigismember(&pending, SIGCONT), 1);
	raise(SIGTSTP);
	sigpending(&pending);
	CHECK_EQ(sigismember(&pending, SIGCONT), 0);
	CHECK_EQ(sigismember(&pending, SIGTSTP), 1);
}

static volatile int continued;

static void on_cont(int sig)
{
	(void)sig;
	continued++;
}

TEST(cont_handler,
     "a handler of SIGCONT runs after continuing; SIGCONT continues even when blocked")
{
	sigset_t set;
	int status;
	pid_t pid;

	signal(SIGCONT, on_cont);
	pid = SPAWN(raise(SIGSTOP); CHECK_EQ(continued, 1));
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	MUST(kill(pid, SIGCONT));
	CHECK_EXITED(tap_wait(pid), 0);
	sigemptyset(&set);
	sigaddset(&set, SIGCONT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = SPAWN(raise(SIGSTOP); CHECK_EQ(continued, 0));
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	MUST(kill(pid, SIGCONT));
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(handled_tstp, "SIGTSTP can be caught and ignored, unlike SIGSTOP")
{
	int status;

	signal(SIGTSTP, on_cont);
	CHECK_EXITED(IN_CHILD(raise(SIGTSTP); CHECK_EQ(continued, 1)), 0);
	signal(SIGTSTP, SIG_IGN);
	CHECK_EXITED(IN_CHILD(raise(SIGTSTP)), 0);
	signal(SIGTSTP, SIG_DFL);
	pid_t pid = SPAWN(raise(SIGTSTP));

	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK_EQ(WSTOPSIG(status), SIGTSTP);
	kill(pid, SIGCONT);
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(orphaned_tstp, "in an orphaned process group SIGTSTP is discarded, SIGSTOP is not")
{
	int status;
	pid_t pid = SPAWN(setsid(); raise(SIGTSTP); raise(SIGTTIN); raise(SIGTTOU); raise(SIGSTOP);
			  _exit(3));

	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	CHECK_EQ(WSTOPSIG(status), SIGSTOP);
	kill(pid, SIGCONT);
	CHECK_EXITED(tap_wait(pid), 3);
}

static int spin(void *arg)
{
	for (;;)
		shared[(intptr_t)arg]++;
	return 0;
}

TEST(all_threads, "a stop stops all threads and is reported once")
{
	struct tap_thread threads[2];
	int status, seen[2];
	pid_t pid;

	setup();
	pid = SPAWN(tap_thread_start(&threads[0], spin, (void *)0);
		    tap_thread_start(&threads[1], spin, (void *)100); for (;;) pause());
	WAIT_UNTIL(shared[0] && shared[100]);
	MUST(kill(pid, SIGSTOP));
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	seen[0] = shared[0];
	seen[1] = shared[100];
	tap_sleep_ms(20);
	CHECK_EQ(shared[0], seen[0]);
	CHECK_EQ(shared[100], seen[1]);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
	MUST(kill(pid, SIGCONT));
	WAIT_UNTIL(shared[0] != seen[0] && shared[100] != seen[1]);
	end(pid);
}

TEST(repeated, "a hundred stops and continues, each one reported")
{
	int status;
	pid_t pid;

	setup();
	pid = counter();
	for (int i = 0; i < 100; i++) {
		MUST(kill(pid, SIGSTOP));
		if (!CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid) || !CHECK(WIFSTOPPED(status)))
			break;
		MUST(kill(pid, SIGCONT));
		if (!CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid) ||
		    !CHECK(WIFCONTINUED(status)))
			break;
	}
	end(pid);
}
