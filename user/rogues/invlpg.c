// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
int main(void)
{
	__asm__ volatile("invlpg (%%rsp)" : : : "memory");
	return 0;
}
