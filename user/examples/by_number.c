// SPDX-License-Identifier: MIT
// System calls without a library: by number, by two kinds of trap, and with arguments that are
// wrong.
#include <stdio.h>
#include <asm/unistd.h>

static long by_syscall(long number, long a, long b, long c)
{
	__asm__ volatile("syscall"
			 : "+a"(number)
			 : "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return number;
}

static long by_interrupt(long number, long a, long b, long c)
{
	__asm__ volatile("int $0x80" : "+a"(number) : "D"(a), "S"(b), "d"(c) : "memory");
	return number;
}

int main(void)
{
	static const char text[] = "four";
	long first = by_syscall(__NR_write, 2, (long)text, 0);
	long second = by_interrupt(__NR_write, 2, (long)text, 0);

	printf("write of no bytes, by syscall:  %ld\n", first);
	printf("the same by int 0x80:           %ld\n", second);
	printf("a number that nobody has:       %ld\n", by_syscall(5000, 0, 0, 0));
	printf("a descriptor that is not open:  %ld\n", by_syscall(__NR_write, 77, (long)text, 4));
	printf("a null pointer:                 %ld\n", by_syscall(__NR_write, 1, 0, 4));
	printf("a pointer into the kernel:      %ld\n",
	       by_syscall(__NR_write, 1, (long)0xffffffff80200000, 4));
	return 0;
}
