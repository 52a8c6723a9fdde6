// SPDX-License-Identifier: MIT
/*
 * tty_console.c -- terminal calls on files that are none, and on the controlling terminal if there
 * is one.
 */
#include "tap.h"
#include <sys/ioctl.h>
#include <termios.h>

TEST(no_terminal, "terminal calls on files, pipes and /dev/null are ENOTTY")
{
	struct termios t;
	struct winsize size;
	pid_t group = 1;
	int fds[3], ends[2];

	MUST(pipe(ends));
	fds[0] = tap_file("f", "x");
	fds[1] = ends[0];
	fds[2] = (int)MUST(open("/dev/null", O_RDWR));
	for (int i = 0; i < 3; i++) {
		CHECK_ERR(ioctl(fds[i], TCGETS, &t), ENOTTY);
		CHECK_ERR(ioctl(fds[i], TCSETS, &t), ENOTTY);
		CHECK_ERR(ioctl(fds[i], TIOCGWINSZ, &size), ENOTTY);
		CHECK_ERR(ioctl(fds[i], TIOCGPGRP, &group), ENOTTY);
		CHECK_EQ(isatty(fds[i]), 0);
	}
	CHECK_ERR(ioctl(99, TCGETS, &t), EBADF);
}

TEST(no_controlling, "a session without a terminal cannot open /dev/tty")
{
	CHECK_EXITED(IN_CHILD(MUST(setsid()); CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO);
			      CHECK_OK(access("/dev/tty", F_OK))),
		     0);
}

static int tty;

static void open_tty(void)
{
	tty = open("/dev/tty", O_RDWR);
	SKIP_IF(tty < 0, "no controlling terminal");
}

TEST(attributes, "attributes of the controlling terminal can be read and set to what they were")
{
	struct termios before, after;

	open_tty();
	signal(SIGTTOU, SIG_IGN);
	MUST(ioctl(tty, TCGETS, &before));
	MUST(ioctl(tty, TCSETS, &before));
	MUST(ioctl(tty, TCGETS, &after));
	CHECK_EQ(before.c_lflag, after.c_lflag);
	CHECK_EQ(before.c_iflag, after.c_iflag);
	CHECK_ERR(ioctl(tty, TCGETS, wild(8)), EFAULT);
	CHECK_ERR(ioctl(tty, TCSETS, wild(8)), EFAULT);
}

TEST(groups, "the foreground group of the controlling terminal is in its session")
{
	pid_t group = 0, bad = 999999, none = -1;

	open_tty();
	signal(SIGTTOU, SIG_IGN);
	MUST(ioctl(tty, TIOCGPGRP, &group));
	CHECK_GE(group, 1);
	CHECK_EQ(getsid(group) == getsid(0) || group == 0, 1);
	CHECK(ioctl(tty, TIOCSPGRP, &bad) < 0 && (errno == ESRCH || errno == EPERM));
	CHECK_ERR(ioctl(tty, TIOCSPGRP, &none), EINVAL);
}

TEST(stops_background, "reading the terminal from the background stops the reader")
{
	int status;
	pid_t pid;

	open_tty();
	pid = SPAWN(setpgid(0, 0); signal(SIGTTIN, SIG_DFL); char c; (void)!read(tty, &c, 1));
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTIN);
	kill(pid, SIGKILL);
	tap_wait(pid);
}
