// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
/* Switches the interrupt controller off, and with it the timer; then it exits normally. */
int main(void)
{
	unsigned low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(0x1b));
	low &= ~(1u << 11);
	__asm__ volatile("wrmsr" : : "a"(low), "d"(high), "c"(0x1b));
	return 0;
}
