// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
#include <stdint.h>

int main(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) table = {0, 0};

	__asm__ volatile("lidt %0" : : "m"(table));
	return 0;
}
