// SPDX-License-Identifier: MIT
// EXPECT: exit 0
/*
 * Forks until the kernel refuses, each child forking as well, then kills them all.
 * argv[1] bounds the processes by RLIMIT_NPROC; without it only the kernel's own limit applies. The
 * bomb runs as a user of its own, so that its limit counts no other processes and its kill reaches
 * none.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BOMB_USER = 54398 };

static void bomb(void)
{
	for (;;) {
		pid_t pid = fork();

		if (pid < 0 && (errno == EAGAIN || errno == ENOMEM))
			pause();
	}
}

int main(int argc, char **argv)
{
	struct rlimit limit;
	pid_t child;

	if (argc > 1) {
		limit.rlim_cur = limit.rlim_max = (rlim_t)atol(argv[1]);
		if (setrlimit(RLIMIT_NPROC, &limit) < 0)
			return 1;
	}
	if (setgroups(0, NULL) < 0 || setgid(BOMB_USER) < 0 || setuid(BOMB_USER) < 0)
		return 2;
	prctl(PR_SET_CHILD_SUBREAPER, 1); /* where there is none, init reaps the orphans */
	child = fork();
	if (child < 0)
		return 3;
	if (child == 0)
		bomb();
	usleep(300000);
	for (int round = 0; round < 50; round++) {
		kill(-1, SIGKILL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		usleep(1000);
	}
	return 0;
}
