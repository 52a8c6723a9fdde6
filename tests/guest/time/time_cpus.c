// SPDX-License-Identifier: MIT
/*
 * Clocks on several CPUs: a time that one has read and told is not later than what another reads
 * then.
 */
#include "tap.h"

#include <sched.h>

#define NS_PER_S 1000000000ULL
#define FOR_NS 300000000ULL /* each clock */
#define WORKERS_MAX 4

/* What all processes share: the latest time that one of them has read. */
static struct shared {
	uint64_t latest;
	uint64_t nr_looks;
	volatile int over;
} * shared;

static uint64_t ns_of(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * NS_PER_S + (uint64_t)t->tv_nsec;
}

/* By the C library, which may not need a system call for it; or by the call. */
static uint64_t read_clock(clockid_t clock, bool by_call)
{
	struct timespec t;

	if (by_call)
		MUST(syscall(SYS_clock_gettime, clock, &t));
	else
		MUST(clock_gettime(clock, &t));
	return ns_of(&t);
}

/* Let others see @now, if they have not seen a later time. */
static void tell(uint64_t now)
{
	uint64_t before = __atomic_load_n(&shared->latest, __ATOMIC_RELAXED);

	while (before < now && !__atomic_compare_exchange_n(&shared->latest, &before, now, true,
							    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

static void look(clockid_t clock, int cpu)
{
	cpu_set_t one;
	uint64_t nr = 0;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	MUST(sched_setaffinity(0, sizeof(one), &one));
	while (!shared->over) {
		uint64_t told = __atomic_load_n(&shared->latest, __ATOMIC_ACQUIRE);
		uint64_t now = read_clock(clock, nr++ % 2);

		if (!CHECK_GE(now, told))
			break;
		tell(now);
	}
	__atomic_fetch_add(&shared->nr_looks, nr, __ATOMIC_RELAXED);
}

static void try_clock(clockid_t clock)
{
	pid_t workers[WORKERS_MAX];
	cpu_set_t mine;
	int nr = 0;

	MUST(sched_getaffinity(0, sizeof(mine), &mine));
	memset(shared, 0, sizeof(*shared));
	for (int cpu = 0; cpu < CPU_SETSIZE && nr < WORKERS_MAX; cpu++)
		if (CPU_ISSET(cpu, &mine))
			workers[nr++] = SPAWN(look(clock, cpu));
	tap_sleep_ms((long)(FOR_NS / 1000000));
	shared->over = 1;
	for (int i = 0; i < nr; i++)
		CHECK_EXITED(tap_wait(workers[i]), 0);
	CHECK_GE(shared->nr_looks, 100 * nr);
}

TEST(order, "no clock goes back from one CPU to another")
{
	static const clockid_t clocks[] = {CLOCK_MONOTONIC,	   CLOCK_MONOTONIC_RAW,
					   CLOCK_BOOTTIME,	   CLOCK_REALTIME,
					   CLOCK_MONOTONIC_COARSE, CLOCK_REALTIME_COARSE};
	cpu_set_t mine;

	MUST(sched_getaffinity(0, sizeof(mine), &mine));
	SKIP_IF(CPU_COUNT(&mine) < 2, "one CPU");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (!CHECK(shared != MAP_FAILED))
		tap_abort();
	for (unsigned i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		try_clock(clocks[i]);
}
