// SPDX-License-Identifier: MIT
/* tty_pty.c -- the line discipline, window size and job control, on a pseudo-terminal. */
#include "tap.h"
#include "tap_thread.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <termios.h>

static int master, slave;

static void open_pair(void)
{
	int number = -1, unlock = 0;
	char path[32];

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	SKIP_IF(master < 0, "no /dev/ptmx");
	SKIP_IF(ioctl(master, TIOCGPTN, &number) < 0, "no pseudo-terminals");
	MUST(ioctl(master, TIOCSPTLCK, &unlock));
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	slave = open(path, O_RDWR | O_NOCTTY);
	SKIP_IF(slave < 0, "no /dev/pts");
}

static void type(const char *text)
{
	MUST(write(master, text, strlen(text)));
}

/* What the terminal has shown, up to now. */
static const char *shown(void)
{
	static char text[4096];
	struct pollfd one = {.fd = master, .events = POLLIN};
	ssize_t used = 0, got;

	while (used < 4000 && poll(&one, 1, 20) == 1 &&
	       (got = read(master, text + used, 4000 - used)) > 0)
		used += got;
	text[used] = '\0';
	return text;
}

static const char *line(void)
{
	static char text[4096];
	ssize_t got = read(slave, text, sizeof(text) - 1);

	text[got > 0 ? got : 0] = '\0';
	return text;
}

static bool input_ready(void)
{
	struct pollfd one = {.fd = slave, .events = POLLIN};

	return poll(&one, 1, 0) == 1;
}

TEST(defaults, "a fresh terminal is canonical, echoes, and makes signals")
{
	struct termios t;

	open_pair();
	MUST(tcgetattr(slave, &t));
	CHECK_EQ(t.c_lflag & (ICANON | ECHO | ISIG | IEXTEN), ICANON | ECHO | ISIG | IEXTEN);
	CHECK(t.c_iflag & ICRNL);
	CHECK_EQ(t.c_oflag & (OPOST | ONLCR), OPOST | ONLCR);
	CHECK_EQ(t.c_cflag & CSIZE, CS8);
	CHECK_EQ(t.c_cc[VINTR], 3);
	CHECK_EQ(t.c_cc[VQUIT], 28);
	CHECK_EQ(t.c_cc[VERASE], 127);
	CHECK_EQ(t.c_cc[VKILL], 21);
	CHECK_EQ(t.c_cc[VEOF], 4);
	CHECK_EQ(t.c_cc[VSUSP], 26);
	CHECK_EQ(isatty(slave), 1);
}

TEST(canonical, "input comes by lines, echoed, with the carriage return mapped")
{
	open_pair();
	type("hel");
	tap_sleep_ms(5);
	CHECK(!input_ready());
	type("lo\rmore");
	CHECK_STR(line(), "hello\n");
	CHECK(!input_ready());
	CHECK_STR(shown(), "hello\r\nmore");
}

TEST(editing, "erase, kill, word erase and literal next edit the line")
{
	open_pair();
	type("abc\177\177X\n");
	CHECK_STR(line(), "aX\n");
	CHECK_STR(shown(), "abc\b \b\b \bX\r\n");
	type("throw away\025keep\n");
	CHECK_STR(line(), "keep\n");
	shown();
	type("two words\027one\n");
	CHECK_STR(line(), "two one\n");
	shown();
	type("a\026\003b\n");
	CHECK_STR(line(), "a\003b\n");
	shown();
	type("\177\177\n");
	CHECK_STR(line(), "\n");
	CHECK_STR(shown(), "\r\n");
	type("a\026\nb\004"); /* a literal newline is shown, and ends no line */
	CHECK_STR(line(), "a\nb");
	CHECK_STR(shown(), "a^\b^Jb");
}

