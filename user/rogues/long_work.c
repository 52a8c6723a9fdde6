// SPDX-License-Identifier: MIT
// EXPECT: exit 0
/* Well-behaved, except that it works for long without a call. It reports its begin and its end. */
#include <unistd.h>

static void say(const char *text, size_t len)
{
	if (write(STDOUT_FILENO, text, len) < 0)
		_exit(1);
}

int main(void)
{
	say("busy\n", 5);
	for (long i = 0; i < 400000000; i++)
		__asm__ volatile("");
	say("done\n", 5);
	return 0;
}
