// SPDX-License-Identifier: MIT
/*
 * tty_session.c -- whose terminal it is while sessions, hang-ups and closing masters race for it,
 * and who may put bytes into its input.
 */
#include "tap.h"
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <termios.h>

#define RACE_NS 700000000LL

static int master, slave;
static char path[32];

static void open_pair(void)
{
	int number = -1, unlock = 0;

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	SKIP_IF(master < 0, "no /dev/ptmx");
	SKIP_IF(ioctl(master, TIOCGPTN, &number) < 0, "no pseudo-terminals");
	MUST(ioctl(master, TIOCSPTLCK, &unlock));
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	SKIP_IF(slave < 0, "no /dev/pts");
}

static void lead_a_session(void)
{
	MUST(setsid());
	signal(SIGHUP, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
}

static int open_current(void)
{
	return open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK);
}

TEST(inherited, "a child has the terminal, gives it up for itself alone, loses it with its leader")
{
	open_pair();
	CHECK_EXITED(
		IN_CHILD(lead_a_session(); MUST(ioctl(slave, TIOCSCTTY, 0));
			 CHECK_EXITED(IN_CHILD(CHECK_OK(open_current());
					       CHECK_OK(ioctl(slave, TIOCNOTTY));
					       CHECK_ERR(open_current(), ENXIO);
					       CHECK_ERR(ioctl(slave, TIOCNOTTY), ENOTTY)),
				      0);
			 CHECK_OK(open_current()); CHECK_EXITED(
				 IN_CHILD(MUST(setsid()); CHECK_ERR(open_current(), ENXIO)), 0);
			 int go[2]; char c; MUST(pipe(go));
			 pid_t child =
				 SPAWN(MUST(read(go[0], &c, 1)); CHECK_ERR(open_current(), ENXIO));
			 CHECK_OK(ioctl(slave, TIOCNOTTY)); MUST(write(go[1], "x", 1));
			 CHECK_EXITED(tap_wait(child), 0)),
		0);
}

TEST(late, "who was in the session before it got a terminal does not have it")
{
	open_pair();
	CHECK_EXITED(IN_CHILD(lead_a_session(); int go[2]; char c; MUST(pipe(go));
			      pid_t child = SPAWN(MUST(read(go[0], &c, 1));
						  CHECK_ERR(open_current(), ENXIO));
			      MUST(ioctl(slave, TIOCSCTTY, 0)); CHECK_OK(open_current());
			      MUST(write(go[1], "x", 1)); CHECK_EXITED(tap_wait(child), 0)),
		     0);
}

TEST(one_session, "a terminal has one session, a session one terminal; root may steal")
{
	open_pair();
	pid_t owner = SPAWN(lead_a_session(); MUST(ioctl(slave, TIOCSCTTY, 0));
			    MUST(write(slave, "!", 1)); for (;;) pause());
	char mark;

	MUST(read(master, &mark, 1));
	CHECK_EXITED(IN_CHILD(lead_a_session(); CHECK_ERR(ioctl(slave, TIOCSCTTY, 0), EPERM);
			      CHECK_ERR(open_current(), ENXIO)),
		     0);
	CHECK_EXITED(IN_CHILD(lead_a_session(); tap_become(1000);
			      CHECK_ERR(ioctl(slave, TIOCSCTTY, 1), EPERM)),
		     0);
	CHECK_EXITED(IN_CHILD(CHECK_ERR(ioctl(slave, TIOCSCTTY, 0), EPERM)), 0);
	CHECK_EXITED(IN_CHILD(lead_a_session(); CHECK_OK(ioctl(slave, TIOCSCTTY, 1));
			      pid_t session = 0; MUST(ioctl(slave, TIOCGSID, &session));
			      CHECK_EQ(session, getpid())),
		     0);
	kill(owner, SIGKILL);
	tap_wait(owner);
}

