// SPDX-License-Identifier: MIT
/* proc_wait.c -- wait4 and waitid: which child, which event, which status. */
#include "tap.h"
#include <sys/resource.h>

static int raw_waitid(int which, pid_t id, siginfo_t *info, int options, struct rusage *usage)
{
	return (int)syscall(SYS_waitid, which, id, info, options, usage);
}

TEST(statuses, "exit codes keep eight bits; signals show in the status")
{
	CHECK_EQ(IN_CHILD(_exit(0)), 0);
	CHECK_EQ(IN_CHILD(_exit(1)), 0x100);
	CHECK_EQ(IN_CHILD(_exit(255)), 0xff00);
	CHECK_EQ(IN_CHILD(_exit(256)), 0);
	CHECK_EQ(IN_CHILD(_exit(-1)), 0xff00);
	CHECK_EQ(IN_CHILD(_exit(0x1234)), 0x3400);
	CHECK_EQ(IN_CHILD(kill(getpid(), SIGKILL)), SIGKILL);
	CHECK_EQ(IN_CHILD(kill(getpid(), SIGTERM)), SIGTERM);
	CHECK_EQ(IN_CHILD(syscall(SYS_exit, 5)), 0x500);
}

TEST(no_children, "ECHILD without children and for others' processes")
{
	int status;

	CHECK_ERR(wait(&status), ECHILD);
	CHECK_ERR(waitpid(1, &status, 0), ECHILD);
	CHECK_ERR(waitpid(getpid(), &status, 0), ECHILD);
	CHECK_ERR(waitpid(-getpid(), &status, 0), ECHILD);
	CHECK_ERR(waitpid(999999, &status, WNOHANG), ECHILD);
	CHECK_ERR(waitpid(0, &status, WNOHANG), ECHILD);
	CHECK_ERR(raw_waitid(P_ALL, 0, NULL, WEXITED, NULL), ECHILD);
}

TEST(bad_arguments, "EINVAL for unknown options, EFAULT for wild pointers, ESRCH for INT_MIN")
{
	pid_t pid = SPAWN(_exit(3));

	CHECK_ERR(waitpid(-1, NULL, 0x100), EINVAL);
	CHECK_ERR(waitpid(-1, NULL, WEXITED), EINVAL);
	CHECK_ERR(raw_waitid(P_ALL, 0, NULL, 0, NULL), EINVAL);
	CHECK_ERR(raw_waitid(P_ALL, 0, NULL, WNOHANG, NULL), EINVAL);
	CHECK_ERR(raw_waitid(99, 0, NULL, WEXITED, NULL), EINVAL);
	CHECK_ERR(raw_waitid(P_PID, 0, NULL, WEXITED, NULL), EINVAL);
	CHECK_ERR(raw_waitid(P_PGID, -1, NULL, WEXITED, NULL), EINVAL);
	CHECK_ERR(raw_waitid(P_PIDFD, 999, NULL, WEXITED, NULL), EBADF);
	CHECK_ERR(syscall(SYS_wait4, 0x80000000, NULL, 0, NULL), ESRCH);
	CHECK_ERR(syscall(SYS_wait4, pid, wild(8), 0, NULL), EFAULT);
	CHECK_ERR(waitpid(pid, NULL, WNOHANG), ECHILD);
}

TEST(nohang, "WNOHANG gives 0 while the child runs, its pid after")
{
	int gate[2], status = 77;
	pid_t pid;

	MUST(pipe(gate));
	pid = SPAWN(char c; close(gate[1]); (void)!read(gate[0], &c, 1); _exit(9));
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
	CHECK_EQ(waitpid(-1, &status, WNOHANG), 0);
	CHECK_EQ(status, 77);
	close(gate[1]);
	WAIT_UNTIL(waitpid(pid, &status, WNOHANG) == pid);
	CHECK_EXITED(status, 9);
}

TEST(blocks, "wait4 sleeps until the child ends and gives its resource use")
{
	struct rusage usage;
	int status;
	long long start = tap_now_ns(CLOCK_MONOTONIC);
	pid_t pid = SPAWN(tap_sleep_ms(40); _exit(1));

	memset(&usage, 0xff, sizeof(usage));
	CHECK_EQ(wait4(pid, &status, 0, &usage), pid);
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 39000000);
	CHECK_EXITED(status, 1);
	CHECK_GE(usage.ru_utime.tv_sec, 0);
	CHECK_LE(usage.ru_utime.tv_usec, 999999);
	CHECK_EQ(usage.ru_nswap, 0);
}

