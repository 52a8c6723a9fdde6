// SPDX-License-Identifier: MIT
// The same two processes under several policies: each writes its letter, gives the CPU away, and
// so on six times.
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void write_letters(char letter)
{
	for (int i = 0; i < 6; i++) {
		if (write(1, &letter, 1) != 1)
			_exit(1);
		sched_yield();
	}
	_exit(0);
}

static int set_policy(pid_t pid, int policy, int priority)
{
	return (int)syscall(SYS_sched_setscheduler, pid, policy,
			    &(struct sched_param){.sched_priority = priority});
}

/* The parent has the highest priority until both exist. */
static void race(const char *what, int policy, int of_a, int of_b)
{
	pid_t a, b;

	printf("%-36s ", what);
	fflush(stdout);
	if (set_policy(0, SCHED_FIFO, 99))
		exit(1);
	a = fork();
	if (a == 0)
		write_letters('a');
	b = fork();
	if (b == 0)
		write_letters('b');
	if (a < 0 || b < 0 || set_policy(a, policy, of_a) || set_policy(b, policy, of_b))
		exit(1);
	while (wait(NULL) > 0)
		;
	puts("");
}

int main(void)
{
	race("round robin (SCHED_OTHER)", SCHED_OTHER, 0, 0);
	race("SCHED_FIFO, the same priority", SCHED_FIFO, 10, 10);
	race("SCHED_FIFO, b has the higher one", SCHED_FIFO, 10, 20);
	return 0;
}
