// SPDX-License-Identifier: MIT
/* proc_fork.c -- what a child of fork and vfork inherits, and what it does not. */
#include "tap.h"
#include <sys/resource.h>
#include <sys/time.h>

static int counter;

TEST(returns, "fork gives the pid to the parent and 0 to the child")
{
	int pipefd[2];
	pid_t self = getpid(), seen[2], pid;

	MUST(pipe(pipefd));
	pid = SPAWN(pid_t mine[2] = {getpid(), getppid()};
		    CHECK_EQ(write(pipefd[1], mine, sizeof(mine)), sizeof(mine)));
	CHECK_EQ(read(pipefd[0], seen, sizeof(seen)), sizeof(seen));
	CHECK_EQ(seen[0], pid);
	CHECK_EQ(seen[1], self);
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(private_memory, "memory is private after fork, in both directions")
{
	int *heap = malloc(1 << 20), local = 5, pipefd[2];
	char go = 'x';
	pid_t pid;

	MUST(pipe(pipefd));
	counter = 1;
	heap[1000] = 2;
	pid = SPAWN(MUST(read(pipefd[0], &go, 1)); CHECK_EQ(counter, 1); CHECK_EQ(heap[1000], 2);
		    CHECK_EQ(local, 5); counter = 100; heap[1000] = 200; local = 500);
	counter = 10;
	heap[1000] = 20;
	local = 50;
	MUST(write(pipefd[1], "g", 1));
	CHECK_EXITED(tap_wait(pid), 0);
	CHECK_EQ(counter, 10);
	CHECK_EQ(heap[1000], 20);
	CHECK_EQ(local, 50);
	free(heap);
}

TEST(shared_offset, "parent and child share the file offset, not the descriptor table")
{
	int fd = tap_file("f", "abcdef");
	char c;

	MUST(lseek(fd, 0, SEEK_SET));
	CHECK_EXITED(IN_CHILD(char d; CHECK_EQ(read(fd, &d, 1), 1); CHECK_EQ(d, 'a'); close(fd)),
		     0);
	CHECK_EQ(read(fd, &c, 1), 1);
	CHECK_EQ(c, 'b');
	CHECK_EXITED(IN_CHILD(CHECK_EQ(open("f", O_RDONLY), fd + 1)), 0);
	CHECK_ERR(fcntl(fd + 1, F_GETFD), EBADF);
	CHECK_EXITED(IN_CHILD(fcntl(fd, F_SETFD, FD_CLOEXEC)), 0);
	CHECK_EQ(fcntl(fd, F_GETFD), 0);
	CHECK_EXITED(IN_CHILD(fcntl(fd, F_SETFL, O_APPEND)), 0);
	CHECK(fcntl(fd, F_GETFL) & O_APPEND);
}

TEST(inherits, "the child inherits directory, umask, mask, handlers, limits, group and session")
{
	char parent[256], child[256];
	sigset_t set;
	struct rlimit limit = {100, 200}, got;

	MUST(mkdir("sub", 0755));
	MUST(chdir("sub"));
	MUST(getcwd(parent, sizeof(parent)) ? 0 : -1);
	umask(0137);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGUSR1, SIG_IGN);
	MUST(setrlimit(RLIMIT_NOFILE, &limit));
	pid_t group = getpgrp(), session = getsid(0);

	CHECK_EXITED(IN_CHILD(sigset_t now; struct sigaction action; getcwd(child, sizeof(child));
			      CHECK_STR(child, parent); CHECK_EQ(umask(0), 0137);
			      sigprocmask(SIG_SETMASK, NULL, &now);
			      CHECK_EQ(sigismember(&now, SIGUSR2), 1);
			      CHECK_EQ(sigismember(&now, SIGUSR1), 0);
			      sigaction(SIGUSR1, NULL, &action);
			      CHECK(action.sa_handler == SIG_IGN);
			      CHECK_OK(getrlimit(RLIMIT_NOFILE, &got)); CHECK_EQ(got.rlim_cur, 100);
			      CHECK_EQ(got.rlim_max, 200); CHECK_EQ(getpgrp(), group);
			      CHECK_EQ(getsid(0), session)),
		     0);
	CHECK_EQ(umask(0), 0137);
}

