// SPDX-License-Identifier: MIT
/*
 * Runs one row: a warm-up, then rounds, of which the minimum and the median are printed.
 */
#include "cost.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_ROUNDS = 1001 };

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static const char *error_name(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{EPERM, "EPERM"},
		{ENOENT, "ENOENT"},
		{EINTR, "EINTR"},
		{EIO, "EIO"},
		{ENOEXEC, "ENOEXEC"},
		{EBADF, "EBADF"},
		{ECHILD, "ECHILD"},
		{EAGAIN, "EAGAIN"},
		{ENOMEM, "ENOMEM"},
		{EACCES, "EACCES"},
		{EFAULT, "EFAULT"},
		{ENODEV, "ENODEV"},
		{EINVAL, "EINVAL"},
		{EMFILE, "EMFILE"},
		{ENOTTY, "ENOTTY"},
		{ENOSPC, "ENOSPC"},
		{EPIPE, "EPIPE"},
		{ENOSYS, "ENOSYS"},
		{ETIME, "ETIME"},
		{EPROTO, "EPROTO"},
		{EPROTONOSUPPORT, "EPROTONOSUPPORT"},
		{ESOCKTNOSUPPORT, "ESOCKTNOSUPPORT"},
		{EOPNOTSUPP, "EOPNOTSUPP"},
		{EAFNOSUPPORT, "EAFNOSUPPORT"},
		{ETIMEDOUT, "ETIMEDOUT"},
	};
	static char number[16];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].error == error)
			return names[i].name;
	snprintf(number, sizeof(number), "E%d", error);
	return number;
}

void cost_print_absent(const char *key, int error)
{
	printf("cost: absent %s %s\n", key, error_name(-error));
}

static void print_fixed(const char *name, int64_t ticks, long ops)
{
	int64_t hundredths = (ticks * 100 + ops / 2) / ops;

	printf(" %s=%lld.%02lld", name, (long long)(hundredths / 100),
	       (long long)(hundredths % 100));
}

int cost_measure(const struct cost_row *row, unsigned rounds)
{
	static int64_t samples[MAX_ROUNDS];
	int64_t ticks;
	int error = 0;

	if (row->rounds && rounds > row->rounds)
		rounds = row->rounds;
	if (rounds > MAX_ROUNDS)
		rounds = MAX_ROUNDS;
	if (row->flags & COST_ONE_CPU) {
		cpu_set_t first;

		CPU_ZERO(&first);
		CPU_SET(0, &first);
		if (sched_setaffinity(0, sizeof(first), &first) < 0)
			printf("# %s: not bound to one CPU: %s\n", row->key, error_name(errno));
	}
	if (row->setup)
		error = row->setup(row->arg);
	if (!error) {
		ticks = row->round(row->ops, row->arg);
		error = ticks < 0 ? (int)ticks : 0;
	}
	for (unsigned i = 0; i < rounds && !error; i++) {
		samples[i] = row->round(row->ops, row->arg);
		if (samples[i] < 0)
			error = (int)samples[i];
	}
	if (error) {
		cost_print_absent(row->key, error);
		return error;
	}
	qsort(samples, rounds, sizeof(samples[0]), by_value);
	printf("cost: row %s ops=%ld", row->key, row->ops);
	print_fixed("min", samples[0], row->ops);
	print_fixed("median", samples[rounds / 2], row->ops);
	putchar('\n');
	return 0;
}