TEST(by_group, "pid 0 and -group choose by process group")
{
	int gate[2], status;
	pid_t mine, other, group = getpgrp();

	MUST(pipe(gate));
	other = SPAWN(char c; close(gate[1]); (void)!read(gate[0], &c, 1); _exit(2));
	MUST(setpgid(other, other));
	mine = SPAWN(_exit(1));
	CHECK_EQ(waitpid(0, &status, 0), mine);
	CHECK_EXITED(status, 1);
	CHECK_ERR(waitpid(0, &status, 0), ECHILD);
	CHECK_ERR(waitpid(-group, &status, 0), ECHILD);
	CHECK_EQ(waitpid(-other, &status, WNOHANG), 0);
	close(gate[1]);
	CHECK_EQ(waitpid(-other, &status, 0), other);
	CHECK_EXITED(status, 2);
	CHECK_ERR(waitpid(-other, &status, 0), ECHILD);
}

TEST(order, "a given child is waited for although another ended first")
{
	int gate[2], status;
	pid_t slow, fast;

	MUST(pipe(gate));
	slow = SPAWN(char c; close(gate[1]); (void)!read(gate[0], &c, 1); _exit(1));
	fast = SPAWN(_exit(2));
	WAIT_UNTIL(tap_state(fast) == 'Z' || tap_state(fast) == 0);
	close(gate[1]);
	CHECK_EQ(waitpid(slow, &status, 0), slow);
	CHECK_EXITED(status, 1);
	CHECK_EQ(waitpid(-1, &status, 0), fast);
	CHECK_EXITED(status, 2);
}

TEST(stopped, "WUNTRACED and WCONTINUED report stop and continue, once each")
{
	int status;
	pid_t pid = SPAWN(for (;;) pause());

	CHECK_EQ(waitpid(pid, &status, WNOHANG | WUNTRACED | WCONTINUED), 0);
	MUST(kill(pid, SIGSTOP));
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	CHECK_EQ(WSTOPSIG(status), SIGSTOP);
	CHECK_EQ(status, 0x137f);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
	MUST(kill(pid, SIGCONT));
	CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
	CHECK(WIFCONTINUED(status));
	CHECK_EQ(status, 0xffff);
	CHECK_EQ(waitpid(pid, &status, WCONTINUED | WUNTRACED | WNOHANG), 0);
	MUST(kill(pid, SIGSTOP));
	WAIT_UNTIL(tap_state(pid) == 'T');
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
	MUST(kill(pid, SIGKILL));
	CHECK_SIGNALED(tap_wait(pid), SIGKILL);
}

TEST(waitid_info, "waitid fills in siginfo for exit, kill, stop and continue")
{
	siginfo_t info;
	struct rusage usage;
	pid_t pid = SPAWN(_exit(300));

	memset(&info, 0xff, sizeof(info));
	CHECK_EQ(raw_waitid(P_PID, pid, &info, WEXITED, &usage), 0);
	CHECK_EQ(info.si_signo, SIGCHLD);
	CHECK_EQ(info.si_errno, 0);
	CHECK_EQ(info.si_code, CLD_EXITED);
	CHECK_EQ(info.si_status, 300 & 255);
	CHECK_EQ(info.si_pid, pid);
	CHECK_EQ(info.si_uid, getuid());
	pid = SPAWN(for (;;) pause());
	MUST(kill(pid, SIGSTOP));
	CHECK_EQ(raw_waitid(P_PID, pid, &info, WSTOPPED, NULL), 0);
	CHECK_EQ(info.si_code, CLD_STOPPED);
	CHECK_EQ(info.si_status, SIGSTOP);
	MUST(kill(pid, SIGCONT));
	CHECK_EQ(raw_waitid(P_PID, pid, &info, WCONTINUED, NULL), 0);
	CHECK_EQ(info.si_code, CLD_CONTINUED);
	CHECK_EQ(info.si_status, SIGCONT);
	MUST(kill(pid, SIGTERM));
	CHECK_EQ(raw_waitid(P_ALL, 0, &info, WEXITED | WSTOPPED, NULL), 0);
	CHECK_EQ(info.si_code, CLD_KILLED);
	CHECK_EQ(info.si_status, SIGTERM);
	CHECK_EQ(info.si_pid, pid);
}

TEST(waitid_nohang, "waitid with WNOHANG and nothing to report clears signo and pid")
{
	siginfo_t info;
	pid_t pid = SPAWN(for (;;) pause());

	memset(&info, 0xff, sizeof(info));
	CHECK_EQ(raw_waitid(P_PID, pid, &info, WEXITED | WNOHANG, NULL), 0);
	CHECK_EQ(info.si_signo, 0);
	CHECK_EQ(info.si_pid, 0);
	MUST(kill(pid, SIGKILL));
	CHECK_SIGNALED(tap_wait(pid), SIGKILL);
}