TEST(editing_utf8, "erasing takes whole characters, and no part of one that is not all there")
{
	struct termios t;

	open_pair();
	MUST(tcgetattr(slave, &t));
	t.c_iflag |= IUTF8;
	MUST(tcsetattr(slave, TCSANOW, &t));
	type("a\303\251\177b\n");
	CHECK_STR(line(), "ab\n");
	CHECK_STR(shown(), "a\303\251\b \bb\r\n");
	type("\251\177\027\025\n");
	CHECK_STR(line(), "\251\n");
	shown();
	type("a \303\227\327\221\027\n"); /* neither first byte is a letter of Latin-1 */
	CHECK_STR(line(), "a \n");
}

TEST(end_of_file, "^D ends a read: empty at the start of a line, the part so far otherwise")
{
	char c;

	open_pair();
	type("\004");
	CHECK_EQ(read(slave, &c, 1), 0);
	type("part\004");
	CHECK_STR(line(), "part");
	type("next\n");
	CHECK_STR(line(), "next\n");
}

TEST(short_reads, "a line is read in pieces, and pieces do not run over its end")
{
	char text[8] = "";

	open_pair();
	type("abcdef\nxy\n");
	CHECK_EQ(read(slave, text, 4), 4);
	CHECK_EQ(memcmp(text, "abcd", 4), 0);
	CHECK_EQ(read(slave, text, 8), 3);
	CHECK_EQ(memcmp(text, "ef\n", 3), 0);
	CHECK_EQ(read(slave, text, 8), 3);
}

static void raw(int min, int time)
{
	struct termios t;

	MUST(tcgetattr(slave, &t));
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
	t.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
	t.c_oflag &= ~(tcflag_t)OPOST;
	t.c_cc[VMIN] = (cc_t)min;
	t.c_cc[VTIME] = (cc_t)time;
	MUST(tcsetattr(slave, TCSANOW, &t));
}

TEST(raw_mode, "raw mode passes every byte, both ways, with no echo")
{
	char text[16] = "";

	open_pair();
	raw(1, 0);
	type("\003\032\r\177\004x");
	CHECK_EQ(read(slave, text, 16), 6);
	CHECK_EQ(memcmp(text, "\003\032\r\177\004x", 6), 0);
	CHECK_STR(shown(), "");
	MUST(write(slave, "a\nb", 3));
	CHECK_STR(shown(), "a\nb");
}

TEST(min_time, "VMIN and VTIME: poll at once, wait for bytes, wait for time")
{
	char text[16];
	long long start;
	pid_t pid;

	open_pair();
	raw(0, 0);
	CHECK_EQ(read(slave, text, 16), 0);
	raw(0, 1);
	start = tap_now_ns(CLOCK_MONOTONIC);
	CHECK_EQ(read(slave, text, 16), 0);
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 90000000);
	raw(3, 0);
	pid = SPAWN(char got[8]; CHECK_GE(read(slave, got, 8), 3));
	tap_wait_asleep(pid);
	type("ab");
	tap_sleep_ms(10);
	CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
	type("c");
	CHECK_EXITED(tap_wait(pid), 0);
	raw(6, 0); /* a read of fewer bytes than VMIN ends when it has them */
	pid = SPAWN(char got[2]; CHECK_EQ(read(slave, got, 2), 2));
	tap_wait_asleep(pid);
	type("ab");
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(output, "newlines become carriage return and newline; TCSETSF drops input")
{
	struct termios t;

	open_pair();
	MUST(write(slave, "one\ntwo\n", 8));
	CHECK_STR(shown(), "one\r\ntwo\r\n");
	type("typed\n");
	WAIT_UNTIL(input_ready());
	MUST(tcgetattr(slave, &t));
	MUST(tcsetattr(slave, TCSAFLUSH, &t));
	CHECK(!input_ready());
}

