// SPDX-License-Identifier: MIT
// EXPECT: signal KILL
/* Maps and touches memory until the kernel ends it, or until a limit gives ENOMEM (exit 12). */
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

enum { STEP = 1 << 20 };

int main(void)
{
	for (;;) {
		volatile char *map = mmap(NULL, STEP, PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (map == MAP_FAILED)
			return errno;
		for (size_t i = 0; i < STEP; i += 4096)
			map[i] = 1;
	}
}