TEST(nowait, "WNOWAIT leaves the child to be waited for again")
{
	siginfo_t info;
	pid_t pid = SPAWN(_exit(6));

	CHECK_EQ(raw_waitid(P_PID, pid, &info, WEXITED | WNOWAIT, NULL), 0);
	CHECK_EQ(info.si_status, 6);
	info.si_status = 0;
	CHECK_EQ(raw_waitid(P_PID, pid, &info, WEXITED | WNOWAIT, NULL), 0);
	CHECK_EQ(info.si_status, 6);
	CHECK_OK(kill(pid, 0));
	CHECK_EXITED(tap_wait(pid), 6);
	CHECK_ERR(kill(pid, 0), ESRCH);
}

TEST(waitid_group, "waitid chooses by group; 0 means the caller's")
{
	siginfo_t info;
	pid_t pid = SPAWN(_exit(1));

	CHECK_EQ(raw_waitid(P_PGID, 0, &info, WEXITED, NULL), 0);
	CHECK_EQ(info.si_pid, pid);
	pid = SPAWN(_exit(1));
	setpgid(pid, pid);
	CHECK_EQ(raw_waitid(P_PGID, pid, &info, WEXITED, NULL), 0);
	CHECK_EQ(info.si_pid, pid);
}

TEST(zombie, "a zombie keeps its pid and group and takes signals in silence")
{
	pid_t pid = SPAWN(_exit(1));

	WAIT_UNTIL(tap_state(pid) == 'Z');
	CHECK_OK(kill(pid, 0));
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_EQ(getpgid(pid), getpgrp());
	CHECK_EXITED(tap_wait(pid), 1);
	CHECK_ERR(getpgid(pid), ESRCH);
}

TEST(ignored_sigchld, "with SIGCHLD ignored children vanish and wait ends in ECHILD")
{
	int gate[2];
	pid_t pid;

	MUST(pipe(gate));
	signal(SIGCHLD, SIG_IGN);
	pid = SPAWN(char c; close(gate[1]); (void)!read(gate[0], &c, 1); _exit(1));
	CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
	close(gate[1]);
	CHECK_ERR(waitpid(pid, NULL, 0), ECHILD);
	WAIT_UNTIL(kill(pid, 0) < 0 && errno == ESRCH);
}

static volatile int chld_count;
static volatile siginfo_t chld_info;

static void on_chld(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	chld_count++;
	chld_info = *info;
}

TEST(sigchld, "SIGCHLD carries pid, status and code of the child")
{
	struct sigaction action = {.sa_sigaction = on_chld, .sa_flags = SA_SIGINFO};
	pid_t pid;
	int status;

	sigaction(SIGCHLD, &action, NULL);
	pid = SPAWN(_exit(12));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	WAIT_UNTIL(chld_count);
	CHECK_EQ(chld_info.si_pid, pid);
	CHECK_EQ(chld_info.si_status, 12);
	CHECK_EQ(chld_info.si_code, CLD_EXITED);
	CHECK_EQ(chld_info.si_signo, SIGCHLD);
}

TEST(interrupted, "a handled signal without SA_RESTART ends wait with EINTR")
{
	struct sigaction action = {.sa_sigaction = on_chld, .sa_flags = SA_SIGINFO};
	pid_t self = getpid(), sleeper, killer;

	sigaction(SIGUSR1, &action, NULL);
	sleeper = SPAWN(for (;;) pause());
	killer = SPAWN(tap_wait_asleep(self); tap_sleep_ms(10); kill(self, SIGUSR1));
	CHECK_ERR(waitpid(sleeper, NULL, 0), EINTR);
	MUST(kill(sleeper, SIGKILL));
	tap_wait(sleeper);
	tap_wait(killer);
}

TEST(usage_of_children, "RUSAGE_CHILDREN counts only children that were waited for")
{
	struct rusage before, after;
	pid_t pid;

	MUST(getrusage(RUSAGE_CHILDREN, &before));
	CHECK_EQ(before.ru_minflt, 0);
	pid = SPAWN(volatile char *m = malloc(1 << 20);
		    for (int i = 0; i < 1 << 20; i += 4096) m[i] = 1);
	WAIT_UNTIL(tap_state(pid) == 'Z');
	MUST(getrusage(RUSAGE_CHILDREN, &after));
	CHECK_EQ(after.ru_minflt, 0);
	CHECK_EXITED(tap_wait(pid), 0);
	MUST(getrusage(RUSAGE_CHILDREN, &after));
	CHECK_GE(after.ru_minflt, 1);
}