TEST(write_only, "a descriptor that cannot read does not give an ordinary user the terminal")
{
	open_pair();
	MUST(chmod(path, 0666));
	CHECK_EXITED(IN_CHILD(lead_a_session(); tap_become(1000);
			      int fd = (int)MUST(open(path, O_WRONLY | O_NOCTTY));
			      CHECK_ERR(ioctl(fd, TIOCSCTTY, 0), EPERM);
			      CHECK_OK(open(path, O_WRONLY)); CHECK_ERR(open_current(), ENXIO);
			      CHECK_OK(open(path, O_RDWR)); CHECK_OK(open_current())),
		     0);
}

TEST(leader_exits, "the end of its session's leader does not hang up a pseudo-terminal")
{
	open_pair();
	CHECK_EXITED(IN_CHILD(lead_a_session(); MUST(ioctl(slave, TIOCSCTTY, 0))), 0);
	CHECK_EXITED(IN_CHILD(lead_a_session(); CHECK_OK(ioctl(slave, TIOCSCTTY, 0));
			      CHECK_OK(open_current()); CHECK_EQ(write(slave, "x", 1), 1)),
		     0);
}

/* When the master is closed: what is left of the terminal for its leader, and for a new one? */
static void after_the_end(int closed)
{
	char c;

	lead_a_session();
	close(master);
	MUST(ioctl(slave, TIOCSCTTY, 0));
	int other = (int)MUST(open_current());

	MUST(read(closed, &c, 1));
	CHECK_ERR(ioctl(slave, TIOCSCTTY, 0), EIO);
	CHECK_ERR(ioctl(other, TIOCSCTTY, 0), EIO);
	CHECK_ERR(open_current(), ENXIO);
	CHECK_ERR(open(path, O_RDWR), ENOENT);
	CHECK_EXITED(IN_CHILD(lead_a_session(); CHECK_ERR(ioctl(slave, TIOCSCTTY, 0), EIO);
			      CHECK_ERR(open_current(), ENXIO)),
		     0);
}

TEST(dead_file, "a file whose master is closed gives nobody the terminal")
{
	int closed[2];

	open_pair();
	MUST(pipe(closed));
	pid_t leader = SPAWN(after_the_end(closed[0]));

	tap_wait_asleep(leader);
	close(master);
	MUST(write(closed[1], "x", 1));
	CHECK_EXITED(tap_wait(leader), 0);
}

/* Linux may leave the leader a terminal that is hung up. */
static void check_no_terminal(void)
{
	if (open_current() >= 0)
		FAIL("the terminal is still there");
	else
		CHECK(errno == ENXIO || (errno == EIO && !tap_on_creance()));
}

/* Takes and gives up until the master is gone; then there must be no terminal left over. */
static void take_and_give_up(int ready)
{
	lead_a_session();
	signal(SIGCONT, SIG_IGN);
	close(master);
	MUST(write(ready, "x", 1));
	while (!ioctl(slave, TIOCSCTTY, 0) && !ioctl(slave, TIOCNOTTY))
		;
	check_no_terminal();
	close(slave);
	check_no_terminal();
}

TEST(master_closes, "a leader that takes the terminal while the master closes has none after it")
{
	long long end = tap_now_ns(CLOCK_MONOTONIC) + RACE_NS;
	int ready[2];
	char c;

	MUST(pipe(ready));
	for (long round = 0; tap_now_ns(CLOCK_MONOTONIC) < end; round++) {
		open_pair();
		pid_t leader = SPAWN(take_and_give_up(ready[1]));

		close(slave);
		MUST(read(ready[0], &c, 1));
		struct timespec pause = {0, 500000 + round * 137117 % 4000000};

		nanosleep(&pause, NULL);
		close(master);
		CHECK_EXITED(tap_wait(leader), 0);
	}
}

/* One of several leaders who want the same terminal. */
static void compete(long long end)
{
	lead_a_session();
	signal(SIGCONT, SIG_IGN);
	while (tap_now_ns(CLOCK_MONOTONIC) < end) {
		if (ioctl(slave, TIOCSCTTY, 0))
			continue;
		ioctl(slave, TIOCNOTTY);
		if (open_current() >= 0) {
			FAIL("the terminal is still there");
			return;
		}
	}
}

