// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
/* Writes beyond an array on the stack, over its function's return address. */
#include <stddef.h>

static __attribute__((noinline, optimize("no-stack-protector"))) void smash(size_t len)
{
	char array[16];
	volatile char *at = array;

	for (size_t i = 0; i < len; i++)
		at[i] = 'A';
	__asm__ volatile("" : : "r"(array) : "memory");
}

int main(int argc, char **argv)
{
	smash((size_t)argc * 256);
	return 0;
}
