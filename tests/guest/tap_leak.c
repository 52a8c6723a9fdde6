// SPDX-License-Identifier: MIT
#include "tap_leak.h"
#include "tap.h"

bool leak_read(struct leak_counts *counts)
{
	static char text[8192];
	int fd = open("/proc/creance/counts", O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got;

	counts->count = 0;
	if (fd < 0)
		return false;
	while (used < sizeof(text) - 1 &&
	       (got = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)got;
	close(fd);
	text[used] = '\0';
	for (char *line = text; *line && counts->count < LEAK_MAX;) {
		char *end = strchr(line, '\n');
		int here = (int)counts->count;

		if (end)
			*end = '\0';
		if (sscanf(line, "%31s %lld", counts->row[here].name, &counts->row[here].value) ==
		    2)
			counts->count++;
		if (!end)
			break;
		line = end + 1;
	}
	return counts->count > 0;
}

static bool row_grew(const struct leak_counts *before, const struct leak_counts *after, unsigned i)
{
	return i < before->count && !strcmp(before->row[i].name, after->row[i].name) &&
	       after->row[i].value > before->row[i].value;
}

static bool any_grew(const struct leak_counts *before, const struct leak_counts *after)
{
	for (unsigned i = 0; i < after->count; i++)
		if (row_grew(before, after, i))
			return true;
	return false;
}

/* By how much all rows together grew. */
static long long growth(const struct leak_counts *before, const struct leak_counts *after)
{
	long long sum = 0;

	for (unsigned i = 0; i < after->count; i++)
		if (row_grew(before, after, i))
			sum += after->row[i].value - before->row[i].value;
	return sum;
}

bool leak_settled(const struct leak_counts *before, struct leak_counts *after, int tries)
{
	long long least = 0, now;

	for (int left = tries; left > 0; left--) {
		if (!leak_read(after) || !any_grew(before, after))
			return true;
		now = growth(before, after);
		if (!least || now < least) {
			least = now;
			left = tries; /* the kernel still frees */
		}
		tap_sleep_ms(20);
	}
	return false;
}

void leak_explain(const struct leak_counts *before, const struct leak_counts *after)
{
	for (unsigned i = 0; i < after->count; i++)
		if (row_grew(before, after, i))
			tap_diag("  %s: %lld before, %lld after", after->row[i].name,
				 before->row[i].value, after->row[i].value);
}
