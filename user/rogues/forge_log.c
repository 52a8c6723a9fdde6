// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
// Its name would begin a line of its own in the kernel's log, and control the terminal.
#include <stdint.h>
#include <sys/prctl.h>

int main(void)
{
	uintptr_t zero = 0;

	prctl(PR_SET_NAME, "x\nforged\033[2J\302\233m");
	__asm__("" : "+r"(zero));
	return *(volatile int *)zero;
}
