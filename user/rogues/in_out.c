// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
int main(void)
{
	__asm__ volatile("mov $0x64, %%dx; inb %%dx, %%al; outb %%al, %%dx" : : : "rax", "rdx");
	return 0;
}
