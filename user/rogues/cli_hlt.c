// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
/* Interrupts off, and the CPU asleep until the next one. */
int main(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}
