// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
int main(void)
{
	__asm__ volatile("wrmsr" : : "a"(0), "d"(0), "c"(0xc0000082));
	return 0;
}
