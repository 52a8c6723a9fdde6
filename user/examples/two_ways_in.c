// SPDX-License-Identifier: MIT
// The same call by `syscall` and by `int 0x80`, a thousand times each, and how much dearer one is.
// Run it with --icount: a tick of the time-stamp counter is an instruction then.
#include <stdio.h>
#include <asm/unistd.h>

enum { TIMES = 1000 };

static unsigned long counter(void)
{
	unsigned low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (unsigned long)high << 32 | low;
}

static unsigned long by_syscall(void)
{
	unsigned long begun = counter();

	for (int i = 0; i < TIMES; i++) {
		long number = __NR_getppid;

		__asm__ volatile("syscall" : "+a"(number) : : "rcx", "r11", "memory");
	}
	return counter() - begun;
}

static unsigned long by_interrupt(void)
{
	unsigned long begun = counter();

	for (int i = 0; i < TIMES; i++) {
		long number = __NR_getppid;

		__asm__ volatile("int $0x80" : "+a"(number) : : "memory");
	}
	return counter() - begun;
}

int main(void)
{
	unsigned long cheap, dear;

	by_syscall(); /* the first time, pages have to be filled in */
	by_interrupt();
	cheap = by_syscall();
	dear = by_interrupt();
	printf("by int 0x80 a call takes about %lu times as many instructions\n",
	       (dear + cheap / 2) / cheap);
	return 0;
}
