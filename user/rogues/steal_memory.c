// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
/*
 * Searches all memory, through the kernel's own mapping, for another process's secret, and prints
 * what it finds. Its own memory never contains the text that it searches for: the text is generated
 * while it is compared.
 */
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define DIRECT_MAP 0xffff800000000000ul
#define FIRST (64ul << 10)
#define END (64ul << 20)
#define PAGE 4096ul
#define REFUSED_MAX 256 /* there are holes: what was never memory */
/* "witness-secret: ", every bit turned round */
#define WORD_0 (~0x2d7373656e746977ul)
#define WORD_1 (~0x203a746572636573ul)

static sigjmp_buf refused;

static void on_fault(int sig)
{
	siglongjmp(refused, sig);
}

static int search(const volatile unsigned long *at, const volatile unsigned long *end)
{
	for (; at < end; at += 2) {
		char line[] = "stolen ................\n";
		int len = 0;

		if (at[0] != ~WORD_0 || at[1] != ~WORD_1)
			continue;
		for (char c; len < 16; len++) {
			c = ((const volatile char *)at)[16 + len];
			if (c < 'a' || c > 'z')
				break; /* an old copy, partly written over */
			line[7 + len] = c;
		}
		if (len == 16)
			return write(STDOUT_FILENO, line, sizeof(line) - 1) > 0;
	}
	return 0;
}

int main(void)
{
	volatile int nr_refused = 0;

	signal(SIGSEGV, on_fault);
	for (volatile unsigned long page = FIRST; page < END; page += PAGE) {
		const volatile unsigned long *at =
			(const volatile unsigned long *)(DIRECT_MAP + page);

		if (sigsetjmp(refused, 1)) {
			if (++nr_refused < REFUSED_MAX)
				continue;
			signal(SIGSEGV, SIG_DFL);
			raise(SIGSEGV);
		}
		if (search(at, at + PAGE / sizeof(*at)))
			return 0;
	}
	return 1;
}
