// SPDX-License-Identifier: MIT
// EXPECT: signal KILL
/* Loops for ever, or for argv[1] seconds by the clock; the process that started it kills it. */
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
	time_t end = argc > 1 ? time(NULL) + atoi(argv[1]) : 0;

	while (!end || time(NULL) < end)
		for (int i = 0; i < 1000000; i++)
			__asm__ volatile("");
	return 0;
}
