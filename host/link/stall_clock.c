// SPDX-License-Identifier: MIT
#include "link/stall_clock.h"

#include <dirent.h>
#include <stdio.h>

#include "base/monotonic.h"

/* Longer than this between two calls, this process had no CPU, and perhaps the guest had none. */
#define STRETCH_MAX_NS 250000000ll

int64_t stall_clock_waited_ns(pid_t pid)
{
	char path[96];
	struct dirent *entry;
	long long longest = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks))) {
		long long ran, waited;
		FILE *f;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%.20s/schedstat", (int)pid,
			 entry->d_name);
		f = fopen(path, "re");
		if (!f)
			continue;
		if (fscanf(f, "%lld %lld", &ran, &waited) == 2 && waited > longest)
			longest = waited;
		fclose(f);
	}
	if (tasks)
		closedir(tasks);
	return longest;
}

void stall_clock_start(struct stall_clock *p, pid_t emulator)
{
	*p = (struct stall_clock){.emulator = emulator,
				  .looked_ns = monotonic_ns(),
				  .waited_ns = stall_clock_waited_ns(emulator)};
}

void stall_clock_renew(struct stall_clock *p)
{
	p->spent_ns = 0;
}

int64_t stall_clock_spent_ns(struct stall_clock *p)
{
	int64_t now = monotonic_ns(), waited = stall_clock_waited_ns(p->emulator);
	int64_t stretch = now - p->looked_ns;

	if (stretch > STRETCH_MAX_NS)
		stretch = STRETCH_MAX_NS;
	if (waited > p->waited_ns)
		stretch -= waited - p->waited_ns;
	p->looked_ns = now;
	p->waited_ns = waited;
	if (stretch > 0)
		p->spent_ns += stretch;
	return p->spent_ns;
}
