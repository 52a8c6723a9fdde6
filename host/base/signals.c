// SPDX-License-Identifier: MIT
#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/say.h"

static const int usual[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH, SIGCHLD};
static const int of_user[] = {SIGUSR1, SIGUSR2};
static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
enum {
	NR_USUAL = sizeof(usual) / sizeof(usual[0]),
	NR_OF_USER = sizeof(of_user) / sizeof(of_user[0]),
	NR_ENDING = sizeof(ending) / sizeof(ending[0]),
	NR_SIGNALS = 32,
};

static volatile sig_atomic_t pending[NR_SIGNALS];
static volatile sig_atomic_t end_now;
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

/* What the parent set to be ignored (nohup, a background job) stays ignored. */
static bool is_ignored(int sig)
{
	struct sigaction now;

	return sigaction(sig, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
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
	for (int i = 0; i < NR_USUAL; i++) {
		int sig = usual[i];
		bool of_keyboard = sig == SIGINT || sig == SIGQUIT || sig == SIGTSTP;

		if (is_ignored(sig) && sig != SIGCHLD)
			continue;
		if (of_keyboard && debugger_has_keyboard)
			signal(sig, SIG_IGN);
		else
			sigaction(sig, &action, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

void signals_install_user(void)
{
	struct sigaction action = {.sa_handler = note};

	sigemptyset(&action.sa_mask);
	for (int i = 0; i < NR_OF_USER; i++)
		if (!is_ignored(of_user[i]))
			sigaction(of_user[i], &action, NULL);
}

void signals_end_now(void)
{
	end_now = 1;
	note(SIGTERM);
}

bool signals_must_end_now(void)
{
	return end_now;
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
	for (int sig = 1; sig < NR_SIGNALS; sig++) {
		if (!pending[sig])
			continue;
		pending[sig] = 0;
		set |= 1u << sig;
	}
	return set;
}

unsigned signals_all_ending(void)
{
	unsigned set = 0;

	for (int i = 0; i < NR_ENDING; i++)
		set |= 1u << ending[i];
	return set;
}

int signals_ending(unsigned set)
{
	for (int i = 0; i < NR_ENDING; i++)
		if (set & (1u << ending[i]))
			return ending[i];
	return 0;
}

int signals_noted_ending(void)
{
	for (int i = 0; i < NR_ENDING; i++)
		if (pending[ending[i]])
			return ending[i];
	return 0;
}

void signals_reset(void)
{
	sigset_t none;

	for (int i = 0; i < NR_USUAL; i++)
		signal(usual[i], SIG_DFL);
	for (int i = 0; i < NR_OF_USER; i++)
		signal(of_user[i], SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}
