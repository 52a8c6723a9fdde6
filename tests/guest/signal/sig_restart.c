// SPDX-License-Identifier: MIT
/* sig_restart.c -- sleeping calls and the signals that interrupt them. */
#include "tap.h"
#include <poll.h>
#include <sys/select.h>
#include <sys/uio.h>

static volatile int count;

static void on_signal(int sig)
{
	(void)sig;
	count++;
}

static void handle(int flags)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};

	MUST(sigaction(SIGUSR1, &action, NULL));
}

/* A child that sends SIGUSR1 once we sleep, and then does what makes the call complete. */
#define DISTURB(then)                                                                              \
	({                                                                                         \
		pid_t self_ = getpid();                                                            \
		SPAWN(tap_wait_asleep(self_); tap_sleep_ms(3); kill(self_, SIGUSR1);               \
		      WAIT_UNTIL(tap_state(self_) == 'S'); tap_sleep_ms(3); then);                 \
	})

TEST(read_restarts, "read on a pipe goes on after a SA_RESTART handler")
{
	int ends[2];
	char c = 0;
	pid_t pid;

	MUST(pipe(ends));
	handle(SA_RESTART);
	pid = DISTURB((void)!write(ends[1], "x", 1));
	CHECK_EQ(read(ends[0], &c, 1), 1);
	CHECK_EQ(c, 'x');
	CHECK_EQ(count, 1);
	tap_wait(pid);
}

/* read(2) with a number whose upper half is not zero, which the kernel is not to look at. */
static long read_odd_number(int fd, void *buffer, size_t len)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(0xdeadbeef00000000UL | SYS_read), "D"((long)fd), "S"(buffer),
			   "d"(len)
			 : "rcx", "r11", "memory");
	return result;
}

TEST(odd_number_restarts, "a call goes on after a handler whatever its number's upper half was")
{
	int ends[2];
	char c = 0;
	pid_t pid;

	MUST(pipe(ends));
	handle(SA_RESTART);
	pid = DISTURB((void)!write(ends[1], "x", 1));
	CHECK_EQ(read_odd_number(ends[0], &c, 1), 1);
	CHECK_EQ(c, 'x');
	CHECK_EQ(count, 1);
	tap_wait(pid);
	handle(0);
	pid = DISTURB((void)0);
	CHECK_EQ(read_odd_number(ends[0], &c, 1), -EINTR);
	kill(pid, SIGKILL);
	tap_wait(pid);
}

TEST(read_fails, "read on a pipe fails with EINTR without SA_RESTART")
{
	int ends[2];
	char c;
	pid_t pid;

	MUST(pipe(ends));
	handle(0);
	pid = DISTURB((void)0);
	CHECK_ERR(read(ends[0], &c, 1), EINTR);
	CHECK_EQ(count, 1);
	kill(pid, SIGKILL);
	tap_wait(pid);
}

TEST(ignored_signal, "an ignored or default-ignored signal does not disturb a read")
{
	int ends[2];
	char c = 0;
	pid_t pid, self = getpid();

	MUST(pipe(ends));
	signal(SIGUSR1, SIG_IGN);
	pid = SPAWN(tap_wait_asleep(self); kill(self, SIGUSR1); kill(self, SIGWINCH);
		    kill(self, SIGCHLD); tap_sleep_ms(10); (void)!write(ends[1], "y", 1));
	CHECK_EQ(read(ends[0], &c, 1), 1);
	CHECK_EQ(c, 'y');
	tap_wait(pid);
}

