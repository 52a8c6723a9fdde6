// SPDX-License-Identifier: MIT
/* sig_default.c -- what each signal does without a handler, and when it is ignored. */
#include "tap.h"

enum action { DIES, STOPS, NOTHING };

static enum action default_of(int sig)
{
	switch (sig) {
	case SIGCHLD:
	case SIGURG:
	case SIGWINCH:
	case SIGCONT:
		return NOTHING;
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return STOPS;
	default:
		return DIES;
	}
}

/*
 * The parent may have made this process ignore some: glibc's posix_spawn leaves 32 and 33 that way.
 */
static void reset(int sig)
{
	unsigned long defaults[4] = {0};

	syscall(SYS_rt_sigaction, sig, defaults, NULL, 8);
}

/* In a session and group of its own kind a stop by terminal signal is discarded; here it is not. */
static void check_one(int sig)
{
	pid_t pid = SPAWN(reset(sig); syscall(SYS_kill, getpid(), sig); _exit(55));
	int status = 0;

	if (waitpid(pid, &status, WUNTRACED) != pid)
		FAIL("signal %d: no status", sig);
	switch (default_of(sig)) {
	case DIES:
		if (!WIFSIGNALED(status) || WTERMSIG(status) != sig)
			FAIL("signal %d: status %#x", sig, status);
		break;
	case NOTHING:
		if (status != 55 << 8)
			FAIL("signal %d: status %#x, wanted to be ignored", sig, status);
		break;
	case STOPS:
		if (!WIFSTOPPED(status) || WSTOPSIG(status) != sig)
			FAIL("signal %d: status %#x, wanted a stop", sig, status);
		kill(pid, SIGCONT);
		CHECK_EXITED(tap_wait(pid), 55);
		break;
	}
}

TEST(defaults, "the default action of signals 1 to 31")
{
	for (int sig = 1; sig < 32; sig++)
		check_one(sig);
}

TEST(realtime_defaults, "real-time signals kill by default")
{
	for (int sig = 32; sig <= 64; sig++)
		check_one(sig);
}

TEST(ignored, "an ignored signal does nothing; KILL and STOP cannot be ignored")
{
	for (int sig = 1; sig <= 64; sig++) {
		struct sigaction action = {.sa_handler = SIG_IGN};
		int status;

		if (sig >= 32 && sig <= 34)
			continue;
		if (sig == SIGKILL || sig == SIGSTOP) {
			CHECK_ERR(sigaction(sig, &action, NULL), EINVAL);
			continue;
		}
		status = IN_CHILD(sigaction(sig, &action, NULL); syscall(SYS_kill, getpid(), sig);
				  _exit(44));
		if (status != 44 << 8)
			FAIL("ignored signal %d: status %#x", sig, status);
	}
}

static volatile int caught, count;

static void on_signal(int sig)
{
	caught = sig;
	count++;
}

TEST(handled, "every signal but KILL and STOP can be handled")
{
	for (int sig = 1; sig <= 64; sig++) {
		if (sig == SIGKILL || sig == SIGSTOP || (sig >= 32 && sig <= 34))
			continue;
		signal(sig, on_signal);
		syscall(SYS_kill, getpid(), sig);
		if (caught != sig)
			FAIL("signal %d was not delivered before kill returned", sig);
	}
	CHECK(signal(SIGKILL, on_signal) == SIG_ERR);
	CHECK_EQ(errno, EINVAL);
	CHECK(signal(SIGSTOP, SIG_DFL) == SIG_ERR);
}

TEST(sigaction_errors, "EINVAL and EFAULT of the raw sigaction")
{
	unsigned char action[64] = {0};

	CHECK_ERR(syscall(SYS_rt_sigaction, 0, NULL, action, 8), EINVAL);
	CHECK_ERR(syscall(SYS_rt_sigaction, 65, NULL, action, 8), EINVAL);
	CHECK_ERR(syscall(SYS_rt_sigaction, -1, NULL, action, 8), EINVAL);
	CHECK_ERR(syscall(SYS_rt_sigaction, SIGUSR1, NULL, action, 4), EINVAL);
	CHECK_ERR(syscall(SYS_rt_sigaction, SIGUSR1, NULL, action, 128), EINVAL);
	CHECK_ERR(syscall(SYS_rt_sigaction, SIGUSR1, wild(8), NULL, 8), EFAULT);
	CHECK_ERR(syscall(SYS_rt_sigaction, SIGUSR1, NULL, wild(8), 8), EFAULT);
	CHECK_OK(syscall(SYS_rt_sigaction, SIGKILL, NULL, action, 8));
	CHECK_OK(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 8));
}

TEST(old_action, "sigaction gives the old action and keeps the new one")
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_NODEFER},
			 old;

	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGHUP);
	sigaddset(&action.sa_mask, SIGKILL);
	CHECK_OK(sigaction(SIGUSR1, &action, &old));
	CHECK(old.sa_handler == SIG_DFL);
	CHECK_OK(sigaction(SIGUSR1, NULL, &old));
	CHECK(old.sa_handler == on_signal);
	CHECK_EQ(old.sa_flags & (SA_RESTART | SA_NODEFER | SA_SIGINFO), SA_RESTART | SA_NODEFER);
	CHECK_EQ(sigismember(&old.sa_mask, SIGHUP), 1);
	CHECK_EQ(sigismember(&old.sa_mask, SIGUSR2), 0);
	CHECK_EQ(sigismember(&old.sa_mask, SIGKILL), 0);
}

TEST(ignore_drops_pending, "setting a signal to ignored discards it while it is pending")
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGUSR1, on_signal);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR1, on_signal);
	sigpending(&set);
	CHECK_EQ(sigismember(&set, SIGUSR1), 0);
	signal(SIGCHLD, on_signal);
	raise(SIGCHLD);
	signal(SIGCHLD, SIG_DFL);
	sigpending(&set);
	CHECK_EQ(sigismember(&set, SIGCHLD), 0);
}

TEST(core_flag, "signals that dump core end the process with that signal, core limit 0")
{
	int status = IN_CHILD(abort());

	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGABRT);
}

TEST(init_immune, "signals to pid 1 without a handler are dropped")
{
	SKIP_IF(!tap_on_creance(), "not to be tried on this machine's init");
	CHECK_OK(kill(1, SIGKILL));
	CHECK_OK(kill(1, SIGSTOP));
	CHECK_OK(kill(1, SIGWINCH));
	CHECK_OK(kill(1, 0));
}
