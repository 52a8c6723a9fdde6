// SPDX-License-Identifier: MIT
/*
 * /boot_report of the benchmark's guest, as process 1: what the boot took, and what it left.
 *
 *   cost: fact ticks_at_main N      the TSC, which begins at the machine's reset, at main
 *   cost: fact tsc_khz N            of it
 *   cost: fact memory_total_kib N, memory_free_kib N
 *   cost: boot PHASE NANOSECONDS    since the kernel's entry, where /proc/creance/boot has it
 *   cost: end
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static uint64_t ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

static uint64_t monotonic_ns(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Whole files of /proc are small. */
static const char *slurp(const char *path)
{
	static char text[16384];
	int fd = open(path, O_RDONLY);
	ssize_t len = 0, n;

	while (fd >= 0 && len < (ssize_t)sizeof(text) - 1 &&
	       (n = read(fd, text + len, sizeof(text) - 1 - (size_t)len)) > 0)
		len += n;
	if (fd >= 0)
		close(fd);
	text[len] = '\0';
	return text;
}

static void report_memory(void)
{
	const char *text = slurp("/proc/meminfo"), *at;
	unsigned long long kib;

	at = strstr(text, "MemTotal:");
	if (at && sscanf(at, "MemTotal: %llu", &kib) == 1)
		printf("cost: fact memory_total_kib %llu\n", kib);
	at = strstr(text, "MemFree:");
	if (at && sscanf(at, "MemFree: %llu", &kib) == 1)
		printf("cost: fact memory_free_kib %llu\n", kib);
}

static void report_phases(void)
{
	const char *at = slurp("/proc/creance/boot");
	char name[40];
	double ns;

	for (; *at; at += strcspn(at, "\n"), at += *at == '\n')
		if (sscanf(at, "%39s %lf", name, &ns) == 2)
			printf("cost: boot %s %.0f\n", name, ns);
}

static void report_rate(void)
{
	uint64_t ticks0 = ticks(), ns0 = monotonic_ns(), ns1;

	do
		ns1 = monotonic_ns();
	while (ns1 - ns0 < 10000000);
	printf("cost: fact tsc_khz %.0f\n", (double)(ticks() - ticks0) * 1e6 / (double)(ns1 - ns0));
}

int main(void)
{
	uint64_t at_main = ticks();

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (access("/proc/meminfo", R_OK) < 0)
		mount("proc", "/proc", "proc", 0, NULL);
	printf("cost: fact ticks_at_main %llu\n", (unsigned long long)at_main);
	report_memory();
	report_rate();
	report_phases();
	puts("cost: end");
	tcdrain(STDOUT_FILENO);
	sync();
	reboot(RB_AUTOBOOT);
	return 0;
}
