// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
int main(void)
{
	return *(volatile char *)0x8000000000000000;
}
