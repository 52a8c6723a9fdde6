// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
/* Fills the kernel's image with ones. */
int main(void)
{
	volatile unsigned long *at = (volatile unsigned long *)0xffffffff80200000;

	for (long i = 0; i < 1 << 17; i++)
		at[i] = ~0ul;
	return 0;
}
