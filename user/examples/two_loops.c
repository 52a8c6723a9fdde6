// SPDX-License-Identifier: MIT
// A and B on one CPU: two loops that never call the system. Their parent ends them after a tenth
// of a second.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t start_loop(const char *name)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_NAME, name);
		for (volatile unsigned long i = 0;; i++)
			;
	}
	return pid;
}

int main(void)
{
	pid_t a = start_loop("A"), b = start_loop("B");

	if (a < 0 || b < 0)
		return 1;
	usleep(100000);
	kill(a, SIGKILL);
	kill(b, SIGKILL);
	while (wait(NULL) > 0)
		;
	return 0;
}