TEST(not_inherited, "pending signals, alarms, timers and used time are not inherited")
{
	sigset_t set;
	struct itimerval timer = {.it_value = {1000, 0}};

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	alarm(1000);
	MUST(setitimer(ITIMER_PROF, &timer, NULL));
	CHECK_EXITED(IN_CHILD(sigset_t pending; struct itimerval left;
			      CHECK_OK(sigpending(&pending));
			      CHECK_EQ(sigismember(&pending, SIGUSR1), 0); CHECK_EQ(alarm(0), 0);
			      CHECK_OK(getitimer(ITIMER_PROF, &left));
			      CHECK_EQ(left.it_value.tv_sec, 0)),
		     0);
	CHECK_GE(alarm(0), 900);
	CHECK_OK(sigpending(&set));
	CHECK_EQ(sigismember(&set, SIGUSR1), 1);
}

TEST(many, "sixty children at once, each with a pid of its own")
{
	pid_t pids[60];
	int gate[2];

	MUST(pipe(gate));
	for (int i = 0; i < 60; i++)
		pids[i] = SPAWN(char c; close(gate[1]); (void)!read(gate[0], &c, 1); _exit(i));
	for (int i = 0; i < 60; i++)
		for (int j = 0; j < i; j++)
			if (pids[i] == pids[j])
				FAIL("pid %d given twice", pids[i]);
	close(gate[1]);
	for (int i = 0; i < 60; i++)
		CHECK_EXITED(tap_wait(pids[i]), i);
	CHECK_ERR(wait(NULL), ECHILD);
}

static int chain(int depth)
{
	int status = depth ? IN_CHILD(_exit(chain(depth - 1) + 1)) : 0;

	return WIFEXITED(status) ? WEXITSTATUS(status) : 100;
}

TEST(deep, "a chain of forty generations")
{
	CHECK_EQ(chain(40), 40);
}

TEST(sequence, "three hundred children, one after the other")
{
	for (int i = 0; i < 300; i++)
		if (!CHECK(IN_CHILD(_exit(i & 127)) == (i & 127) << 8))
			break;
}

TEST(vfork_suspends, "vfork: the parent waits for exit and sees the child's writes")
{
	static volatile int order, seen;
	pid_t pid;

	order = 0;
	pid = vfork();
	if (pid == 0) {
		tap_sleep_ms(20);
		order = 7;
		_exit(3);
	}
	seen = order;
	MUST(pid);
	CHECK_EQ(seen, 7);
	CHECK_EXITED(tap_wait(pid), 3);
}

TEST(vfork_exec, "vfork: the parent goes on at execve, the child lives on")
{
	static char *const argv[] = {tap_self, "--child", "block", NULL};
	int gate[2];
	static volatile int error;
	pid_t pid;

	MUST(pipe2(gate, O_CLOEXEC));
	pid = vfork();
	if (pid == 0) {
		dup2(gate[0], 0);
		execve(tap_self, argv, environ);
		error = errno;
		_exit(1);
	}
	MUST(pid);
	CHECK_EQ(error, 0);
	CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
	close(gate[1]);
	CHECK_EXITED(tap_wait(pid), 42);
}

TEST(vfork_killed, "vfork: the parent goes on when the child is killed")
{
	pid_t pid = vfork();

	if (pid == 0) {
		syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
		_exit(1);
	}
	CHECK_SIGNALED(tap_wait(pid), SIGKILL);
}

TEST(vfork_fds, "vfork: the child's descriptor table is a copy")
{
	int fd = tap_file("f", "x");
	pid_t pid = vfork();

	if (pid == 0) {
		close(fd);
		_exit(0);
	}
	CHECK_EXITED(tap_wait(pid), 0);
	CHECK_OK(fcntl(fd, F_GETFD));
}

TEST(big_stack, "the child keeps a deep stack")
{
	volatile char deep[200000];
	int sum = 0;

	for (size_t i = 0; i < sizeof(deep); i += 512)
		deep[i] = (char)(i / 512);
	CHECK_EXITED(IN_CHILD(for (size_t i = 0; i < sizeof(deep); i += 512) sum +=
			      deep[i] != (char)(i / 512);
			      CHECK_EQ(sum, 0)),
		     0);
}

int tap_child_main(int argc, char **argv)
{
	char c;

	if (argc == 1 && !strcmp(argv[0], "block"))
		return read(0, &c, 1) == 0 ? 42 : 43;
	return 1;
}