TEST(leaders, "of leaders who take one terminal at a time none keeps it after TIOCNOTTY")
{
	long long end = tap_now_ns(CLOCK_MONOTONIC) + RACE_NS;
	pid_t leaders[3];

	open_pair();
	for (int i = 0; i < 3; i++)
		leaders[i] = SPAWN(compete(end));
	for (int i = 0; i < 3; i++)
		CHECK_EXITED(tap_wait(leaders[i]), 0);
}

/* What ends here while the others look: setsid, fork, /dev/tty, /proc/self/stat. */
static void look_around(long long end)
{
	char text[512];

	while (tap_now_ns(CLOCK_MONOTONIC) < end) {
		pid_t child = (pid_t)MUST(fork());

		if (!child) {
			int fd = open_current(), stat = open("/proc/self/stat", O_RDONLY);
			struct winsize size;

			ioctl(fd, TIOCGWINSZ, &size);
			(void)!read(stat, text, sizeof(text));
			setsid();
			_exit(open_current() >= 0);
		}
		CHECK_EXITED(tap_wait(child), 0);
	}
}

TEST(leader_dies, "the leader is killed while its session uses the terminal and its master closes")
{
	long long end = tap_now_ns(CLOCK_MONOTONIC) + RACE_NS;

	while (tap_now_ns(CLOCK_MONOTONIC) < end) {
		open_pair();
		pid_t leader =
			SPAWN(lead_a_session(); close(master); MUST(ioctl(slave, TIOCSCTTY, 0));
			      if (!fork()) look_around(end); look_around(end));
		close(slave);
		tap_sleep_ms(2);
		kill(leader, SIGKILL);
		close(master);
		tap_wait(leader);
	}
}

TEST(reused, "a node that was looked up before its pair ended does not lead to the next pair")
{
	char node[64], first[32];
	int old;

	SKIP_IF(geteuid() != 0, "not root");
	open_pair();
	MUST(fchown(slave, 1000, 1000));
	strcpy(first, path);
	old = (int)MUST(open(path, O_PATH));
	close(slave);
	close(master);
	open_pair(); /* the number is free again, and is the lowest */
	SKIP_IF(strcmp(path, first), "numbers are not used again at once");
	snprintf(node, sizeof(node), "/proc/self/fd/%d", old);
	CHECK_EXITED(IN_CHILD(tap_become(1000); prctl(PR_SET_DUMPABLE, 1); chmod(node, 0666);
			      CHECK(open(node, O_RDWR | O_NOCTTY) < 0);
			      CHECK_ERR(open(path, O_RDWR | O_NOCTTY), EACCES)),
		     0);
}

TEST(one_owner, "every descriptor of a terminal sees its new owner, and the old one can do nothing")
{
	struct stat st;

	SKIP_IF(geteuid() != 0, "not root");
	open_pair();
	MUST(fchown(slave, 1000, 1000));
	MUST(chown(path, 1001, 1001));
	MUST(chmod(path, 0620));
	MUST(fstat(slave, &st));
	CHECK_EQ(st.st_uid, 1001);
	CHECK_EXITED(IN_CHILD(tap_become(1000); CHECK_ERR(fchmod(slave, 0666), EPERM)), 0);
	MUST(stat(path, &st));
	CHECK_EQ(st.st_uid, 1001);
	CHECK_EQ(st.st_mode & 0777, 0620);
}

static int insertion_setting(void)
{
	int fd = open("/proc/sys/dev/tty/legacy_tiocsti", O_RDONLY);
	char c = 0;

	SKIP_IF(fd < 0 || read(fd, &c, 1) != 1, "no dev.tty.legacy_tiocsti");
	close(fd);
	return c - '0';
}

TEST(insertion, "TIOCSTI is root's alone unless dev.tty.legacy_tiocsti allows it")
{
	int allowed = insertion_setting();

	open_pair();
	CHECK_EXITED(IN_CHILD(lead_a_session(); MUST(ioctl(slave, TIOCSCTTY, 0)); tap_become(1000);
			      if (allowed) CHECK_OK(ioctl(slave, TIOCSTI, "x"));
			      else CHECK_ERR(ioctl(slave, TIOCSTI, "x"), EIO)),
		     0);
	CHECK_OK(ioctl(slave, TIOCSTI, "y"));
}
