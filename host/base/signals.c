// SPDX-License-Identifier: MIT
#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/say.h"

static const int noted[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH, SIGCHLD};
enum { NR_NOTED = sizeof(noted) / sizeof(noted[0]) };

static volatile sig_atomic_t pending[32];
static int wake_pipe[2] = {-1, -1};

static void note(int sig)
{
	int saved = errno;
	ssize_t n;

	pending[sig] = 1;
	n = write(wake_pipe[1], "", 1); /* full: the reader will wake anyway */
	(void)n;
	errno = saved;
}

void signals_install(bool debugger_has_keyboard)
{
	struct sigaction action = {.sa_handler = note};

	if (wake_pipe[0] < 0 && pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
		say("no file descriptor left on this host: close some and try again");
		exit(STATUS_FAILED);
	}
	/* No SA_RESTART: a signal must end a write that blocks. */
	sigemptyset(&action.sa_mask);
	for (int i = 0; i < NR_NOTED; i++) {
		int sig = noted[i];
		struct sigaction old;
		bool of_keyboard = sig == SIGINT || sig == SIGQUIT || sig == SIGTSTP;

		/*
		 * A signal that the parent set to be ignored (nohup, a background job) stays
		 * ignored.
		 */
		if (sigaction(sig, NULL, &old) == 0 && old.sa_handler == SIG_IGN && sig != SIGCHLD)
			continue;
		if (of_keyboard && debugger_has_keyboard)
			signal(sig, SIG_IGN);
		else
			sigaction(sig, &action, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
}

int signals_fd(void)
{
	return wake_pipe[0];
}

unsigned signals_take(void)
{
	char drain[64];
	unsigned set = 0;

	while (wake_pipe[0] >= 0 && read(wake_pipe[0], drain, sizeof(drain)) > 0)
		;
	for (int i = 0; i < NR_NOTED; i++) {
		if (!pending[noted[i]])
			continue;
		pending[noted[i]] = 0;
		set |= 1u << noted[i];
	}
	return set;
}

int signals_ending(unsigned set)
{
	static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

	for (unsigned i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		if (set & (1u << ending[i]))
			return ending[i];
	return 0;
}

void signals_reset(void)
{
	sigset_t none;

	for (int i = 0; i < NR_NOTED; i++)
		signal(noted[i], SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}
