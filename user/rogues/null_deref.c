// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
#include <stdint.h>

int main(void)
{
	uintptr_t zero = 0;

	__asm__("" : "+r"(zero));
	return *(volatile int *)zero;
}
