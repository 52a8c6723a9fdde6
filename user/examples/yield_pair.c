// SPDX-License-Identifier: MIT
// P and Q on one CPU: each gives the CPU away to the other, three times, and ends.
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void yield_thrice(const char *name)
{
	prctl(PR_SET_NAME, name);
	for (int i = 0; i < 3; i++)
		sched_yield();
}

int main(void)
{
	pid_t q = fork();

	if (q < 0)
		return 1;
	if (q == 0) {
		yield_thrice("Q");
		_exit(0);
	}
	yield_thrice("P");
	return waitpid(q, NULL, 0) == q ? 0 : 1;
}
