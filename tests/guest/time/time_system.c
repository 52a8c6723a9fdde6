// SPDX-License-Identifier: MIT
/* time_system.c -- uname, sysinfo, host name, what /proc says of interrupts. */
#include "tap.h"
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/utsname.h>

TEST(uname_call, "uname says Linux on x86_64, with a release that programs can parse")
{
	struct utsname name;
	int major = 0, minor = 0;

	memset(&name, 0xff, sizeof(name));
	MUST(uname(&name));
	CHECK_STR(name.sysname, "Linux");
	CHECK_STR(name.machine, "x86_64");
	CHECK_EQ(sscanf(name.release, "%d.%d", &major, &minor), 2);
	CHECK_GE(major, 4);
	CHECK(memchr(name.nodename, 0, sizeof(name.nodename)) != NULL);
	CHECK(memchr(name.version, 0, sizeof(name.version)) != NULL);
	CHECK_ERR(syscall(SYS_uname, wild(8)), EFAULT);
}

TEST(host_name, "sethostname is for root and shows in uname; EINVAL for bad lengths")
{
	struct utsname name;

	CHECK_EXITED(
		IN_CHILD(tap_become(1000); CHECK_ERR(syscall(SYS_sethostname, "x", 1L), EPERM)), 0);
	CHECK_ERR(syscall(SYS_sethostname, "x", 65L), EINVAL);
	CHECK_ERR(syscall(SYS_sethostname, "x", -1L), EINVAL);
	CHECK_ERR(syscall(SYS_sethostname, wild(8), 5L), EFAULT);
	MUST(uname(&name));
	CHECK_OK(syscall(SYS_sethostname, name.nodename, (long)strlen(name.nodename)));
}

TEST(time_zone, "settimeofday looks at the time zone, and sets none without a time")
{
	struct timezone zone = {.tz_minuteswest = 901};

	CHECK_ERR(syscall(SYS_settimeofday, NULL, wild(8)), EFAULT);
	CHECK_ERR(syscall(SYS_settimeofday, NULL, &zone), EINVAL);
	zone.tz_minuteswest = -901;
	CHECK_ERR(syscall(SYS_settimeofday, NULL, &zone), EINVAL);
	CHECK_OK(syscall(SYS_settimeofday, NULL, NULL));
	CHECK_EXITED(IN_CHILD(tap_become(1000);
			      CHECK_ERR(syscall(SYS_settimeofday, NULL, wild(8)), EFAULT);
			      CHECK_ERR(syscall(SYS_settimeofday, NULL, &zone), EPERM);
			      CHECK_ERR(syscall(SYS_settimeofday, NULL, NULL), EPERM)),
		     0);
}

TEST(sysinfo_call, "sysinfo gives plausible memory, uptime and process counts")
{
	struct sysinfo info, later;

	memset(&info, 0xff, sizeof(info));
	MUST(sysinfo(&info));
	CHECK_GE(info.mem_unit, 1);
	CHECK_GE(info.totalram * info.mem_unit, 4 << 20);
	CHECK(info.freeram <= info.totalram);
	CHECK_GE(info.procs, 1);
	CHECK_GE(info.uptime, 0);
	CHECK_EQ(info.totalhigh, 0);
	CHECK_LE(info.uptime, tap_now_ns(CLOCK_BOOTTIME) / 1000000000 + 1);
	tap_sleep_ms(10);
	MUST(sysinfo(&later));
	CHECK_GE(later.uptime, info.uptime);
	CHECK_EQ(later.totalram, info.totalram);
	CHECK_ERR(syscall(SYS_sysinfo, wild(8)), EFAULT);
}

TEST(memory_falls, "free memory falls when pages are used, and recovers when they are given back")
{
	struct sysinfo before, used, after;
	size_t size = 2 << 20;
	char *m;

	SKIP_IF(!tap_on_creance(), "others use this machine's memory too");
	MUST(sysinfo(&before));
	m = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(m, 1, size);
	MUST(sysinfo(&used));
	CHECK_GE((before.freeram - used.freeram) * before.mem_unit, size - size / 8);
	munmap(m, size);
	MUST(sysinfo(&after));
	CHECK_GE(after.freeram * after.mem_unit, before.freeram * before.mem_unit - size / 8);
}

TEST(uptime_file, "/proc/uptime agrees with CLOCK_BOOTTIME")
{
	char text[128] = "";
	int fd = open("/proc/uptime", O_RDONLY);
	long seconds = 0, hundredths = 0;
	long long before = tap_now_ns(CLOCK_BOOTTIME) / 1000000000;

	SKIP_IF(fd < 0, "no /proc/uptime");
	CHECK_GE(read(fd, text, sizeof(text) - 1), 5);
	CHECK_EQ(sscanf(text, "%ld.%ld", &seconds, &hundredths), 2);
	CHECK_GE(seconds, before - 1);
	CHECK_LE(seconds, tap_now_ns(CLOCK_BOOTTIME) / 1000000000 + 1);
}

/* How many numbers stand at @text, and their sum. */
static int count_numbers(const char *text, unsigned long long *sum)
{
	int nr = 0;
	char *end;

	for (*sum = 0;; nr++, text = end) {
		unsigned long long number = strtoull(text, &end, 10);

		if (end == text || !strchr(" \n", *end))
			return nr;
		*sum += number;
	}
}

TEST(interrupts_file, "/proc/interrupts has a column for each CPU, and /proc/stat counts all rows")
{
	static char line[65536];
	FILE *rows = fopen("/proc/interrupts", "r"), *stat = fopen("/proc/stat", "r");
	unsigned long long sum, devices = 0, of_timers = 0, of_slots;
	int nr_cpus = 0, nr_named = 0, nr_short = 0;
	char *colon;

	SKIP_IF(!rows || !stat, "no /proc/interrupts");
	CHECK(fgets(line, sizeof(line), rows) != NULL);
	for (const char *at = line; (at = strstr(at, "CPU")); at++)
		nr_cpus++;
	CHECK_EQ(nr_cpus, sysconf(_SC_NPROCESSORS_ONLN));
	while (fgets(line, sizeof(line), rows) && (colon = strchr(line, ':'))) {
		int nr = count_numbers(colon + 1, &sum);

		*colon = '\0';
		if (strspn(line, " 0123456789") == strlen(line))
			devices += sum;
		if (strstr(line, "LOC"))
			of_timers = sum;
		nr_named += strstr(line, "LOC") || strstr(line, "RES") || strstr(line, "TLB") ||
			    strstr(line, "NMI");
		/* Linux has no columns in those that count errors. */
		nr_short += nr < nr_cpus && !strstr(line, "ERR") && !strstr(line, "MIS");
	}
	CHECK_EQ(nr_named, 4);
	CHECK_EQ(nr_short, 0);
	while (fgets(line, sizeof(line), stat) && strncmp(line, "intr ", 5))
		;
	CHECK_GE(count_numbers(line + 5, &sum), 2);
	CHECK_GE(strtoull(line + 5, &colon, 10), devices + of_timers);
	count_numbers(colon, &of_slots);
	CHECK_GE(of_slots, devices);
	CHECK_GE(strtoull(line + 5, NULL, 10), of_slots);
	fclose(rows);
	fclose(stat);
}