TEST(window, "the window size is kept and SIGWINCH is for its change")
{
	struct winsize size = {24, 80, 0, 0}, got = {9, 9, 9, 9};

	open_pair();
	MUST(ioctl(slave, TIOCGWINSZ, &got));
	CHECK_EQ(got.ws_row, 0);
	MUST(ioctl(master, TIOCSWINSZ, &size));
	MUST(ioctl(slave, TIOCGWINSZ, &got));
	CHECK_EQ(got.ws_row, 24);
	CHECK_EQ(got.ws_col, 80);
	CHECK_ERR(ioctl(slave, TIOCGWINSZ, wild(8)), EFAULT);
}

TEST(nonblocking, "O_NONBLOCK gives EAGAIN; FIONREAD counts; TCFLSH drops")
{
	char c;
	int n = -1;

	open_pair();
	MUST(fcntl(slave, F_SETFL, O_NONBLOCK));
	CHECK_ERR(read(slave, &c, 1), EAGAIN);
	type("abc\n");
	WAIT_UNTIL(input_ready());
	MUST(ioctl(slave, FIONREAD, &n));
	CHECK_EQ(n, 4);
	MUST(ioctl(slave, TCFLSH, TCIFLUSH));
	CHECK_ERR(read(slave, &c, 1), EAGAIN);
}

TEST(hangup, "closing the master ends the slave: EIO or end of file, POLLHUP")
{
	char c;
	struct pollfd one;

	open_pair();
	close(master);
	one = (struct pollfd){.fd = slave, .events = POLLIN};
	CHECK_EQ(read(slave, &c, 1), 0);
	CHECK_ERR(write(slave, "x", 1), EIO);
	CHECK_EQ(poll(&one, 1, 0), 1);
	CHECK(one.revents & POLLHUP);
}

TEST(slave_closed, "when no slave is open the master reads EIO")
{
	char c;

	open_pair();
	close(slave);
	CHECK_ERR(read(master, &c, 1), EIO);
}

/* Becomes a session leader with the slave as terminal. */
static void take_terminal(void)
{
	MUST(setsid());
	MUST(ioctl(slave, TIOCSCTTY, 0));
}

TEST(controlling, "TIOCSCTTY gives a session its terminal: /dev/tty, session, foreground group")
{
	open_pair();
	CHECK_EXITED(IN_CHILD(take_terminal(); pid_t group = 0; pid_t session = 0;
			      CHECK_OK(open("/dev/tty", O_RDWR));
			      MUST(ioctl(slave, TIOCGPGRP, &group)); CHECK_EQ(group, getpid());
			      MUST(ioctl(slave, TIOCGSID, &session)); CHECK_EQ(session, getpid());
			      signal(SIGHUP, SIG_IGN); MUST(ioctl(slave, TIOCNOTTY));
			      CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO)),
		     0);
	pid_t group;

	CHECK_ERR(ioctl(slave, TIOCGPGRP, &group), ENOTTY);
}

TEST(on_open, "a session leader's open makes a terminal its own, but not with O_NOCTTY")
{
	int number = -1;
	char path[32];

	open_pair();
	MUST(ioctl(master, TIOCGPTN, &number));
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	CHECK_EXITED(IN_CHILD(MUST(setsid()); signal(SIGHUP, SIG_IGN);
			      int fd = open(path, O_RDWR | O_NOCTTY); CHECK_OK(fd);
			      CHECK_EQ(fcntl(fd, F_GETFL) & O_NOCTTY, 0);
			      CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO);
			      CHECK_OK(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY));
			      CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO);
			      CHECK_OK(open(path, O_RDWR)); CHECK_OK(open("/dev/tty", O_RDWR))),
		     0);
}

