// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
int main(void)
{
	__asm__ volatile("mov %%cr3, %%rax; mov %%rax, %%cr3" : : : "rax");
	return 0;
}
