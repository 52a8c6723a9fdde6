// SPDX-License-Identifier: MIT
/* Mistakes of the kernel, made on purpose. Each must end in a panic that says what it was. */
#include "fs/procfs/provoke.h"

#include "lib/compiler.h"
#include "lib/string.h"

/* The compiler does not see that it is always the greatest int. */
static volatile int greatest = 0x7fffffff;

static void overflow(void)
{
	int sum = greatest;

	greatest = sum + 1; /* a trap in the debug kernel; wraps in the others */
	greatest = sum;
}

static void out_of_bounds(void)
{
	static volatile u8 bytes[4];
	volatile unsigned at = 4;

	(void)bytes[at];
}

static const struct mistake {
	const char *word;
	void (*make)(void);
} mistakes[] = {
	{"overflow", overflow},
	{"bounds", out_of_bounds},
};

void provoke(const char *word)
{
	for (unsigned i = 0; i < ARRAY_SIZE(mistakes); i++)
		if (strcmp(word, mistakes[i].word) == 0)
			mistakes[i].make();
}