TEST(interrupt, "^C, ^\\ and ^Z signal the foreground group")
{
	int status;
	static const struct {
		const char *key;
		int sig;
	} keys[] = {{"\003", SIGINT}, {"\034", SIGQUIT}};

	for (int i = 0; i < 2; i++) {
		open_pair();
		pid_t pid = SPAWN(take_terminal(); char c; (void)!write(slave, "!", 1);
				  (void)!read(slave, &c, 1); _exit(0));
		char mark;

		MUST(read(master, &mark, 1));
		tap_wait_asleep(pid);
		type(keys[i].key);
		CHECK_SIGNALED(tap_wait(pid), keys[i].sig);
		close(master);
		close(slave);
	}
	open_pair();
	CHECK_EXITED(IN_CHILD(take_terminal(); pid_t job = SPAWN(setpgid(0, 0); for (;;) pause());
			      setpgid(job, job); MUST(ioctl(slave, TIOCSPGRP, &job)); type("\032");
			      CHECK_EQ(waitpid(job, &status, WUNTRACED), job);
			      CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
			      kill(job, SIGKILL); tap_wait(job)),
		     0);
}

TEST(background, "a background job is stopped by reading, and by writing with TOSTOP")
{
	int status;
	struct termios t;

	open_pair();
	CHECK_EXITED(
		IN_CHILD(take_terminal();
			 pid_t job = SPAWN(setpgid(0, 0); char c; (void)!read(slave, &c, 1));
			 CHECK_EQ(waitpid(job, &status, WUNTRACED), job); CHECK(WIFSTOPPED(status));
			 CHECK_EQ(WSTOPSIG(status), SIGTTIN); kill(job, SIGKILL); tap_wait(job);
			 MUST(tcgetattr(slave, &t)); t.c_lflag |= TOSTOP;
			 MUST(tcsetattr(slave, TCSANOW, &t));
			 job = SPAWN(setpgid(0, 0); (void)!write(slave, "x", 1));
			 CHECK_EQ(waitpid(job, &status, WUNTRACED), job); CHECK(WIFSTOPPED(status));
			 CHECK_EQ(WSTOPSIG(status), SIGTTOU); kill(job, SIGKILL); tap_wait(job);
			 signal(SIGTTOU, SIG_IGN); CHECK_EXITED(
				 IN_CHILD(setpgid(0, 0); CHECK_EQ(write(slave, "y", 1), 1)), 0)),
		0);
}

TEST(leader_ends, "when the session leader ends its foreground group gets SIGHUP")
{
	int out[2];
	char c = 0;

	open_pair();
	MUST(pipe(out));
	CHECK_EXITED(IN_CHILD(take_terminal(); int ready[2]; char r; MUST(pipe(ready));
			      if (fork() == 0) {
				      sigset_t set;
				      int sig = 0;

				      sigemptyset(&set);
				      sigaddset(&set, SIGHUP);
				      sigprocmask(SIG_BLOCK, &set, NULL);
				      (void)!write(ready[1], "r", 1);
				      sigwait(&set, &sig);
				      c = (char)sig;
				      (void)!write(out[1], &c, 1);
				      _exit(0);
			      } MUST(read(ready[0], &r, 1))),
		     0);
	CHECK_EQ(read(out[0], &c, 1), 1);
	CHECK_EQ(c, SIGHUP);
}

/* Linux keeps some for the namespace that the machine began with, which a test cannot count on. */
TEST(reserved, "an ordinary user cannot take the pseudo-terminals that root needs")
{
	struct rlimit many = {4096, 4096};
	long pages = sysconf(_SC_PHYS_PAGES);
	pid_t user;
	int fd;

	SKIP_IF(!tap_on_creance(), "how many are kept differs");
	SKIP_IF(pages < 32768 / 2, "too little memory for so many terminals");
	MUST(setrlimit(RLIMIT_NOFILE, &many));
	user = SPAWN(tap_become(1000); while (open("/dev/ptmx", O_RDWR | O_NOCTTY) >= 0) continue;
		     CHECK_EQ(errno, ENOSPC); pause());
	tap_wait_asleep(user);
	fd = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	CHECK(fd >= 0);
	kill(user, SIGKILL);
	tap_wait(user);
}

