// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
/* Interrupts off, and the CPU halted until the next one. */
int main(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}
