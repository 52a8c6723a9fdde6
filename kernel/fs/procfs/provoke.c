// SPDX-License-Identifier: MIT
/* Mistakes of the kernel, made on purpose. Each must end in a panic that names it. */
#include "fs/procfs/provoke.h"

#include "lib/compiler.h"
#include "lib/string.h"
#include "mm/kmalloc.h"

/* The compiler does not know that this is always the greatest int. */
static volatile int greatest = 0x7fffffff; /* [o] it keeps its value */

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

/* The compiler does not know that this is used after it is freed. */
static u64 *volatile object;

static void double_free(void)
{
	object = kmalloc(48, 0);
	kfree(object);
	kfree(object);
}

static void inner_free(void)
{
	object = kmalloc(48, 0);
	kfree(object + 1);
}

static void write_after_free(void)
{
	object = kmalloc(48, 0);
	kfree(object);
	*object = 1;
	object = kmalloc(48, 0);
	kfree(object);
}

static const struct mistake {
	const char *word;
	void (*make)(void);
} mistakes[] = {
	{"overflow", overflow},
	{"bounds", out_of_bounds},
	{"double-free", double_free},
	{"inner-free", inner_free},
	{"write-after-free", write_after_free},
};

void provoke(const char *word)
{
	for (unsigned i = 0; i < ARRAY_SIZE(mistakes); i++)
		if (strcmp(word, mistakes[i].word) == 0)
			mistakes[i].make();
}
