// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
int main(void)
{
	*(volatile unsigned char *)(void *)main = 0xc3;
	return 0;
}
