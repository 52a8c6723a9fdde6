// SPDX-License-Identifier: MIT
/*
 * How many CPUs there are, and which one runs: all that tells it agrees.
 */
#include "tap.h"

#include <ctype.h>
#include <dirent.h>
#include <sched.h>

#define CPUS "/sys/devices/system/cpu"
#define CPUS_MAX 1024

struct cpus {
	bool has[CPUS_MAX];
	int nr;
};

/* The first line of @path that begins with @begin, without that and the line's end. */
static const char *line_of(const char *path, const char *begin)
{
	static char line[4096];
	FILE *file = fopen(path, "re");
	const char *found = NULL;

	if (!CHECK(file))
		tap_abort();
	while (!found && fgets(line, sizeof(line), file))
		if (!strncmp(line, begin, strlen(begin)))
			found = line + strlen(begin);
	fclose(file);
	if (!CHECK(found))
		tap_abort();
	line[strcspn(line, "\n")] = '\0';
	return found;
}

/* Those that begin with @begin, and no space behind it: the sum of all CPUs is no CPU. */
static int count_lines(const char *path, const char *begin)
{
	char line[4096];
	FILE *file = fopen(path, "re");
	int nr = 0;

	if (!CHECK(file))
		tap_abort();
	while (fgets(line, sizeof(line), file))
		nr += !strncmp(line, begin, strlen(begin)) && line[strlen(begin)] != ' ';
	fclose(file);
	return nr;
}

/* "0-3,5" */
static struct cpus cpus_of_list(const char *text)
{
	struct cpus cpus = {.nr = 0};

	while (*text) {
		char *end;
		long first = strtol(text, &end, 10), last = first;

		if (*end == '-')
			last = strtol(end + 1, &end, 10);
		if (!CHECK(end > text && first >= 0 && first <= last && last < CPUS_MAX))
			tap_abort();
		for (; first <= last; first++, cpus.nr++)
			cpus.has[first] = true;
		text = *end == ',' ? end + 1 : end;
	}
	return cpus;
}

/* "3,ffffffff" */
static struct cpus cpus_of_mask(const char *text)
{
	struct cpus cpus = {.nr = 0};
	size_t len = strlen(text);

	for (int cpu = 0; len--;) {
		unsigned digit =
			isdigit((unsigned char)text[len]) ? text[len] - '0' : text[len] - 'a' + 10;

		if (text[len] == ',')
			continue;
		if (!CHECK(digit < 16))
			tap_abort();
		for (int i = 0; i < 4; i++, cpu++)
			if (digit & 1 << i && cpu < CPUS_MAX)
				cpus.has[cpu] = ++cpus.nr;
	}
	return cpus;
}

static bool are_same(const struct cpus *a, const struct cpus *b)
{
	return a->nr == b->nr && !memcmp(a->has, b->has, sizeof(a->has));
}

static struct cpus cpus_of_file(const char *path)
{
	return cpus_of_list(line_of(path, ""));
}

static void skip_without_sys(void)
{
	SKIP_IF(access(CPUS "/online", R_OK) && !tap_on_creance(), "no /sys here");
}

TEST(count, "sysconf, /sys, /proc/cpuinfo and /proc/stat count the same CPUs")
{
	struct cpus online, possible, present;
	DIR *directory;
	int nr = 0;

	skip_without_sys();
	online = cpus_of_file(CPUS "/online");
	possible = cpus_of_file(CPUS "/possible");
	present = cpus_of_file(CPUS "/present");
	CHECK_EQ(sysconf(_SC_NPROCESSORS_ONLN), online.nr);
	CHECK_EQ(count_lines("/proc/cpuinfo", "processor"), online.nr);
	CHECK_EQ(count_lines("/proc/stat", "cpu"), online.nr);
	CHECK_GE(sysconf(_SC_NPROCESSORS_CONF), online.nr);
	CHECK_GE(possible.nr, present.nr);
	CHECK_GE(present.nr, online.nr);
	CHECK_GE(atoi(line_of(CPUS "/kernel_max", "")) + 1, possible.nr);
	CHECK_STR(line_of(CPUS "/isolated", ""), "");
	directory = opendir(CPUS);
	if (!CHECK(directory))
		tap_abort();
	for (struct dirent *entry; (entry = readdir(directory));)
		nr += !strncmp(entry->d_name, "cpu", 3) && isdigit((unsigned char)entry->d_name[3]);
	closedir(directory);
	CHECK_EQ(nr, present.nr);
}