TEST(erase_tabs, "a line is erased from the screen by the columns that it took")
{
	open_pair();
	type("ab\tc\001d\t\tef\tg");
	shown();
	type("\027"); /* ^W: g and the word before the tab */
	CHECK_STR(shown(), "\b \b");
	type("\025");			  /* ^U */
	CHECK_STR(shown(), "\b\b\b\b\b\b" /* a tab */
			   "\b \b\b \b"
			   "\b\b\b\b\b\b\b\b\b\b\b\b" /* two tabs */
			   "\b \b\b \b\b \b\b \b"
			   "\b\b\b\b\b\b" /* a tab */
			   "\b \b\b \b");
	type("x\n");
	CHECK_STR(line(), "x\n");
}

TEST(endless_write, "a signal ends a write to the master of which the line drops most")
{
	open_pair();
	CHECK(tap_write_until_signal(master) < 1 << 30);
}

#define BLOCK 100000 /* more than a terminal holds */

static void write_block(char byte)
{
	static char block[BLOCK];

	memset(block, byte, BLOCK);
	CHECK_EQ(write(slave, block, BLOCK), BLOCK);
}

TEST(writers, "the bytes of a write stay together while it waits; a signal ends the wait of another")
{
	static char text[2 * BLOCK];
	struct termios raw;
	ssize_t used = 0;
	pid_t pids[3];
	int changes = 0;

	open_pair();
	MUST(tcgetattr(slave, &raw));
	cfmakeraw(&raw);
	MUST(tcsetattr(slave, TCSANOW, &raw));
	for (int i = 0; i < 3; i++) {
		pids[i] = SPAWN(write_block((char)('a' + i)));
		tap_wait_asleep(pids[i]);
	}
	MUST(kill(pids[2], SIGTERM));
	CHECK_SIGNALED(tap_wait(pids[2]), SIGTERM);
	while (used < 2 * BLOCK)
		used += MUST(read(master, text + used, 4000));
	for (int i = 1; i < 2 * BLOCK; i++)
		changes += text[i] != text[i - 1];
	CHECK_EQ(changes, 1);
	for (int i = 0; i < 2; i++)
		CHECK_EXITED(tap_wait(pids[i]), 0);
}

TEST(two_readers, "of two readers of the master none is told of an end that is not there")
{
	struct termios raw;
	pid_t readers[2];

	open_pair();
	MUST(tcgetattr(slave, &raw));
	cfmakeraw(&raw);
	MUST(tcsetattr(slave, TCSANOW, &raw));
	for (int i = 0; i < 2; i++)
		readers[i] = SPAWN(char text[8] = ""; ssize_t n; do {
			n = read(master, text, sizeof(text));
			CHECK(n > 0);
		} while (n > 0 && !memchr(text, 'E', (size_t)n)));
	for (int i = 0; i < 200; i++)
		MUST(write(slave, "x", 1));
	for (int i = 0; i < 2; i++) {
		MUST(write(slave, "E", 1));
		MUST(wait(NULL));
	}
	CHECK(readers[0] != readers[1]);
}

static int write_and_close(void *fd)
{
	tap_raw(SYS_write, (long)fd, (long)"x", 1, 0, 0, 0);
	return (int)tap_raw(SYS_close, (long)fd, 0, 0, 0, 0, 0);
}

/* On Linux, on a busy machine, the master's read may give EIO first and the byte after it. */
TEST(last_bytes, "the master reads what was written before the last close, then the end")
{
	struct tap_thread thread;
	ssize_t got;
	char c;

	SKIP_IF(!tap_on_creance(), "Linux does not keep this order");
	for (int i = 0; i < 300 && !tap_local_failures(); i++) {
		open_pair();
		MUST(fcntl(master, F_SETFL, O_NONBLOCK));
		MUST(tap_thread_start(&thread, write_and_close, (void *)(long)slave));
		while ((got = read(master, &c, 1)) < 0 && errno == EAGAIN)
			;
		CHECK_EQ(got, 1);
		tap_thread_join(&thread);
		CHECK_ERR(read(master, &c, 1), EIO);
		close(master);
	}
}
