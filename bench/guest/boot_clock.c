// SPDX-License-Identifier: MIT
/* Prints how long the kernel has been running, in nanoseconds: its monotonic clock begins at its entry. */
#include <stdio.h>
#include <time.h>

int main(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
		return 1;
	printf("%lld\n", (long long)now.tv_sec * 1000000000 + now.tv_nsec);
	return 0;
}
