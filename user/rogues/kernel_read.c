// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
int main(void)
{
	return *(volatile char *)0xffffffff80200000;
}
