// SPDX-License-Identifier: MIT
// Mode switches and process switches, counted: many calls alone, then calls that give the CPU to
// another process.
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <asm/unistd.h>

static long switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

static void yield_forever(void)
{
	for (;;)
		sched_yield();
}

int main(void)
{
	long before = switches();
	pid_t other;

	for (int i = 0; i < 1000; i++)
		syscall(__NR_getppid);
	printf("1000 calls of getppid, alone:     %ld process switches\n", switches() - before);

	other = fork();
	if (other == 0)
		yield_forever();
	before = switches();
	for (int i = 0; i < 1000; i++)
		sched_yield();
	printf("1000 calls of sched_yield, beside another: %ld process switches\n",
	       switches() - before);
	kill(other, SIGKILL);
	return waitpid(other, NULL, 0) == other ? 0 : 1;
}