TEST(stop_continue, "stop and continue do not disturb a read")
{
	int ends[2];
	pid_t pid;

	MUST(pipe(ends));
	pid = SPAWN(char c = 0; CHECK_EQ(read(ends[0], &c, 1), 1); CHECK_EQ(c, 'z'));
	tap_wait_asleep(pid);
	MUST(kill(pid, SIGSTOP));
	CHECK_EQ(waitpid(pid, NULL, WUNTRACED), pid);
	MUST(kill(pid, SIGCONT));
	tap_wait_asleep(pid);
	MUST(write(ends[1], "z", 1));
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(full_pipe, "write to a full pipe: EINTR with nothing written, a short count after some")
{
	int ends[2], size;
	char *block = calloc(1, 1 << 20);
	pid_t pid;

	MUST(pipe(ends));
	size = fcntl(ends[1], F_GETPIPE_SZ);
	SKIP_IF(size <= 0 || size > 1 << 19, "unknown pipe size");
	handle(0);
	CHECK_EQ(write(ends[1], block, (size_t)size), size);
	pid = DISTURB((void)0);
	CHECK_ERR(write(ends[1], block, 100), EINTR);
	kill(pid, SIGKILL);
	tap_wait(pid);
	CHECK_EQ(read(ends[0], block, (size_t)size), size);
	pid = DISTURB((void)0);
	CHECK_EQ(write(ends[1], block, (size_t)size + 5000), size);
	kill(pid, SIGKILL);
	tap_wait(pid);
	free(block);
}

TEST(wait_restarts, "wait4 goes on after a SA_RESTART handler")
{
	pid_t pid;
	int status;

	handle(SA_RESTART);
	pid = DISTURB(_exit(7));
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EXITED(status, 7);
	CHECK_EQ(count, 1);
}

TEST(nanosleep_remaining, "nanosleep is interrupted whatever the flags, and tells what is left")
{
	struct timespec wait = {100, 0}, left = {0, 0};
	pid_t pid;

	handle(SA_RESTART);
	pid = DISTURB((void)0);
	CHECK_ERR(syscall(SYS_nanosleep, &wait, &left), EINTR);
	CHECK_GE(left.tv_sec, 30);
	CHECK_LE(left.tv_sec, 99);
	kill(pid, SIGKILL);
	tap_wait(pid);
}

TEST(nanosleep_stopped, "a stopped and continued nanosleep sleeps on, no shorter")
{
	struct timespec wait = {0, 60000000};
	pid_t pid = SPAWN(long long start = tap_now_ns(CLOCK_MONOTONIC);
			  CHECK_EQ(syscall(SYS_nanosleep, &wait, NULL), 0);
			  CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 60000000));

	tap_wait_asleep(pid);
	kill(pid, SIGSTOP);
	tap_sleep_ms(5);
	kill(pid, SIGCONT);
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(poll_fails, "poll, ppoll, select and pselect fail with EINTR despite SA_RESTART")
{
	int ends[2];
	struct pollfd one;
	fd_set set;
	pid_t pid;

	MUST(pipe(ends));
	one = (struct pollfd){.fd = ends[0], .events = POLLIN};
	handle(SA_RESTART);
	pid = DISTURB((void)0);
	CHECK_ERR(poll(&one, 1, -1), EINTR);
	kill(pid, SIGKILL);
	tap_wait(pid);
	pid = DISTURB((void)0);
	CHECK_ERR(ppoll(&one, 1, NULL, NULL), EINTR);
	kill(pid, SIGKILL);
	tap_wait(pid);
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	pid = DISTURB((void)0);
	CHECK_ERR(select(ends[0] + 1, &set, NULL, NULL, NULL), EINTR);
	kill(pid, SIGKILL);
	tap_wait(pid);
	CHECK_EQ(count, 3);
}

TEST(pause_fails, "pause returns EINTR after a handler, and only then")
{
	pid_t pid;

	handle(SA_RESTART);
	pid = DISTURB((void)0);
	CHECK_ERR(syscall(SYS_pause), EINTR);
	CHECK_EQ(count, 1);
	kill(pid, SIGKILL);
	tap_wait(pid);
}

TEST(open_fifo, "open of a fifo goes on after SA_RESTART, fails with EINTR without")
{
	pid_t pid;

	MUST(mkfifo("fifo", 0600));
	handle(0);
	pid = DISTURB((void)0);
	CHECK_ERR(open("fifo", O_RDONLY), EINTR);
	kill(pid, SIGKILL);
	tap_wait(pid);
	handle(SA_RESTART);
	pid = DISTURB(open("fifo", O_WRONLY); tap_sleep_ms(20));
	CHECK_OK(open("fifo", O_RDONLY));
	tap_wait(pid);
}

TEST(locked_file, "F_SETLKW is interrupted by a handler")
{
	struct flock lock = {.l_type = F_WRLCK};
	int fd = tap_file("f", "x"), ready[2];
	char c;
	pid_t holder, pid;

	MUST(pipe(ready));
	holder = SPAWN(MUST(fcntl(fd, F_SETLK, &lock)); (void)!write(ready[1], "r", 1);
		       for (;;) pause());
	MUST(read(ready[0], &c, 1));
	handle(0);
	pid = DISTURB((void)0);
	CHECK_ERR(fcntl(fd, F_SETLKW, &lock), EINTR);
	kill(pid, SIGKILL);
	kill(holder, SIGKILL);
	tap_wait(pid);
	tap_wait(holder);
	CHECK_OK(fcntl(fd, F_SETLKW, &lock));
}

TEST(killed_asleep, "SIGKILL ends a process in any interruptible sleep, signals blocked or not")
{
	int ends[2];
	sigset_t all;
	pid_t pids[5];
	struct pollfd one;
	char c;

	MUST(pipe(ends));
	one = (struct pollfd){.fd = ends[0], .events = POLLIN};
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	pids[0] = SPAWN((void)!read(ends[0], &c, 1));
	pids[1] = SPAWN(pause());
	pids[2] = SPAWN(poll(&one, 1, -1));
	pids[3] = SPAWN(tap_sleep_ms(100000));
	pids[4] = SPAWN(sigset_t set; sigemptyset(&set); sigaddset(&set, SIGHUP);
			sigwaitinfo(&set, NULL));
	for (int i = 0; i < 5; i++) {
		tap_wait_asleep(pids[i]);
		kill(pids[i], SIGTERM);
		CHECK_EQ(waitpid(pids[i], NULL, WNOHANG), 0);
		kill(pids[i], SIGKILL);
		CHECK_SIGNALED(tap_wait(pids[i]), SIGKILL);
	}
}
