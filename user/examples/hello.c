// SPDX-License-Identifier: MIT
// BUILD: -nostdlib -fno-stack-protector
// The least program: one system call, and a return from main. Nothing comes before or after it but
// what stands here.
#include <asm/unistd.h>

static long call(long number, long a, long b, long c)
{
	__asm__ volatile("syscall"
			 : "+a"(number)
			 : "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return number;
}

static __attribute__((noinline)) int main_of_hello(void)
{
	static const char text[] = "hello\n";

	return call(__NR_write, 1, (long)text, sizeof(text) - 1) == sizeof(text) - 1 ? 0 : 1;
}

/* Where return-from-trap jumps to; main's result goes to exit(). */
__attribute__((noreturn)) void _start(void);
void _start(void)
{
	call(__NR_exit_group, main_of_hello(), 0, 0);
	__builtin_unreachable();
}