TEST(topology, "each CPU belongs to a core, and each core to a package")
{
	struct cpus online;

	skip_without_sys();
	online = cpus_of_file(CPUS "/online");
	for (int cpu = 0; cpu < CPUS_MAX; cpu++) {
		struct cpus core, package, mask;
		char path[100];

		if (!online.has[cpu])
			continue;
		snprintf(path, sizeof(path), CPUS "/cpu%d/topology/thread_siblings_list", cpu);
		core = cpus_of_file(path);
		snprintf(path, sizeof(path), CPUS "/cpu%d/topology/thread_siblings", cpu);
		mask = cpus_of_mask(line_of(path, ""));
		CHECK(are_same(&core, &mask));
		snprintf(path, sizeof(path), CPUS "/cpu%d/topology/core_siblings_list", cpu);
		package = cpus_of_file(path);
		snprintf(path, sizeof(path), CPUS "/cpu%d/topology/core_siblings", cpu);
		mask = cpus_of_mask(line_of(path, ""));
		CHECK(are_same(&package, &mask));
		CHECK(core.has[cpu]);
		for (int i = 0; i < CPUS_MAX; i++)
			CHECK(package.has[i] || !core.has[i]);
		snprintf(path, sizeof(path), CPUS "/cpu%d/topology/core_id", cpu);
		CHECK(isdigit((unsigned char)*line_of(path, "")));
		snprintf(path, sizeof(path), CPUS "/cpu%d/topology/physical_package_id", cpu);
		CHECK(isdigit((unsigned char)*line_of(path, "")));
	}
}

/* What is told of this process, which may run on @cpu only. */
static void check_bound(int cpu)
{
	unsigned now = CPUS_MAX, node = CPUS_MAX;
	struct cpus mask, list;
	const char *field;

	list = cpus_of_list(line_of("/proc/self/status", "Cpus_allowed_list:\t"));
	mask = cpus_of_mask(line_of("/proc/self/status", "Cpus_allowed:\t"));
	CHECK(are_same(&list, &mask));
	CHECK_EQ(list.nr, 1);
	CHECK(list.has[cpu]);
	CHECK_EQ(sched_getcpu(), cpu); /* without a system call, where there is a way */
	MUST(syscall(SYS_getcpu, &now, &node, NULL));
	CHECK_EQ(now, cpu);
	CHECK_EQ(node, 0);
	field = strrchr(line_of("/proc/self/stat", ""), ')') + 1;
	for (int i = 3; i < 39 && field; i++) /* from field 3, the state */
		field = strchr(field + 1, ' ');
	if (CHECK(field))
		CHECK_EQ(atoi(field), cpu);
}

TEST(bound, "a thread that may run on one CPU is told that it runs there")
{
	struct cpus mine = cpus_of_list(line_of("/proc/self/status", "Cpus_allowed_list:\t"));
	cpu_set_t set;

	MUST(sched_getaffinity(0, sizeof(set), &set));
	CHECK_EQ(CPU_COUNT(&set), mine.nr);
	for (int cpu = 0; cpu < CPUS_MAX; cpu++) {
		cpu_set_t one;

		CHECK_EQ(!!CPU_ISSET(cpu, &set), mine.has[cpu]);
		if (!CPU_ISSET(cpu, &set))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		MUST(sched_setaffinity(0, sizeof(one), &one));
		check_bound(cpu);
	}
}

TEST(reads, "nothing in /sys can be changed")
{
	SKIP_IF(!tap_on_creance(), "the host's is not ours to try");
	CHECK(open(CPUS "/online", O_WRONLY) < 0 && (errno == EROFS || errno == EACCES));
	CHECK(mkdir("/sys/x", 0700) < 0);
	CHECK(unlink(CPUS "/online") < 0);
	CHECK_ERR(open(CPUS "/cpu0/online", O_RDONLY), ENOENT);
	CHECK_ERR(open(CPUS "/cpu1024", O_RDONLY), ENOENT);
	CHECK_ERR(open(CPUS "/cpu00", O_RDONLY), ENOENT);
}
