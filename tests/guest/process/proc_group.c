// SPDX-License-Identifier: MIT
/* proc_group.c -- process groups and sessions. */
#include "tap.h"

static pid_t sleeper(void)
{
	return SPAWN(for (;;) pause());
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	tap_wait(pid);
}

TEST(own, "a process leads its group after setpgid(0, 0); getpgid, getpgrp and getsid agree")
{
	CHECK_EQ(getpgrp(), getpid());
	CHECK_EQ(getpgid(0), getpid());
	CHECK_EQ(getpgid(getpid()), getpid());
	CHECK_EQ(getsid(0), getsid(getpid()));
	CHECK_NE(getsid(0), getpid());
	CHECK_ERR(getpgid(999999), ESRCH);
	CHECK_ERR(getsid(999999), ESRCH);
	CHECK_ERR(getpgid(-1), ESRCH);
}

TEST(child_groups, "a parent moves its children between groups of the session")
{
	pid_t a = sleeper(), b = sleeper();

	CHECK_EQ(getpgid(a), getpgrp());
	CHECK_OK(setpgid(a, a));
	CHECK_EQ(getpgid(a), a);
	CHECK_OK(setpgid(b, a));
	CHECK_EQ(getpgid(b), a);
	CHECK_OK(setpgid(b, 0));
	CHECK_EQ(getpgid(b), b);
	CHECK_OK(setpgid(b, getpgrp()));
	CHECK_EQ(getpgid(b), getpgrp());
	end(a);
	end(b);
}

TEST(setpgid_errors, "EINVAL, ESRCH, EPERM and EACCES of setpgid")
{
	char *argv[] = {"x", "--child", NULL};
	int ready[2];
	char c;
	pid_t pid = sleeper(), leader, execed;

	CHECK_ERR(setpgid(0, -1), EINVAL);
	CHECK_ERR(setpgid(-1, 0), EINVAL);
	CHECK_ERR(setpgid(999999, 0), ESRCH);
	CHECK_ERR(setpgid(getppid(), 0), ESRCH);
	CHECK_ERR(setpgid(pid, 999999), EPERM);
	MUST(pipe(ready));
	leader = SPAWN(setsid(); (void)!write(ready[1], "r", 1); for (;;) pause());
	MUST(read(ready[0], &c, 1));
	CHECK_ERR(setpgid(leader, getpgrp()), EPERM);
	CHECK_ERR(setpgid(pid, leader), EPERM);
	execed = SPAWN(dup2(ready[1], 1); execve(tap_self, argv, environ));
	MUST(read(ready[0], &c, 1));
	CHECK_ERR(setpgid(execed, execed), EACCES);
	end(pid);
	end(leader);
	end(execed);
}

TEST(setsid_works, "setsid makes a leader of session and group, once")
{
	CHECK_EXITED(IN_CHILD(pid_t me = getpid(); CHECK_EQ(setsid(), me); CHECK_EQ(getsid(0), me);
			      CHECK_EQ(getpgrp(), me); CHECK_ERR(setsid(), EPERM);
			      CHECK_ERR(setpgid(0, 0), EPERM);
			      CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO)),
		     0);
	CHECK_ERR(setsid(), EPERM);
}

TEST(inherited, "groups and sessions are inherited by fork")
{
	CHECK_EXITED(IN_CHILD(pid_t me = setsid(); CHECK_EXITED(
				      IN_CHILD(CHECK_EQ(getsid(0), me); CHECK_EQ(getpgrp(), me);
					       CHECK_OK(setpgid(0, 0)); CHECK_EQ(getsid(0), me)),
				      0)),
		     0);
}

TEST(group_outlives_leader, "a group lives as long as it has members")
{
	pid_t leader = sleeper(), member = sleeper();

	MUST(setpgid(leader, leader));
	MUST(setpgid(member, leader));
	end(leader);
	CHECK_EQ(getpgid(member), leader);
	CHECK_OK(kill(-leader, 0));
	CHECK_OK(setpgid(member, leader));
	CHECK_OK(kill(-leader, SIGKILL));
	CHECK_SIGNALED(tap_wait(member), SIGKILL);
	CHECK_ERR(kill(-leader, 0), ESRCH);
}

TEST(pid_not_reused, "the pid of a dead leader is not given out while its group lives")
{
	pid_t leader = sleeper(), member = sleeper();

	MUST(setpgid(leader, leader));
	MUST(setpgid(member, leader));
	end(leader);
	for (int i = 0; i < 200; i++) {
		pid_t pid = SPAWN(_exit(0));

		CHECK_NE(pid, leader);
		tap_wait(pid);
	}
	end(member);
}

int tap_child_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	(void)!write(1, "r", 1);
	for (;;)
		pause();
}
