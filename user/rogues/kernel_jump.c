// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
int main(void)
{
	__asm__ volatile("jmp *%0" : : "r"(0xffffffff80200000));
	return 0;
}
