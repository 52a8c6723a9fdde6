// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
int main(void)
{
	*(volatile char *)0xffff800000001000 = 1;
	return 0;
}
