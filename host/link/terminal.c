// SPDX-License-Identifier: MIT
#include "link/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/say.h"

static struct termios saved;
static volatile sig_atomic_t raw_fd = -1;

bool terminal_is_raw(void)
{
	return raw_fd >= 0;
}

void terminal_restore(void)
{
	sigset_t ttou, old;
	int fd = raw_fd;

	if (fd < 0)
		return;
	raw_fd = -1;
	say_terminal_is_raw(false);
	/* From the background this would stop us instead of restoring. */
	sigemptyset(&ttou);
	sigaddset(&ttou, SIGTTOU);
	sigprocmask(SIG_BLOCK, &ttou, &old);
	tcsetattr(fd, TCSADRAIN, &saved);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

/* A crash of this process must not leave the terminal raw. */
static void crashed(int sig)
{
	terminal_restore();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void restore_whatever_happens(void)
{
	static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS};
	struct sigaction action = {.sa_handler = crashed, .sa_flags = SA_NODEFER};
	static bool done;

	if (done)
		return;
	done = true;
	atexit(terminal_restore);
	for (unsigned i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigaction(crashes[i], &action, NULL);
}

int terminal_raw(int fd)
{
	struct termios raw;

	if (tcgetattr(fd, &saved) < 0)
		return -errno;
	raw = saved;
	cfmakeraw(&raw);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	restore_whatever_happens();
	if (tcsetattr(fd, TCSADRAIN, &raw) < 0)
		return -errno;
	raw_fd = fd;
	say_terminal_is_raw(true);
	return 0;
}

struct hostlink_winsize terminal_size(int fd)
{
	struct winsize size = {0};

	if (ioctl(fd, TIOCGWINSZ, &size) < 0)
		return (struct hostlink_winsize){0};
	return (struct hostlink_winsize){.rows = size.ws_row,
					 .cols = size.ws_col,
					 .xpixel = size.ws_xpixel,
					 .ypixel = size.ws_ypixel};
}
