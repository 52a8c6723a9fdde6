// SPDX-License-Identifier: MIT
/*
 * Prints two times since the kernel's entry, in nanoseconds: the first instruction of a program,
 * which the kernel notes in its log, and now, the monotonic clock beginning at the entry.
 */
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <time.h>

enum { SYSLOG_READ_ALL = 3 }; /* syslog(2) */

int main(void)
{
	static char log[1 << 17];
	struct timespec now;
	const char *line;
	long long entered_us;
	int len;

	if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
		return 1;
	len = klogctl(SYSLOG_READ_ALL, log, sizeof(log) - 1);
	if (len < 0)
		return 2;
	log[len] = '\0';
	line = strstr(log, "first program entered ");
	if (!line || sscanf(line, "first program entered %lld us", &entered_us) != 1)
		return 3;
	printf("%lld %lld\n", entered_us * 1000,
	       (long long)now.tv_sec * 1000000000 + now.tv_nsec);
	return 0;
}
