// SPDX-License-Identifier: MIT
// EXPECT: signal FPE
int main(void)
{
	int zero = 0, result;

	__asm__ volatile("cltd; idivl %2" : "=a"(result) : "0"(1), "r"(zero) : "edx");
	return result;
}
