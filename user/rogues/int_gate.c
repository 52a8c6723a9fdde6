// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
/* Calls a vector that belongs to the hardware. */
int main(void)
{
	__asm__ volatile("int $0x20");
	return 0;
}
