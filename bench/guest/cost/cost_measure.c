// SPDX-License-Identifier: MIT
/*
 * Runs one row: a warm-up, then rounds, of which the minimum and the median are printed.
 */
#include "cost.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MANY_ROUNDS_SECONDS = 15 };

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

void cost_print_samples(int64_t *samples, unsigned nr, long ops)
{
	qsort(samples, nr, sizeof(samples[0]), by_value);
	printf(" ops=%ld", ops);
	print_fixed("min", samples[0], ops);
	print_fixed("median", samples[nr / 2], ops);
	putchar('\n');
}

unsigned cost_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	return CPU_COUNT(&set) < COST_CPUS_MAX ? (unsigned)CPU_COUNT(&set) : COST_CPUS_MAX;
}

int cost_bind(unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) < 0 ? -errno : 0;
}

/* A row of several CPUs ends in time even if the host gives the guest one CPU at a time. */
static bool has_time(unsigned done)
{
	static time_t begun;
	struct timespec now = {};

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (done == 0)
		begun = now.tv_sec;
	return now.tv_sec - begun < MANY_ROUNDS_SECONDS;
}

bool cost_goes_on(const struct cost_row *row, unsigned done, unsigned rounds)
{
	bool many = row->flags & COST_MANY_ROUNDS;

	if (row->rounds && rounds > row->rounds)
		rounds = row->rounds;
	if (many)
		rounds *= 10;
	if (done >= rounds || done >= COST_ROUNDS_MAX)
		return false;
	return !many || has_time(done) || done < 2;
}

int cost_measure(const struct cost_row *row, unsigned rounds)
{
	static int64_t samples[COST_ROUNDS_MAX];
	unsigned done = 0;
	int64_t ticks;
	int error = 0;

	if (row->team != COST_ALONE)
		return cost_team_measure(row, rounds);
	if (row->flags & COST_ONE_CPU) {
		int unbound = cost_bind(0);

		if (unbound)
			printf("# %s: not bound to one CPU: %s\n", row->key, error_name(-unbound));
	}
	if (row->setup)
		error = row->setup(row->arg);
	if (!error) {
		ticks = row->round(row->ops, row->arg);
		error = ticks < 0 ? (int)ticks : 0;
	}
	for (; !error && cost_goes_on(row, done, rounds); done++) {
		samples[done] = row->round(row->ops, row->arg);
		if (samples[done] < 0)
			error = (int)samples[done];
	}
	if (error) {
		cost_print_absent(row->key, error);
		return error;
	}
	printf("cost: row %s", row->key);
	cost_print_samples(samples, done, row->ops);
	return 0;
}
