// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
int main(void)
{
	__asm__ volatile("mov %%cr0, %%rax; mov %%rax, %%cr0" : : : "rax");
	return 0;
}
