// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
/* Writes to the serial port behind the kernel's back. */
int main(void)
{
	for (const char *at = "\nrogue on the wire\n"; *at; at++)
		__asm__ volatile("outb %0, %1" : : "a"(*at), "Nd"((unsigned short)0x3f8));
	return 0;
}
